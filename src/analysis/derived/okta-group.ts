import type { DerivedTable } from './table.ts';

export const oktaGroup: DerivedTable = {
  name: 'okta_group',
  means: 'An Okta group, with its name in the three comparisons.',
  reads: 'okta.groups',
  sql: `
    select
      okta_group_id,
      id_no(okta_group_id) as okta_group_no,
      name,
      type,
      source_app_id,
      external_id,
      fold_name(name) as folded_name,
      lookalike_name(name) as lookalike_name,
      looks_reserved(name) as looks_reserved,
      type = 'BUILT_IN' and name = 'Everyone' as is_built_in_everyone
    from snapshot.okta_groups`,
};
