import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'grant-no-longer-possible',
  when: ['drift'],
  severity: 'warning',
  subject: 'group',
  who: 'product owner',
  title: 'A pushed group cannot get back what it granted in the baseline',
  why: 'The product instance or the role has been removed since, so nobody can give it back as it was. Somebody who knows the product must say what takes its place.',
  source: 'Setting --baseline: what the groups granted then.',
  sql: `
    select
      okta_group.name as subject, okta_group_id as okta_id, opti_group_id as opti_id,
      opti_group.name as opti_group_name,
      list(label order by label, opti_instance_id, opti_role_id) as gone,
      list(opti_instance_id || '|' || opti_role_id order by label, opti_instance_id, opti_role_id) as grant_ids,
      min(found_by) as found_by
    from lost_grant
    join okta_group using (okta_group_id)
    join opti_group using (opti_group_id)
    where not is_possible
    group by okta_group.name, okta_group_id, opti_group_id, opti_group.name
    order by subject, okta_id, opti_id`,
  evidence: {
    opti_group_name: 'Name of the group in Opti ID',
    gone: 'What it granted in the baseline and nobody can grant now: product, instance and role',
    grant_ids: 'The same by ids: instance and role, joined by `|`',
    found_by: 'How the group was found in the baseline: by its id, or by its name',
  },
  detail: ({ subject, gone }) =>
    `${subject} cannot get back what the baseline knows, because the instance or the role is gone: ${(gone as readonly string[]).join('; ')}.`,
  fix: 'Ask who owns the product what replaces the instance or the role, and give the group that in the Admin Center; if nothing does, take a new baseline.',
});
