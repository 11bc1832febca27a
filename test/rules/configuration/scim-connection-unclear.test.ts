import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

function connections(world: World, ...flagged: boolean[]): void {
  world.rows['optiId.ssoConnections'] = flagged.map((scim_enabled, place) => ({
    opti_connection_id: `sso-${place}`,
    name: place === 0 ? null : `Connection ${place}`,
    protocol: 'oidc',
    scim_enabled,
    domains: ['example.com'],
  }));
}

testRule('scim-connection-unclear', {
  clean: [
    { world: 'the only connection is the SCIM one', given: () => {} },
    { world: 'the only connection is not flagged yet', given: (world) => connections(world, false) },
    { world: 'there is no connection', given: (world) => connections(world), job: 'drift' },
    {
      world: 'exactly one of several is flagged',
      given: (world) => connections(world, false, true, false),
      job: 'drift',
    },
  ],
  flagged: [
    {
      world: 'none of several is flagged',
      given: (world) => connections(world, false, false),
      finds: [
        {
          subject: 'Example Inc.',
          okta_id: null,
          opti_id: 'org-1',
          evidence: { connections: ['Connection 1', 'sso-0'], scim_connections: [] },
        },
      ],
    },
    {
      world: 'two of several are flagged',
      given: (world) => connections(world, true, false, true),
      job: 'drift',
      finds: [{ evidence: { scim_connections: ['Connection 2', 'sso-0'] } }],
    },
  ],
  silent: [
    {
      world: 'the connections were not read',
      given: (world) => world.setState('optiId.ssoConnections', 'unread', 'permission denied'),
      outcome: 'unknown',
      reason: /optiId\.ssoConnections was not read: permission denied/u,
    },
  ],
});
