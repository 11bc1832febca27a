import type { DerivedTable } from './table.ts';

export const pushedGroup: DerivedTable = {
  name: 'pushed_group',
  means: 'A group in the push scope: meant to be pushed to Opti ID.',
  reads: 'okta.groups',
  columns: {
    reason: 'Why: `setting`, `mapping`, `scim-assignment` or `sso-assignment`',
  },
  sql: `
    select scope.okta_group_id, scope.reason, okta_group.* exclude (okta_group_id)
    from snapshot.okta_push_scope as scope
    join okta_group using (okta_group_id)`,
};
