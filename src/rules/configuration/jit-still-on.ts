import { foldName } from '../../domain/names.ts';
import { defineConfigurationRule } from '../../domain/rule.ts';

export default defineConfigurationRule({
  id: 'jit-still-on',
  when: ['drift'],
  severity: 'blocker',
  subject: 'organization',
  who: 'Optimizely Support',
  title: 'The organization is still on just-in-time provisioning',
  cause: 'the organization is still on just-in-time provisioning',
  why: 'Just-in-time provisioning and SCIM cannot be used together: each sign-in may still make users and memberships that Okta does not know, and what SCIM sends may not count.',
  source: 'Article: Prerequisites.',
  reads: ['organization'],
  expected: 'scim',
  fix: 'Ask Optimizely Support to switch the organization to SCIM, and check that OPTIID_ORGANIZATION names the right one.',
  evidence: { provisioning_mode: "The organization's provisioning mode" },
  judge: ({ organization }) => {
    const actual = organization.provisioning_mode;
    if (foldName(actual) !== 'jit') return { outcome: 'pass', actual };
    return {
      outcome: 'fail',
      actual,
      detail: `${organization.name} is still on just-in-time provisioning.`,
      evidence: { provisioning_mode: actual },
    };
  },
});
