import { testRule } from '../../support/rule-tester.ts';

testRule('reserved-group-linked', {
  clean: [
    {
      world: 'the store does not show the group of a mapping, whose names are not reserved',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'));
      },
    },
    {
      world: 'the mapping made a group of its own',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'));
        world.optiGroup('Sales', [], { group_type: 'internal' });
        world.optiGroup('Everyone', [], { group_type: 'internal' });
      },
    },
    {
      world: 'a group of a reserved name is pushed by no mapping yet',
      given: (world) => {
        world.pushedGroup('Everyone');
        world.optiGroup('Everyone', [], { group_type: 'internal' });
      },
    },
    {
      world: 'the target looks like a reserved group and is another one',
      given: (world) => {
        world.mapping(world.oktaGroup('Every\u200Bone'));
        world.optiGroup('Every\u200Bone', [], { group_type: 'internal' });
        world.optiGroup('Everyone', [], { group_type: 'internal' });
      },
      job: 'drift',
    },
    {
      world: 'the target bears a reserved name, and its external id leads to another group',
      given: (world) => {
        const own = world.optiGroup('Sales', [], { group_type: 'internal' });
        world.mapping(world.oktaGroup('Sales'), { targetName: 'Everyone', targetExternalId: own });
        world.optiGroup('Everyone', [], { group_type: 'internal' });
      },
    },
  ],
  flagged: [
    {
      world: 'the external id of the target leads to a reserved group',
      given: (world) => {
        const reserved = world.optiGroup('Admin Center Administrators', [], { opti_group_id: 'group-r' });
        world.mapping(world.oktaGroup('IT', [], { okta_group_id: '00gIt' }), {
          okta_mapping_id: 'gPm1',
          targetExternalId: reserved,
        });
      },
      finds: [
        {
          subject: 'IT',
          okta_id: '00gIt',
          opti_id: 'group-r',
          evidence: {
            opti_group_name: 'Admin Center Administrators',
            okta_mapping_id: 'gPm1',
            push_status: 'ACTIVE',
            matched_by: 'target external id',
          },
        },
      ],
    },
    {
      world: 'the name of the target leads there, and the mapping is inactive',
      given: (world) => {
        world.mapping(world.oktaGroup('All'), { targetName: 'everyone', status: 'INACTIVE' });
        world.optiGroup('Everyone', [], { opti_group_id: 'group-e', group_type: 'internal' });
      },
      job: 'drift',
      finds: [
        {
          subject: 'All',
          opti_id: 'group-e',
          evidence: { push_status: 'INACTIVE', matched_by: 'target name, folded' },
        },
      ],
    },
    {
      world: 'Okta does not show the target, and the source bears the name',
      given: (world) => {
        world.mapping(world.oktaGroup('Everyone'), { target_group_id: '00gHidden' });
        world.optiGroup('Everyone', [], { opti_group_id: 'group-e', group_type: 'internal' });
      },
      finds: [{ opti_id: 'group-e', evidence: { matched_by: 'source name, exact' } }],
    },
    {
      world: 'Okta does not show the target, and the source bears the name in other case',
      given: (world) => {
        world.mapping(world.oktaGroup('everyone'), { target_group_id: '00gHidden' });
        world.optiGroup('Everyone', [], { opti_group_id: 'group-e', group_type: 'internal' });
      },
      finds: [{ opti_id: 'group-e', evidence: { matched_by: 'source name, folded' } }],
    },
    {
      world: 'the target bears the name, and the store does not show the group',
      given: (world) => {
        world.mapping(world.oktaGroup('IT'), { targetName: 'Admin Center Administrators' });
      },
      finds: [
        {
          subject: 'IT',
          opti_id: null,
          evidence: { opti_group_name: 'Admin Center Administrators', matched_by: null },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'the mappings were not read to their end',
      given: (world) => world.setState('okta.groupPushMappings', 'unread', 'HTTP 403'),
      outcome: 'unknown',
      reason: /okta\.groupPushMappings was not read: HTTP 403/u,
    },
    {
      world: 'there is no SCIM app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
