import { testRule } from '../../support/rule-tester.ts';

testRule('scim-app-missing', {
  clean: [
    { world: 'one active app has the name of the catalogue', given: () => {} },
    {
      world: 'the setting names an app of another catalogue name by its id',
      given: (world) => {
        world.changeScimApp({ name: 'optimizely_scim' });
        world.settings.scim_app = '0oaScim';
      },
    },
    {
      world: 'the setting names an app by its label',
      given: (world) => {
        world.changeScimApp({ name: 'optimizely_scim' });
        world.settings.scim_app = 'Opti ID SCIM';
      },
    },
    {
      world: 'the chosen app is inactive, which is for another rule to say',
      given: (world) => {
        world.changeScimApp({ status: 'INACTIVE' });
        world.settings.scim_app = '0oaScim';
      },
    },
    {
      world: 'several apps could be it, which is for another rule to say',
      given: (world) => world.severalScimApps(),
      job: 'drift',
    },
  ],
  flagged: [
    {
      world: 'the org has no app at all',
      given: (world) => world.noScimApp(),
      finds: [{ subject: 'scim2headerauth', okta_id: null, opti_id: null, evidence: { inactive_apps: [] } }],
    },
    {
      world: 'every app of the name is inactive',
      given: (world) => {
        world.noScimApp();
        world.listApp({ ...world.scimApp, okta_app_id: '0oaA', label: 'Younger', status: 'INACTIVE' });
        world.listApp({ ...world.scimApp, okta_app_id: '0oaB', label: 'Elder', status: 'INACTIVE' });
      },
      job: 'drift',
      finds: [{ subject: 'scim2headerauth', evidence: { inactive_apps: ['Elder', 'Younger'] } }],
    },
    {
      world: 'apps of other catalogue names are no candidates, whatever their labels',
      given: (world) => {
        world.noScimApp();
        world.listApp({ ...world.scimApp, name: 'scim2testapp', label: 'scim2headerauth' });
      },
      finds: [{ subject: 'scim2headerauth' }],
    },
    {
      world: 'the setting names a label in another case',
      given: (world) => {
        world.noScimApp();
        world.listApp(world.scimApp);
        world.settings.scim_app = 'opti id scim';
      },
      finds: [{ subject: 'opti id scim' }],
    },
  ],
  silent: [
    {
      world: 'the apps were not read to their end',
      given: (world) => {
        world.noScimApp();
        world.setState('okta.apps', 'unread', 'HTTP 403');
      },
      outcome: 'unknown',
      reason: /okta\.apps was not read: HTTP 403/u,
    },
  ],
});
