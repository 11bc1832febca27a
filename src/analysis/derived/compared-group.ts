import type { DerivedTable } from './table.ts';

export const comparedGroup: DerivedTable = {
  name: 'compared_group',
  means:
    "A pushed group and the store group whose members it is compared with: the one it will replace (taken), or the one that its push made (pushed). Okta's own Everyone is not among them.",
  columns: {
    relation: '`taken` (the store group must be deleted first) or `pushed` (the push made it)',
  },
  sql: `
    select
      okta_group_id,
      id_no(okta_group_id) as okta_group_no,
      opti_group_id,
      id_no(opti_group_id) as opti_group_no,
      relation
    from (
      select okta_group_id, opti_group_id, 'taken' as relation from conflicting_group
      union all
      select group_pair.okta_group_id, group_pair.opti_group_id, 'pushed'
      from group_pair
      anti join conflicting_group using (okta_group_id, opti_group_id)
      group by all
    )
    -- Members are read of the groups in the push scope alone: any other would seem to have lost them all.
    where okta_group_id in (select okta_group_id from pushed_group where not is_built_in_everyone)`,
};
