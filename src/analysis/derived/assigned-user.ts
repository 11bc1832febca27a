import { UNASSIGNED_APP_USER_STATUSES } from '../../domain/okta.ts';
import { type DerivedTable, sqlList } from './table.ts';

export const assignedUser: DerivedTable = {
  name: 'assigned_user',
  means:
    'A user assigned to the SCIM app. Before a cutover nobody may be: then who is assigned to the SSO app stands in. After it nobody stands in: whom everybody was taken from must not look assigned.',
  columns: {
    source: '`scim`, or `sso` where the users of the SSO app stand in',
    user_name: 'User name in the SCIM app',
    folded_user_name: 'The same without what Opti ID does not tell apart',
  },
  sql: `
    select okta_user_id, user_name, folded_user_name, 'scim' as source
    from app_user
    where is_assigned
    union all
    -- The user name of the SSO app says nothing about what SCIM will send, so it is left out.
    select okta_user_id, null, null, 'sso'
    from snapshot.okta_sso_app_users
    where status not in ${sqlList(UNASSIGNED_APP_USER_STATUSES)}
      and not exists (select 1 from app_user where is_assigned)
      and (select job from audit_context) = 'precutover'`,
};
