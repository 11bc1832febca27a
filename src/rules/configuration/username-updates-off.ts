import { defineScimAppRule } from '../../domain/rule.ts';

export default defineScimAppRule({
  id: 'username-updates-off',
  when: ['precutover', 'drift'],
  severity: 'warning',
  who: 'Okta admin',
  title: 'Changed e-mails never reach Opti ID',
  why: 'The e-mail travels as the user name. When the user name is sent at creation only, a later change of e-mail stays in Okta.',
  source: 'Okta: userNameTemplate.pushStatus; the article keeps no e-mail mapping.',
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
