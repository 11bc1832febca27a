import { testRule } from '../../support/rule-tester.ts';

testRule('user-linked-to-another', {
  clean: [
    {
      world: 'the e-mails agree, or nobody else has the one of the account',
      given: (world) => {
        world.person(
          { email: 'ada@example.com' },
          { external_id: world.optiUser({ email: 'ADA@example.com' }) },
        );
        world.person(
          { email: 'bo@example.com' },
          { external_id: world.optiUser({ email: 'b@example.com' }) },
        );
      },
    },
    {
      world: 'only the e-mail ties the two',
      given: (world) => {
        world.person({ email: 'ada@example.com' }, { user_name: 'a@example.com' });
        world.oktaUser({ email: 'a@example.com' });
        world.optiUser({ email: 'a@example.com' });
      },
    },
  ],
  flagged: [
    {
      world: 'the account that Okta holds has the e-mail of a colleague',
      given: (world) => {
        const account = world.optiUser({ opti_user_id: 'user-b', email: 'Bo@example.com' });
        world.person({ okta_user_id: '00uAda', email: 'ada@example.com' }, { external_id: account });
        world.person({ okta_user_id: '00uBo', email: 'bo@example.com' });
      },
      finds: [
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-b',
          evidence: { opti_email: 'Bo@example.com', colleague_id: '00uBo', colleague_status: 'ACTIVE' },
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
