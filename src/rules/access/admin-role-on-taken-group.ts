import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'admin-role-on-taken-group',
  when: ['precutover'],
  severity: 'warning',
  subject: 'group',
  who: 'Opti ID admin',
  title: 'A group to delete first grants an Admin Center role',
  why: 'Whoever deletes it may delete their own right to give access back.',
  source: 'Opti ID documentation: Manage roles in the Admin Center.',
  sql: `
    select
      conflicting_group.okta_group_name as subject,
      conflicting_group.okta_group_id as okta_id,
      conflicting_group.opti_group_id as opti_id,
      list(distinct role.name order by role.name) as roles
    from conflicting_group
    join snapshot.opti_id_group_instance_roles using (opti_group_id)
    join snapshot.opti_id_roles as role using (opti_role_id)
    where role.product = 'Admin Center'
    group by all
    order by subject, okta_id, opti_id`,
  evidence: { roles: 'Admin Center roles that the group grants' },
  detail: ({ subject, roles }) =>
    `The group that ${subject} replaces grants ${(roles as readonly string[]).join(', ')} in the Admin Center.`,
  fix: 'Delete this group last, with a second Super Admin signed in who does not depend on it.',
});
