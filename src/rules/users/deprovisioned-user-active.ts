import { sqlAbsence } from '../../domain/codes.ts';
import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'deprovisioned-user-active',
  when: ['drift'],
  severity: 'error',
  subject: 'user',
  who: 'Okta admin',
  title: 'Somebody who was removed in Okta is still in Opti ID',
  cause: { of: 'person', one: 'keeps access after leaving Okta', many: 'keep access after leaving Okta' },
  why: 'Unassigning or deactivating somebody in Okta deletes them in Opti ID. This did not happen, so the person may keep every access that they had.',
  source:
    "Article: Configure provisioning options (Deactivate Users deletes, and a new assignment reinstates); Limitations (deactivation deletes). Opti ID's SCIM reference: permanently deleted.",
  alsoNeeds: { 'okta.userLookups': 'finds in Okta who is in the store and in no listing' },
  sql: `
    select
      coalesce(okta_user.email, okta_user.login, okta_user_id) as subject,
      okta_user_id as okta_id,
      offboarded_user.opti_user_id as opti_id,
      offboarded_user.okta_status, offboarded_user.is_assigned, offboarded_user.matched_by,
      offboarded_user.other_profiles,
      case when not offboarded_user.is_assigned then ${sqlAbsence('okta_user_id')} end as absence,
      opti_user.email as opti_email,
      opti_user.last_login_at,
      (select count(*) from opti_group_member where opti_user_no = opti_user.opti_user_no) as groups
    from offboarded_user
    join opti_user on opti_user.opti_user_id = offboarded_user.opti_user_id
    left join okta_user using (okta_user_id)
    order by subject, okta_id`,
  evidence: {
    okta_status: 'Status in Okta',
    is_assigned: 'True when still assigned to the SCIM app',
    matched_by: 'How the store user was found',
    absence: 'Of somebody not assigned: whether Okta was asked about them, or it is inferred from the list',
    other_profiles: 'Whoever else in Okta points to the store user, with the status',
    opti_email: 'E-mail in Opti ID',
    last_login_at: 'When the person last signed in to Opti ID',
    groups: 'Number of groups in Opti ID',
  },
  detail: ({ subject, okta_status, is_assigned, groups }) =>
    `${subject} is ${[...(okta_status === null ? [] : [okta_status]), ...(is_assigned ? [] : ['not assigned'])].join(' and ')} in Okta and still in Opti ID with ${groups} ${groups === 1 ? 'group' : 'groups'}.`,
  fix: ({ okta_status, is_assigned }) => {
    if (is_assigned) {
      return 'Unassign the person from the SCIM app, with Deactivate Users on: that deletes them in Opti ID. See in the Admin Center that they are gone.';
    }
    if (okta_status === 'DEPROVISIONED') {
      return 'See that Deactivate Users is on and read in the System Log why the removal failed. Okta does not send it again: ask Optimizely Support to delete the user, and see in the Admin Center that they are gone.';
    }
    return 'See that Deactivate Users is on and read in the System Log why the removal failed. If the person should be out, assign them to the SCIM app and unassign them again: unassigning deletes them in Opti ID. If not, assign them.';
  },
});
