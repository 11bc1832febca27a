import { testRule } from '../../support/rule-tester.ts';

testRule('user-name-drifted', {
  clean: [
    {
      world: 'Okta holds the account of a colleague, which its own rule says',
      given: (world) => {
        world.oktaUser({ email: 'bo@example.com' });
        const account = world.optiUser({ email: 'bo@example.com', first_name: 'Bo' });
        world.person({ email: 'ada@example.com' }, { external_id: account });
      },
    },
    {
      world: 'the names are the same but for outer space and the form of an accent, or missing on both sides',
      given: (world) => {
        const same = world.optiUser({ first_name: 'Zoe\u0301 ', last_name: 'Byron' });
        world.person({ first_name: 'Zo\u00E9', last_name: ' Byron' }, { external_id: same });
        const nameless = world.optiUser({ first_name: null, last_name: '' });
        world.person({ first_name: '', last_name: null }, { external_id: nameless });
      },
    },
    {
      world: 'the two were matched by e-mail only',
      given: (world) => {
        world.person({ email: 'ada@example.com', first_name: 'Ada' });
        world.optiUser({ email: 'ada@example.com', first_name: 'Adi' });
      },
    },
  ],
  flagged: [
    {
      world: 'a first or a last name differs, if only in case, of people tied by either id, assigned or not',
      given: (world) => {
        const ada = world.optiUser({ opti_user_id: 'user-a', first_name: 'Adi' });
        world.person({ okta_user_id: '00uAda', email: 'ada@example.com' }, { external_id: ada });
        world.optiUser({
          external_id: world.oktaUser({ email: 'bo@example.com', last_name: null }),
          last_name: 'BYRON',
        });
        const cy = world.optiUser({ first_name: null, last_name: null });
        world.person({ email: null, login: 'cy' }, { external_id: cy, user_name: null });
      },
      finds: [
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          detail: 'ada@example.com is Ada Byron in Okta and Adi Byron in Opti ID.',
          evidence: {
            okta_first_name: 'Ada',
            okta_last_name: 'Byron',
            opti_first_name: 'Adi',
            opti_last_name: 'Byron',
            matched_by: 'app user external id',
          },
        },
        { subject: 'bo@example.com', evidence: { okta_last_name: null, matched_by: 'external id' } },
        { subject: 'cy', detail: 'cy is Ada Byron in Okta and without a name in Opti ID.' },
      ],
    },
  ],
  silent: [
    {
      world: 'the store users were not read',
      given: (world) => world.setState('optiId.users', 'unread', 'permission denied'),
      outcome: 'unknown',
      reason: /optiId\.users was not read: permission denied/u,
    },
  ],
});
