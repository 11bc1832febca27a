import { defineScimAppRule } from '../../domain/rule.ts';

export default defineScimAppRule({
  id: 'scim-app-inactive',
  when: ['precutover', 'drift'],
  severity: 'blocker',
  who: 'Okta admin',
  title: 'The SCIM app is not active',
  cause: 'the SCIM app is not active',
  why: 'An inactive app pushes nothing, and deactivating it unassigned everybody.',
  source: 'Article: Add a SCIM app in Okta.',
  expected: 'ACTIVE',
  fix: 'Okta Admin Console › Applications: activate the SCIM app, or set AUDIT_SCIM_APP to the active one.',
  evidence: { status: "The app's status in Okta" },
  judge: (app) => {
    if (app.status === 'ACTIVE') return { outcome: 'pass', actual: app.status };
    return {
      outcome: 'fail',
      actual: app.status,
      detail: `The SCIM app ${app.label} is ${app.status}.`,
      evidence: { status: app.status },
    };
  },
});
