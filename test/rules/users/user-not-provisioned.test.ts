import { testRule } from '../../support/rule-tester.ts';

testRule('user-not-provisioned', {
  clean: [
    {
      world: 'Okta knows the store user, or the store has somebody of that id or e-mail',
      given: (world) => {
        world.person({}, { external_id: world.optiUser() });
        world.optiUser({ external_id: world.person() });
        world.person({ email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com', status: 'invited' });
        world.person({}, { external_id: 'gone' });
      },
    },
    {
      world: 'the people are not active or not assigned',
      given: (world) => {
        for (const status of ['STAGED', 'PROVISIONED', 'SUSPENDED', 'DEPROVISIONED'])
          world.person({ status });
        world.person({}, { status: 'INACTIVE' });
        world.oktaUser();
      },
    },
  ],
  flagged: [
    {
      world: 'assigned and active people have neither an id nor a store user',
      given: (world) => {
        world.person(
          { okta_user_id: '00uAda', email: 'ada@example.com' },
          { sync_state: 'ERROR', status: 'STAGED', created: '2026-09-01T08:00:00.000Z' },
        );
        world.person({ email: 'bo@example.com', status: 'PASSWORD_EXPIRED' });
        world.optiUser({ email: 'bo@example.com', status: 'deleted' });
      },
      finds: [
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: null,
          detail:
            'ada@example.com is assigned (STAGED) and active, and Opti ID has no such user: Okta reports an error.',
          evidence: {
            app_user_status: 'STAGED',
            sync_state: 'ERROR',
            assigned_since: '2026-09-01T08:00:00.000Z',
            user_name: 'ada@example.com',
          },
        },
        {
          subject: 'bo@example.com',
          detail: 'bo@example.com is assigned (ACTIVE) and active, and Opti ID has no such user.',
        },
      ],
    },
  ],
  silent: [
    {
      world: 'the store users were not read',
      given: (world) => {
        world.person();
        world.setState('optiId.users', 'unread', 'permission denied');
      },
      outcome: 'unknown',
      reason: /optiId\.users was not read: permission denied/u,
    },
  ],
});
