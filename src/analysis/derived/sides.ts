import {
  ACTIVE_USER_STATUSES,
  STAGED_USER_STATUSES,
  UNASSIGNED_APP_USER_STATUSES,
} from '../../domain/okta.ts';
import { type DerivedTable, sqlList } from './table.ts';

/** The two sides as they were read, each in the words of the audit. */
export const SIDES: readonly DerivedTable[] = [
  {
    name: 'okta_user',
    means: 'An Okta user seen as app user, group member or suspended person.',
    reads: 'okta.users',
    sql: `
      select
        okta_user_id,
        id_no(okta_user_id) as okta_user_no,
        status, login, email, first_name, last_name,
        fold_email(email) as folded_email,
        status in ${sqlList(ACTIVE_USER_STATUSES)} as is_active,
        status in ${sqlList(STAGED_USER_STATUSES)} as is_staged
      from (
        select * from snapshot.okta_users
        union all
        select * from snapshot.okta_suspended_users
        where okta_user_id not in (select okta_user_id from snapshot.okta_users)
      )`,
  },
  {
    name: 'suspended_user',
    means: 'An Okta user who is suspended. Whoever needs all of them needs the listing by status.',
    sql: `
      select okta_user_id from okta_user where status = 'SUSPENDED'
      union
      select okta_user_id
      from snapshot.okta_suspended_users
      semi join okta_user using (okta_user_id, status)`,
  },
  {
    name: 'okta_group',
    means: 'An Okta group, with its name in the three comparisons.',
    reads: 'okta.groups',
    columns: {
      is_team: 'True where the name contains `::`: a push of it makes a team, not a group',
    },
    sql: `
      select
        okta_group_id,
        id_no(okta_group_id) as okta_group_no,
        name, type, source_app_id, external_id,
        fold_name(name) as folded_name,
        lookalike_name(name) as lookalike_name,
        looks_reserved(name) as looks_reserved,
        type = 'BUILT_IN' and name = 'Everyone' as is_built_in_everyone,
        contains(name, '::') as is_team
      from snapshot.okta_groups`,
  },
  {
    name: 'app_user',
    means: "A row of the SCIM app's users, assigned or not.",
    reads: 'okta.appUsers',
    sql: `
      select
        okta_user_id, external_id, status, sync_state, scope, user_name,
        fold_email(user_name) as folded_user_name,
        created, last_updated, status_changed,
        status not in ${sqlList(UNASSIGNED_APP_USER_STATUSES)} as is_assigned
      from snapshot.okta_app_users`,
  },
  {
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
  },
  {
    name: 'coming_user',
    means:
      'A user whom a push sends with the groups of which they are a member: assigned, and active in Okta.',
    sql: `
      select okta_user_id, okta_user_no from okta_user semi join assigned_user using (okta_user_id) where is_active`,
  },
  {
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
        external_id, email,
        fold_email(email) as folded_email,
        email_domain(email) as email_domain,
        first_name, last_name, status, local_login,
        -- Over SCIM nobody knows, and whoever is deleted is not there.
        case
          when (select opti_id_source from audit_context) <> 'scim'
          then home_organization_id is not null
            and home_organization_id <> (select opti_organization_id from audit_context)
        end as is_collaborator,
        last_login_at, created_at
      from snapshot.opti_id_users
      where status is distinct from 'deleted'`,
  },
  {
    name: 'opti_group_member',
    means: 'A membership in the store of a user who is present.',
    sql: `
      select opti_group_no, opti_user_no
      from snapshot.opti_id_group_members
      semi join opti_user using (opti_user_no)`,
  },
  {
    name: 'opti_grant',
    means: 'A role on a product instance that a store group grants to its members.',
    columns: {
      is_admin_center_role: 'True for a role of the Admin Center',
    },
    sql: `
      select
        granted.opti_group_id, granted.opti_instance_id, granted.opti_role_id,
        coalesce(instance.product, role.product) as product,
        coalesce(instance.nickname, instance.product, granted.opti_instance_id) as instance,
        coalesce(role.name, granted.opti_role_id) as role,
        coalesce(role.product = 'Admin Center', false) as is_admin_center_role,
        coalesce(role.product = 'Admin Center' and role.name = 'Super Admin', false) as is_super_admin
      from snapshot.opti_id_group_instance_roles as granted
      left join snapshot.opti_id_product_instances as instance using (opti_instance_id)
      left join snapshot.opti_id_roles as role using (opti_role_id)`,
  },
  {
    name: 'opti_group',
    means: 'A group of the store, with its name in the three comparisons.',
    sql: `
      select
        opti_group_id,
        id_no(opti_group_id) as opti_group_no,
        name, group_type, user_count, created_at,
        fold_name(name) as folded_name,
        lookalike_name(name) as lookalike_name,
        is_reserved_name(name) as is_reserved
      from snapshot.opti_id_groups`,
  },
  {
    name: 'opti_group_record',
    means:
      'What a group of the store has today, and what goes with it when it is deleted. Its grants are null where the source does not show any.',
    sql: `
      select
        opti_group_id,
        coalesce(members, 0) as members,
        case when (select opti_id_source from audit_context) <> 'scim' then coalesce(grants, []) end as grants
      from opti_group
      left join (
        select opti_group_no, count(*) as members from opti_group_member group by opti_group_no
      ) using (opti_group_no)
      left join (
        select
          opti_group_id,
          list(distinct product || ' / ' || instance || ': ' || role order by product || ' / ' || instance || ': ' || role) as grants
        from opti_grant
        group by opti_group_id
      ) using (opti_group_id)`,
  },
  {
    name: 'push_mapping',
    means: 'A group push mapping of the SCIM app, with the names of its source and its target group.',
    reads: 'okta.groupPushMappings',
    columns: {
      source_name: 'Name of the group that is pushed, or its id where Okta does not show it',
      source_folded_name: 'That name without what Opti ID does not tell apart',
      target_name: 'Name of the app group',
      target_folded_name: 'That name without what Opti ID does not tell apart',
      target_external_id: 'Id of the store group that the app group says it stands for',
      has_pushed: 'True where it pushed at least once: one that failed and never pushed made nothing',
    },
    sql: `
      select
        mapping.okta_mapping_id, mapping.source_group_id,
        coalesce(source.name, mapping.source_group_id) as source_name,
        source.folded_name as source_folded_name,
        mapping.target_group_id,
        target.name as target_name,
        target.folded_name as target_folded_name,
        target.external_id as target_external_id,
        mapping.status, mapping.error_summary, mapping.created, mapping.last_updated, mapping.last_push,
        mapping.last_push is not null or mapping.status <> 'ERROR' as has_pushed
      from snapshot.okta_group_push_mappings as mapping
      left join okta_group as source on source.okta_group_id = mapping.source_group_id
      left join okta_group as target on target.okta_group_id = mapping.target_group_id`,
  },
  {
    name: 'pushed_group',
    means: 'A group in the push scope: meant to be pushed to Opti ID.',
    reads: 'okta.groups',
    columns: {
      reason: 'Why: `setting`, `mapping`, `scim-assignment` or `sso-assignment`',
    },
    sql: `
      select scope.okta_group_id, scope.reason, okta_group.* exclude (okta_group_id)
      from snapshot.okta_push_scope as scope
      join okta_group using (okta_group_id)`,
  },
  {
    name: 'scim_domain',
    means:
      'An e-mail domain whose users SCIM manages: those of the SSO connections flagged for SCIM, or of all connections where none is.',
    columns: {
      domain: 'The domain, folded',
    },
    sql: `
      select distinct fold_domain(domain) as domain
      from (
        select unnest(domains) as domain
        from snapshot.opti_id_sso_connections
        where scim_enabled
          or not exists (select 1 from snapshot.opti_id_sso_connections where scim_enabled)
      )
      where domain is not null`,
  },
];
