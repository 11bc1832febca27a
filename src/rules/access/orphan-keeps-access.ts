import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'orphan-keeps-access',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'user',
  who: 'Optimizely Support',
  title: 'Somebody reaches an instance only through a group that was left behind',
  cause: {
    of: 'person',
    one: 'keeps access through a group that was left behind',
    many: 'keep access through a group that was left behind',
  },
  why: 'Nobody can remove the person from the group now, so the access stays whatever happens in Okta.',
  source: 'Article: Options to avoid.',
  sql: `
    with orphaned as (
      select opti_user_no, opti_instance_id, product, instance, orphaned_group.name as opti_group_name
      from orphaned_group
      join opti_grant using (opti_group_id)
      join opti_group_member using (opti_group_no)
    ),
    stays as (
      select opti_user_no, opti_instance_id
      from (from opti_group_member semi join orphaned using (opti_user_no))
      join opti_group using (opti_group_no)
      join opti_grant using (opti_group_id)
      where opti_group_id not in (select opti_group_id from orphaned_group)
    )
    select
      coalesce(max(okta_user.email), max(opti_user.email)) as subject,
      max(owner.okta_user_id) as okta_id,
      opti_user.opti_user_id as opti_id,
      list(distinct product || ' / ' || instance order by product || ' / ' || instance) as instances,
      list(distinct opti_group_name order by opti_group_name) as groups
    from (from orphaned anti join stays using (opti_user_no, opti_instance_id))
    join opti_user using (opti_user_no)
    left join account_owner as owner using (opti_user_id)
    left join okta_user using (okta_user_id)
    group by opti_user.opti_user_id
    order by subject, opti_id`,
  evidence: { instances: 'Instances reached only so', groups: 'Groups that were left behind' },
  detail: ({ subject, instances, groups }) =>
    `${subject} reaches ${(instances as readonly string[]).join(', ')} only through ${(groups as readonly string[]).join(', ')}, which Okta no longer manages.`,
  fix: 'Take the instances away from the group in the Admin Center, if it lets you, and ask Optimizely Support to remove it; give the person access through a pushed group if they should keep it.',
});
