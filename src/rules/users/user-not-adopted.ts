import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-not-adopted',
  when: ['drift'],
  severity: 'error',
  subject: 'user',
  who: 'Okta admin',
  title: 'Okta has not taken over the account of an assigned person',
  cause: { of: 'person', one: 'is not taken over by Okta', many: 'are not taken over by Okta' },
  why: 'Only the e-mail ties the two: Okta keeps no id of the account. So it neither updates the account nor deletes it when the person leaves.',
  source: 'Article: Create Users (first synchronization). Okta: Provision User.',
  sql: `
    select
      coalesce(okta_user.email, okta_user.login, okta_user_id) as subject,
      okta_user_id as okta_id,
      opti_user_id as opti_id,
      opti_user.email as opti_email,
      app_user.created as assigned_since,
      app_user.status as app_user_status,
      owner.matched_by, owner.other_profiles
    from account_owner as owner
    join coming_user using (okta_user_id)
    join okta_user using (okta_user_id)
    join app_user using (okta_user_id)
    join opti_user using (opti_user_id)
    where owner.tie = 3
      and app_user.external_id is null
      and okta_user_id not in (select okta_user_id from ambiguous_user where okta_user_id is not null)
    order by subject, okta_id, opti_id`,
  evidence: {
    opti_email: 'E-mail in Opti ID',
    assigned_since: 'When the person was assigned',
    app_user_status: 'Status of the assignment in the SCIM app',
    matched_by: 'How the store user was found',
    other_profiles: 'Whoever else in Okta points to the store user, with the status',
  },
  detail: ({ subject, assigned_since }) =>
    `${subject} is assigned${assigned_since === null ? '' : ` since ${assigned_since}`} and has an account in Opti ID by the e-mail alone: Okta shows no external id.`,
  fix: 'SCIM app › Assignments: choose Provision User for the person, then see that Okta shows an external id of the app user. Do not unassign the person to try: as long as there is no external id, Okta deletes nothing in Opti ID.',
});
