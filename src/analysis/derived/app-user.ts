import { UNASSIGNED_APP_USER_STATUSES } from '../../domain/okta.ts';
import { type DerivedTable, sqlList } from './table.ts';

export const appUser: DerivedTable = {
  name: 'app_user',
  means: "A row of the SCIM app's users, assigned or not.",
  reads: 'okta.appUsers',
  sql: `
    select
      okta_user_id,
      external_id,
      status,
      sync_state,
      scope,
      user_name,
      fold_email(user_name) as folded_user_name,
      created,
      last_updated,
      status_changed,
      status not in ${sqlList(UNASSIGNED_APP_USER_STATUSES)} as is_assigned
    from snapshot.okta_app_users`,
};
