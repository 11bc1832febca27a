import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-access-lost',
  when: ['drift'],
  severity: 'warning',
  subject: 'user',
  who: 'Opti ID admin',
  title: 'A person came back without the access that they had',
  why: 'The person has a new account. Memberships of pushed groups come back with it; what the old account had through product groups and groups made by hand does not.',
  source:
    "Article: re-assigning reinstates a user. Opti ID's SCIM reference: a deactivation deletes for good, so the account is a new one.",
  alsoNeeds: { 'okta.userLookups': 'finds in Okta who is in the store and in no listing' },
  judgesWithout: ['okta.userLookups'],
  sql: `
    with lost as (
      select distinct
        okta_user_id, user_pair.opti_user_id, opti_user_no, baseline_account.opti_user_id as former_id,
        opti_instance_id, opti_role_id, label
      from baseline_account
      join user_pair using (okta_user_id)
      -- Several accounts may be theirs now.
      anti join account_owner as owner
        on owner.okta_user_id = baseline_account.okta_user_id and owner.opti_user_id = baseline_account.opti_user_id
    ),
    now as (
      select distinct opti_user_no, opti_instance_id, opti_role_id
      from (from opti_group_member semi join lost using (opti_user_no))
      join opti_group using (opti_group_no)
      join opti_grant using (opti_group_id)
    )
    select
      coalesce(okta_user.email, okta_user.login, okta_user_id) as subject,
      okta_user_id as okta_id,
      lost.opti_user_id as opti_id,
      min(former_id) as former_id,
      list(label order by label, opti_instance_id, opti_role_id) as lost,
      list(opti_instance_id || '|' || opti_role_id order by label, opti_instance_id, opti_role_id) as grant_ids
    from (from lost anti join now using (opti_user_no, opti_instance_id, opti_role_id)) as lost
    join okta_user using (okta_user_id)
    group by all
    order by subject, okta_id`,
  evidence: {
    former_id: 'Id of the account that the person had in the baseline',
    lost: 'What it had and the new one has not: product, instance and role',
    grant_ids: 'The same by ids: instance and role, joined by `|`',
  },
  detail: ({ subject, lost }) =>
    `${subject} has a new account, which does not have what the old one had: ${(lost as readonly string[]).join('; ')}.`,
  fix: 'Ask the product owner whether the person should have it. If so, give it back in the Admin Center as the baseline records it, through a custom group or the product; if not, take a new baseline.',
});
