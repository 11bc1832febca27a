import { testRule } from '../../support/rule-tester.ts';
import { minutesBefore } from '../../support/world.ts';

testRule('user-removal-unconfirmed', {
  clean: [
    {
      world: 'it is an assignment that nothing confirms, which has its own rule',
      given: (world) => {
        world.person({}, { created: minutesBefore(300) });
      },
    },
    {
      world: 'the deactivation was pushed, or since granular deprovisioning the deletion',
      given: (world) => {
        const at = { published: minutesBefore(300) };
        for (const type of ['deactivate', 'delete']) {
          const user = world.oktaUser({ status: 'DEPROVISIONED' });
          world.userEvent('application.user_membership.remove', user, at);
          world.userEvent(`application.provision.user.${type}`, user, at);
        }
      },
    },
    {
      world: 'the person is assigned again, or was never unassigned, or only now',
      given: (world) => {
        world.userEvent('application.user_membership.remove', world.person());
        world.userEvent('application.user_membership.remove', world.oktaUser(), { outcome: 'FAILURE' });
        world.oktaUser();
        world.userEvent('application.user_membership.remove', world.oktaUser(), {
          published: minutesBefore(60),
        });
      },
    },
    {
      world: 'the removal was on another app',
      given: (world) => {
        world.logEvent('application.user_membership.remove', {
          targets: [
            { id: world.oktaUser(), type: 'User', alternate_id: 'ada@example.com', display_name: null },
            { id: '0oaOther', type: 'AppInstance', alternate_id: 'Other', display_name: null },
          ],
        });
      },
    },
  ],
  flagged: [
    {
      world: 'nothing was pushed, or only for an earlier removal, or it failed',
      given: (world) => {
        const ada = world.oktaUser({
          okta_user_id: '00uAda',
          email: 'ada@example.com',
          status: 'DEPROVISIONED',
        });
        world.optiUser({ opti_user_id: 'user-a', external_id: ada, email: 'ada@example.com' });
        world.userEvent('application.user_membership.remove', ada, { published: minutesBefore(900) });
        world.userEvent('application.provision.user.deactivate', ada, { published: minutesBefore(899) });
        world.userEvent('application.user_membership.remove', ada, { event_id: 'again' });
        // Whom Okta's listings show no more is known from the event.
        const bo = 'bo@example.com';
        world.userEvent('application.user_membership.remove', bo);
        world.userEvent('application.provision.user.deactivate', bo, {
          event_id: 'failed',
          outcome: 'FAILURE',
          outcome_reason: 'Not found',
        });
      },
      finds: [
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          evidence: {
            trigger_event: 'again',
            triggered: minutesBefore(120),
            expected_event: 'application.provision.user.deactivate',
            failed_event: null,
            failure: null,
            target_places: null,
          },
        },
        {
          subject: 'bo@example.com',
          okta_id: 'bo@example.com',
          opti_id: null,
          detail:
            'bo@example.com was unassigned at 2026-11-20T01:00:00.000Z, and the log has no successful deactivation or deletion in the app since; the last try failed: Not found.',
        },
      ],
    },
  ],
  silent: [
    {
      world: 'the users of the app were not read to their end, so who is unassigned is not known',
      given: (world) => {
        world.userEvent('application.user_membership.remove', world.oktaUser());
        world.setState('okta.appUsers', 'partial', 'HTTP 500');
      },
      outcome: 'unknown',
      reason: /okta\.appUsers/u,
    },
  ],
});
