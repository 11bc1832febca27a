import type { DerivedTable } from './table.ts';

export const optiGrant: DerivedTable = {
  name: 'opti_grant',
  means: 'A role on a product instance that a store group grants to its members.',
  columns: {
    is_admin_center_role: 'True for a role of the Admin Center',
  },
  sql: `
    select
      granted.opti_group_id,
      granted.opti_instance_id,
      granted.opti_role_id,
      coalesce(instance.product, role.product) as product,
      coalesce(instance.nickname, instance.product, granted.opti_instance_id) as instance,
      coalesce(role.name, granted.opti_role_id) as role,
      coalesce(role.product = 'Admin Center', false) as is_admin_center_role,
      coalesce(role.product = 'Admin Center' and role.name = 'Super Admin', false) as is_super_admin
    from snapshot.opti_id_group_instance_roles as granted
    left join snapshot.opti_id_product_instances as instance using (opti_instance_id)
    left join snapshot.opti_id_roles as role using (opti_role_id)`,
};
