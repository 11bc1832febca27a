import { defineConfigurationRule } from '../../domain/rule.ts';

export default defineConfigurationRule({
  id: 'scim-already-on',
  when: ['precutover'],
  severity: 'warning',
  subject: 'organization',
  who: 'Opti ID admin',
  title: 'The organization is on SCIM already',
  why: 'This audit looks at the day before the cutover; what it predicts may have happened long ago.',
  source: 'Article: Prerequisites.',
  reads: ['organization'],
  expected: 'jit',
  fix: 'Run the drift audit instead, or check that OPTIID_ORGANIZATION names the right organization.',
  evidence: { provisioning_mode: "The organization's provisioning mode" },
  judge: ({ organization }) => {
    if (organization.provisioning_mode !== 'scim') {
      return { outcome: 'pass', actual: organization.provisioning_mode };
    }
    return {
      outcome: 'fail',
      actual: organization.provisioning_mode,
      detail: `${organization.name} is on SCIM already.`,
      evidence: { provisioning_mode: organization.provisioning_mode },
    };
  },
});
