import type { DerivedTable } from './table.ts';

export const grantPath: DerivedTable = {
  name: 'grant_path',
  means: 'A role on a product instance that a group of the store grants, and what becomes of the group.',
  sql: `
    select
      opti_group.opti_group_id,
      opti_group.opti_group_no,
      opti_group.name as opti_group_name,
      opti_grant.product,
      opti_grant.opti_instance_id,
      opti_grant.instance,
      opti_grant.opti_role_id,
      opti_grant.role,
      opti_grant.is_super_admin,
      opti_group.opti_group_id in (select opti_group_id from conflicting_group) as through_taken_group,
      opti_group.opti_group_id in (select opti_group_id from orphaned_group) as through_orphaned_group
    from opti_group
    join opti_grant using (opti_group_id)`,
};
