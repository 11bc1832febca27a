import type { DerivedTable } from './table.ts';

export const orphanedGroup: DerivedTable = {
  name: 'orphaned_group',
  means: 'A group that SCIM made in the store and that no push mapping targets any more.',
  sql: `
    select *
    from opti_group
    where group_type = 'internal'
      and not is_reserved
      and opti_group_id not in (select opti_group_id from group_pair)`,
};
