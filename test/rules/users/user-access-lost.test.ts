import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

/** Lets the world remember that the Okta user had that account, with the role Editor on the Website. */
function had(world: World, okta_user_id: string, opti_user_id: string): void {
  world.grant(world.optiGroup('Made by hand'), 'CMS', 'Website', 'Editor');
  const [grant] = world.rows['optiId.groupInstanceRoles'];
  const { opti_instance_id = '', opti_role_id = '' } = grant ?? {};
  const grants = [{ opti_instance_id, opti_role_id, label: 'CMS / Website: Editor' }];
  const accounts = [{ okta_user_id, opti_user_id, grants }];
  world.memory = { ...world.memory, baseline: { run: '20261101T030000Z-precutover', grants: [], accounts } };
}

testRule('user-access-lost', {
  clean: [
    {
      world: 'the person has the account that they had',
      given: (world) => {
        const ada = world.person({}, { external_id: world.optiUser({ opti_user_id: 'user-a' }) });
        had(world, ada, 'user-a');
      },
    },
    {
      world: 'the new account has it through another group',
      given: (world) => {
        const account = world.optiUser();
        const ada = world.person({}, { external_id: account });
        had(world, ada, 'user-old');
        world.grant(world.optiGroup('Editors', [account]), 'CMS', 'Website', 'Editor');
      },
    },
    {
      world: 'nobody in Okta has an account in the place of the one that is gone',
      given: (world) => {
        had(world, world.oktaUser(), 'user-old');
        world.person();
      },
    },
  ],
  flagged: [
    {
      world: 'the account that the person had belongs to somebody else now',
      given: (world) => {
        const ada = world.person({ okta_user_id: '00uAda' }, { external_id: world.optiUser() });
        world.person({}, { external_id: world.optiUser({ opti_user_id: 'user-old' }) });
        had(world, ada, 'user-old');
      },
      finds: [{ okta_id: '00uAda', evidence: { former_id: 'user-old' } }],
    },
    {
      world: 'the person was unassigned and assigned again',
      given: (world) => {
        const account = world.optiUser({ opti_user_id: 'user-new' });
        const ada = world.person(
          { okta_user_id: '00uAda', email: 'ada@example.com' },
          { external_id: account },
        );
        had(world, ada, 'user-old');
      },
      finds: [
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-new',
          evidence: { former_id: 'user-old', lost: ['CMS / Website: Editor'] },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'there is no baseline',
      given: (world) => world.person(),
      outcome: 'skipped',
      reason: /there is no baseline/u,
    },
    {
      world: 'the baseline does not say who had what',
      given: (world) => {
        world.person();
        world.memory = { ...world.memory, baseline: { run: 'run', grants: [], accounts: null } };
      },
      outcome: 'unknown',
      reason: /the baseline run did not read completely who had what/u,
    },
  ],
});
