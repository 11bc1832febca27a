import { defineConfigurationRule } from '../../domain/rule.ts';

const FIX =
  'SCIM app › Provisioning › Configure API Integration: enable it, enter the base URL and the token from Optimizely Support, test and save.';

export default defineConfigurationRule({
  id: 'provisioning-connection-off',
  when: ['precutover', 'drift'],
  severity: 'blocker',
  subject: 'app',
  who: 'Okta admin',
  title: 'The API integration is not switched on',
  why: 'Without it the app only holds assignments: nobody and no group is sent to Opti ID.',
  source: 'Article: Add a SCIM app in Okta, step 10.',
  reads: ['scimApp', 'provisioningConnection', 'anyUserProvisioned', 'anyPushMapping'],
  expected: 'ENABLED, or signs that provisioning works',
  fix: FIX,
  evidence: {
    connection_status: 'Status of the default provisioning connection; null where Okta does not show it',
  },
  judge: ({ scimApp: app, provisioningConnection, anyUserProvisioned, anyPushMapping }) => {
    if (app === null) return { outcome: 'skipped', actual: '', reason: 'no SCIM app is chosen' };
    const status = provisioningConnection?.status ?? null;
    const off = (detail: string) =>
      ({
        outcome: 'fail',
        actual: status ?? 'not shown',
        subject: app.label,
        okta_id: app.okta_app_id,
        opti_id: null,
        detail,
        fix: FIX,
        evidence: { connection_status: status },
      }) as const;
    if (status === 'DISABLED') return off(`The provisioning connection of ${app.label} is disabled.`);
    if (status !== null && status !== 'UNKNOWN') return { outcome: 'pass', actual: status };
    // Okta documents the connection for six apps and this is none of them, so UNKNOWN alone proves nothing.
    if (app.features.length > 0) return { outcome: 'pass', actual: 'provisioning features are enabled' };
    if (anyUserProvisioned === true) return { outcome: 'pass', actual: 'users have been provisioned' };
    if (anyPushMapping === true) return { outcome: 'pass', actual: 'groups are pushed' };
    if (anyUserProvisioned === null || anyPushMapping === null) {
      return {
        outcome: 'unknown',
        actual: status ?? 'not shown',
        reason:
          anyUserProvisioned === null
            ? 'okta.appUsers was not read to its end, and nothing else shows whether provisioning works'
            : 'okta.groupPushMappings was not read to its end, and nothing else shows whether provisioning works',
      };
    }
    return off(
      `${app.label} shows no provisioning feature, no provisioned user and no push mapping: its API integration is not set up.`,
    );
  },
});
