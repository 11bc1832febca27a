import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'access-lost-with-group',
  when: ['precutover'],
  severity: 'error',
  subject: 'user',
  who: 'Opti ID admin',
  title: 'Somebody loses access when a group is deleted',
  cause: { of: 'person', one: 'loses access with a deleted group', many: 'lose access with a deleted group' },
  why: 'SCIM carries no permissions: the new group starts with no instance and no role. Those in it wait until access is given back; those who are not lose it for good.',
  source: 'Article: FAQ on existing groups; User management in Opti ID.',
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
      list(distinct opti_group_name order by opti_group_name) as groups,
      string_agg(distinct reason, '; ' order by reason) as reason
    from lost_access
    where not comes_back
    group by opti_user_id
    order by subject, opti_id`,
  evidence: {
    access: 'Product, instance and role that is lost for good',
    groups: 'Groups to delete that it comes through',
    reason: 'Why the person will not be in the groups pushed in their place',
  },
  detail: ({ subject, access, groups, reason }) =>
    `${subject} loses ${(access as readonly string[]).join(', ')} with ${(groups as readonly string[]).join(', ')}: ${reason}.`,
  fix: 'Decide before the group is deleted: put the person into the Okta group and assign them, give them the access through another group, or let it go.',
});
