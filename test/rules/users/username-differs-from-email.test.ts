import { testRule } from '../../support/rule-tester.ts';

testRule('username-differs-from-email', {
  clean: [
    {
      world: 'the user name is the e-mail',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
      },
    },
    {
      world: 'the two are equal folded: case, spaces, composition and the form of the domain',
      given: (world) => {
        world.person({ email: 'Ada@Example.com' }, { user_name: ' ada@example.com ' });
        world.person({ email: 'zoe\u0301@example.com' }, { user_name: 'ZOÉ@example.com' });
        world.person({ email: 'bo@bücher.example' }, { user_name: 'bo@xn--bcher-kva.example' });
      },
      job: 'drift',
    },
    {
      world: 'the app user is assigned no more',
      given: (world) => {
        for (const status of ['DEPROVISIONED', 'UNASSIGNED', 'REVOKED', 'INACTIVE']) {
          world.person({}, { status, user_name: 'ada' });
        }
      },
    },
    {
      world: 'the Okta user name is another, and the app user name is the e-mail',
      given: (world) => {
        world.person({ email: 'ada@example.com', login: 'abyron' });
      },
    },
    {
      world: 'the user name of the SSO app says nothing about what SCIM sends',
      given: (world) => {
        world.ssoApp();
        world.person();
        world.assignToSso(world.oktaUser(), { user_name: 'ada' });
      },
    },
  ],
  flagged: [
    {
      world: 'the user name is the Okta user name, and the pair is found all the same',
      given: (world) => {
        world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
        world.person(
          { okta_user_id: '00uAda', email: 'ada@example.com', login: 'abyron' },
          { user_name: 'abyron' },
        );
      },
      finds: [
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          evidence: { user_name: 'abyron', email: 'ada@example.com' },
        },
      ],
    },
    {
      world: 'the user name has a +tag',
      given: (world) => {
        world.person({ email: 'ada@example.com' }, { user_name: 'ada+opti@example.com' });
      },
      job: 'drift',
      finds: [{ subject: 'ada@example.com' }],
    },
    {
      world: 'the user name differs in an invisible character only',
      given: (world) => {
        world.person({ email: 'ada@example.com' }, { user_name: 'a\u200Bda@example.com' });
      },
      finds: [{ subject: 'ada@example.com' }],
    },
    {
      world: 'there is no user name, no e-mail, or no Okta user to be seen',
      given: (world) => {
        world.person({ email: 'ada@example.com' }, { user_name: null });
        world.person({ email: null, login: 'bo' }, { user_name: 'bo@example.com' });
        world.assign('00uHidden', { user_name: 'cy@example.com' });
      },
      finds: [
        { subject: 'ada@example.com', evidence: { user_name: null, email: 'ada@example.com' } },
        { subject: 'bo', evidence: { user_name: 'bo@example.com', email: null } },
        { subject: 'cy@example.com', okta_id: '00uHidden' },
      ],
    },
    {
      world: 'the app user was staged, locked or awaits its profile, which is an assignment',
      given: (world) => {
        for (const status of ['STAGED', 'LOCKED_OUT', 'PENDING', 'PROVISIONED']) {
          world.person({ email: `${status}@example.com` }, { status, user_name: 'ada' });
        }
      },
      finds: [
        { subject: 'LOCKED_OUT@example.com' },
        { subject: 'PENDING@example.com' },
        { subject: 'PROVISIONED@example.com' },
        { subject: 'STAGED@example.com' },
      ],
    },
  ],
  silent: [
    {
      world: 'nobody is assigned to the SCIM app yet, and the users of the SSO app stand in',
      given: (world) => {
        world.ssoApp();
        world.assignToSso(world.oktaUser(), { user_name: 'ada' });
      },
      outcome: 'skipped',
      reason: /nobody is assigned to the SCIM app yet/u,
    },
    {
      world: 'the app users were not read to their end',
      given: (world) => {
        world.person({}, { user_name: 'ada' });
        world.setState('okta.appUsers', 'partial', 'HTTP 500');
      },
      outcome: 'unknown',
      reason: /okta\.appUsers was not read completely: HTTP 500/u,
    },
    {
      world: 'the Okta users were not read to their end',
      given: (world) => world.setState('okta.users', 'unread', 'HTTP 403'),
      outcome: 'unknown',
      reason: /okta\.users was not read: HTTP 403/u,
    },
    {
      world: 'there is no SCIM app, whoever is assigned to the SSO app',
      given: (world) => {
        world.noScimApp();
        world.ssoApp();
        world.assignToSso(world.oktaUser(), { user_name: 'ada' });
      },
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
