import type { DerivedTable } from './table.ts';

export const optiUser: DerivedTable = {
  name: 'opti_user',
  means: 'A user present in the store: deleted ones count as absent, with their memberships.',
  reads: 'optiId.users',
  columns: {
    email_domain: 'Domain of the e-mail, folded',
  },
  sql: `
    select
      opti_user_id,
      id_no(opti_user_id) as opti_user_no,
      external_id,
      email,
      fold_email(email) as folded_email,
      email_domain(email) as email_domain,
      first_name,
      last_name,
      status,
      local_login,
      home_organization_id is not null
        and home_organization_id <> (select opti_organization_id from audit_context) as is_collaborator,
      last_login_at,
      created_at
    from snapshot.opti_id_users
    where status <> 'deleted'`,
};
