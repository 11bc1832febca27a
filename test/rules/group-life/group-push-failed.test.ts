import { testRule } from '../../support/rule-tester.ts';
import { LONG_AGO } from '../../support/world.ts';

testRule('group-push-failed', {
  clean: [
    {
      world: 'the mappings are active or inactive, one with a summary of an error long past',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'), { error_summary: 'HTTP 500 in May' });
        world.mapping(world.oktaGroup('Marketing'), { status: 'INACTIVE' });
      },
    },
  ],
  flagged: [
    {
      world: 'the mapping is in error',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales, "EMEA"\n', [], { okta_group_id: '00gSales' }), {
          okta_mapping_id: 'gPm1',
          status: 'ERROR',
          error_summary: 'Group not found',
        });
      },
      finds: [
        {
          subject: 'Sales, "EMEA"\n',
          okta_id: '00gSales',
          opti_id: null,
          evidence: { error_summary: 'Group not found', last_push: LONG_AGO, okta_mapping_id: 'gPm1' },
        },
      ],
    },
    {
      world: 'Okta gives no summary, and does not show the source',
      given: (world) => {
        world.mapping('00gHidden', { status: 'ERROR', error_summary: '  ', last_push: null });
      },
      finds: [
        {
          subject: '00gHidden',
          okta_id: '00gHidden',
          detail: 'The push of 00gHidden is in error: Okta gives no summary.',
          evidence: { error_summary: null, last_push: null },
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
