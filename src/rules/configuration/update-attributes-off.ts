import { judgeProvisioningOption } from '../../domain/provisioning.ts';
import { defineScimAppRule } from '../../domain/rule.ts';

export default defineScimAppRule({
  id: 'update-attributes-off',
  when: ['precutover', 'drift'],
  severity: 'error',
  who: 'Okta admin',
  title: 'Okta does not update user attributes',
  why: 'Changed names and e-mails would stay in Okta, and Opti ID would keep the old ones.',
  source: 'Article: Configure provisioning options.',
  reads: ['appFeatures'],
  expected: 'on',
  fix: 'SCIM app › Provisioning › To App › Edit: enable Update User Attributes, and save.',
  evidence: { shown_by: 'What in Okta says so' },
  judge: (app, { appFeatures }) =>
    judgeProvisioningOption('update_attributes', 'Update User Attributes', app, appFeatures),
});
