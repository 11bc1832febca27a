import type { DerivedTable } from './table.ts';

export const conflictingGroup: DerivedTable = {
  name: 'conflicting_group',
  means:
    "A pushed group and a custom group of the store with its name, before the cutover: the store's group must be deleted first. After it nothing is deleted by hand any more.",
  sql: `
    select pushed_group.okta_group_id, pushed_group.name as okta_group_name, opti_group.*
    from pushed_group
    join opti_group on opti_group.folded_name = pushed_group.folded_name
    where opti_group.group_type = 'custom'
      and (select job from audit_context) = 'precutover'`,
};
