import { defineConfigurationRule } from '../../domain/rule.ts';

const FIX =
  'SCIM app › Sign On › Credentials Details: select Email as Application username format, and save. Then update the user names of those already assigned.';

/** `${source.email}`, or an expression that only lower-cases it. */
function isEmailTemplate(template: string): boolean {
  const expression = template
    .trim()
    .replace(/^\$\{(.*)\}$/su, '$1')
    .replace(/\s+/gu, '');
  return (
    expression === 'source.email' ||
    /^(?:fn:|String\.)?toLowerCase\((?:source|user)\.email\)$/u.test(expression) ||
    /^(?:source|user)\.email\.toLowerCase\(\)$/u.test(expression)
  );
}

export default defineConfigurationRule({
  id: 'username-format-not-email',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'app',
  who: 'Okta admin',
  title: 'The application username format is not Email',
  why: 'Opti ID takes an existing user over by e-mail. With any other user name Okta finds nobody: it creates a second user, or is refused.',
  source: 'Article: Add a SCIM app in Okta, step 7.',
  reads: ['scimApp'],
  expected: '${source.email}',
  fix: FIX,
  evidence: { template: 'userNameTemplate.template of the app' },
  judge: ({ scimApp: app }) => {
    if (app === null) return { outcome: 'skipped', actual: '', reason: 'no SCIM app is chosen' };
    const template = app.username_template;
    if (template === null) {
      return { outcome: 'skipped', actual: '', reason: 'Okta shows no username template for this app' };
    }
    if (isEmailTemplate(template)) return { outcome: 'pass', actual: template };
    return {
      outcome: 'fail',
      actual: template,
      subject: app.label,
      okta_id: app.okta_app_id,
      opti_id: null,
      detail: `The SCIM app ${app.label} makes user names from ${template}, not from the e-mail.`,
      fix: FIX,
      evidence: { template },
    };
  },
});
