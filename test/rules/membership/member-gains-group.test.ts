import { testRule } from '../../support/rule-tester.ts';

testRule('member-gains-group', {
  clean: [
    {
      world: 'every expected member is in the store group, whatever the case of the e-mail',
      given: (world) => {
        world.pushedGroup('Sales', [world.person({ email: 'ada@example.com' })]);
        world.optiGroup('Sales', [world.optiUser({ email: 'ADA@example.com' })]);
      },
    },
    {
      world: 'members who are not assigned or not active are not pushed',
      given: (world) => {
        const statuses = ['STAGED', 'PROVISIONED', 'SUSPENDED', 'DEPROVISIONED'];
        const people = statuses.map((status) => world.person({ status }));
        world.pushedGroup('Sales', [...people, world.oktaUser()]);
        world.optiGroup('Sales');
      },
    },
    {
      world: 'nothing of the name is replaced',
      given: (world) => {
        world.pushedGroup('Sales', [world.person()]);
        world.optiGroup('Marketing');
      },
    },
    {
      world: 'the push made the group itself',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales', [world.person()]));
        world.optiGroup('Sales', [], { group_type: 'internal' });
      },
    },
    {
      world: 'the store group only loses somebody',
      given: (world) => {
        world.pushedGroup('Sales');
        world.optiGroup('Sales', [world.optiUser()]);
      },
    },
  ],
  flagged: [
    {
      world: 'somebody is new to the group, and somebody new to Opti ID',
      given: (world) => {
        world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
        const people = ['ada', 'bo'].map((name) =>
          world.person({ okta_user_id: `00u-${name}`, email: `${name}@example.com` }),
        );
        world.pushedGroup('Sales', people);
        world.optiGroup('sales');
      },
      finds: [
        {
          subject: 'ada@example.com → Sales',
          okta_id: '00u-ada',
          opti_id: 'user-a',
          evidence: { group_name: 'Sales', is_created: false },
        },
        { subject: 'bo@example.com → Sales', opti_id: null, evidence: { is_created: true } },
      ],
    },
    {
      world: 'the store user is a deleted one, who counts as absent',
      given: (world) => {
        world.pushedGroup('Sales', [world.person({ email: 'ada@example.com' })]);
        world.optiGroup('Sales', [world.optiUser({ email: 'ada@example.com', status: 'deleted' })]);
      },
      finds: [{ subject: 'ada@example.com → Sales', evidence: { is_created: true } }],
    },
  ],
  silent: [
    {
      world: 'the store memberships were not read to their end',
      given: (world) => {
        world.pushedGroup('Sales', [world.person()]);
        world.optiGroup('Sales');
        world.setState('optiId.groupMembers', 'unread', 'permission denied');
      },
      outcome: 'unknown',
      reason: /optiId\.groupMembers was not read: permission denied/u,
    },
  ],
});
