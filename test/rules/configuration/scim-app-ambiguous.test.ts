import { testRule } from '../../support/rule-tester.ts';

testRule('scim-app-ambiguous', {
  clean: [
    { world: 'one app is the only candidate', given: () => {} },
    { world: 'there is no candidate', given: (world) => world.noScimApp() },
    {
      world: 'the second app of the name is inactive',
      given: (world) =>
        world.listApp({ ...world.scimApp, okta_app_id: '0oaOld', label: 'Old', status: 'INACTIVE' }),
    },
    {
      world: 'several candidates, and the setting names one by its id',
      given: (world) => {
        world.severalScimApps();
        world.settings.scim_app = '0oaScimToo';
      },
    },
    {
      world: 'two apps bear the label of the setting, and one of them is active',
      given: (world) => {
        world.listApp({ ...world.scimApp, okta_app_id: '0oaOld', status: 'INACTIVE' });
        world.settings.scim_app = 'Opti ID SCIM';
      },
      job: 'drift',
    },
  ],
  flagged: [
    {
      world: 'two active apps have the name of the catalogue',
      given: (world) => world.severalScimApps(),
      finds: [
        {
          subject: 'scim2headerauth',
          okta_id: null,
          evidence: {
            candidates: ['Opti ID SCIM (0oaScim, ACTIVE)', 'Opti ID SCIM (new) (0oaScimToo, ACTIVE)'],
          },
        },
      ],
    },
    {
      world: 'two active apps bear the label of the setting',
      given: (world) => {
        world.severalScimApps();
        world.listApp({ ...world.scimApp, okta_app_id: '0oaTwin' });
        world.settings.scim_app = 'Opti ID SCIM';
      },
      job: 'drift',
      finds: [
        {
          subject: 'Opti ID SCIM',
          evidence: {
            candidates: ['Opti ID SCIM (0oaScim, ACTIVE)', 'Opti ID SCIM (0oaTwin, ACTIVE)'],
          },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'the apps were not read to their end',
      given: (world) => {
        world.severalScimApps();
        world.setState('okta.apps', 'partial', 'the token was revoked');
      },
      outcome: 'unknown',
      reason: /okta\.apps was not read completely: the token was revoked/u,
    },
  ],
});
