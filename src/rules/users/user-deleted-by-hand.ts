import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-deleted-by-hand',
  when: ['drift'],
  severity: 'error',
  subject: 'user',
  who: 'Okta admin',
  title: 'Okta manages a user who is gone from Opti ID',
  cause: { of: 'person', one: 'was deleted from Opti ID by hand', many: 'were deleted from Opti ID by hand' },
  why: 'Somebody deleted the user in the Admin Center. Okta still sends updates to the one that is gone, so the person has no access and none of their changes arrives.',
  source: 'Article: User management in Opti ID (do not delete users).',
  sql: `
    select
      coalesce(okta_user.email, okta_user.login, app_user.user_name, app_user.okta_user_id) as subject,
      app_user.okta_user_id as okta_id,
      user_pair.opti_user_id as opti_id,
      app_user.external_id as lost_opti_user_id,
      okta_user.status as okta_status,
      app_user.status as app_user_status,
      user_pair.matched_by
    from unprovisioned_user
    join app_user using (okta_user_id)
    left join okta_user using (okta_user_id)
    left join user_pair using (okta_user_id)
    where unprovisioned_user.cause = 'deleted by hand'
    order by subject, okta_id`,
  evidence: {
    lost_opti_user_id: 'Id of the store user that Okta manages and that is gone',
    okta_status: 'Status in Okta',
    app_user_status: 'Status of the assignment in the SCIM app',
    matched_by: 'How another store user of the same person was found, if there is one',
  },
  detail: ({ subject, opti_id, lost_opti_user_id }) =>
    `${subject} is assigned, and the Opti ID user whom Okta manages (${lost_opti_user_id}) is gone${opti_id === null ? '' : '; Opti ID has another user of this person, whom Okta does not know'}.`,
  fix: 'SCIM app › Assignments: unassign the person and assign them again, so that Okta makes or takes over a user; then choose Push now for each of their pushed groups. Roles that the lost user had in Opti ID outside these groups must be given again. Do not invite the person by hand.',
});
