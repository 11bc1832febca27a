import { testRule } from '../../support/rule-tester.ts';

testRule('user-name-missing', {
  clean: [
    {
      world: 'assigned people have both names, however short',
      given: (world) => {
        world.person({ first_name: 'A', last_name: '-' });
      },
    },
    {
      world: 'the nameless are not assigned',
      given: (world) => {
        world.oktaUser({ first_name: null });
        world.person({ last_name: '' }, { status: 'UNASSIGNED' });
      },
      job: 'drift',
    },
    {
      world: 'the names are missing in Opti ID only',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com', first_name: null, last_name: null });
      },
    },
  ],
  flagged: [
    {
      world: 'names are missing, empty, or nothing but white space',
      given: (world) => {
        world.person({ okta_user_id: '00uAda', email: 'ada@example.com', first_name: null });
        world.person({ email: 'bo@example.com', last_name: '' });
        world.person({ email: null, login: 'cy', first_name: ' \u00A0\t', last_name: '\u3000' });
      },
      finds: [
        { subject: 'ada@example.com', okta_id: '00uAda', opti_id: null, evidence: { missing: 'first name' } },
        { subject: 'bo@example.com', evidence: { missing: 'last name' } },
        { subject: 'cy', evidence: { missing: 'first name and last name' } },
      ],
    },
    {
      world: 'those of the SSO app stand in',
      given: (world) => {
        world.noScimApp();
        world.ssoApp();
        world.assignToSso(world.oktaUser({ email: 'ada@example.com', last_name: null }));
      },
      finds: [{ subject: 'ada@example.com' }],
    },
  ],
  silent: [
    {
      world: 'the Okta users were not read to their end',
      given: (world) => world.setState('okta.users', 'unread', 'HTTP 403'),
      outcome: 'unknown',
      reason: /okta\.users was not read: HTTP 403/u,
    },
  ],
});
