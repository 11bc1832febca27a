import { sqlAbsence } from '../../domain/codes.ts';
import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-left-behind',
  when: ['drift'],
  severity: 'error',
  subject: 'user',
  who: 'Okta admin',
  title: 'Nobody manages a user of Opti ID',
  cause: { of: 'person', one: 'is managed by nobody', many: 'are managed by nobody' },
  why: 'The person is in a domain that SCIM manages, no id ties them to an Okta user, and nobody assigned has their e-mail. Just-in-time provisioning is gone, so nothing updates them or ends their access.',
  source: 'Article: FAQ on existing users; User management in Opti ID.',
  sql: `
    select
      coalesce(okta_user.email, opti_user.email) as subject,
      okta_user.okta_user_id as okta_id,
      opti_user.opti_user_id as opti_id,
      okta_user.status as okta_status,
      case when okta_user.okta_user_id is not null then ${sqlAbsence('okta_user.okta_user_id')} end as absence,
      opti_user.external_id, lookup.asked_by, opti_user.last_login_at,
      (select count(*) from opti_group_member where opti_user_no = opti_user.opti_user_no) as groups
    from left_behind_user
    join opti_user using (opti_user_id)
    left join okta_user on okta_user.okta_user_id = left_behind_user.okta_user_id
    left join snapshot.okta_user_lookups as lookup on lookup.opti_user_id = opti_user.opti_user_id
    order by subject, opti_id`,
  evidence: {
    okta_status: 'Status in Okta; null when not found there',
    absence: 'Whether Okta was asked about the person, or it is inferred from the list',
    external_id: 'Okta id that the store keeps of the person, if it keeps one',
    asked_by: 'How the person was looked up in Okta: by id, by e-mail, or null where the listings show them',
    last_login_at: 'When the person last signed in to Opti ID',
    groups: 'Number of groups in Opti ID',
  },
  detail: ({ subject, groups, okta_status, external_id }) =>
    `${subject} is in Opti ID with ${groups} ${groups === 1 ? 'group' : 'groups'} and ${
      okta_status !== null
        ? `${okta_status} in Okta but not assigned`
        : external_id === null
          ? 'was not found in Okta'
          : `belongs to an Okta user (${external_id}) who no longer exists`
    }.`,
  fix: ({ okta_status, external_id }) => {
    if (okta_status !== null && okta_status !== 'DEPROVISIONED') {
      return 'Assign the person to the SCIM app: Okta takes over the user with that e-mail. If they should not be in Opti ID, delete them in the Admin Center: no SCIM app manages this user.';
    }
    const leaver =
      external_id === null
        ? 'If the person has left, delete them in the Admin Center: no SCIM app manages this user.'
        : 'If the person has left, ask Optimizely Support to delete them: the Okta user who could do it is gone.';
    return `${leaver} If not, create or activate them in Okta with this e-mail and assign them to the SCIM app.`;
  },
});
