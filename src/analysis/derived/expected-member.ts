import type { DerivedTable } from './table.ts';

export const expectedMember: DerivedTable = {
  name: 'expected_member',
  means: 'A member that a push of the group sends: in the Okta group, assigned, and active in Okta.',
  sql: `
    with pushed as (select okta_group_no from pushed_group where not is_built_in_everyone),
    coming as (
      select okta_user_no from okta_user semi join assigned_user using (okta_user_id) where is_active
    )
    select okta_group_no, okta_user_no
    from snapshot.okta_group_members
    semi join pushed using (okta_group_no)
    semi join coming using (okta_user_no)`,
};
