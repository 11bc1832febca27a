import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-not-provisioned',
  when: ['drift'],
  severity: 'error',
  subject: 'user',
  who: 'Okta admin',
  title: 'An assigned person never arrived in Opti ID',
  cause: { of: 'person', one: 'never arrived in Opti ID', many: 'never arrived in Opti ID' },
  why: 'The person is assigned and active, and Okta has not provisioned them: they cannot get in. Who was assigned before provisioning was switched on is not sent by itself. The article begins the first sync with Force Sync; Okta says that it pushes only changes that it detects.',
  source: 'Article: Sync initial set of users (Force Sync); Okta: Provision User.',
  sql: `
    select
      coalesce(okta_user.email, okta_user.login, okta_user.okta_user_id) as subject,
      okta_user.okta_user_id as okta_id,
      null::varchar as opti_id,
      app_user.status as app_user_status,
      app_user.sync_state,
      app_user.created as assigned_since,
      app_user.user_name
    from unprovisioned_user
    join app_user using (okta_user_id)
    join okta_user using (okta_user_id)
    where unprovisioned_user.cause = 'not provisioned'
    order by subject, okta_id`,
  evidence: {
    app_user_status: 'Status of the assignment in the SCIM app',
    sync_state: "Okta's state of the synchronization",
    assigned_since: 'When the person was assigned',
    user_name: 'User name in the SCIM app',
  },
  detail: ({ subject, app_user_status, sync_state }) =>
    `${subject} is assigned (${app_user_status}) and active, and Opti ID has no such user${sync_state === 'ERROR' ? ': Okta reports an error' : ''}.`,
  fix: 'SCIM app › Assignments: read the error next to the person, if there is one, and fix its cause; then choose Provision User (or Retry) and see that the person is in the Admin Center. Do not rely on Force Sync.',
});
