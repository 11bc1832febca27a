import { testRule } from '../../support/rule-tester.ts';

testRule('password-sync-enabled', {
  clean: [
    { world: 'the features of the app lack it', given: () => {} },
    {
      world: 'the provisioning feature says disabled, and the app shows no features',
      given: (world) => {
        world.changeScimApp({ features: [] });
        world.showFeatures({ sync_password: 'DISABLED' });
      },
      job: 'drift',
    },
    {
      world: 'a feature of another name syncs passwords',
      given: (world) => world.showFeatures({ name: 'INBOUND_PROVISIONING', sync_password: 'ENABLED' }),
    },
  ],
  flagged: [
    {
      world: 'the features of the app have it',
      given: (world) => world.changeScimApp({ features: ['PUSH_NEW_USERS', 'PUSH_PASSWORD_UPDATES'] }),
      finds: [
        {
          subject: 'Opti ID SCIM',
          okta_id: '0oaScim',
          evidence: { shown_by: 'features[] has PUSH_PASSWORD_UPDATES' },
        },
      ],
    },
    {
      world: 'the provisioning feature says enabled, and the features of the app lack it',
      given: (world) => world.showFeatures({ sync_password: 'ENABLED' }),
      job: 'drift',
      finds: [{ evidence: { shown_by: 'USER_PROVISIONING says ENABLED' } }],
    },
    {
      world: 'the features of the app have it, and the provisioning feature says disabled',
      given: (world) => {
        world.changeScimApp({ features: ['PUSH_PASSWORD_UPDATES'] });
        world.showFeatures({ sync_password: 'DISABLED' });
      },
      finds: [{ evidence: { shown_by: 'features[] has PUSH_PASSWORD_UPDATES' } }],
    },
  ],
  silent: [
    {
      world: 'neither is shown',
      given: (world) => world.changeScimApp({ features: [] }),
      outcome: 'skipped',
      reason: /look at Provisioning › To App/u,
    },
    {
      world: 'the app shows no features and the provisioning feature does not say',
      given: (world) => {
        world.changeScimApp({ features: [] });
        world.showFeatures();
      },
      outcome: 'skipped',
      reason: /look at Provisioning › To App/u,
    },
  ],
});
