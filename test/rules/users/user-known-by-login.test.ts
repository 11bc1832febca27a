import { testRule } from '../../support/rule-tester.ts';

testRule('user-known-by-login', {
  clean: [
    {
      world: 'the login is the e-mail, or nobody in the store has it',
      given: (world) => {
        world.person({ email: 'ada@example.com', login: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
        world.person({ email: 'bo@example.com', login: 'blind@corp.example' });
      },
    },
    {
      world: 'the store user of that e-mail is somebody else who is assigned',
      given: (world) => {
        world.person({ email: 'ada@example.com', login: 'bo@example.com' });
        world.person({ email: 'bo@example.com' });
        world.optiUser({ email: 'bo@example.com' });
      },
    },
  ],
  flagged: [
    {
      world: 'a store user has the login, or the user name of the SSO app, as e-mail',
      given: (world) => {
        world.ssoApp();
        world.person({ okta_user_id: '00uAda', email: 'ada@example.com', login: 'Ada@corp.example' });
        world.optiUser({ opti_user_id: 'user-a', email: 'ada@corp.example' });
        const bo = world.person({ email: 'bo@example.com' });
        world.assignToSso(bo, { user_name: 'bo@corp.example' });
        world.optiUser({ opti_user_id: 'user-b', email: 'bo@corp.example' });
      },
      finds: [
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          evidence: { opti_email: 'ada@corp.example', known_by: 'login' },
        },
        { subject: 'bo@example.com', opti_id: 'user-b', evidence: { known_by: 'user name in the SSO app' } },
      ],
    },
  ],
  silent: [
    {
      world: 'the store users were not read to their end',
      given: (world) => world.setState('optiId.users', 'unread', 'connection lost'),
      outcome: 'unknown',
      reason: /optiId\.users was not read: connection lost/u,
    },
  ],
});
