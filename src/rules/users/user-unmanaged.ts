import { sqlAbsence } from '../../domain/codes.ts';
import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-unmanaged',
  when: ['precutover'],
  severity: 'warning',
  subject: 'user',
  who: 'Okta admin',
  title: 'Nobody will manage a store user after the cutover',
  why: 'The person is in a domain that SCIM takes over and is not assigned. Just-in-time provisioning is gone then, so nothing updates or removes them.',
  source: 'Article: FAQ on existing users.',
  judgesWithout: ['okta.ssoAppUsers'],
  sql: `
    select
      coalesce(okta_user.email, opti_user.email) as subject,
      okta_user.okta_user_id as okta_id,
      opti_user.opti_user_id as opti_id,
      okta_user.status as okta_status,
      case when okta_user.okta_user_id is not null then ${sqlAbsence('okta_user.okta_user_id')} end as absence,
      opti_user.last_login_at,
      (select count(*) from opti_group_member where opti_user_no = opti_user.opti_user_no) as groups
    from unmanaged_user
    join opti_user using (opti_user_id)
    left join okta_user on okta_user.okta_user_id = unmanaged_user.okta_user_id
    where opti_user_id not in (select opti_user_id from user_alias)
      and opti_user_id not in (select opti_user_id from user_domain_change)
      and opti_user_id not in (select opti_user_id from user_known_by_login)
    order by subject, opti_id`,
  evidence: {
    okta_status: 'Status in Okta; null when not found there',
    absence: 'Whether Okta was asked about the person, or it is inferred from the list',
    last_login_at: 'When the person last signed in to Opti ID',
    groups: 'Number of groups in Opti ID',
  },
  detail: ({ subject, groups, okta_status }) =>
    `${subject} is in Opti ID with ${groups} ${groups === 1 ? 'group' : 'groups'} and ${okta_status === null ? 'was not found among the users read from Okta' : `${okta_status} in Okta but not assigned`}.`,
  fix: 'Assign the person to the SCIM app, or delete them in the Admin Center before the cutover if they have left.',
});
