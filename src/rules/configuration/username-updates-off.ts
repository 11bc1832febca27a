import { defineScimAppRule } from '../../domain/rule.ts';

export default defineScimAppRule({
  id: 'username-updates-off',
  when: ['precutover', 'drift'],
  severity: 'warning',
  who: 'Okta admin',
  title: 'Okta does not send changed user names',
  why: "The e-mail travels as the user name; sent at creation only, a later change stays in Okta. The article has e-mails updated, and Opti ID's SCIM reference says that a user name cannot be changed: with the setting as the article wants it, look at the first change of an e-mail.",
  source:
    "Okta: userNameTemplate.pushStatus; article: Configure provisioning options; Opti ID's SCIM reference on users.",
  expected: 'PUSH',
  fix: 'SCIM app › Sign On › Credentials Details: set Update application username on to Create and update, and save.',
  evidence: { push_status: 'userNameTemplate.pushStatus of the app' },
  judge: (app) => {
    const status = app.username_push_status;
    if (status === null || status === 'NOT_CONFIGURED') {
      return {
        outcome: 'skipped',
        actual: status ?? '',
        reason: 'Okta does not say whether user names are updated; look at the Sign On tab',
      };
    }
    if (status !== 'DONT_PUSH') return { outcome: 'pass', actual: status };
    return {
      outcome: 'fail',
      actual: status,
      detail: `The SCIM app ${app.label} sends the user name at creation only, so a later change of e-mail never arrives.`,
      evidence: { push_status: status },
    };
  },
});
