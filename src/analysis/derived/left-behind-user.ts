import type { DerivedTable } from './table.ts';

export const leftBehindUser: DerivedTable = {
  name: 'left_behind_user',
  means:
    'A store user of a domain that SCIM manages whom nobody manages: no id ties the user to an Okta user, and no assigned user has the e-mail. Ambiguous and suspended people have their own rules.',
  sql: `
    select opti_user_id, owner.okta_user_id
    from opti_user
    left join opti_user_owner as owner using (opti_user_id)
    where opti_user.email_domain in (select domain from scim_domain)
      and not opti_user.is_collaborator
      and not opti_user.local_login
      and opti_user_id not in (
        select opti_user_id
        from user_pair
        where matched_by_id
          or okta_user_id in (select okta_user_id from assigned_user)
          or okta_user_id in (select okta_user_id from suspended_user)
      )
      and opti_user_id not in (select opti_user_id from ambiguous_user where opti_user_id is not null)`,
};
