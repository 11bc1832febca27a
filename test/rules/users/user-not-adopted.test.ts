import { testRule } from '../../support/rule-tester.ts';
import { minutesBefore } from '../../support/world.ts';

testRule('user-not-adopted', {
  clean: [
    {
      world: 'two accounts have the e-mail: nobody knows which of them Okta should take over',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
        world.optiUser({ email: 'Ada@example.com' });
      },
    },
    {
      world: 'an id ties the two, whichever side keeps it',
      given: (world) => {
        world.person(
          { email: 'ada@example.com' },
          { external_id: world.optiUser({ email: 'ada@example.com' }) },
        );
        const bo = world.person({ email: 'bo@example.com' });
        world.optiUser({ email: 'bo@example.com', external_id: bo });
      },
    },
    {
      world: 'the person is not assigned, or not active',
      given: (world) => {
        world.person();
        world.oktaUser({ email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
        world.person({ email: 'bo@example.com', status: 'STAGED' });
        world.optiUser({ email: 'bo@example.com' });
      },
    },
    {
      world: 'the person was assigned within the lag',
      given: (world) => {
        world.person({ email: 'ada@example.com' }, { created: minutesBefore(30) });
        world.optiUser({ email: 'ada@example.com' });
      },
    },
    {
      world: 'nobody knows whose account it is',
      given: (world) => {
        for (const id of ['00u1', '00u2']) world.person({ okta_user_id: id, email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
      },
    },
    {
      world: 'Okta keeps the id of an account that is gone: that has its own rule',
      given: (world) => {
        world.person({ email: 'ada@example.com' }, { external_id: 'gone' });
        world.optiUser({ email: 'ada@example.com' });
      },
    },
  ],
  flagged: [
    {
      world: 'only the e-mail agrees, for three weeks',
      given: (world) => {
        const assigned = { created: minutesBefore(21 * 24 * 60) };
        world.person({ okta_user_id: '00uAda', email: 'ada@example.com' }, assigned);
        world.optiUser({ opti_user_id: 'user-a', email: 'Ada@example.com' });
        // Two accounts of somebody else, who is not in Okta.
        world.optiUser({ email: 'bo@example.com' });
        world.optiUser({ email: 'Bo@example.com' });
      },
      finds: [
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          evidence: { opti_email: 'Ada@example.com', matched_by: 'user name', other_profiles: [] },
        },
      ],
    },
    {
      world: 'the store keeps the id of an earlier profile of the person',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        const earlier = world.oktaUser({ okta_user_id: '00uOld', status: 'DEPROVISIONED' });
        world.optiUser({ email: 'ada@example.com', external_id: earlier });
      },
      finds: [{ subject: 'ada@example.com', evidence: { other_profiles: ['00uOld (DEPROVISIONED)'] } }],
    },
  ],
  silent: [
    {
      world: 'the app users were not read to their end',
      given: (world) => world.setState('okta.appUsers', 'unread', 'HTTP 500'),
      outcome: 'unknown',
      reason: /okta\.appUsers was not read: HTTP 500/u,
    },
  ],
});
