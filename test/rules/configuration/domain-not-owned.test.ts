import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

function owned(world: World, ...domains: string[]): void {
  world.rows['optiId.ssoConnections'] = domains.map((domain, place) => ({
    opti_connection_id: `sso-${place}`,
    name: null,
    protocol: 'saml',
    scim_enabled: place === 0,
    domains: [domain],
  }));
}

testRule('domain-not-owned', {
  clean: [
    {
      world: 'the domain is on the connection',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
      },
    },
    {
      world: 'the domain is on another connection, in other case and with spaces',
      given: (world) => {
        owned(world, 'other.example', ' Example.COM ');
        world.person({ email: 'ada@example.com' });
      },
    },
    {
      world: 'the connection lists the IDNA form of the domain',
      given: (world) => {
        owned(world, 'xn--bcher-kva.example');
        world.person({ email: 'ada@bücher.example' });
      },
    },
    {
      world: 'the e-mail has the IDNA form of the domain',
      given: (world) => {
        owned(world, 'BÜCHER.example');
        world.person({ email: 'ada@xn--bcher-kva.example' });
      },
    },
    {
      world: 'nobody of the domain is assigned',
      given: (world) => {
        world.oktaUser({ email: 'ada@elsewhere.example' });
        for (const status of ['DEPROVISIONED', 'UNASSIGNED', 'REVOKED', 'INACTIVE']) {
          world.person({ email: `${status}@elsewhere.example` }, { status });
        }
      },
    },
    {
      world: 'somebody is assigned to the SCIM app, so those of the SSO app do not stand in',
      given: (world) => {
        world.ssoApp();
        world.person();
        world.assignToSso(world.oktaUser({ email: 'ada@elsewhere.example' }));
      },
    },
    {
      world: 'an assigned user has no e-mail, or one without a domain',
      given: (world) => {
        world.person({ email: null });
        world.person({ email: 'ada' });
        world.person({ email: 'ada@' });
      },
    },
  ],
  flagged: [
    {
      world: 'assigned people are of a domain that nobody owns',
      given: (world) => {
        for (const name of ['f', 'e', 'd', 'c', 'b']) world.person({ email: `${name}@elsewhere.example` });
        world.person({ email: 'A@ELSEWHERE.example' });
        world.person();
      },
      finds: [
        {
          subject: 'elsewhere.example',
          okta_id: null,
          opti_id: null,
          detail:
            '6 assigned users have an e-mail in elsewhere.example, which no SSO connection lists: A@ELSEWHERE.example, b@elsewhere.example, c@elsewhere.example, d@elsewhere.example, e@elsewhere.example.',
          evidence: { users: 6 },
        },
      ],
    },
    {
      world: 'a part of the domain is owned, and the whole is not',
      given: (world) => {
        owned(world, 'example.com', 'sub.example.org');
        world.person({ email: 'ada@sub.example.com' });
        world.person({ email: 'ada@notexample.com' });
        world.person({ email: 'ada@example.org' });
        world.person({ email: '"ada@example.com"@evil.example' });
      },
      finds: [
        { subject: 'evil.example' },
        { subject: 'example.org' },
        { subject: 'notexample.com' },
        { subject: 'sub.example.com' },
      ],
    },
    {
      world: 'those of the SSO app stand in, because there is no SCIM app',
      given: (world) => {
        world.noScimApp();
        world.ssoApp();
        world.assignToSso(world.oktaUser({ email: 'ada@elsewhere.example' }));
        world.assignToSso(world.oktaUser({ email: 'gone@elsewhere.example' }), { status: 'REVOKED' });
      },
      finds: [{ subject: 'elsewhere.example', evidence: { users: 1, examples: ['ada@elsewhere.example'] } }],
    },
    {
      world: 'those of the SSO app stand in, because nobody is assigned to the SCIM app any more',
      given: (world) => {
        world.ssoApp();
        world.person({}, { status: 'INACTIVE' });
        world.assignToSso(world.oktaUser({ email: 'ada@elsewhere.example' }));
      },
      finds: [{ subject: 'elsewhere.example' }],
    },
    {
      world: 'the organization has no SSO connection',
      given: (world) => {
        owned(world);
        world.person();
      },
      finds: [{ subject: 'example.com' }],
    },
    {
      world: 'the connections list no domain',
      given: (world) => {
        owned(world, '');
        world.person();
      },
      finds: [{ subject: 'example.com' }],
    },
  ],
  silent: [
    {
      world: 'the Okta users were not read to their end, so domains may be missing',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        world.setState('okta.users', 'partial', 'HTTP 500');
      },
      outcome: 'unknown',
      reason: /okta\.users was not read completely: HTTP 500/u,
    },
    {
      world: 'several apps could be the SCIM app, so nobody stands in',
      given: (world) => {
        world.ssoApp();
        world.severalScimApps();
        world.oktaUser({ email: 'ada@elsewhere.example' });
      },
      outcome: 'skipped',
      reason: /2 apps answer to "scim2headerauth"/u,
    },
    {
      world: 'there is neither a SCIM nor an SSO app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
    {
      world: 'the app users were not read to their end, although an SSO app could stand in',
      given: (world) => {
        world.ssoApp();
        world.person({ email: 'ada@elsewhere.example' });
        world.setState('okta.appUsers', 'partial', 'HTTP 500');
      },
      outcome: 'unknown',
      reason: /okta\.appUsers was not read completely: HTTP 500/u,
    },
    {
      world: 'the users who would stand in were not read',
      given: (world) => {
        world.noScimApp();
        world.ssoApp();
        world.setState('okta.ssoAppUsers', 'unread', 'HTTP 403');
      },
      outcome: 'unknown',
      reason: /okta\.ssoAppUsers was not read: HTTP 403/u,
    },
    {
      world: 'the connections were not read to their end',
      given: (world) => {
        world.person({ email: 'ada@elsewhere.example' });
        world.setState('optiId.ssoConnections', 'partial', 'the connection was lost');
      },
      outcome: 'unknown',
      reason: /optiId\.ssoConnections was not read completely/u,
    },
  ],
});
