import { defineScimAppRule } from '../../domain/rule.ts';

/** The primary e-mail, built in or by an expression of one's own, or an expression that only changes its case. */
function isEmailTemplate(template: string): boolean {
  const expression = template
    .trim()
    .replace(/^\$\{(.*)\}$/su, '$1')
    .replace(/\s+/gu, '');
  return (
    /^(?:source|user)\.email(?:\.to(?:Lower|Upper)Case\(\))?$/u.test(expression) ||
    /^(?:fn:|String\.)?to(?:Lower|Upper)Case\((?:source|user)\.email\)$/u.test(expression)
  );
}

export default defineScimAppRule({
  id: 'username-format-not-email',
  when: ['precutover', 'drift'],
  severity: 'error',
  who: 'Okta admin',
  title: 'The application username format is not Email',
  cause: 'the user name in the app is not the e-mail',
  why: 'Opti ID takes an existing user over by e-mail. With any other user name Okta finds nobody: it creates a second user, or is refused.',
  source: 'Article: Add a SCIM app in Okta, step 7.',
  expected: '${source.email}',
  fix: 'SCIM app › Sign On › Credentials Details: select Email as Application username format, and save. Then update the user names of those already assigned.',
  evidence: { template: 'userNameTemplate.template of the app' },
  judge: (app) => {
    const template = app.username_template;
    if (template === null) {
      return { outcome: 'skipped', actual: '', reason: 'Okta shows no username template for this app' };
    }
    if (isEmailTemplate(template)) return { outcome: 'pass', actual: template };
    return {
      outcome: 'fail',
      actual: template,
      detail: `The SCIM app ${app.label} makes user names from ${template}, not from the e-mail.`,
      evidence: { template },
    };
  },
});
