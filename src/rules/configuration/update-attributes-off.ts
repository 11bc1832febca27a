import { judgeProvisioningOption } from '../../domain/provisioning.ts';
import { defineScimAppRule } from '../../domain/rule.ts';

export default defineScimAppRule({
  id: 'update-attributes-off',
  when: ['precutover', 'drift'],
  severity: 'error',
  who: 'Okta admin',
  title: 'Okta does not update user attributes',
  cause: 'Okta does not update user attributes',
  why: "Changed names would stay in Okta, and Opti ID would keep the old ones. The article counts e-mails among what is updated; Opti ID's SCIM reference says that a user name, which is the e-mail, cannot be changed.",
  source: "Article: Configure provisioning options; Opti ID's SCIM reference on users.",
  reads: ['appFeatures'],
  expected: 'on',
  fix: 'SCIM app › Provisioning › To App › Edit: enable Update User Attributes, and save.',
  evidence: { shown_by: 'What in Okta says so' },
  judge: (app, { appFeatures }) =>
    judgeProvisioningOption('update_attributes', 'Update User Attributes', app, appFeatures),
});
