import type { DerivedTable } from './table.ts';

export const superAdmin: DerivedTable = {
  name: 'super_admin',
  means:
    'An active store user who holds Super Admin today, whether they would still hold it, and whether they get in without SSO.',
  columns: {
    signs_in_without_sso: 'True where the person gets in without SSO: a collaborator, or a local login',
    stays: 'True where the person still holds Super Admin after the cutover and gets in',
  },
  sql: `
    select
      opti_user_id,
      any_value(opti_user.email) as email,
      bool_or(opti_user.is_collaborator or opti_user.local_login) as signs_in_without_sso,
      bool_or(
        opti_group_id not in (select opti_group_id from conflicting_group)
        and (
          opti_user.is_collaborator
          or opti_user.local_login
          or opti_user_id in (
            select opti_user_id
            from user_pair
            join assigned_user using (okta_user_id)
            join okta_user using (okta_user_id)
            where okta_user.is_active
          )
        )
      ) as stays
    from snapshot.opti_id_group_instance_roles
    join snapshot.opti_id_roles as role using (opti_role_id)
    join opti_group using (opti_group_id)
    join opti_group_member using (opti_group_no)
    join opti_user using (opti_user_no)
    where role.product = 'Admin Center'
      and role.name = 'Super Admin'
      and opti_user.status = 'active'
    group by opti_user_id`,
};
