import type { DerivedTable } from './table.ts';

export const accessPath: DerivedTable = {
  name: 'access_path',
  means:
    'How a store user reaches a role on a product instance: through which group, and what becomes of that group.',
  isView: true,
  sql: `
    select member.opti_user_no, grant_path.*
    from grant_path
    join opti_group_member as member using (opti_group_no)`,
};
