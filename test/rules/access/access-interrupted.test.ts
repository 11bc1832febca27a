import { testRule } from '../../support/rule-tester.ts';

testRule('access-interrupted', {
  clean: [
    {
      world: 'whoever has it will not be in the pushed group: that is lost for good',
      given: (world) => {
        world.pushedGroup('Sales');
        world.grant(world.optiGroup('Sales', [world.optiUser()]), 'CMS', 'Website', 'Editor');
      },
    },
    {
      world: 'another group that stays grants the same role on the same instance',
      given: (world) => {
        const ada = world.person({ email: 'ada@example.com' });
        world.pushedGroup('Sales', [ada]);
        const account = world.optiUser({ email: 'ada@example.com' });
        for (const name of ['Sales', 'Stays'])
          world.grant(world.optiGroup(name, [account]), 'CMS', 'Web', 'Editor');
      },
    },
    {
      world: 'nobody knows whose account it is: it counts as lost for good',
      given: (world) => {
        world.pushedGroup('Sales', [world.person({ email: 'ada@example.com' })]);
        const first = world.optiUser({ email: 'ada@example.com' });
        world.optiUser({ email: 'Ada@example.com' });
        world.grant(world.optiGroup('Sales', [first]), 'CMS', 'Website', 'Editor');
      },
    },
  ],
  flagged: [
    {
      world: 'the person will be in the pushed group, of one of two groups that grant it',
      given: (world) => {
        const ada = world.person({ okta_user_id: '00uAda', email: 'ada@example.com' });
        world.pushedGroup('Sales', [ada]);
        world.pushedGroup('Marketing');
        const account = world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
        for (const name of ['Sales', 'Marketing']) {
          world.grant(world.optiGroup(name, [account]), 'CMS', 'Website', 'Editor');
        }
      },
      finds: [
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          evidence: { access: ['CMS / Website: Editor'], groups: ['Marketing', 'Sales'] },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'what the groups grant was not read completely',
      given: (world) => {
        world.person();
        world.pushedGroup('Sales');
        world.setState('optiId.groupInstanceRoles', 'unread', 'permission denied');
      },
      outcome: 'unknown',
      reason: /optiId\.groupInstanceRoles was not read: permission denied/u,
    },
  ],
});
