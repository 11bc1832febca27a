import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-known-by-login',
  when: ['precutover'],
  severity: 'warning',
  subject: 'user',
  who: 'Okta admin',
  title: 'An assigned user is in Opti ID under their login',
  why: 'Just-in-time provisioning knew the person by the login. SCIM sends the e-mail, so Okta would create a second user, and the old one keeps the access.',
  source: 'Article: Create Users (take-over by e-mail).',
  judgesWithout: ['okta.ssoAppUsers'],
  sql: `
    select
      coalesce(okta_user.email, okta_user.login, okta_user.okta_user_id) as subject,
      okta_user.okta_user_id as okta_id,
      opti_user.opti_user_id as opti_id,
      opti_user.email as opti_email,
      user_known_by_login.known_by
    from user_known_by_login
    join okta_user using (okta_user_id)
    join opti_user using (opti_user_id)
    order by subject, okta_id, opti_id`,
  evidence: {
    opti_email: 'E-mail in Opti ID',
    known_by: 'What of the person it is: the login, or the user name in the SSO app',
  },
  detail: ({ subject, opti_email, known_by }) =>
    `${subject} is assigned and not in Opti ID, where ${opti_email} is, their ${known_by}.`,
  fix: 'If they are one person, make the two alike before the cutover: the e-mail in Okta and the one in Opti ID. If not, do nothing.',
});
