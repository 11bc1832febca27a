import { ACTIVE_USER_STATUSES, STAGED_USER_STATUSES } from '../../domain/okta.ts';
import { type DerivedTable, sqlList } from './table.ts';

export const oktaUser: DerivedTable = {
  name: 'okta_user',
  means: 'An Okta user seen as app user, group member or suspended person.',
  reads: 'okta.users',
  sql: `
    select
      okta_user_id,
      id_no(okta_user_id) as okta_user_no,
      status,
      login,
      email,
      first_name,
      last_name,
      fold_email(email) as folded_email,
      status in ${sqlList(ACTIVE_USER_STATUSES)} as is_active,
      status in ${sqlList(STAGED_USER_STATUSES)} as is_staged
    from (
      select * from snapshot.okta_users
      union all
      select * from snapshot.okta_suspended_users
      where okta_user_id not in (select okta_user_id from snapshot.okta_users)
    )`,
};
