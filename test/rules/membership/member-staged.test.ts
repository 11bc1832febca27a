import { testRule } from '../../support/rule-tester.ts';

testRule('member-staged', {
  clean: [
    {
      world: 'members of every other status are no staged ones',
      given: (world) => {
        const statuses = [
          'ACTIVE',
          'LOCKED_OUT',
          'PASSWORD_EXPIRED',
          'RECOVERY',
          'SUSPENDED',
          'DEPROVISIONED',
        ];
        world.pushedGroup(
          'Sales',
          statuses.map((status) => world.person({ status })),
        );
      },
    },
    {
      world: 'the staged person is in a group that is not pushed',
      given: (world) => {
        world.oktaGroup('Marketing', [world.person({ status: 'STAGED' })]);
        world.pushedGroup('Sales');
      },
      job: 'drift',
    },
    {
      world: "the group is Okta's own Everyone, which is judged by its name alone",
      given: (world) => {
        world.pushedGroup('Everyone', [world.person({ status: 'STAGED' })], { type: 'BUILT_IN' });
      },
    },
  ],
  flagged: [
    {
      world: 'members are not active yet, assigned or not',
      given: (world) => {
        world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
        const people = [
          world.person({ okta_user_id: '00uAda', status: 'STAGED', email: 'ada@example.com' }),
          world.oktaUser({ status: 'PROVISIONED', email: null, login: 'bo' }),
        ];
        world.mapping(world.oktaGroup('Sales', people, { okta_group_id: '00gSales' }));
        world.optiGroup('Sales', [], { opti_group_id: 'group-s', group_type: 'internal' });
        world.mapping(world.oktaGroup('Marketing'));
        world.optiGroup('Marketing', [], { opti_group_id: 'group-m', group_type: 'internal' });
      },
      finds: [
        {
          subject: 'ada@example.com → Sales',
          okta_id: '00uAda',
          opti_id: 'user-a',
          evidence: {
            group_name: 'Sales',
            okta_group_id: '00gSales',
            opti_group_id: 'group-s',
            okta_status: 'STAGED',
          },
        },
        { subject: 'bo → Sales', opti_id: null, evidence: { okta_status: 'PROVISIONED' } },
      ],
    },
  ],
  silent: [
    {
      world: 'the Okta users were not read to their end',
      given: (world) => {
        world.pushedGroup('Sales');
        world.setState('okta.users', 'unread', 'HTTP 403');
      },
      outcome: 'unknown',
      reason: /okta\.users was not read: HTTP 403/u,
    },
  ],
});
