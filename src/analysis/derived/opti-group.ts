import type { DerivedTable } from './table.ts';

export const optiGroup: DerivedTable = {
  name: 'opti_group',
  means: 'A group of the store, with its name in the three comparisons.',
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
      is_reserved_name(name) as is_reserved
    from snapshot.opti_id_groups`,
};
