import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-without-members',
  when: ['precutover', 'drift'],
  severity: 'info',
  subject: 'group',
  who: 'Okta admin',
  title: 'A pushed group has nobody to push',
  why: 'The push makes the group in Opti ID without members. Often its people are not assigned to the SCIM app yet.',
  source: 'Okta: a member is pushed when in the group, assigned and active.',
  sql: `
    with memberless as (
      select * from pushed_group anti join expected_member using (okta_group_no) where not is_built_in_everyone
    )
    select
      memberless.name as subject, memberless.okta_group_id as okta_id, null::varchar as opti_id,
      count(okta_user.okta_user_id) as members_okta
    from memberless
    left join snapshot.okta_group_members as member using (okta_group_no)
    left join okta_user on okta_user.okta_user_no = member.okta_user_no and okta_user.status <> 'DEPROVISIONED'
    group by memberless.name, memberless.okta_group_id
    order by subject, okta_id`,
  evidence: { members_okta: 'Number of its members in Okta, deprovisioned ones aside' },
  detail: ({ subject, members_okta }) =>
    members_okta === 0
      ? `${subject} has no members.`
      : `${subject} has ${members_okta} ${members_okta === 1 ? 'member' : 'members'}, and none is assigned to the SCIM app and active in Okta.`,
  fix: 'Assign its people to the SCIM app before the push, or take the group out of the push.',
});
