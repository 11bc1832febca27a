import { testRule } from '../../support/rule-tester.ts';

testRule('user-deleted-by-hand', {
  clean: [
    {
      world: 'the store has the user, or Okta knows none, or the person is not assigned any more',
      given: (world) => {
        world.person({}, { external_id: world.optiUser() });
        world.person();
        world.person({}, { external_id: 'gone', status: 'DEPROVISIONED' });
      },
    },
  ],
  flagged: [
    {
      world: 'Okta does not show the profile of the assigned person, so their user name stands for it',
      given: (world) => {
        world.person({ okta_user_id: '00uHidden', email: 'ada@example.com' }, { external_id: 'gone' });
        world.rows['okta.users'] = world.rows['okta.users'].filter(
          ({ okta_user_id }) => okta_user_id !== '00uHidden',
        );
      },
      finds: [{ subject: 'ada@example.com', okta_id: '00uHidden', evidence: { okta_status: null } }],
    },
    {
      world: 'the users that Okta manages are gone or deleted, even where another has the e-mail',
      given: (world) => {
        world.person({ okta_user_id: '00uAda', email: 'ada@example.com' }, { external_id: 'gone' });
        world.optiUser({ opti_user_id: 'other', email: 'ada@example.com' });
        const deleted = world.optiUser({ status: 'deleted', email: 'bo@example.com' });
        world.person({ email: 'bo@example.com', status: 'SUSPENDED' }, { external_id: deleted });
      },
      finds: [
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: 'other',
          detail:
            'ada@example.com is assigned, and the Opti ID user whom Okta manages (gone) is gone; Opti ID has another user of this person, whom Okta does not know.',
          evidence: {
            lost_opti_user_id: 'gone',
            okta_status: 'ACTIVE',
            app_user_status: 'ACTIVE',
            matched_by: 'user name',
          },
        },
        {
          subject: 'bo@example.com',
          opti_id: null,
          evidence: { okta_status: 'SUSPENDED', matched_by: null },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'the store users were not read',
      given: (world) => {
        world.person({}, { external_id: 'gone' });
        world.setState('optiId.users', 'unread', 'permission denied');
      },
      outcome: 'unknown',
      reason: /optiId\.users was not read: permission denied/u,
    },
    {
      world: 'there is no SCIM app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
