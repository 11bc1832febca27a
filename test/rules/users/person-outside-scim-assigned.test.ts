import { testRule } from '../../support/rule-tester.ts';

testRule('person-outside-scim-assigned', {
  clean: [
    {
      world: 'collaborators and local logins are not assigned',
      given: (world) => {
        world.person();
        world.oktaUser({ email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com', local_login: true });
        world.optiUser({ home_organization_id: 'org-2' });
      },
    },
    {
      world: 'who is assigned is of this organization and signs in through Okta',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
        world.person({ email: 'bo@example.com' });
        world.optiUser({ email: 'bo@example.com', home_organization_id: null });
      },
    },
  ],
  flagged: [
    {
      world: 'Okta does not show the profile of an assigned person with local login',
      given: (world) => {
        const account = world.optiUser({ local_login: true });
        world.person({ okta_user_id: '00uHidden' }, { external_id: account });
        world.rows['okta.users'] = world.rows['okta.users'].filter(
          ({ okta_user_id }) => okta_user_id !== '00uHidden',
        );
      },
      finds: [{ subject: '00uHidden', okta_id: '00uHidden' }],
    },
    {
      world: 'a partner and the one with local login are in the assignment group',
      given: (world) => {
        world.person({ okta_user_id: '00uAda', email: 'ada@example.com' });
        world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com', home_organization_id: 'org-2' });
        world.person({ email: 'bo@example.com' }, { external_id: world.optiUser({ local_login: true }) });
      },
      finds: [
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          evidence: { is_collaborator: true, local_login: false, matched_by_id: false },
        },
        {
          subject: 'bo@example.com',
          evidence: { is_collaborator: false, local_login: true, matched_by_id: true },
        },
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
