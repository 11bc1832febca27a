import { testRule } from '../../support/rule-tester.ts';

testRule('take-over-of-another', {
  clean: [
    {
      world: 'one of the two names agrees, in whatever case',
      given: (world) => {
        world.person({ email: 'ada@example.com', first_name: 'Ada', last_name: 'King' });
        world.optiUser({ email: 'ada@example.com', first_name: ' ADA ', last_name: 'Byron' });
        world.person({ email: 'bo@example.com', first_name: 'Robert', last_name: 'Lind' });
        world.optiUser({ email: 'bo@example.com', first_name: 'Bo', last_name: 'lind' });
      },
    },
    {
      world: 'one side does not know the names',
      given: (world) => {
        world.person({ email: 'ada@example.com', first_name: 'Eve', last_name: 'Moss' });
        world.optiUser({ email: 'ada@example.com', first_name: null, last_name: null });
        world.person({ email: 'bo@example.com', first_name: 'Eve', last_name: ' ' });
        world.optiUser({ email: 'bo@example.com', first_name: 'Bo', last_name: 'Lind' });
      },
    },
    {
      world: 'a single one of the four names is missing or blank: that is no other name',
      given: (world) => {
        const [okta, opti] = [
          { first_name: 'Eve', last_name: 'Moss' },
          { first_name: 'Bo', last_name: 'Lind' },
        ];
        for (const nothing of [' ', '\u00A0']) {
          for (const name of ['first_name', 'last_name']) {
            const [one, other] = [world.id('one'), world.id('other')];
            world.person({ email: `${one}@example.com`, ...okta, [name]: nothing });
            world.optiUser({ email: `${one}@example.com`, ...opti });
            world.person({ email: `${other}@example.com`, ...okta });
            world.optiUser({ email: `${other}@example.com`, ...opti, [name]: nothing });
          }
        }
      },
    },
    {
      world: 'an id ties the two, or the person is not assigned',
      given: (world) => {
        const names = { first_name: 'Eve', last_name: 'Moss' };
        world.person(names, { external_id: world.optiUser() });
        world.oktaUser({ email: 'bo@example.com', ...names });
        world.optiUser({ email: 'bo@example.com' });
      },
    },
  ],
  flagged: [
    {
      world: 'the address of somebody who left was given to somebody new',
      given: (world) => {
        world.person({
          okta_user_id: '00uNew',
          email: 'a.byron@example.com',
          first_name: 'Anna',
          last_name: 'Bix',
        });
        world.oktaUser({ okta_user_id: '00uOld', email: 'a.byron@example.com', status: 'DEPROVISIONED' });
        world.optiUser({ opti_user_id: 'user-a', email: 'a.byron@example.com' });
      },
      finds: [
        {
          subject: 'a.byron@example.com',
          okta_id: '00uNew',
          opti_id: 'user-a',
          detail: 'a.byron@example.com is Anna Bix in Okta and Ada Byron in Opti ID.',
          evidence: { other_profiles: ['00uOld (DEPROVISIONED)'] },
        },
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
