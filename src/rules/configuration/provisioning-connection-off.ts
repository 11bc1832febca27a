import { defineScimAppRule } from '../../domain/rule.ts';

export default defineScimAppRule({
  id: 'provisioning-connection-off',
  when: ['precutover', 'drift'],
  severity: 'blocker',
  who: 'Okta admin',
  title: 'The API integration is not switched on',
  cause: "the SCIM app's API integration is switched off",
  why: 'Without it the app only holds assignments: no user and no group is sent to Opti ID.',
  source: 'Article: Add a SCIM app in Okta, step 10.',
  reads: ['provisioningConnection', 'anyUserProvisioned', 'anyPushMapping'],
  expected: 'ENABLED, or signs that provisioning works',
  fix: 'SCIM app › Provisioning › Integration › Configure API Integration: enable it, enter the base URL and the token from Optimizely Support, test and save.',
  evidence: {
    connection_status: 'Status of the default provisioning connection; null where Okta does not show it',
  },
  judge: (app, { provisioningConnection, anyUserProvisioned, anyPushMapping }) => {
    const status = provisioningConnection?.status ?? null;
    if (app.status !== 'ACTIVE') {
      return {
        outcome: 'skipped',
        actual: status ?? '',
        reason: `the SCIM app ${app.label} is ${app.status}`,
      };
    }
    const actual = status ?? 'not shown';
    const evidence = { connection_status: status };
    const off = (detail: string) => ({ outcome: 'fail', actual, detail, evidence }) as const;
    if (status === 'DISABLED') return off(`The provisioning connection of ${app.label} is disabled.`);
    if (status !== null && status !== 'UNKNOWN') return { outcome: 'pass', actual: status };
    // Okta documents the connection for six apps and this is none of them, so UNKNOWN alone proves nothing.
    if (app.features.length > 0) return { outcome: 'pass', actual: 'provisioning features are enabled' };
    if (anyUserProvisioned === true) return { outcome: 'pass', actual: 'users have been provisioned' };
    if (anyPushMapping === true) return { outcome: 'pass', actual: 'groups are pushed' };
    if (anyUserProvisioned === null || anyPushMapping === null) {
      const unread = anyUserProvisioned === null ? 'okta.appUsers' : 'okta.groupPushMappings';
      const reason = `${unread} was not read completely, and nothing else shows whether provisioning works`;
      return { outcome: 'unknown', actual, reason };
    }
    return off(
      `${app.label} shows no provisioning feature, no provisioned user and no push mapping: its API integration is not set up.`,
    );
  },
});
