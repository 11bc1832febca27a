import { testRule } from '../../support/rule-tester.ts';
import { minutesBefore } from '../../support/world.ts';

const REJECTED = 'application.integration.authentication_failure';

testRule('scim-credentials-rejected', {
  clean: [
    {
      world: 'something was provisioned since',
      given: (world) => {
        world.logEvent(REJECTED, { outcome: 'FAILURE' });
        world.userEvent('app.user_management.push_new_user_success', world.person(), {
          published: minutesBefore(119),
        });
      },
    },
    {
      world: 'another app refused its credentials, and this one took them',
      given: (world) => {
        world.logEvent(REJECTED, { outcome: 'FAILURE' }, { id: '0oaOther' });
        world.logEvent(REJECTED, { outcome: 'SUCCESS' });
      },
    },
  ],
  flagged: [
    {
      world: 'the app refused them twice, and what came later failed or is no provisioning',
      given: (world) => {
        const ada = world.person();
        world.userEvent('application.provision.user.sync', ada);
        world.logEvent(REJECTED, { outcome: 'FAILURE', published: minutesBefore(500) });
        world.logEvent(REJECTED, { event_id: 'last', outcome: null, outcome_reason: 'HTTP 401' });
        world.userEvent('application.provision.user.sync', ada, {
          outcome: 'FAILURE',
          published: minutesBefore(30),
        });
        world.userEvent('application.user_membership.add', ada, { published: minutesBefore(30) });
      },
      finds: [
        {
          subject: 'Opti ID SCIM',
          okta_id: '0oaScim',
          opti_id: null,
          evidence: { event_id: 'last', published: minutesBefore(120), outcome_reason: 'HTTP 401' },
        },
      ],
    },
    {
      world: 'a night after the cutover',
      given: (world) => {
        world.logEvent(REJECTED, { event_id: 'one', outcome: 'FAILURE' });
      },
      job: 'drift',
      finds: [{ evidence: { event_id: 'one' } }],
    },
  ],
  silent: [
    {
      world: 'the System Log was not read completely',
      given: (world) => world.setState('okta.logEvents', 'partial', 'HTTP 429'),
      outcome: 'unknown',
      reason: /okta\.logEvents was not read: HTTP 429/u,
    },
    {
      world: 'there is no SCIM app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /there is no SCIM app/u,
    },
  ],
});
