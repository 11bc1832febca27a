import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

function connections(world: World, ...list: [domain: string, scim: boolean][]): void {
  world.rows['optiId.ssoConnections'] = list.map(([domain, scim_enabled], place) => ({
    opti_connection_id: `sso-${place}`,
    name: null,
    protocol: 'saml',
    scim_enabled,
    domains: [domain],
  }));
}

testRule('user-unmanaged', {
  clean: [
    {
      world: 'the store user is an assigned person, by e-mail',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        world.optiUser({ email: 'ADA@example.com' });
      },
    },
    {
      world: 'the store user is a collaborator, has local login, or is deleted',
      given: (world) => {
        world.person();
        world.optiUser({ home_organization_id: 'org-2' });
        world.optiUser({ local_login: true });
        world.optiUser({ status: 'deleted' });
      },
    },
    {
      world: 'the store user is of the domain of another connection than the SCIM one, or of none',
      given: (world) => {
        world.person();
        connections(world, ['example.com', true], ['example.org', false]);
        world.optiUser({ email: 'ada@example.org' });
        world.optiUser({ email: 'bo@sub.example.com' });
        world.optiUser({ email: 'cy' });
      },
    },
    {
      world: 'the ambiguity rule names the store users',
      given: (world) => {
        world.person();
        world.optiUser({ email: 'ada@example.com' });
        world.optiUser({ email: 'Ada@example.com' });
      },
    },
    {
      world: 'the alias rule names the store user',
      given: (world) => {
        world.person({ email: 'ada+opti@example.com' });
        world.optiUser({ email: 'ada@example.com' });
      },
    },
    {
      world: 'the domain rule names the store user',
      given: (world) => {
        connections(world, ['example.com', true], ['example.org', true]);
        world.person({ email: 'ada@example.org', first_name: 'Ada', last_name: 'Byron' });
        world.optiUser({ email: 'ada@example.com', first_name: 'Ada', last_name: 'Byron' });
      },
    },
    {
      world: 'the rule on logins names the store user',
      given: (world) => {
        world.person({ email: 'ada.king@example.com', login: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
      },
    },
    {
      world: 'the suspension rule names the store user',
      given: (world) => {
        world.person();
        world.oktaUser({ status: 'SUSPENDED', email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
      },
    },
  ],
  flagged: [
    {
      world: 'the store user is not assigned, or not in Okta at all',
      given: (world) => {
        world.person();
        const ada = world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
        world.optiGroup('Sales', [ada]);
        world.oktaUser({ okta_user_id: '00uAda', email: 'Ada@example.com' });
        world.optiUser({ email: 'bo@example.com', last_login_at: null });
      },
      finds: [
        {
          subject: 'Ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          detail: 'Ada@example.com is in Opti ID with 1 group and ACTIVE in Okta but not assigned.',
          evidence: {
            okta_status: 'ACTIVE',
            groups: 1,
            absence: "inferred: the app's list leaves the person out",
          },
        },
        {
          subject: 'bo@example.com',
          okta_id: null,
          evidence: { okta_status: null, last_login_at: null, groups: 0, absence: null },
        },
      ],
    },
    {
      world: 'Okta was asked whether the person is assigned, and said no',
      given: (world) => {
        world.person();
        world.oktaUser({ okta_user_id: '00uAda', email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
        world.rows['okta.assignmentChecks'].push({ okta_user_id: '00uAda', is_assigned: false });
      },
      finds: [{ okta_id: '00uAda', evidence: { absence: 'Okta was asked about this person' } }],
    },
    {
      world: 'no connection is flagged for SCIM, so all their domains count',
      given: (world) => {
        world.person();
        connections(world, ['example.com', false], ['bücher.example', false]);
        world.optiUser({ email: 'ada@example.com' });
        world.optiUser({ email: 'bo@xn--bcher-kva.example' });
      },
      finds: [{ subject: 'ada@example.com' }, { subject: 'bo@xn--bcher-kva.example' }],
    },
    {
      world: 'several connections are flagged for SCIM, so their domains count and the others do not',
      given: (world) => {
        world.person();
        connections(world, ['example.com', true], ['example.org', true], ['example.net', false]);
        for (const domain of ['com', 'org', 'net']) world.optiUser({ email: `ada@example.${domain}` });
      },
      finds: [{ subject: 'ada@example.com' }, { subject: 'ada@example.org' }],
    },
  ],
  silent: [
    {
      world: 'the suspended people, whom another rule names, were not read to their end',
      given: (world) => {
        world.optiUser();
        world.setState('okta.suspendedUsers', 'unread', 'HTTP 403');
      },
      outcome: 'unknown',
      reason: /okta\.suspendedUsers was not read: HTTP 403/u,
    },
    {
      world: 'there is neither a SCIM nor an SSO app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
