import { testRule } from '../../support/rule-tester.ts';

testRule('user-email-alias', {
  clean: [
    {
      world: 'nobody has a tag',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        world.optiUser({ email: 'bo@example.com' });
      },
    },
    {
      world: 'the person has a match, beside an address with a tag',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
        world.optiUser({ email: 'ada+test@example.com' });
      },
    },
    {
      world: 'the tags are two, the domain is another, or the tag is no tag',
      given: (world) => {
        world.person({ email: 'ada+a@example.com' });
        world.optiUser({ email: 'ada+b@example.com' });
        world.person({ email: 'bo@example.com' });
        world.optiUser({ email: 'bo+opti@example.org' });
        world.person({ email: 'cy-opti@example.com' });
        world.optiUser({ email: 'cy@example.com' });
      },
    },
    {
      world: 'the person is not assigned, or has no e-mail',
      given: (world) => {
        world.oktaUser({ email: 'ada+opti@example.com' });
        world.optiUser({ email: 'ada@example.com' });
        world.person({ email: null });
      },
    },
    {
      world: 'the store user is deleted',
      given: (world) => {
        world.person({ email: 'ada+opti@example.com' });
        world.optiUser({ email: 'ada@example.com', status: 'deleted' });
      },
    },
  ],
  flagged: [
    {
      world: 'the tag is in Okta, or in Opti ID, in whatever case',
      given: (world) => {
        world.person({ okta_user_id: '00uAda', email: 'Ada+opti+id@example.com' });
        world.optiUser({ opti_user_id: 'user-a', email: 'ADA@example.com' });
        world.person({ email: 'bo@example.com' });
        world.optiUser({ email: 'bo+Test@example.com' });
      },
      finds: [
        {
          subject: 'Ada+opti+id@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          evidence: { opti_email: 'ADA@example.com' },
        },
        { subject: 'bo@example.com', evidence: { opti_email: 'bo+Test@example.com' } },
      ],
    },
  ],
  silent: [
    {
      world: 'the store users were not read to their end',
      given: (world) => world.setState('optiId.users', 'unread', 'permission denied'),
      outcome: 'unknown',
      reason: /optiId\.users was not read: permission denied/u,
    },
  ],
});
