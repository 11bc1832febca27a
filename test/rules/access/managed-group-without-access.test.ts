import { testRule } from '../../support/rule-tester.ts';

const INTERNAL = { group_type: 'internal' } as const;

testRule('managed-group-without-access', {
  clean: [
    {
      world: 'the group grants something, if only a role that nobody knows',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'));
        const group = world.optiGroup('Sales', [], INTERNAL);
        world.rows['optiId.groupInstanceRoles'].push({
          opti_group_id: group,
          opti_instance_id: 'unknown',
          opti_role_id: 'unknown',
        });
      },
    },
    {
      world: "groups without access are not pushed, out of scope, missing, or Okta's own Everyone",
      given: (world) => {
        world.pushedGroup('Sales');
        world.optiGroup('Sales');
        world.optiGroup('Left', [], INTERNAL);
        world.mapping(world.oktaGroup('Marketing'));
        world.optiGroup('Marketing', [], INTERNAL);
        world.mapping(world.pushedGroup('Missing'));
        world.mapping(world.pushedGroup('Everyone', [], { type: 'BUILT_IN' }));
        world.optiGroup('Everyone', [], INTERNAL);
      },
    },
  ],
  flagged: [
    {
      world: 'the group that the push made grants nothing, while its namesake does',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales', [], { okta_group_id: '00gSales' }));
        world.optiGroup('SALES', [], { ...INTERNAL, opti_group_id: 'group-s' });
        world.grant(world.optiGroup('Sales'), 'CMS', 'Website', 'Editor');
      },
      finds: [
        {
          subject: 'Sales',
          okta_id: '00gSales',
          opti_id: 'group-s',
          detail: 'Sales is pushed, and its group in Opti ID grants nothing.',
          evidence: { opti_group_name: 'SALES' },
        },
      ],
    },
    {
      world: 'two groups are pushed to one group without access, and one group is pushed twice',
      given: (world) => {
        const shared = world.optiGroup('Shared', [], { ...INTERNAL, opti_group_id: 'shared' });
        const sales = world.oktaGroup('Sales');
        world.mapping(sales, { targetExternalId: shared });
        world.mapping(sales, { targetExternalId: shared });
        world.mapping(world.oktaGroup('Marketing'), { targetExternalId: shared });
      },
      finds: [
        { subject: 'Marketing', opti_id: 'shared' },
        { subject: 'Sales', opti_id: 'shared' },
      ],
    },
  ],
  silent: [
    {
      world: 'what the groups grant was not read',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'));
        world.setState('optiId.groupInstanceRoles', 'unread', 'permission denied');
      },
      outcome: 'unknown',
      reason: /optiId\.groupInstanceRoles was not read: permission denied/u,
    },
    {
      world: 'no group is meant to be pushed',
      given: () => {},
      outcome: 'skipped',
      reason: /no group is in the push scope/u,
    },
  ],
});
