import { judgeProvisioningOption } from '../../domain/provisioning.ts';
import { defineScimAppRule } from '../../domain/rule.ts';

export default defineScimAppRule({
  id: 'deactivate-users-off',
  when: ['precutover', 'drift'],
  severity: 'error',
  who: 'Okta admin',
  title: 'Okta does not deactivate users',
  cause: 'Okta does not deactivate users',
  why: "People who leave would keep their access to every product. Of what the setting does the article says that it deletes people, that they can be reinstated, and that deactivating is not supported; Opti ID's SCIM reference says that they are permanently deleted. Count on that: roles given to a person directly do not come back.",
  source:
    "Article: Configure provisioning options; Limitations and usage tips; Opti ID's SCIM reference on users.",
  reads: ['appFeatures'],
  expected: 'on',
  fix: 'SCIM app › Provisioning › To App › Edit: enable Deactivate Users, and save.',
  evidence: { shown_by: 'What in Okta says so' },
  judge: (app, { appFeatures }) =>
    judgeProvisioningOption('deactivate_users', 'Deactivate Users', app, appFeatures),
});
