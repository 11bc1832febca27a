import { testRule } from '../../support/rule-tester.ts';
import { minutesBefore } from '../../support/world.ts';

const FAILED = { outcome: 'FAILURE', outcome_reason: 'Bad Gateway.' };

testRule('push-event-failed', {
  clean: [
    {
      world: 'another account holds the address of the person, which its own rule says',
      given: (world) => {
        const account = world.optiUser({ email: 'ada.old@example.com' });
        const ada = world.person({ email: 'ada@example.com' }, { external_id: account });
        world.optiUser({ email: 'ada@example.com' });
        world.userEvent('application.provision.user.push_profile', ada, { outcome: 'FAILURE' });
      },
    },
    {
      world: 'a later success on the same user or group answers each failure',
      given: (world) => {
        const ada = world.person();
        world.userEvent('application.provision.user.push_profile', ada, FAILED);
        world.userEvent('app.user_management.push_new_user_success', ada, { published: minutesBefore(119) });
        world.mapping(world.pushedGroup('Sales'), { targetName: 'Sales team' });
        world.groupEvent('application.provision.group_push.pushed', 'Sales', FAILED);
        world.groupEvent('application.provision.group_push.updated', 'sales TEAM', {
          published: minutesBefore(119),
        });
      },
    },
    {
      world: 'what failed is no push, is of another app, or only came late',
      given: (world) => {
        const ada = world.person();
        world.userEvent('application.user_membership.add', ada, FAILED);
        world.logEvent('application.integration.authentication_failure', FAILED);
        world.logEvent('application.provision.group.add', FAILED, { id: '0oaOther' });
        world.userEvent('application.provision.user.sync', ada, { outcome: 'DEFERRED' });
      },
    },
  ],
  flagged: [
    {
      world: 'failures of a user, a group and the app alone, the last of each',
      given: (world) => {
        const ada = world.person({ okta_user_id: '00uAda', email: 'ada@example.com' });
        world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
        world.userEvent('application.provision.user.push_profile', ada, {
          published: minutesBefore(400),
          ...FAILED,
        });
        world.userEvent('application.provision.user.sync', ada, {
          event_id: 'last',
          published: minutesBefore(30),
          ...FAILED,
        });
        world.groupEvent('application.provision.group_push.pushed', 'Left over', FAILED);
        world.mapping(world.pushedGroup('Sales', [], { okta_group_id: '00gSales' }));
        world.groupEvent('application.provision.group_push.pushed', 'Sales', {
          ...FAILED,
          outcome_reason: null,
        });
        world.logEvent('application.integration.api_query', FAILED);
        world.logEvent('application.integration.api_query', { ...FAILED, published: minutesBefore(20) });
        world.logEvent('application.provision.integration.call_api', FAILED);
        // Neither an earlier success, nor one at the same moment, nor one of somebody else.
        world.userEvent('application.provision.user.sync', ada, { published: minutesBefore(30) });
        world.userEvent('application.provision.user.sync', world.person(), { published: minutesBefore(10) });
      },
      finds: [
        { subject: 'Left over', okta_id: null, opti_id: null },
        {
          subject: 'Opti ID SCIM',
          okta_id: '0oaScim',
          evidence: {
            concerns: 'app',
            event_type: 'application.integration.api_query',
            published: minutesBefore(20),
          },
        },
        { subject: 'Opti ID SCIM', evidence: { event_type: 'application.provision.integration.call_api' } },
        {
          subject: 'Sales',
          okta_id: '00gSales',
          detail:
            'Sales: application.provision.group_push.pushed failed at 2026-11-20T01:00:00.000Z, without a reason.',
        },
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          evidence: {
            concerns: 'user',
            event_id: 'last',
            event_type: 'application.provision.user.sync',
            published: minutesBefore(30),
            outcome_reason: 'Bad Gateway.',
          },
        },
      ],
    },
    {
      world: 'a group whose name the target of a renamed one still has',
      given: (world) => {
        world.mapping(world.pushedGroup('Desk A', [], { okta_group_id: '00gA' }), { targetName: 'Desk One' });
        const second = world.pushedGroup('Desk One', [], { okta_group_id: '00gOne' });
        world.mapping(second, { status: 'ERROR', last_push: null, target_group_id: null });
        world.groupEvent('application.provision.group_push.pushed', 'Desk One', FAILED);
      },
      finds: [{ subject: 'Desk One', okta_id: '00gOne', evidence: { concerns: 'group' } }],
    },
    {
      world: 'a renamed group, by the name that its target still has',
      given: (world) => {
        world.mapping(world.pushedGroup('Desk A', [], { okta_group_id: '00gA' }), { targetName: 'Desk One' });
        world.groupEvent('application.provision.group_push.updated', 'desk one', FAILED);
      },
      finds: [{ subject: 'Desk A', okta_id: '00gA' }],
    },
    {
      world: 'a user whom Okta no longer shows, by the user name of the app user',
      given: (world) => {
        const targets = [
          { id: '0ua1', type: 'AppUser', alternate_id: 'Bo@example.com', display_name: null },
          { id: '0oaScim', type: 'AppInstance', alternate_id: 'Opti ID SCIM', display_name: null },
        ];
        world.logEvent('application.provision.user.deactivate', { ...FAILED, targets });
      },
      finds: [{ subject: 'Bo@example.com', okta_id: null, opti_id: null }],
    },
  ],
});
