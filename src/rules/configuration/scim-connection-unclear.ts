import { defineConfigurationRule } from '../../domain/rule.ts';

export default defineConfigurationRule({
  id: 'scim-connection-unclear',
  when: ['precutover', 'drift'],
  severity: 'warning',
  subject: 'organization',
  who: 'Opti ID admin',
  title: 'It is not clear which SSO connection is the SCIM one',
  why: 'An organization can have several SSO connections and SCIM on one of them. Users of the others are out of scope, and without a clear one nobody knows who they are.',
  source: 'Opti ID documentation: Configure multiple SSO connections.',
  reads: ['organization', 'ssoConnections'],
  expected: 'one SSO connection, or exactly one with SCIM',
  fix: 'Opti ID Admin Center › Settings › Authentication › SCIM: add SCIM to exactly one SSO connection, the one whose users Okta will manage.',
  evidence: {
    connections: 'Names of all SSO connections',
    scim_connections: 'Names of those flagged for SCIM',
  },
  judge: ({ organization, ssoConnections }) => {
    const names = (connections: typeof ssoConnections) =>
      connections.map((connection) => connection.name ?? connection.opti_connection_id).sort();
    const scim = names(ssoConnections.filter((connection) => connection.scim_enabled));
    const all = names(ssoConnections);
    if (all.length <= 1 || scim.length === 1) {
      return { outcome: 'pass', actual: `${all.length} connections, ${scim.length} with SCIM` };
    }
    return {
      outcome: 'fail',
      actual: `${all.length} connections, ${scim.length} with SCIM`,
      detail: `${organization.name} has ${all.length} SSO connections (${all.join(', ')}), ${scim.length === 0 ? 'none' : scim.length} of them flagged for SCIM.`,
      evidence: { connections: all, scim_connections: scim },
    };
  },
});
