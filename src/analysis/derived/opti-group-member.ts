import type { DerivedTable } from './table.ts';

export const optiGroupMember: DerivedTable = {
  name: 'opti_group_member',
  means: 'A membership in the store of a user who is present.',
  sql: `
    select opti_group_id, opti_user_id
    from snapshot.opti_id_group_members
    where opti_user_id in (select opti_user_id from opti_user)`,
};
