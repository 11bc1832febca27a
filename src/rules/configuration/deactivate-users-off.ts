import { judgeProvisioningOption } from '../../domain/provisioning.ts';
import { defineConfigurationRule } from '../../domain/rule.ts';

const FIX = 'SCIM app › Provisioning › To App › Edit: enable Deactivate Users, and save.';

export default defineConfigurationRule({
  id: 'deactivate-users-off',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'app',
  who: 'Okta admin',
  title: 'Okta does not deactivate users',
  why: 'People who leave would keep their access to every product.',
  source: 'Article: Configure provisioning options.',
  reads: ['scimApp', 'appFeatures'],
  expected: 'on',
  fix: FIX,
  evidence: { shown_by: 'What in Okta says so' },
  judge: (facts) =>
    judgeProvisioningOption(facts, { option: 'deactivate_users', label: 'Deactivate Users', fix: FIX }),
});
