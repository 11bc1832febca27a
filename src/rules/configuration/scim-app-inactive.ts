import { defineConfigurationRule } from '../../domain/rule.ts';

const FIX =
  'Okta Admin Console › Applications: activate the SCIM app, or set AUDIT_SCIM_APP to the active one.';

export default defineConfigurationRule({
  id: 'scim-app-inactive',
  when: ['precutover', 'drift'],
  severity: 'blocker',
  subject: 'app',
  who: 'Okta admin',
  title: 'The SCIM app is not active',
  why: 'An inactive app pushes nothing, and deactivating it unassigned everybody.',
  source: 'Article: Add a SCIM app in Okta.',
  reads: ['scimApp'],
  expected: 'ACTIVE',
  fix: FIX,
  evidence: { status: "The app's status in Okta" },
  judge: ({ scimApp: app }) => {
    if (app === null) return { outcome: 'skipped', actual: '', reason: 'no SCIM app is chosen' };
    if (app.status === 'ACTIVE') return { outcome: 'pass', actual: app.status };
    return {
      outcome: 'fail',
      actual: app.status,
      subject: app.label,
      okta_id: app.okta_app_id,
      opti_id: null,
      detail: `The SCIM app ${app.label} is ${app.status}.`,
      fix: FIX,
      evidence: { status: app.status },
    };
  },
});
