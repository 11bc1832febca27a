import { expect } from 'vitest';
import { testRule } from '../../support/rule-tester.ts';
import { minutesBefore } from '../../support/world.ts';

testRule('user-email-drifted', {
  clean: [
    {
      world: 'no id ties the account, only the user name in the app, which is its e-mail',
      given: (world) => {
        world.person({ email: 'ada.king@example.com' }, { user_name: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
      },
    },
    {
      world: 'other rules speak: the account is a colleague of theirs, or another account has the new e-mail',
      given: (world) => {
        world.oktaUser({ email: 'bo@example.com' });
        world.person(
          { email: 'ada@example.com' },
          { external_id: world.optiUser({ email: 'bo@example.com' }) },
        );
        world.person(
          { email: 'cy@example.com' },
          { external_id: world.optiUser({ email: 'c@example.com' }) },
        );
        world.optiUser({ email: 'cy@example.com' });
      },
    },
    {
      world: 'the e-mails are the same but for case and the form of the domain, or Okta shows none',
      given: (world) => {
        const same = world.optiUser({ email: 'ada@xn--bcher-kva.example' });
        world.person({ email: 'Ada@bücher.example' }, { external_id: same });
        world.person({ email: null, login: 'bo' }, { external_id: world.optiUser() });
      },
    },
  ],
  flagged: [
    {
      world: 'the suspended person is known from the listing by status alone',
      given: (world) => {
        world.oktaUser({ okta_user_id: '00uAda', status: 'SUSPENDED', email: 'ada@example.com' });
        world.rows['okta.users'] = [];
        world.optiUser({ external_id: '00uAda', email: 'ada.old@example.com' });
      },
      finds: [{ subject: 'ada@example.com', evidence: { push_event: null } }],
    },
    {
      world: 'the e-mails of people tied by either id differ, whatever the user name in the app',
      given: (world) => {
        const ada = world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
        world.person(
          { okta_user_id: '00uAda', email: 'ada.king@example.com' },
          { external_id: ada, user_name: 'ada@example.com' },
        );
        world.optiUser({ external_id: world.oktaUser({ email: 'bo@example.com' }), email: 'bo@example.org' });
      },
      finds: [
        {
          subject: 'ada.king@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          detail: 'ada.king@example.com has the e-mail ada@example.com in Opti ID.',
          evidence: {
            okta_email: 'ada.king@example.com',
            opti_email: 'ada@example.com',
            user_name: 'ada@example.com',
            matched_by: 'app user external id',
          },
        },
        { subject: 'bo@example.com', evidence: { user_name: null, matched_by: 'external id' } },
      ],
    },
    {
      world: 'a push of the profile succeeded after the change, or only before it',
      given: (world) => {
        const changed = minutesBefore(300);
        const push = 'application.provision.user.push_profile';
        for (const [name, minutes, eventType, outcome] of [
          ['ada', 120, push, 'SUCCESS'],
          ['bo', 600, push, 'SUCCESS'],
          // The clocks of the log and of the profile may differ by a minute.
          ['cy', 301, push, 'SUCCESS'],
          // Neither a failed push nor an assignment sends a new e-mail.
          ['di', 120, push, 'FAILURE'],
          ['ed', 120, 'application.user_membership.add', 'SUCCESS'],
        ] as const) {
          const account = world.optiUser({ opti_user_id: `user-${name}`, email: `${name}.old@example.com` });
          const person = world.person(
            { email: `${name}@example.com`, last_updated: changed },
            { external_id: account, last_updated: changed },
          );
          world.userEvent(eventType, person, {
            event_id: `push-${name}`,
            outcome,
            published: minutesBefore(minutes),
          });
        }
      },
      finds: [
        {
          subject: 'ada@example.com',
          detail:
            'ada@example.com has the e-mail ada.old@example.com in Opti ID, although Okta has sent the new one.',
          fix: expect.stringMatching(/^Opti ID took the push and kept the old e-mail/u),
          evidence: { push_event: 'push-ada' },
        },
        {
          subject: 'bo@example.com',
          fix: expect.stringMatching(/let Okta push/u),
          evidence: { push_event: null },
        },
        { subject: 'cy@example.com', evidence: { push_event: 'push-cy' } },
        { subject: 'di@example.com', evidence: { push_event: null } },
        { subject: 'ed@example.com', evidence: { push_event: null } },
      ],
    },
  ],
  silent: [
    {
      world: 'the Okta users were not read',
      given: (world) => world.setState('okta.users', 'unread', 'HTTP 403'),
      outcome: 'unknown',
      reason: /okta\.users was not read: HTTP 403/u,
    },
    {
      world: 'there is no SCIM app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
