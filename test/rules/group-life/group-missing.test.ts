import { testRule } from '../../support/rule-tester.ts';

testRule('group-missing', {
  clean: [
    {
      world: 'the push makes a team, which is no group',
      given: (world) => {
        world.mapping(world.oktaGroup('Site::Sales'));
      },
    },
    {
      world: 'the store has the group, by its id or by its name',
      given: (world) => {
        const made = world.optiGroup('Vertrieb', [], { group_type: 'internal' });
        world.mapping(world.oktaGroup('Sales'), { targetExternalId: made });
        world.optiGroup('MARKETING', [], { group_type: 'internal' });
        world.mapping(world.oktaGroup('Marketing'));
      },
    },
    {
      world: 'the push without a group is inactive or in error, or there is no push',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'), { status: 'INACTIVE' });
        world.mapping(world.oktaGroup('Marketing'), { status: 'ERROR' });
        world.pushedGroup('Support');
      },
    },
  ],
  flagged: [
    {
      world: 'Okta does not show the group that is pushed',
      given: (world) => {
        world.mapping('00gHidden', { targetName: 'Sales' });
      },
      finds: [{ subject: '00gHidden', okta_id: '00gHidden', evidence: { target_name: 'Sales' } }],
    },
    {
      world: 'the group is gone, and its namesake is not the one that the push made',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales', [], { okta_group_id: '00gSales' }), {
          okta_mapping_id: 'gPmSales',
          targetExternalId: 'gone',
        });
        world.optiGroup('Sales', [], { group_type: 'internal' });
        // Made anew by hand: the previous run knew another.
        world.mapping(world.oktaGroup('Marketing'), { okta_mapping_id: 'gPmMarketing', last_push: null });
        world.optiGroup('Marketing');
        const grant = {
          opti_instance_id: 'i1',
          product: 'CMS',
          instance: 'web',
          opti_role_id: 'r1',
          role: 'Editor',
        };
        world.memory = {
          groupPairs: { gPmMarketing: 'made' },
          baseline: {
            run: '20261119T030000Z-drift',
            grants: [
              { ...grant, opti_group_id: 'made', group_name: 'Renamed since' },
              { ...grant, opti_group_id: 'gone', group_name: 'Sales' },
              {
                ...grant,
                opti_group_id: 'elsewhere',
                group_name: 'SALES',
                opti_role_id: 'r0',
                role: 'Admin',
              },
              { ...grant, opti_group_id: 'other', group_name: 'Other', role: 'Owner' },
            ],
          },
        };
        world.mapping(world.oktaGroup('Support'), { target_group_id: '00gHidden' });
      },
      finds: [
        {
          subject: 'Marketing',
          opti_id: null,
          detail: 'Marketing is pushed, but never was so far, and Opti ID has no group that the push made.',
          evidence: { lost_opti_group_id: 'made', last_push: null, granted: ['CMS / web: Editor'] },
        },
        {
          subject: 'Sales',
          okta_id: '00gSales',
          opti_id: null,
          detail: 'Sales is pushed, and Opti ID has no group that the push made.',
          evidence: {
            lost_opti_group_id: 'gone',
            target_name: 'Sales',
            okta_mapping_id: 'gPmSales',
            granted: ['CMS / web: Admin', 'CMS / web: Editor'],
            grant_ids: ['i1|r0', 'i1|r1'],
          },
        },
        { subject: 'Support', evidence: { lost_opti_group_id: null, target_name: null, granted: [] } },
      ],
    },
  ],
  silent: [
    {
      world: 'the store groups were not read',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'));
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
