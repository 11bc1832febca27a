import type { RuleCases } from './rule-tester.ts';

const FEATURES = ['GROUP_PUSH', 'PUSH_NEW_USERS', 'PUSH_PROFILE_UPDATES', 'PUSH_USER_DEACTIVATION'];

/** The table of a rule on an option of *To App*: what shows it, and which of the two counts. */
export function optionCases(
  option: 'create_users' | 'update_attributes' | 'deactivate_users',
  feature: string,
): RuleCases {
  const others = FEATURES.filter((each) => each !== feature);
  return {
    clean: [
      { world: 'the features of the app have it', given: () => {} },
      {
        world: 'the provisioning feature says enabled, and the features of the app lack it',
        given: (world) => {
          world.changeScimApp({ features: others });
          world.showFeatures({ [option]: 'ENABLED' });
        },
        job: 'drift',
      },
      {
        world: 'the provisioning feature does not say, and the features of the app have it',
        given: (world) => world.showFeatures(),
      },
      {
        world: 'a feature of another name says disabled',
        given: (world) => world.showFeatures({ name: 'INBOUND_PROVISIONING', [option]: 'DISABLED' }),
      },
      {
        world: 'the other options are disabled',
        given: (world) => {
          world.changeScimApp({ features: [feature] });
          world.showFeatures({
            create_users: 'DISABLED',
            update_attributes: 'DISABLED',
            deactivate_users: 'DISABLED',
            sync_password: 'DISABLED',
            [option]: 'ENABLED',
          });
        },
      },
    ],
    flagged: [
      {
        world: 'the provisioning feature says disabled, and the features of the app have it',
        given: (world) => world.showFeatures({ [option]: 'DISABLED' }),
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
        given: (world) => world.changeScimApp({ features: others }),
        job: 'drift',
        finds: [{ evidence: { shown_by: `features[] lacks ${feature}` } }],
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
  };
}
