import { judgeProvisioningOption } from '../../domain/provisioning.ts';
import { defineScimAppRule } from '../../domain/rule.ts';

export default defineScimAppRule({
  id: 'create-users-off',
  when: ['precutover', 'drift'],
  severity: 'error',
  who: 'Okta admin',
  title: 'Okta does not create users',
  cause: 'Okta does not create users',
  why: 'Assigned people who are not in Opti ID yet would never arrive.',
  source: 'Article: Configure provisioning options.',
  reads: ['appFeatures'],
  expected: 'on',
  fix: 'SCIM app › Provisioning › To App › Edit: enable Create Users, and save.',
  evidence: { shown_by: 'What in Okta says so' },
  judge: (app, { appFeatures }) => judgeProvisioningOption('create_users', 'Create Users', app, appFeatures),
});
