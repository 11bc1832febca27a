import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-push-failed',
  when: ['drift'],
  severity: 'error',
  subject: 'user',
  who: 'Okta admin',
  title: 'Okta could not send a user to Opti ID',
  cause: { of: 'person', one: 'could not be sent to Opti ID', many: 'could not be sent to Opti ID' },
  why: 'Okta itself says that the user in Opti ID is not what it should be: an update failed or is stuck, and it will not fix itself.',
  source:
    'Article: User management in Okta (it cures delays by Force Sync); Okta: AppUser syncState; only detected changes are pushed.',
  sql: `
    select
      coalesce(okta_user.email, okta_user.login, app_user.user_name, app_user.okta_user_id) as subject,
      app_user.okta_user_id as okta_id,
      user_pair.opti_user_id as opti_id,
      app_user.sync_state,
      app_user.status as app_user_status,
      app_user.external_id, app_user.last_updated
    from app_user
    left join okta_user using (okta_user_id)
    left join user_pair using (okta_user_id)
    where app_user.sync_state in ('ERROR', 'OUT_OF_SYNC')
      and app_user.okta_user_id not in (select okta_user_id from address_holder)
    order by subject, okta_id`,
  evidence: {
    sync_state: "Okta's state of the synchronization",
    app_user_status: 'Status of the assignment in the SCIM app',
    external_id: 'Id of the store user that Okta manages; null until provisioned',
    last_updated: 'When the assignment was last changed',
  },
  detail: ({ subject, sync_state }) =>
    sync_state === 'ERROR'
      ? `Okta could not send ${subject} to Opti ID.`
      : `Okta has changes of ${subject} that have not reached Opti ID in the time that changes take.`,
  fix: 'SCIM app › Assignments: read the error next to the person, fix its cause and retry; the System Log has the reason too. A Force Sync proves nothing: see that the error is gone and that the user in the Admin Center is right.',
});
