import { testRule } from '../../support/rule-tester.ts';
import { minutesBefore } from '../../support/world.ts';

const ASSIGNED = { created: minutesBefore(300) };

testRule('user-addition-unconfirmed', {
  clean: [
    {
      world: 'it is a removal that nothing confirms, which has its own rule',
      given: (world) => {
        world.userEvent('application.user_membership.remove', world.oktaUser());
      },
    },
    {
      world: 'the log has the assignment within the lag, though the app user was made long ago',
      given: (world) => {
        world.userEvent('application.user_membership.add', world.person(), { published: minutesBefore(30) });
      },
    },
    {
      world: 'the new user was pushed, whenever that was logged, however the targets stand',
      given: (world) => {
        const ada = world.person({}, ASSIGNED);
        world.userEvent('app.user_management.push_new_user_success', ada, { published: minutesBefore(301) });
      },
    },
    {
      world: 'the push names no user but the app user, by user name',
      given: (world) => {
        world.person({ email: 'ada@example.com' }, { ...ASSIGNED, user_name: 'Ada.B@example.com' });
        world.logEvent('app.user_management.push_new_user_success', {
          targets: [
            { id: '0oaScim', type: 'AppInstance', alternate_id: 'Opti ID SCIM', display_name: null },
            { id: '0ua1', type: 'AppUser', alternate_id: 'ada.b@example.com', display_name: null },
          ],
        });
      },
    },
    {
      world: 'a user who is taken over was updated',
      given: (world) => {
        world.optiUser({ email: 'ada@example.com' });
        const ada = world.person({ email: 'ada@example.com' }, ASSIGNED);
        world.userEvent('application.provision.user.verify_exists', ada);
      },
    },
    {
      world: 'the assignment is as young as the lag, older than the window, or over',
      given: (world) => {
        world.person({}, { created: minutesBefore(60) });
        world.person({}, { created: minutesBefore(7 * 24 * 60 + 1) });
        const gone = world.person({}, { ...ASSIGNED, status: 'DEPROVISIONED' });
        world.userEvent('application.user_membership.add', gone);
        const failed = world.person();
        world.userEvent('application.user_membership.add', failed, { outcome: 'FAILURE' });
      },
    },
  ],
  flagged: [
    {
      world: 'nothing was pushed for one, a push failed for another, an update says nothing of a third',
      given: (world) => {
        world.person(
          { okta_user_id: '00uAda', email: 'ada@example.com' },
          { created: minutesBefore(7 * 24 * 60) },
        );
        const bo = world.person({ okta_user_id: '00uBo', email: 'bo@example.com' });
        world.userEvent('application.user_membership.add', bo, {
          event_id: 'assigned',
          published: minutesBefore(61),
        });
        world.userEvent('app.user_management.push_new_user_success', bo, {
          event_id: 'failed',
          outcome: 'FAILURE',
          outcome_reason: 'Bad Gateway.',
          published: minutesBefore(60),
        });
        const cy = world.person({ okta_user_id: '00uCy', email: 'cy@example.com' }, ASSIGNED);
        world.optiUser({ opti_user_id: 'user-c', email: 'cy@example.com', created_at: minutesBefore(200) });
        world.userEvent('application.provision.user.sync', cy);
      },
      finds: [
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: null,
          evidence: {
            is_taken_over: false,
            trigger_event: null,
            triggered: minutesBefore(7 * 24 * 60),
            expected_event: 'app.user_management.push_new_user_success',
            failed_event: null,
            failure: null,
            target_places: null,
          },
        },
        {
          subject: 'bo@example.com',
          detail:
            'bo@example.com was assigned at 2026-11-20T01:59:00.000Z, and the log has no successful push of the user since; the last try failed: Bad Gateway.',
          evidence: {
            is_taken_over: false,
            trigger_event: 'assigned',
            triggered: minutesBefore(61),
            expected_event: 'app.user_management.push_new_user_success',
            failed_event: 'failed',
            failure: 'Bad Gateway',
            target_places: "the app's name is in target 2, the article says target 3",
          },
        },
        { subject: 'cy@example.com', opti_id: 'user-c' },
      ],
    },
    {
      world: 'the push was on another app, and an update of a user taken over failed',
      given: (world) => {
        const ada = world.person({ email: 'ada@example.com' }, ASSIGNED);
        world.logEvent('app.user_management.push_new_user_success', {
          targets: [
            { id: '0oaOther', type: 'AppInstance', alternate_id: 'Other', display_name: null },
            { id: ada, type: 'User', alternate_id: 'ada@example.com', display_name: null },
          ],
        });
        world.optiUser({ email: 'bo@example.com' });
        const bo = world.person({ email: 'bo@example.com' }, ASSIGNED);
        world.userEvent('application.provision.user.push_profile', bo, { outcome: 'FAILURE' });
      },
      finds: [{ subject: 'ada@example.com' }, { subject: 'bo@example.com' }],
    },
  ],
  silent: [
    {
      world: 'the log was not read',
      given: (world) => {
        world.person({}, ASSIGNED);
        world.setState('okta.logEvents', 'unread', 'HTTP 500');
      },
      outcome: 'unknown',
      reason: /okta\.logEvents was not read: HTTP 500/u,
    },
  ],
});
