import type { DerivedTable } from './table.ts';

export const expectedMember: DerivedTable = {
  name: 'expected_member',
  means: 'A member that a push of the group sends: in the Okta group, assigned, and active in Okta.',
  sql: `
    select member.okta_group_id, member.okta_user_id
    from snapshot.okta_group_members as member
    join pushed_group using (okta_group_id)
    join okta_user using (okta_user_id)
    where okta_user.is_active
      and not pushed_group.is_built_in_everyone
      and okta_user_id in (select okta_user_id from assigned_user)`,
};
