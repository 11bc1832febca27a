import { judgeProvisioningOption } from '../../domain/provisioning.ts';
import { defineConfigurationRule } from '../../domain/rule.ts';

const FIX = 'SCIM app › Provisioning › To App › Edit: enable Create Users, and save.';

export default defineConfigurationRule({
  id: 'create-users-off',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'app',
  who: 'Okta admin',
  title: 'Okta does not create users',
  why: 'Assigned people who are not in Opti ID yet would never arrive.',
  source: 'Article: Configure provisioning options.',
  reads: ['scimApp', 'appFeatures'],
  expected: 'on',
  fix: FIX,
  evidence: { shown_by: 'What in Okta says so' },
  judge: (facts) =>
    judgeProvisioningOption(facts, { option: 'create_users', label: 'Create Users', fix: FIX }),
});
