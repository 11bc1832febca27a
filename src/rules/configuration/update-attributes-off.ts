import { judgeProvisioningOption } from '../../domain/provisioning.ts';
import { defineConfigurationRule } from '../../domain/rule.ts';

const FIX = 'SCIM app › Provisioning › To App › Edit: enable Update User Attributes, and save.';

export default defineConfigurationRule({
  id: 'update-attributes-off',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'app',
  who: 'Okta admin',
  title: 'Okta does not update user attributes',
  why: 'Changed names and e-mails would stay in Okta, and Opti ID would keep the old ones.',
  source: 'Article: Configure provisioning options.',
  reads: ['scimApp', 'appFeatures'],
  expected: 'on',
  fix: FIX,
  evidence: { shown_by: 'What in Okta says so' },
  judge: (facts) =>
    judgeProvisioningOption(facts, {
      option: 'update_attributes',
      label: 'Update User Attributes',
      fix: FIX,
    }),
});
