import { testRule } from '../../support/rule-tester.ts';

const OTHERS = ['GROUP_PUSH', 'PUSH_NEW_USERS', 'PUSH_PROFILE_UPDATES', 'PUSH_USER_DEACTIVATION'].filter(
  (feature) => feature !== 'PUSH_USER_DEACTIVATION',
);

testRule('deactivate-users-off', {
  clean: [
    { world: 'the features of the app have it', given: () => {} },
    {
      world: 'the provisioning feature says enabled, and the features of the app lack it',
      given: (world) => {
        world.changeScimApp({ features: OTHERS });
        world.showFeatures({ deactivate_users: 'ENABLED' });
      },
      job: 'drift',
    },
    {
      world: 'the provisioning feature does not say, and the features of the app have it',
      given: (world) => world.showFeatures(),
    },
    {
      world: 'a feature of another name says disabled',
      given: (world) => world.showFeatures({ name: 'INBOUND_PROVISIONING', deactivate_users: 'DISABLED' }),
    },
    {
      world: 'the other options are disabled',
      given: (world) => {
        world.changeScimApp({ features: ['PUSH_USER_DEACTIVATION'] });
        world.showFeatures({
          create_users: 'DISABLED',
          update_attributes: 'DISABLED',
          sync_password: 'DISABLED',
          deactivate_users: 'ENABLED',
        });
      },
    },
  ],
  flagged: [
    {
      world: 'the provisioning feature says disabled, and the features of the app have it',
      given: (world) => world.showFeatures({ deactivate_users: 'DISABLED' }),
      finds: [
        {
          subject: 'Opti ID SCIM',
          okta_id: '0oaScim',
          evidence: { shown_by: 'USER_PROVISIONING says DISABLED' },
        },
      ],
    },
    {
      world: 'the features of the app lack it, and the provisioning feature is not shown',
      given: (world) => world.changeScimApp({ features: OTHERS }),
      job: 'drift',
      finds: [{ evidence: { shown_by: 'features[] lacks PUSH_USER_DEACTIVATION' } }],
    },
  ],
  silent: [
    {
      world: 'the app shows no features and the provisioning feature is not shown',
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
