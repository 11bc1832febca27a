import { testRule } from '../../support/rule-tester.ts';

testRule('group-link-shared', {
  clean: [
    {
      world: 'each mapping has a target of its own, two of them of one name',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'));
        world.mapping(world.oktaGroup('Vertrieb'), { targetName: 'Sales' });
        world.optiGroup('Sales', [], { group_type: 'internal' });
      },
    },
    {
      world: 'neither mapping has a target yet',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'), { target_group_id: null });
        world.mapping(world.oktaGroup('Marketing'), { target_group_id: null });
      },
    },
    {
      world: 'the targets have external ids of their own',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'), { targetExternalId: 'group-1' });
        world.mapping(world.oktaGroup('Marketing'), { targetExternalId: 'group-2' });
      },
      job: 'drift',
    },
  ],
  flagged: [
    {
      world: 'two mappings have one target group: a finding for each Okta group',
      given: (world) => {
        world.optiGroup('Sales', [], { opti_group_id: 'group-s', group_type: 'internal' });
        world.mapping(world.oktaGroup('Sales', [], { okta_group_id: '00gSales' }), {
          okta_mapping_id: 'gPm1',
          targetName: 'Sales',
        });
        const target = world.rows['okta.groupPushMappings'][0]?.target_group_id ?? null;
        world.mapping(world.oktaGroup('Vertrieb', [], { okta_group_id: '00gVertrieb' }), {
          okta_mapping_id: 'gPm2',
          target_group_id: target,
          status: 'INACTIVE',
        });
      },
      finds: [
        {
          subject: 'Sales',
          okta_id: '00gSales',
          opti_id: 'group-s',
          evidence: { target_name: 'Sales', shared_with: ['Vertrieb'], okta_mapping_id: 'gPm1' },
        },
        {
          subject: 'Vertrieb',
          okta_id: '00gVertrieb',
          opti_id: 'group-s',
          evidence: { target_name: 'Sales', shared_with: ['Sales'], okta_mapping_id: 'gPm2' },
        },
      ],
    },
    {
      world: 'three mappings share a target that Okta does not show',
      given: (world) => {
        for (const name of ['Sales', 'Marketing', 'Support']) {
          world.mapping(world.oktaGroup(name), { target_group_id: '00tHidden' });
        }
      },
      job: 'drift',
      finds: [
        {
          subject: 'Marketing',
          opti_id: null,
          evidence: { target_name: null, shared_with: ['Sales', 'Support'] },
        },
        { subject: 'Sales', evidence: { shared_with: ['Marketing', 'Support'] } },
        { subject: 'Support', evidence: { shared_with: ['Marketing', 'Sales'] } },
      ],
    },
    {
      world: 'two target groups in Okta have one external id, so they are one group in Opti ID',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'), { targetExternalId: 'group-1' });
        world.mapping(world.oktaGroup('Vertrieb'), { targetExternalId: 'group-1' });
        world.optiGroup('Sales', [], { opti_group_id: 'group-1', group_type: 'internal' });
        world.mapping(world.oktaGroup('Support'));
        world.optiGroup('Support', [], { group_type: 'internal' });
      },
      finds: [
        { subject: 'Sales', opti_id: 'group-1' },
        { subject: 'Vertrieb', opti_id: 'group-1' },
      ],
    },
  ],
  silent: [
    {
      world: 'the mappings were not read to their end',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'));
        world.setState('okta.groupPushMappings', 'partial', 'HTTP 500');
      },
      outcome: 'unknown',
      reason: /okta\.groupPushMappings was not read completely: HTTP 500/u,
    },
    {
      world: 'there is no SCIM app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
