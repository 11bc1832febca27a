import { testRule } from '../../support/rule-tester.ts';

testRule('group-push-inactive', {
  clean: [
    {
      world: 'every push is active or in error',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'));
        world.mapping(world.oktaGroup('Marketing'), { status: 'ERROR' });
      },
    },
  ],
  flagged: [
    {
      world: 'pushes are inactive, with a group in the store or without, run once or never',
      given: (world) => {
        world.optiGroup('Sales', [], { opti_group_id: 'group-s', group_type: 'internal' });
        world.mapping(world.oktaGroup('Sales', [], { okta_group_id: '00gSales' }), {
          status: 'INACTIVE',
          okta_mapping_id: 'gPmSales',
          last_push: '2026-11-01T10:00:00.000Z',
        });
        world.mapping(world.oktaGroup('Marketing'), { status: 'INACTIVE', last_push: null });
      },
      finds: [
        { subject: 'Marketing', opti_id: null, detail: 'The push of Marketing is inactive and never ran.' },
        {
          subject: 'Sales',
          okta_id: '00gSales',
          opti_id: 'group-s',
          detail: 'The push of Sales is inactive; it last ran on 2026-11-01.',
          evidence: { okta_mapping_id: 'gPmSales', last_push: '2026-11-01T10:00:00.000Z' },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'the mappings were not read to their end',
      given: (world) => world.setState('okta.groupPushMappings', 'partial', 'HTTP 500'),
      outcome: 'unknown',
      reason: /okta\.groupPushMappings was not read(?: completely)?: HTTP 500/u,
    },
    {
      world: 'there is no SCIM app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
