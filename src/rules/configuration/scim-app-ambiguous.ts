import { defineConfigurationRule } from '../../domain/rule.ts';

export default defineConfigurationRule({
  id: 'scim-app-ambiguous',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'app',
  who: 'Okta admin',
  title: 'Several apps could be the SCIM app',
  cause: 'several apps could be the SCIM app',
  why: 'An audit of the wrong app says nothing about the right one, so none is guessed.',
  source: 'Setting AUDIT_SCIM_APP.',
  reads: ['scimAppChoice'],
  expected: 'one candidate, or AUDIT_SCIM_APP set',
  fix: 'Set AUDIT_SCIM_APP to the id of the app that provisions to Opti ID, and audit again to learn what the others manage. Deactivate none before that: deactivating an app unassigns its people, and an unassignment deletes them in Opti ID.',
  evidence: { candidates: 'Label and id of each candidate' },
  judge: ({ scimAppChoice: choice }) => {
    if (choice.kind !== 'ambiguous') {
      return { outcome: 'pass', actual: choice.kind === 'chosen' ? choice.app.label : 'none' };
    }
    const candidates = choice.candidates.map((app) => `${app.label} (${app.okta_app_id}, ${app.status})`);
    return {
      outcome: 'fail',
      actual: candidates.join('; '),
      subject: choice.wanted,
      okta_id: null,
      opti_id: null,
      detail: `${candidates.length} apps answer to "${choice.wanted}": ${candidates.join(', ')}.`,
      evidence: { candidates },
    };
  },
});
