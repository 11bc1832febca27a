import { testRule } from '../../support/rule-tester.ts';
import { LONG_AGO, minutesBefore, type World } from '../../support/world.ts';

function invite(world: World, id: string, email: string, status = 'pending', created_at = LONG_AGO): void {
  world.rows['optiId.invitations'].push({ opti_invitation_id: id, email, status, created_at });
}

testRule('user-invitation-pending', {
  clean: [
    {
      world: 'the invitation is over, one way or the other',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        for (const status of ['expired', 'accepted', 'revoked']) {
          invite(world, status, 'ada@example.com', status);
        }
      },
    },
    {
      world: 'the invited person is not assigned, or is not in Okta',
      given: (world) => {
        world.oktaUser({ email: 'ada@example.com' });
        invite(world, 'inv-1', 'ada@example.com');
        invite(world, 'inv-2', 'stranger@example.com');
      },
    },
  ],
  flagged: [
    {
      world: 'assigned people have pending invitations, in whatever case: one finding each',
      given: (world) => {
        world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com', status: 'invited' });
        world.person({ okta_user_id: '00uAda', email: 'ada@example.com' });
        invite(world, 'inv-b', 'ADA@Example.com', 'pending', minutesBefore(10));
        invite(world, 'inv-a', 'ada@example.com', 'pending', minutesBefore(5));
        world.person({ email: 'bo@bücher.example' });
        invite(world, 'inv-c', 'bo@xn--bcher-kva.example');
      },
      finds: [
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          evidence: { invitation_ids: ['inv-a', 'inv-b'], invited: minutesBefore(10) },
        },
        { subject: 'bo@bücher.example', opti_id: null, evidence: { invitation_ids: ['inv-c'] } },
      ],
    },
  ],
  silent: [
    {
      world: 'the invitations were not read to their end',
      given: (world) => world.setState('optiId.invitations', 'unread', 'permission denied'),
      outcome: 'unknown',
      reason: /optiId\.invitations was not read: permission denied/u,
    },
  ],
});
