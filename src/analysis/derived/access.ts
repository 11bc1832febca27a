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
        opti_grant.product,
        opti_grant.opti_instance_id, id_no(opti_grant.opti_instance_id) as opti_instance_no, opti_grant.instance,
        opti_grant.opti_role_id, id_no(opti_grant.opti_role_id) as opti_role_no, opti_grant.role, opti_grant.is_super_admin,
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
    name: 'lost_path',
    means:
      'A path to a role on an instance that a user reaches only through groups that must be deleted first: all that is lost or interrupted, by its numbers.',
    columns: {
      comes_back: 'As in `lost_access`',
      cause: 'Why the user is not in the pushed group; null where nothing says so',
    },
    sql: `
      with taken as (
        select opti_user_no, opti_group_no, opti_instance_no, opti_role_no from access_path where through_taken_group
      ),
      remaining as (
        select opti_user_no, opti_instance_no, opti_role_no
        from (from opti_group_member semi join taken using (opti_user_no))
        join grant_path using (opti_group_no)
        where not through_taken_group
      ),
      -- A store group may be in the way of several pushed groups: who is in one of them gets the access back. Whose match
      -- is not certain may not be in it.
      kept as (
        select distinct conflicting_group.opti_group_no, user_pair.opti_user_no
        from conflicting_group
        join pushed_group using (okta_group_id)
        join expected_member using (okta_group_no)
        join user_pair using (okta_user_no)
        anti join ambiguous_user using (opti_user_id)
      ),
      not_kept as (
        select id_no(opti_group_id) as opti_group_no, id_no(opti_user_id) as opti_user_no, min(reason) as cause
        from membership_change
        where change = 'lost' and relation = 'taken'
        group by all
      )
      select
        opti_user_no, opti_group_no, opti_instance_no, opti_role_no,
        -- By one of the groups that grant it.
        bool_or(kept.opti_user_no is not null) over access as comes_back,
        case when not comes_back then not_kept.cause end as cause
      from (from taken anti join remaining using (opti_user_no, opti_instance_no, opti_role_no)) as path
      left join kept using (opti_group_no, opti_user_no)
      left join not_kept using (opti_group_no, opti_user_no)
      window access as (partition by opti_user_no, opti_instance_no, opti_role_no)`,
  },
  {
    name: 'lost_access',
    means:
      'A role on an instance that a user reaches only through groups that must be deleted first, by such a group, with what becomes of it.',
    columns: {
      comes_back:
        'True where the access is interrupted: away until a pushed group of which the user is a member has it back. False: lost for good',
    },
    isView: true,
    sql: `
      select
        opti_user.opti_user_no, opti_user.opti_user_id,
        opti_user.email as opti_email,
        owner.okta_user_id,
        okta_user.email as okta_email,
        opti_group_no, opti_instance_no, opti_role_no,
        grants.product, grants.opti_instance_id, grants.instance, grants.opti_role_id, grants.role,
        grants.opti_group_id, grants.opti_group_name,
        comes_back,
        case
          when comes_back then 'interrupted until the pushed group has it back'
          else 'lost for good: ' || coalesce(cause, '${MEMBERSHIP_CAUSES.not_expected}')
        end as reason
      from lost_path as path
      join grant_path as grants using (opti_group_no, opti_instance_no, opti_role_no)
      join opti_user using (opti_user_no)
      left join account_owner as owner on owner.opti_user_id = opti_user.opti_user_id
      left join okta_user on okta_user.okta_user_id = owner.okta_user_id`,
  },
];
