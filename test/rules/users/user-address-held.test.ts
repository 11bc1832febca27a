import { testRule } from '../../support/rule-tester.ts';

testRule('user-address-held', {
  clean: [
    {
      world: 'nobody else holds the new e-mail, or the e-mails agree',
      given: (world) => {
        world.person(
          { email: 'ada.king@example.com' },
          { external_id: world.optiUser({ email: 'ada@example.com' }) },
        );
        world.person(
          { email: 'bo@example.com' },
          { external_id: world.optiUser({ email: 'Bo@example.com' }) },
        );
      },
    },
    {
      world: 'only the e-mail ties the two',
      given: (world) => {
        world.person({ email: 'ada@example.com' }, { user_name: 'a@example.com' });
        world.optiUser({ email: 'a@example.com' });
        world.optiUser({ email: 'ada@example.com' });
      },
    },
  ],
  flagged: [
    {
      world: 'another account has the e-mail that the person has now',
      given: (world) => {
        const account = world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
        world.person({ okta_user_id: '00uAda', email: 'ada.king@example.com' }, { external_id: account });
        world.optiUser({ opti_user_id: 'user-b', email: 'Ada.King@example.com' });
      },
      finds: [
        {
          subject: 'ada.king@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          evidence: { opti_email: 'ada@example.com', holder_ids: ['user-b'] },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'the Okta users were not read to their end',
      given: (world) => world.setState('okta.users', 'unread', 'HTTP 500'),
      outcome: 'unknown',
      reason: /okta\.users was not read: HTTP 500/u,
    },
  ],
});
