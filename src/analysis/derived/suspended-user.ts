import type { DerivedTable } from './table.ts';

export const suspendedUser: DerivedTable = {
  name: 'suspended_user',
  means:
    'An Okta user who is suspended, assigned or not: who asks for them needs the listing of all who are.',
  sql: `
    select okta_user_id from okta_user where status = 'SUSPENDED'
    union
    select okta_user_id from snapshot.okta_suspended_users anti join okta_user using (okta_user_id)`,
};
