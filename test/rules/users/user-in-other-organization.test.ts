import { testRule } from '../../support/rule-tester.ts';

testRule('user-in-other-organization', {
  clean: [
    {
      world: 'no other organization has the e-mail of somebody assigned',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        world.rows['optiId.otherOrganizationUsers'].push({ email: 'bo@example.com' });
      },
    },
    {
      world: 'the person is a user of this organization all the same',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
        world.rows['optiId.otherOrganizationUsers'].push({ email: 'ada@example.com' });
      },
    },
  ],
  flagged: [
    {
      world: 'another organization has the e-mail, in other case',
      given: (world) => {
        world.person({ okta_user_id: '00uAda', email: 'Ada@example.com' });
        world.rows['optiId.otherOrganizationUsers'].push({ email: 'ada@example.com' });
      },
      finds: [
        {
          subject: 'Ada@example.com',
          okta_id: '00uAda',
          opti_id: null,
          evidence: { other_email: 'ada@example.com' },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'the store could not be asked about other organizations',
      given: (world) => world.setState('optiId.otherOrganizationUsers', 'unread', 'permission denied'),
      outcome: 'unknown',
      reason: /optiId\.otherOrganizationUsers was not read: permission denied/u,
    },
  ],
});
