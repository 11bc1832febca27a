import type { DerivedTable } from './table.ts';

export const userDomainChange: DerivedTable = {
  name: 'user_domain_change',
  means:
    'An assigned user without a match, and a store user with the same local part and names in another domain of the organization.',
  sql: `
    select distinct assigned_user.okta_user_id, opti_user.opti_user_id
    from assigned_user
    join okta_user using (okta_user_id)
    join opti_user
      on local_part(opti_user.folded_email) = local_part(okta_user.folded_email)
      and fold_name(opti_user.first_name) = fold_name(okta_user.first_name)
      and fold_name(opti_user.last_name) = fold_name(okta_user.last_name)
    where assigned_user.okta_user_id not in (select okta_user_id from user_pair)
      and opti_user.email_domain <> email_domain(okta_user.email)
      and opti_user.email_domain in (
        select fold_domain(domain) from (select unnest(domains) as domain from snapshot.opti_id_sso_connections)
      )`,
};
