import { testRule } from '../../support/rule-tester.ts';

const INTERNAL = { group_type: 'internal' } as const;

testRule('member-missing', {
  clean: [
    {
      world: 'every expected member is in the store group; others are not expected',
      given: (world) => {
        const ada = world.person({ email: 'ada@example.com' });
        const others = ['SUSPENDED', 'STAGED', 'DEPROVISIONED'].map((status) => world.person({ status }));
        for (const id of others) world.optiUser({ external_id: id });
        world.oktaUser({ okta_user_id: '00uFree' });
        world.mapping(world.oktaGroup('Sales', [ada, ...others, '00uFree']));
        const free = world.optiUser({ external_id: '00uFree' });
        world.optiGroup('Sales', [world.optiUser({ email: 'ADA@example.com' }), free], INTERNAL);
      },
    },
    {
      world: 'the group has no group in the store, or is not pushed, or not in scope',
      given: (world) => {
        const ada = world.person({ email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
        world.mapping(world.pushedGroup('Missing', [ada]));
        world.pushedGroup('Not pushed', [ada]);
        world.optiGroup('Not pushed');
        world.mapping(world.oktaGroup('Not in scope', [ada]));
        world.optiGroup('Not in scope', [], INTERNAL);
      },
    },
    {
      world: 'the person was never provisioned, or was deleted by hand: their own rules say so',
      given: (world) => {
        const fresh = world.person();
        const gone = world.person({ email: 'bo@example.com' }, { external_id: 'gone' });
        world.optiUser({ email: 'bo@example.com' });
        world.mapping(world.oktaGroup('Sales', [fresh, gone]));
        world.optiGroup('Sales', [], INTERNAL);
      },
    },
  ],
  flagged: [
    {
      world: 'an expected member is in the store and not in the groups that two pushes made',
      given: (world) => {
        world.optiUser({ opti_user_id: 'user-a', email: 'x@example.com' });
        const ada = world.person(
          { okta_user_id: '00uAda', email: 'ada@example.com', status: 'LOCKED_OUT' },
          { external_id: 'user-a' },
        );
        world.mapping(world.oktaGroup('Sales', [ada], { okta_group_id: '00gSales' }));
        world.optiGroup('sales', [], { ...INTERNAL, opti_group_id: 'group-s' });
        // Linked to a group of another type: its members are Okta's all the same.
        world.mapping(world.oktaGroup('Marketing', [ada]), { status: 'INACTIVE' });
        world.optiGroup('Marketing');
      },
      finds: [
        { subject: 'ada@example.com → Marketing' },
        {
          subject: 'ada@example.com → Sales',
          okta_id: '00uAda',
          opti_id: 'user-a',
          detail:
            'ada@example.com → Sales: in the Okta group, assigned and active, and not in the group in Opti ID.',
          evidence: { group_name: 'Sales', okta_group_id: '00gSales', opti_group_id: 'group-s' },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'the store memberships were not read',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales', [world.person()]));
        world.optiGroup('Sales', [], INTERNAL);
        world.setState('optiId.groupMembers', 'unread', 'permission denied');
      },
      outcome: 'unknown',
      reason: /optiId\.groupMembers was not read: permission denied/u,
    },
    {
      world: 'there is no SCIM app',
      given: (world) => {
        world.noScimApp();
        world.pushedGroup('Sales', [world.oktaUser()]);
      },
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
