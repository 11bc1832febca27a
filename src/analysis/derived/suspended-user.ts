import type { DerivedTable } from './table.ts';

export const suspendedUser: DerivedTable = {
  name: 'suspended_user',
  means: 'An Okta user who is suspended. Whoever needs all of them needs the listing by status.',
  sql: `
    select okta_user_id from okta_user where status = 'SUSPENDED'
    union
    select okta_user_id
    from snapshot.okta_suspended_users
    semi join okta_user using (okta_user_id, status)`,
};
