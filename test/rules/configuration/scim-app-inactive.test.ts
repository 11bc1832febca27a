import { testRule } from '../../support/rule-tester.ts';

testRule('scim-app-inactive', {
  clean: [
    { world: 'the app is active', given: () => {} },
    {
      world: 'another app of the name is inactive',
      given: (world) => world.listApp({ ...world.scimApp, okta_app_id: '0oaOld', status: 'INACTIVE' }),
      job: 'drift',
    },
  ],
  flagged: [
    {
      world: 'the app that the setting names is inactive',
      given: (world) => {
        world.changeScimApp({ status: 'INACTIVE' });
        world.settings.scim_app = '0oaScim';
      },
      finds: [{ subject: 'Opti ID SCIM', okta_id: '0oaScim', evidence: { status: 'INACTIVE' } }],
    },
    {
      world: 'the app is in a state that this tool does not know',
      given: (world) => world.changeScimApp({ status: 'DELETED' }),
      job: 'drift',
      finds: [{ subject: 'Opti ID SCIM', evidence: { status: 'DELETED' } }],
    },
  ],
  silent: [
    {
      world: 'there is no SCIM app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
    {
      world: 'several apps could be it',
      given: (world) => world.severalScimApps(),
      outcome: 'skipped',
      reason: /2 apps answer to "scim2headerauth"/u,
    },
    {
      world: 'the app could not be read',
      given: (world) => world.setState('okta.scimApp', 'unread', 'HTTP 403'),
      outcome: 'unknown',
      reason: /okta\.scimApp was not read: HTTP 403/u,
    },
  ],
});
