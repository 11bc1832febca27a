import { testRule } from '../../support/rule-tester.ts';

testRule('user-email-case', {
  clean: [
    {
      world: 'the two e-mails are the same',
      given: (world) => {
        world.person({ email: 'Ada@example.com' });
        world.optiUser({ email: 'Ada@example.com' });
      },
    },
    {
      world: 'the two e-mails are different ones of a pair by id',
      given: (world) => {
        const user = world.optiUser({ email: 'ada@example.com' });
        world.person({ email: 'countess@example.com' }, { external_id: user });
      },
    },
    {
      world: 'the person is not assigned',
      given: (world) => {
        world.oktaUser({ email: 'ADA@example.com' });
        world.person({ email: 'BO@example.com' }, { status: 'REVOKED' });
        for (const name of ['ada', 'bo']) world.optiUser({ email: `${name}@example.com` });
      },
    },
  ],
  flagged: [
    {
      world: 'the two e-mails differ in case, or in a space',
      given: (world) => {
        world.person({ okta_user_id: '00uAda', email: 'Ada@Example.com' });
        world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
        world.person({ email: 'bo@example.com' });
        world.optiUser({ email: 'bo@example.com ' });
      },
      finds: [
        {
          subject: 'Ada@Example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          evidence: { opti_email: 'ada@example.com' },
        },
        { subject: 'bo@example.com', evidence: { opti_email: 'bo@example.com ' } },
      ],
    },
  ],
  silent: [
    {
      world: 'there is neither a SCIM nor an SSO app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
