import { ADDS_OPTI_ID, defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'username-differs-from-email',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'user',
  who: 'Okta admin',
  title: "An app user's user name is not the person's e-mail",
  cause: {
    of: 'person',
    one: 'has a user name that is not the e-mail',
    many: 'have a user name that is not the e-mail',
  },
  why: 'Opti ID takes a user over by e-mail, and Okta sends the user name. Where the two differ, a second user is made, or the request is refused.',
  source: 'Article: Add a SCIM app in Okta, step 7.',
  notNeeded: { [ADDS_OPTI_ID]: 'user_pair' },
  sql: `
    select
      coalesce(okta_user.email, okta_user.login, app_user.user_name, app_user.okta_user_id) as subject,
      app_user.okta_user_id as okta_id,
      user_pair.opti_user_id as opti_id,
      app_user.user_name, okta_user.email
    from app_user
    left join okta_user using (okta_user_id)
    left join user_pair using (okta_user_id)
    where app_user.is_assigned
      and app_user.folded_user_name is distinct from okta_user.folded_email
    order by subject, okta_id`,
  evidence: { user_name: 'User name in the SCIM app', email: 'Primary e-mail in Okta' },
  detail: ({ subject, user_name, email }) =>
    `${subject} has the user name ${user_name ?? '(none)'} in the SCIM app, and ${email === null ? 'no primary e-mail in Okta' : `the e-mail ${email}`}.`,
  fix: "Correct the user name on the app's Assignments tab, or let the app make it from the e-mail (Sign On › Application username format: Email).",
});
