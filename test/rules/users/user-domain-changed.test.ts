import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

/** The organization owns example.com and, on another connection, BÜCHER.example. */
function twoDomains(world: World): void {
  world.rows['optiId.ssoConnections'].push({
    opti_connection_id: 'sso-2',
    name: null,
    protocol: 'oidc',
    scim_enabled: false,
    domains: ['BÜCHER.example'],
  });
}

const ada = { first_name: 'Ada', last_name: 'Byron' };

testRule('user-domain-changed', {
  clean: [
    {
      world: 'the person has a match by e-mail, beside a namesake in another domain',
      given: (world) => {
        twoDomains(world);
        world.person({ email: 'ada@example.com', ...ada });
        world.optiUser({ email: 'ada@example.com', ...ada });
        world.optiUser({ email: 'ada@bücher.example', ...ada });
      },
    },
    {
      world: 'the local part, the first name or the last name is another, or missing',
      given: (world) => {
        twoDomains(world);
        world.person({ email: 'ada@example.com', ...ada });
        world.optiUser({ email: 'adah@bücher.example', ...ada });
        world.optiUser({ email: 'ada@bücher.example', ...ada, first_name: 'Adah' });
        world.optiUser({ email: 'ada@bücher.example', ...ada, last_name: 'King' });
        world.person({ email: 'bo@example.com', first_name: null, last_name: null });
        world.optiUser({ email: 'bo@bücher.example', first_name: null, last_name: null });
      },
    },
    {
      world: 'the person is not assigned',
      given: (world) => {
        twoDomains(world);
        world.oktaUser({ email: 'ada@example.com', ...ada });
        world.optiUser({ email: 'ada@bücher.example', ...ada });
      },
    },
  ],
  flagged: [
    {
      world: 'the same local part and names are in another domain of the organization',
      given: (world) => {
        twoDomains(world);
        world.person({ okta_user_id: '00uAda', email: 'Ada@example.com', ...ada });
        world.optiUser({
          opti_user_id: 'user-a',
          email: 'ada@xn--bcher-kva.example',
          first_name: ' ADA',
          last_name: 'byron',
        });
      },
      finds: [
        {
          subject: 'Ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          evidence: { opti_email: 'ada@xn--bcher-kva.example' },
        },
      ],
    },
    {
      world: 'no connection lists the other domain',
      given: (world) => {
        world.person({ email: 'ada@example.com', ...ada });
        world.optiUser({ email: 'ada@elsewhere.example', ...ada });
      },
      finds: [{ subject: 'ada@example.com', evidence: { opti_email: 'ada@elsewhere.example' } }],
    },
  ],
  silent: [
    {
      world: 'the store users were not read',
      given: (world) => world.setState('optiId.users', 'unread', 'permission denied'),
      outcome: 'unknown',
      reason: /optiId\.users was not read: permission denied/u,
    },
  ],
});
