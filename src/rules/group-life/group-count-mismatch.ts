import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-count-mismatch',
  when: ['precutover', 'drift'],
  severity: 'warning',
  subject: 'group',
  who: 'Optimizely Support',
  title: "A group's user count is not the number of its members",
  why: 'The store contradicts itself, so one of the two is wrong: do not trust what it says about this group without a check.',
  source: "Opti ID store: the group's own count.",
  overScim: { hidden: 'group counts' },
  sql: `
    select
      name as subject, null::varchar as okta_id, opti_group_id as opti_id,
      user_count,
      coalesce(counted, 0) as members
    from opti_group
    left join (
      select opti_group_no, count(*) as counted from opti_group_member group by opti_group_no
    ) using (opti_group_no)
    where user_count is not null
      and user_count <> coalesce(counted, 0)
    order by subject, opti_id`,
  evidence: { user_count: "The group's own count", members: 'Members counted, deleted users aside' },
  detail: ({ subject, user_count, members }) =>
    `${subject} says that it has ${user_count} ${user_count === 1 ? 'user' : 'users'}, and ${members} ${members === 1 ? 'member is' : 'members are'} there.`,
  fix: 'Compare the group in the Admin Center with this report; ask Optimizely Support if they still differ.',
});
