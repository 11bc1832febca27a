import { testRule } from '../../support/rule-tester.ts';
import { minutesBefore } from '../../support/world.ts';

testRule('suspended-user-active', {
  clean: [
    {
      world: 'the account that the suspended person points to is somebody else’s',
      given: (world) => {
        const account = world.optiUser({ email: 'ada@example.com' });
        world.person({ email: 'ada@example.com' }, { external_id: account });
        world.person({ status: 'SUSPENDED' }, { external_id: account });
      },
    },
    {
      world: 'everybody in Okta and in the store is active',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
      },
    },
    {
      world: 'people of every other status are assigned and in the store',
      given: (world) => {
        for (const status of [
          'ACTIVE',
          'LOCKED_OUT',
          'PASSWORD_EXPIRED',
          'RECOVERY',
          'STAGED',
          'PROVISIONED',
          'DEPROVISIONED',
        ]) {
          world.person({ status, email: `${status}@example.com` });
          world.optiUser({ email: `${status}@example.com` });
        }
      },
      job: 'drift',
    },
    {
      world: 'the suspended person is neither assigned nor in the store',
      given: (world) => {
        world.oktaUser({ status: 'SUSPENDED' });
        world.person({ status: 'SUSPENDED' }, { status: 'REVOKED' });
      },
    },
    {
      world: 'the store user of the suspended person is deleted',
      given: (world) => {
        world.oktaUser({ status: 'SUSPENDED', email: 'ada@example.com' });
        world.optiUser({ status: 'deleted', email: 'ada@example.com' });
      },
    },
    {
      world: 'others are assigned to the SCIM app, so those of the SSO app do not stand in',
      given: (world) => {
        world.ssoApp();
        world.person();
        world.assignToSso(world.oktaUser({ status: 'SUSPENDED' }));
      },
    },
  ],
  flagged: [
    {
      world: 'the suspended person is assigned and in the store, by id',
      given: (world) => {
        const user = world.optiUser({ opti_user_id: 'user-a' });
        world.optiGroup('Sales', [user]);
        world.optiGroup('Marketing', [user]);
        world.optiGroup('Support', [world.optiUser()]);
        world.person(
          { okta_user_id: '00uAda', status: 'SUSPENDED', email: 'ada@example.com' },
          { external_id: user },
        );
        for (const minutes of [500, 300]) {
          world.logEvent(
            'user.lifecycle.suspend',
            { event_id: `suspended-${minutes}`, published: minutesBefore(minutes) },
            { id: '00uAda', type: 'User' },
          );
        }
        world.logEvent(
          'user.lifecycle.unsuspend',
          { published: minutesBefore(400) },
          { id: '00uAda', type: 'User' },
        );
        world.logEvent('user.session.end', { published: minutesBefore(200) }, { id: '00uAda', type: 'User' });
      },
      finds: [
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          detail:
            'ada@example.com is suspended in Okta and still assigned and still in Opti ID with 2 groups.',
          evidence: {
            is_assigned: true,
            is_in_store: true,
            matched_by: 'app user external id',
            groups: 2,
            suspend_event: 'suspended-300',
          },
        },
      ],
    },
    {
      world: 'the suspended person is assigned and not in the store',
      given: (world) => {
        world.person({ status: 'SUSPENDED' });
      },
      job: 'drift',
      finds: [
        {
          opti_id: null,
          evidence: { is_assigned: true, is_in_store: false, matched_by: null, suspend_event: null },
        },
      ],
    },
    {
      world: 'the suspended person is in no app listing and in the store, by e-mail in other case',
      given: (world) => {
        world.oktaUser({ status: 'SUSPENDED', email: 'ada@bücher.example' });
        world.optiUser({ opti_user_id: 'user-a', email: ' ADA@xn--bcher-kva.example' });
      },
      finds: [
        {
          subject: 'ada@bücher.example',
          opti_id: 'user-a',
          evidence: { is_assigned: false, is_in_store: true, matched_by: 'e-mail', groups: 0 },
        },
      ],
    },
    {
      world: 'the suspended person is known from the listing by status alone',
      given: (world) => {
        world.oktaUser({ okta_user_id: '00uAda', status: 'SUSPENDED' });
        world.rows['okta.users'] = [];
        world.optiUser({ opti_user_id: 'user-a', external_id: '00uAda', status: 'invited' });
      },
      job: 'drift',
      finds: [{ okta_id: '00uAda', opti_id: 'user-a', evidence: { matched_by: 'external id' } }],
    },
    {
      world: 'the suspended person is assigned to the SSO app, which stands in',
      given: (world) => {
        world.noScimApp();
        world.ssoApp();
        world.assignToSso(world.oktaUser({ status: 'SUSPENDED', email: null, login: 'ada' }));
      },
      finds: [{ subject: 'ada', evidence: { is_assigned: true } }],
    },
    {
      world: 'no app says who is assigned, and the suspended person is in the store',
      given: (world) => {
        world.noScimApp();
        world.oktaUser({ status: 'SUSPENDED', email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
      },
      finds: [{ subject: 'ada@example.com', evidence: { is_assigned: false } }],
    },
  ],
  silent: [
    {
      world: 'the suspended people were not read to their end',
      given: (world) => world.setState('okta.suspendedUsers', 'unread', 'HTTP 403'),
      outcome: 'unknown',
      reason: /okta\.suspendedUsers was not read: HTTP 403/u,
    },
    {
      world: 'the store users were not read to their end',
      given: (world) => world.setState('optiId.users', 'unread', 'permission denied'),
      outcome: 'unknown',
      reason: /optiId\.users was not read: permission denied/u,
    },
    {
      world: 'the store memberships, which say what the person keeps, were not read to their end',
      given: (world) => world.setState('optiId.groupMembers', 'unread', 'permission denied'),
      outcome: 'unknown',
      reason: /optiId\.groupMembers was not read: permission denied/u,
    },
    {
      world: 'the app users were not read to their end',
      given: (world) => world.setState('okta.appUsers', 'unread', 'HTTP 500'),
      outcome: 'unknown',
      reason: /okta\.appUsers was not read: HTTP 500/u,
    },
  ],
});
