import type { DerivedTable } from './table.ts';

export const optiGroupMember: DerivedTable = {
  name: 'opti_group_member',
  means: 'A membership in the store of a user who is present.',
  sql: `
    select opti_group_no, opti_user_no
    from snapshot.opti_id_group_members
    semi join opti_user using (opti_user_no)`,
};
