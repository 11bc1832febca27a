import { testRule } from '../../support/rule-tester.ts';
import { minutesBefore } from '../../support/world.ts';

testRule('user-push-failed', {
  clean: [
    {
      world: 'another account holds the address of the person, which its own rule says',
      given: (world) => {
        const account = world.optiUser({ email: 'ada.old@example.com' });
        world.person({ email: 'ada@example.com' }, { external_id: account, sync_state: 'ERROR' });
        world.optiUser({ email: 'ada@example.com' });
      },
    },
    {
      world: 'Okta says that everybody is synchronized, being so, or nothing of it',
      given: (world) => {
        for (const sync_state of ['SYNCHRONIZED', 'SYNCING', 'DISABLED', null])
          world.person({}, { sync_state });
      },
    },
    {
      world: 'the changes are not older than the lag',
      given: (world) => {
        world.person({}, { sync_state: 'OUT_OF_SYNC', last_updated: minutesBefore(60) });
      },
    },
  ],
  flagged: [
    {
      world: 'Okta does not show the profile of the person, so their user name stands for it',
      given: (world) => {
        world.person({ okta_user_id: '00uHidden', email: 'ada@example.com' }, { sync_state: 'ERROR' });
        world.rows['okta.users'] = world.rows['okta.users'].filter(
          ({ okta_user_id }) => okta_user_id !== '00uHidden',
        );
      },
      finds: [{ subject: 'ada@example.com', okta_id: '00uHidden' }],
    },
    {
      world: 'app users are in error or out of step for longer than the lag, assigned or not',
      given: (world) => {
        world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
        world.person({ okta_user_id: '00uAda', email: 'ada@example.com' }, { sync_state: 'ERROR' });
        world.person(
          { email: 'bo@example.com' },
          {
            sync_state: 'OUT_OF_SYNC',
            status: 'DEPROVISIONED',
            external_id: 'gone',
            last_updated: minutesBefore(61),
          },
        );
      },
      finds: [
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          detail: 'Okta could not send ada@example.com to Opti ID.',
          evidence: { sync_state: 'ERROR', app_user_status: 'ACTIVE', external_id: null },
        },
        {
          subject: 'bo@example.com',
          opti_id: null,
          detail:
            'Okta has changes of bo@example.com that have not reached Opti ID in the time that changes take.',
          evidence: { sync_state: 'OUT_OF_SYNC', external_id: 'gone', last_updated: minutesBefore(61) },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'the app users were not read',
      given: (world) => world.setState('okta.appUsers', 'unread', 'HTTP 500'),
      outcome: 'unknown',
      reason: /okta\.appUsers was not read: HTTP 500/u,
    },
    {
      world: 'there is no SCIM app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
