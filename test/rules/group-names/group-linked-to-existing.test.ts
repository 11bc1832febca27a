import { testRule } from '../../support/rule-tester.ts';
import { minutesBefore, type World } from '../../support/world.ts';

/** A mapping made an hour before the collection, and an internal store group made some minutes before it. */
function linked(world: World, storeGroupIsOlderByMinutes: number, milliseconds = 0): void {
  world.mapping(world.oktaGroup('Sales', [], { okta_group_id: '00gSales' }), {
    okta_mapping_id: 'gPm1',
    created: minutesBefore(60),
  });
  const made = new Date(
    Date.parse(minutesBefore(60 + storeGroupIsOlderByMinutes)) - milliseconds,
  ).toISOString();
  world.optiGroup('Sales', [], { opti_group_id: 'group-s', group_type: 'internal', created_at: made });
}

testRule('group-linked-to-existing', {
  clean: [
    { world: 'the store group is younger than the mapping', given: (world) => linked(world, -1) },
    { world: 'the store group is older by exactly ten minutes', given: (world) => linked(world, 10) },
    {
      world: 'the store does not say when the group was made',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'));
        world.optiGroup('Sales', [], { group_type: 'internal', created_at: null });
      },
      job: 'drift',
    },
    {
      world: 'the older group is reserved, which is for another rule to say',
      given: (world) => {
        world.mapping(world.oktaGroup('IT'), { targetName: 'Admin Center Administrators' });
        world.optiGroup('Admin Center Administrators');
      },
    },
    {
      world: 'no mapping leads to the older group',
      given: (world) => {
        world.pushedGroup('Sales');
        world.optiGroup('Sales', [], { group_type: 'internal' });
      },
    },
    {
      world: 'the external id of the target names no group of the store, and a name is no substitute for it',
      given: (world) => {
        world.optiGroup('Sales');
        world.mapping(world.oktaGroup('Sales'), { targetExternalId: 'group-gone' });
      },
    },
    {
      world: 'an internal group of the name is taken for the target, before the custom one',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'), { created: minutesBefore(60) });
        world.optiGroup('Sales', [], { opti_group_id: 'a-custom' });
        world.optiGroup('SALES', [], {
          opti_group_id: 'z-internal',
          group_type: 'internal',
          created_at: minutesBefore(59),
        });
      },
    },
  ],
  flagged: [
    {
      world: 'the store group is older by a moment more than ten minutes',
      given: (world) => linked(world, 10, 1),
      finds: [
        {
          subject: 'Sales',
          okta_id: '00gSales',
          opti_id: 'group-s',
          evidence: {
            opti_group_name: 'Sales',
            group_type: 'internal',
            mapping_created: minutesBefore(60),
            okta_mapping_id: 'gPm1',
            matched_by: 'target name, exact',
          },
        },
      ],
    },
    {
      world: 'the store group is custom, however young',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'), { targetName: 'Sales EMEA', created: minutesBefore(60) });
        world.optiGroup('sales emea', [], { opti_group_id: 'group-c', created_at: minutesBefore(30) });
      },
      job: 'drift',
      finds: [
        {
          subject: 'Sales',
          opti_id: 'group-c',
          evidence: { group_type: 'custom', matched_by: 'target name, folded' },
        },
      ],
    },
    {
      world: 'the external id of the target leads to a product group, whatever the names',
      given: (world) => {
        const product = world.optiGroup('Editors', [], { opti_group_id: 'group-p', group_type: 'product' });
        world.optiGroup('Sales', [], { group_type: 'internal', created_at: minutesBefore(60) });
        world.mapping(world.oktaGroup('Sales'), { targetExternalId: product, created: minutesBefore(60) });
      },
      finds: [{ opti_id: 'group-p', evidence: { matched_by: 'target external id', group_type: 'product' } }],
    },
    {
      world: 'two mappings lead to one group: a finding for each Okta group',
      given: (world) => {
        const custom = world.optiGroup('Sales');
        world.mapping(world.oktaGroup('Sales'), { targetExternalId: custom });
        world.mapping(world.oktaGroup('Vertrieb'), { targetExternalId: custom });
      },
      finds: [{ subject: 'Sales' }, { subject: 'Vertrieb' }],
    },
  ],
  silent: [
    {
      world: 'the mappings were not read to their end',
      given: (world) => {
        linked(world, 60);
        world.setState('okta.groupPushMappings', 'partial', 'HTTP 500');
      },
      outcome: 'unknown',
      reason: /okta\.groupPushMappings was not read completely: HTTP 500/u,
    },
    {
      world: 'the store groups were not read',
      given: (world) => {
        linked(world, 60);
        world.setState('optiId.groups', 'unread', 'permission denied');
      },
      outcome: 'unknown',
      reason: /optiId\.groups was not read: permission denied/u,
    },
    {
      world: 'there is no SCIM app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
