import type { DerivedTable } from './table.ts';

export const lostGrant: DerivedTable = {
  name: 'lost_grant',
  means:
    'A role on an instance that the group of a push granted in the baseline and does not grant now, and whether it could be given back: the instance and the role are still there.',
  columns: {
    found_by: 'By what the group was found in the baseline: `id` or `name`',
    label: 'Product, instance and role, in words',
    is_possible: 'True where the instance and the role are still there',
  },
  sql: `
    with by_id as (
      select okta_group_id, opti_group_id, 'id' as found_by, baseline_grant.* exclude (opti_group_id)
      from compared_group
      join baseline_grant using (opti_group_id)
      where relation = 'pushed'
    ),
    named as (
      select fold_name(group_name) as folded_name, * exclude (opti_group_id) from baseline_grant
    ),
    -- A group that was pushed anew has another id than the one of its name had.
    by_name as (
      select okta_group_id, compared_group.opti_group_id, 'name' as found_by, named.* exclude (folded_name)
      from compared_group
      join okta_group using (okta_group_id)
      join named using (folded_name)
      where relation = 'pushed'
    )
    select
      okta_group_id,
      opti_group_id,
      opti_instance_id,
      opti_role_id,
      found_by,
      min(product || ' / ' || instance || ': ' || role) as label,
      opti_instance_id in (select opti_instance_id from snapshot.opti_id_product_instances)
        and opti_role_id in (select opti_role_id from snapshot.opti_id_roles) as is_possible
    from (
      select * from by_id
      union all
      select * from by_name anti join by_id using (okta_group_id, opti_group_id)
    )
    anti join opti_grant using (opti_group_id, opti_instance_id, opti_role_id)
    group by okta_group_id, opti_group_id, opti_instance_id, opti_role_id, found_by`,
};
