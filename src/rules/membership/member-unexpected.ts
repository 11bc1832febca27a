import { sqlMembership } from '../../domain/codes.ts';
import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'member-unexpected',
  when: ['drift'],
  severity: 'error',
  subject: 'membership',
  who: 'Okta admin',
  title: 'Somebody is in a managed group in Opti ID whom Okta does not send',
  cause: { of: 'membership', one: 'is in Opti ID and not in Okta', many: 'are in Opti ID and not in Okta' },
  why: 'The person has what the group grants although Okta does not say so: a removal failed, or somebody added them in the Admin Center. Nothing will take them out by itself.',
  source: 'Article: User management in Opti ID (do not edit user memberships).',
  overScim: {
    speaksOf:
      'people whom an Okta user owns by an id or who are assigned: a collaborator cannot be told apart',
    without: 'left_behind_user',
    unlessUnplaced: true,
  },
  alsoNeeds: { 'okta.userLookups': 'finds in Okta who is in the store and in no listing' },
  sql: `
    with staged_member as (
      select okta_user_id
      from snapshot.okta_group_members
      join okta_user using (okta_user_no)
      where is_staged
        and okta_group_no in (select okta_group_no from pushed_group where not is_built_in_everyone)
    )
    select
      ${sqlMembership('coalesce(okta_email, opti_email)', 'okta_group_name')},
      okta_user_id as okta_id,
      opti_user_id as opti_id,
      concat_ws('|', okta_group_id, opti_group_id, opti_user_id) as identity,
      okta_group_id, opti_group_id, okta_status, reason
    from membership_change
    where change = 'lost'
      and relation = 'pushed'
      and not is_collaborator
      and not local_login
      and (
        (select opti_id_source from audit_context) <> 'scim'
        or opti_user_id in (select opti_user_id from account_owner where is_assigned or matched_by_id)
      )
      -- Who should not be in Opti ID at all is named once, not once for each group.
      and opti_user_id not in (select opti_user_id from offboarded_user)
      and opti_user_id not in (select opti_user_id from left_behind_user)
      and opti_user_id not in (select opti_user_id from ambiguous_user where opti_user_id is not null)
      -- So are people who are not yet active: by their own rule, where they are in a pushed group.
      -- Another account of an expected member.
      and cause <> 'not_expected'
      and not (cause = 'staged' and okta_user_id in (select okta_user_id from staged_member))
    order by subject, identity`,
  evidence: {
    group_name: 'Name of the pushed group',
    okta_group_id: 'Okta id of the pushed group',
    opti_group_id: 'Id of its group in the store',
    okta_status: 'Status in Okta; null when not found there',
    reason: 'Why Okta does not send the person',
  },
  codes: { person: 'Whose membership it is' },
  alsoAbout: ['okta_group_id', 'opti_group_id'],
  detail: ({ subject, reason }) =>
    `${subject}: in the group in Opti ID, and Okta does not send the person: ${reason}.`,
  fix: 'If the person should have what the group grants, add them to the Okta group and assign them to the SCIM app. If not, choose Push now for the group (SCIM app › Push Groups), and ask Optimizely Support if they stay. Do not take them out in the Admin Center.',
});
