import { judgeProvisioningOption } from '../../domain/provisioning.ts';
import { defineScimAppRule } from '../../domain/rule.ts';

export default defineScimAppRule({
  id: 'deactivate-users-off',
  when: ['precutover', 'drift'],
  severity: 'error',
  who: 'Okta admin',
  title: 'Okta does not deactivate users',
  why: 'People who leave would keep their access to every product.',
  source: 'Article: Configure provisioning options.',
  reads: ['appFeatures'],
  expected: 'on',
  fix: 'SCIM app › Provisioning › To App › Edit: enable Deactivate Users, and save.',
  evidence: { shown_by: 'What in Okta says so' },
  judge: (app, { appFeatures }) =>
    judgeProvisioningOption('deactivate_users', 'Deactivate Users', app, appFeatures),
});
