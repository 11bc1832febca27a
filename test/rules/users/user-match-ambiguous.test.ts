import { testRule } from '../../support/rule-tester.ts';

testRule('user-match-ambiguous', {
  clean: [
    {
      world: 'everybody has an e-mail of their own',
      given: (world) => {
        for (const name of ['ada', 'bo']) {
          world.person({ email: `${name}@example.com` });
          world.optiUser({ email: `${name}@example.com` });
        }
      },
    },
    {
      world: 'the second store user of the e-mail is deleted',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com', status: 'deleted' });
      },
      job: 'drift',
    },
    {
      world: 'the second Okta user of one store user is not assigned',
      given: (world) => {
        world.optiUser({ email: 'ada@example.com' });
        world.person({ email: 'ada@example.com' });
        world.oktaUser({ email: 'ada@example.com' });
        world.person({ email: 'Ada@example.com' }, { status: 'DEPROVISIONED' });
      },
    },
  ],
  flagged: [
    {
      world: 'two store users fold to one e-mail, whoever is assigned',
      given: (world) => {
        world.optiUser({ opti_user_id: 'user-1', email: 'ada@bücher.example' });
        world.optiUser({ opti_user_id: 'user-2', email: 'ADA@xn--bcher-kva.example' });
        world.person({ okta_user_id: '00uAda', email: 'ada@bücher.example' });
      },
      finds: [
        {
          subject: 'ada@xn--bcher-kva.example',
          okta_id: null,
          opti_id: null,
          evidence: {
            okta_user_ids: ['00uAda'],
            opti_user_ids: ['user-1', 'user-2'],
            cause: 'store users with one e-mail',
          },
          codes: { is_email_alone: true },
        },
      ],
    },
    {
      world: 'two store users fold to one e-mail, and nobody is assigned under it',
      given: (world) => {
        world.optiUser({ email: 'ada@example.com' });
        world.optiUser({ email: ' ada@example.com' });
        world.person();
      },
      job: 'drift',
      finds: [{ subject: 'ada@example.com', evidence: { okta_user_ids: null } }],
    },
    {
      world: 'two store users fold to the user name of an app user who has another e-mail',
      given: (world) => {
        world.optiUser({ email: 'ada@example.com' });
        world.optiUser({ email: 'Ada@example.com' });
        world.person({ okta_user_id: '00uAda', email: 'x@example.com' }, { user_name: 'ada@example.com' });
      },
      finds: [{ subject: 'ada@example.com', evidence: { okta_user_ids: ['00uAda'] } }],
    },
    {
      world: 'two assigned users match one store user, one by id and one by e-mail',
      given: (world) => {
        world.optiUser({ opti_user_id: 'user-1', email: 'ada@example.com' });
        world.person({ okta_user_id: '00u1', email: 'ada@example.com' });
        world.person({ okta_user_id: '00u2', email: 'x@example.com' }, { external_id: 'user-1' });
      },
      finds: [
        {
          subject: 'ada@example.com',
          evidence: {
            okta_user_ids: ['00u1', '00u2'],
            opti_user_ids: ['user-1'],
            cause: 'assigned users of one store user',
          },
          codes: { is_email_alone: false },
        },
      ],
    },
    {
      world: 'both at once under one e-mail: one finding, each id once',
      given: (world) => {
        for (const id of ['user-1', 'user-2']) world.optiUser({ opti_user_id: id, email: 'ada@example.com' });
        for (const id of ['00u1', '00u2']) world.person({ okta_user_id: id, email: 'ada@example.com' });
      },
      finds: [
        {
          subject: 'ada@example.com',
          evidence: {
            okta_user_ids: ['00u1', '00u2'],
            opti_user_ids: ['user-1', 'user-2'],
            cause: 'assigned users of one store user, store users with one e-mail',
          },
        },
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
