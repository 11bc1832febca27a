import type { DerivedTable } from './table.ts';

export const comparedGroup: DerivedTable = {
  name: 'compared_group',
  means:
    'An Okta group and the store group whose members it is compared with: the one it will replace (taken), or the one that its push made (pushed).',
  sql: `
    select okta_group_id, opti_group_id, 'taken' as relation from taken_group
    union all
    select group_pair.okta_group_id, group_pair.opti_group_id, 'pushed'
    from group_pair
    anti join taken_group using (okta_group_id, opti_group_id)
    group by all`,
};
