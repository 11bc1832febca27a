import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'access-interrupted',
  when: ['precutover'],
  severity: 'warning',
  subject: 'user',
  who: 'Opti ID admin',
  title: 'Access is interrupted until the pushed group has it back',
  why: 'The access goes with the group that must be deleted. The person will be in the pushed group, which has nothing until somebody gives it the instances and roles.',
  source: 'Article: FAQ on existing groups.',
  notNeeded: {
    'pairs what a push made; what a push will replace goes by its name':
      'group_pair group_match group_managed_elsewhere',
  },
  sql: `
    select
      coalesce(max(okta_email), max(opti_email)) as subject,
      max(okta_user_id) as okta_id,
      opti_user_id as opti_id,
      list(distinct product || ' / ' || instance || ': ' || role order by product || ' / ' || instance || ': ' || role) as access,
      list(distinct opti_group_name order by opti_group_name) as groups
    from lost_access
    where comes_back
    group by opti_user_id
    order by subject, opti_id`,
  evidence: {
    access: 'Product, instance and role that is away for a while',
    groups: 'Groups to delete that it comes through',
  },
  detail: ({ subject, access, groups }) =>
    `${subject} is without ${(access as readonly string[]).join(', ')} from the deletion of ${(groups as readonly string[]).join(', ')} until the pushed group has it back.`,
  fix: 'Give the pushed group the instances and roles of the old one, as recorded before it was deleted, right after the push.',
});
