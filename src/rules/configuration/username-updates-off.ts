import { defineConfigurationRule } from '../../domain/rule.ts';

const FIX =
  'SCIM app › Sign On › Credentials Details: set Update application username on to Create and update, and save.';

export default defineConfigurationRule({
  id: 'username-updates-off',
  when: ['precutover', 'drift'],
  severity: 'warning',
  subject: 'app',
  who: 'Okta admin',
  title: 'Changed e-mails never reach Opti ID',
  why: 'The e-mail travels as the user name. When the user name is sent at creation only, a later change of e-mail stays in Okta.',
  source: 'Okta: userNameTemplate.pushStatus; the article keeps no e-mail mapping.',
  reads: ['scimApp'],
  expected: 'PUSH',
  fix: FIX,
  evidence: { push_status: 'userNameTemplate.pushStatus of the app' },
  judge: ({ scimApp: app }) => {
    if (app === null) return { outcome: 'skipped', actual: '', reason: 'no SCIM app is chosen' };
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
      subject: app.label,
      okta_id: app.okta_app_id,
      opti_id: null,
      detail: `The SCIM app ${app.label} sends the user name at creation only, so a later change of e-mail never arrives.`,
      fix: FIX,
      evidence: { push_status: status },
    };
  },
});
