import { MEMBERSHIP_CAUSES } from '../../domain/codes.ts';
import type { DerivedTable } from './table.ts';

/** Who reaches which role, through which group, and who loses it. */
export const ACCESS: readonly DerivedTable[] = [
  {
    name: 'grant_path',
    means: 'A role on a product instance that a group of the store grants, and what becomes of the group.',
    sql: `
      select
        opti_group.opti_group_id, opti_group.opti_group_no,
        opti_group.name as opti_group_name,
        opti_grant.product, opti_grant.opti_instance_id, opti_grant.instance, opti_grant.opti_role_id,
        opti_grant.role, opti_grant.is_super_admin,
        opti_group.opti_group_id in (select opti_group_id from conflicting_group) as through_taken_group,
        opti_group.opti_group_id in (select opti_group_id from orphaned_group) as through_orphaned_group
      from opti_group
      join opti_grant using (opti_group_id)`,
  },
  {
    name: 'access_path',
    means:
      'How a store user reaches a role on a product instance: through which group, and what becomes of that group.',
    isView: true,
    sql: `
      select member.opti_user_no, grant_path.*
      from grant_path
      join opti_group_member as member using (opti_group_no)`,
  },
  {
    name: 'super_admin',
    means:
      'An active store user who holds Super Admin today, whether they would still hold it, and whether they get in without SSO.',
    columns: {
      signs_in_without_sso: 'True where the person gets in without SSO: a collaborator, or a local login',
      is_assigned: 'True where somebody assigned points to the account: then SCIM can take it away',
      stays: 'True where the person still holds Super Admin after the cutover and gets in',
    },
    sql: `
      select
        opti_user_id,
        any_value(opti_user.email) as email,
        bool_or(opti_user.is_collaborator or opti_user.local_login) as signs_in_without_sso,
        bool_or(
          opti_group_id not in (select opti_group_id from conflicting_group)
          and opti_group_id not in (select opti_group_id from orphan_in_the_way)
          and (
            opti_user.is_collaborator
            or opti_user.local_login
            or opti_user_id in (select opti_user_id from account_owner semi join coming_user using (okta_user_id))
          )
        ) as stays,
        opti_user_id in (select opti_user_id from account_owner where is_assigned) as is_assigned
      from snapshot.opti_id_group_instance_roles
      join snapshot.opti_id_roles as role using (opti_role_id)
      join opti_group using (opti_group_id)
      join opti_group_member using (opti_group_no)
      join opti_user using (opti_user_no)
      where role.product = 'Admin Center'
        and role.name = 'Super Admin'
        and opti_user.status = 'active'
      group by opti_user_id`,
  },
  {
    name: 'lost_access',
    means:
      'A role on an instance that a user reaches only through groups that must be deleted first, by such a group, with what becomes of it.',
    columns: {
      comes_back:
        'True where the access is interrupted: away until a pushed group of which the user is a member has it back. False: lost for good',
    },
    sql: `
      with taken as (select * from access_path where through_taken_group),
      remaining as (
        select opti_user_no, opti_instance_id, opti_role_id
        from (from opti_group_member semi join taken using (opti_user_no))
        join grant_path using (opti_group_no)
        where not through_taken_group
      ),
      -- A store group may be in the way of several pushed groups: who is in one of them gets the access back. Whose match
      -- is not certain may not be in it.
      kept as (
        select distinct conflicting_group.opti_group_id, user_pair.opti_user_id
        from conflicting_group
        join pushed_group using (okta_group_id)
        join expected_member using (okta_group_no)
        join user_pair using (okta_user_no)
        anti join ambiguous_user using (opti_user_id)
      ),
      not_kept as (
        select opti_group_id, opti_user_id, min(reason) as reason
        from membership_change
        where change = 'lost' and relation = 'taken'
        group by all
      )
      select
        opti_user.opti_user_id,
        opti_user.email as opti_email,
        owner.okta_user_id,
        okta_user.email as okta_email,
        path.product, path.opti_instance_id, path.instance, path.opti_role_id, path.role,
        path.opti_group_id, path.opti_group_name,
        -- By one of the groups that grant it.
        bool_or(kept.opti_user_id is not null) over access as comes_back,
        case
          when comes_back then 'interrupted until the pushed group has it back'
          else 'lost for good: ' || coalesce(not_kept.reason, '${MEMBERSHIP_CAUSES.not_expected}')
        end as reason
      from (from taken anti join remaining using (opti_user_no, opti_instance_id, opti_role_id)) as path
      join opti_user using (opti_user_no)
      left join kept on kept.opti_group_id = path.opti_group_id and kept.opti_user_id = opti_user.opti_user_id
      left join not_kept on not_kept.opti_group_id = path.opti_group_id and not_kept.opti_user_id = opti_user.opti_user_id
      left join account_owner as owner on owner.opti_user_id = opti_user.opti_user_id
      left join okta_user on okta_user.okta_user_id = owner.okta_user_id
      window access as (partition by opti_user.opti_user_id, path.opti_instance_id, path.opti_role_id)`,
  },
];
