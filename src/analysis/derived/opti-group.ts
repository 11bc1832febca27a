import type { DerivedTable } from './table.ts';

export const optiGroup: DerivedTable = {
  name: 'opti_group',
  means: 'A group of the store, with its name in the three comparisons, its present members and its grants.',
  sql: `
    select
      opti_group_id,
      id_no(opti_group_id) as opti_group_no,
      name,
      group_type,
      user_count,
      created_at,
      fold_name(name) as folded_name,
      lookalike_name(name) as lookalike_name,
      is_reserved_name(name) as is_reserved,
      coalesce(members, 0) as members,
      coalesce(grants, []) as grants
    from snapshot.opti_id_groups
    left join (
      select opti_group_no, count(*) as members from opti_group_member group by opti_group_no
    ) on opti_group_no = id_no(opti_group_id)
    left join (
      select
        opti_group_id,
        list(distinct product || ' / ' || instance || ': ' || role order by product || ' / ' || instance || ': ' || role) as grants
      from opti_grant
      group by opti_group_id
    ) using (opti_group_id)`,
};
