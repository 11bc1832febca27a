import { testRule } from '../../support/rule-tester.ts';

testRule('group-count-mismatch', {
  clean: [
    {
      world: 'the count is the number of members',
      given: (world) => {
        world.optiGroup('Sales', [world.optiUser(), world.optiUser({ status: 'invited' })], {
          user_count: 2,
        });
        world.optiGroup('Empty', [], { user_count: 0 });
      },
    },
    {
      world: 'the store gives no count',
      given: (world) => {
        world.optiGroup('Sales', [world.optiUser()], { user_count: null });
      },
    },
    {
      world: 'deleted users are members still and do not count',
      given: (world) => {
        world.optiGroup('Sales', [world.optiUser(), world.optiUser({ status: 'deleted' })], {
          user_count: 1,
        });
      },
      job: 'drift',
    },
    {
      world: 'collaborators and local logins count',
      given: (world) => {
        const members = [
          world.optiUser({ home_organization_id: 'org-2' }),
          world.optiUser({ local_login: true }),
        ];
        world.optiGroup('Sales', members, { user_count: 2 });
      },
    },
  ],
  flagged: [
    {
      world: 'the count is too high, too low, or nobody is there, in groups of every type',
      given: (world) => {
        world.optiGroup('A', [world.optiUser()], { opti_group_id: 'group-a', user_count: 2 });
        world.optiGroup('B', [world.optiUser(), world.optiUser()], { user_count: 1, group_type: 'internal' });
        world.optiGroup('C', [], { user_count: 1, group_type: 'product' });
        world.optiGroup('Everyone', [world.optiUser()], { user_count: 0, group_type: 'internal' });
      },
      finds: [
        { subject: 'A', okta_id: null, opti_id: 'group-a', evidence: { user_count: 2, members: 1 } },
        { subject: 'B', evidence: { user_count: 1, members: 2 } },
        { subject: 'C', evidence: { user_count: 1, members: 0 } },
        { subject: 'Everyone', evidence: { user_count: 0, members: 1 } },
      ],
    },
    {
      world: 'the count counts a deleted user, after the cutover',
      given: (world) => {
        world.optiGroup('Sales', [world.optiUser({ status: 'deleted' })], { user_count: 1 });
      },
      job: 'drift',
      finds: [{ subject: 'Sales', evidence: { user_count: 1, members: 0 } }],
    },
  ],
  silent: [
    {
      world: 'the store memberships were not read to their end',
      given: (world) => {
        world.optiGroup('Sales', [world.optiUser()], { user_count: 2 });
        world.setState('optiId.groupMembers', 'partial', 'the connection was lost');
      },
      outcome: 'unknown',
      reason: /optiId\.groupMembers was not read completely/u,
    },
    {
      world: 'the store users were not read',
      given: (world) => world.setState('optiId.users', 'unread', 'permission denied'),
      outcome: 'unknown',
      reason: /optiId\.users was not read: permission denied/u,
    },
  ],
});
