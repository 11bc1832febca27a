import { textOfMembershipCause } from '../../domain/codes.ts';
import type { DerivedTable } from './table.ts';

/** Pushed groups, the store groups that they meet, and how their members and grants differ. */
export const GROUPS: readonly DerivedTable[] = [
  {
    name: 'expected_member',
    means: 'A member that a push of the group sends: in the Okta group, assigned, and active in Okta.',
    sql: `
      with pushed as (select okta_group_no from pushed_group where not is_built_in_everyone)
      select okta_group_no, okta_user_no
      from snapshot.okta_group_members
      semi join pushed using (okta_group_no)
      semi join coming_user using (okta_user_no)`,
  },
  {
    name: 'untyped_group',
    means:
      'A group of the store that no push mapping made, where the source does not show the types of groups: it may be custom, internal or a product group.',
    sql: `
      select opti_group_id
      from opti_group
      where group_type is null
        and not is_reserved
        and opti_group_id not in (select opti_group_id from group_match)
        and opti_group_id not in (select opti_group_id from group_managed_elsewhere)`,
  },
  {
    name: 'unplaced_push',
    means:
      'A push mapping of which nobody knows the store group that it made: Okta keeps no id of it, no group or more than one has its name, and the source does not show which groups SCIM made.',
    sql: `
      select okta_mapping_id
      from push_mapping
      join okta_group on okta_group.okta_group_id = push_mapping.source_group_id
      where (select opti_id_source from audit_context) = 'scim'
        and has_pushed
        and target_external_id is null
        and not okta_group.is_team
        and okta_mapping_id not in (select okta_mapping_id from group_match)
        -- What an earlier run knew is gone, unless a group of the name may be another one that the push made.
        and (
          okta_mapping_id not in (select okta_mapping_id from remembered_pair)
          or source_folded_name in (select folded_name from opti_group)
          or target_folded_name in (select folded_name from opti_group)
        )`,
  },
  {
    name: 'conflicting_group',
    means:
      "A pushed group and a custom group of the store with its name, before the cutover: the store's group must be deleted first. After the cutover nothing is deleted by hand. Where the types of groups are not shown, any group that no mapping made.",
    sql: `
      select pushed_group.okta_group_id, pushed_group.name as okta_group_name, opti_group.*
      from pushed_group
      join opti_group on opti_group.folded_name = pushed_group.folded_name
      where (opti_group.group_type = 'custom' or opti_group.opti_group_id in (select opti_group_id from untyped_group))
        and not pushed_group.is_team
        and (select job from audit_context) = 'precutover'`,
  },
  {
    name: 'orphan_in_the_way',
    means:
      'A pushed group and a group of its name that SCIM once made and no mapping made, before the cutover: the push is refused, and nobody can delete the group in the Admin Center.',
    sql: `
      select pushed_group.okta_group_id, pushed_group.name as okta_group_name, opti_group.*
      from pushed_group
      join opti_group on opti_group.folded_name = pushed_group.folded_name
      where opti_group.group_type = 'internal'
        and not opti_group.is_reserved
        and not pushed_group.is_team
        and opti_group.opti_group_id not in (select opti_group_id from group_pair)
        and opti_group.opti_group_id not in (select opti_group_id from group_managed_elsewhere)
        and (select job from audit_context) = 'precutover'`,
  },
  {
    name: 'compared_group',
    means:
      "A pushed group and the store group whose members it is compared with: the one it will replace (taken), or the one that its push made (pushed). Okta's own Everyone is not among them.",
    columns: {
      relation: '`taken` (the store group must be deleted first) or `pushed` (the push made it)',
    },
    sql: `
      select
        okta_group_id,
        id_no(okta_group_id) as okta_group_no,
        opti_group_id,
        id_no(opti_group_id) as opti_group_no,
        relation
      from (
        select okta_group_id, opti_group_id, 'taken' as relation from conflicting_group
        union all
        select group_pair.okta_group_id, group_pair.opti_group_id, 'pushed'
        from group_pair
        anti join conflicting_group using (okta_group_id, opti_group_id)
        group by all
      )
      -- Members are read of the groups in the push scope alone: any other would seem to have lost them all.
      where okta_group_id in (select okta_group_id from pushed_group where not is_built_in_everyone and not is_team)`,
  },
  {
    name: 'lost_grant',
    onlyFor: 'drift',
    means:
      'A role on an instance that the group of a push granted in the baseline and does not grant now, and whether it could be given back: the instance and the role are still there.',
    columns: {
      found_by: 'By what the group was found in the baseline: `id` or `name`',
      label: 'Product, instance and role, in words',
      is_possible: 'True where the instance and the role are still there',
    },
    sql: `
      with by_id as (
        select okta_group_id, opti_group_id, 'id' as found_by, baseline_grant.* exclude (opti_group_id)
        from compared_group
        join baseline_grant using (opti_group_id)
        where relation = 'pushed'
      ),
      named as (
        select fold_name(group_name) as folded_name, * exclude (opti_group_id) from baseline_grant
      ),
      -- A group that was pushed again has another id than the one of its name had.
      by_name as (
        select okta_group_id, compared_group.opti_group_id, 'name' as found_by, named.* exclude (folded_name)
        from compared_group
        join okta_group using (okta_group_id)
        join named using (folded_name)
        where relation = 'pushed'
      )
      select
        okta_group_id, opti_group_id, opti_instance_id, opti_role_id, found_by,
        min(product || ' / ' || instance || ': ' || role) as label,
        opti_instance_id in (select opti_instance_id from snapshot.opti_id_product_instances)
          and opti_role_id in (select opti_role_id from snapshot.opti_id_roles) as is_possible
      from (
        select * from by_id
        union all
        select * from by_name anti join by_id using (okta_group_id, opti_group_id)
      )
      anti join opti_grant using (opti_group_id, opti_instance_id, opti_role_id)
      group by okta_group_id, opti_group_id, opti_instance_id, opti_role_id, found_by`,
  },
  {
    name: 'membership_delta',
    means:
      'A membership that one side of a compared group has and the other has not: lost (store only) or gained (expected only). Of a group that a push made, a suspended member who is in both is neither. Of whom the match is not certain nothing is known to be gained.',
    columns: {
      change: '`gained` (Okta alone has it) or `lost` (Opti ID alone has it)',
    },
    sql: `
      -- Two groups under one number: there are many memberships, and each is held while it is looked for.
      with comparison as (select row_number() over () as comparison_no, * from compared_group),
      expected as (
        select comparison_no, okta_user_no, user_pair.opti_user_no
        from comparison
        join expected_member using (okta_group_no)
        left join user_pair using (okta_user_no)
      ),
      present as (
        select comparison_no, opti_user_no
        from comparison
        join opti_group_member using (opti_group_no)
      ),
      difference as (
        select comparison_no, okta_user_no, opti_user_no, present.comparison_no is null as is_gained
        from expected
        full join present using (comparison_no, opti_user_no)
        where expected.comparison_no is null or present.comparison_no is null
      ),
      -- Okta sends nothing about a suspension: who was pushed before it stays.
      suspended as (
        select comparison_no, user_pair.opti_user_no
        from comparison
        join snapshot.okta_group_members using (okta_group_no)
        join okta_user using (okta_user_no)
        join user_pair using (okta_user_no)
        where relation = 'pushed'
          and okta_user.status = 'SUSPENDED'
      )
      select okta_group_id, opti_group_id, okta_user.okta_user_id, user_pair.opti_user_id, 'gained' as change
      from difference
      join comparison using (comparison_no)
      join okta_user using (okta_user_no)
      left join user_pair using (okta_user_no)
      where is_gained
        and okta_user.okta_user_id not in (select okta_user_id from ambiguous_user where okta_user_id is not null)
      union all
      select okta_group_id, opti_group_id, owner.okta_user_id, opti_user.opti_user_id, 'lost'
      from difference
      join comparison using (comparison_no)
      join opti_user using (opti_user_no)
      anti join suspended using (comparison_no, opti_user_no)
      left join account_owner as owner using (opti_user_id)
      where not is_gained`,
  },
  {
    name: 'membership_change',
    means: 'A membership that differs, with both sides of the person and the reason.',
    columns: {
      change: '`gained` (Okta alone has it) or `lost` (Opti ID alone has it)',
      relation: '`taken` (the store group must be deleted first) or `pushed` (the push made it)',
      cause: 'Why it differs, as a code',
    },
    sql: `
      select *, ${textOfMembershipCause('cause', 'okta_status')} as reason
      from (
        select
          delta.change, compared_group.relation, delta.okta_group_id,
          okta_group.name as okta_group_name,
          delta.opti_group_id, delta.okta_user_id,
          coalesce(okta_user.email, okta_user.login, okta_user.okta_user_id) as okta_email,
          okta_user.status as okta_status,
          delta.opti_user_id,
          opti_user.email as opti_email,
          coalesce(opti_user.is_collaborator, false) as is_collaborator,
          coalesce(opti_user.local_login, false) as local_login,
          case
            when delta.change = 'gained' and delta.opti_user_id is null and compared_group.relation = 'pushed'
            then 'not_in_store'
            when delta.change = 'gained' and delta.opti_user_id is null then 'created_first'
            when delta.change = 'gained' then 'not_in_opti_group'
            when opti_user.is_collaborator then 'collaborator'
            when opti_user.local_login then 'local_login'
            when delta.opti_user_id in (select opti_user_id from ambiguous_user where opti_user_id is not null) then 'ambiguous'
            when delta.okta_user_id is null then 'not_in_okta'
            when okta_user.status = 'SUSPENDED' then 'suspended'
            when okta_user.status = 'DEPROVISIONED' then 'deprovisioned'
            when okta_user.is_staged then 'staged'
            when member.okta_user_no is null then 'not_in_okta_group'
            when delta.okta_user_id not in (select okta_user_id from assigned_user) then 'not_assigned'
            else 'not_expected'
          end as cause
        from membership_delta as delta
        join compared_group using (okta_group_id, opti_group_id)
        join okta_group using (okta_group_id)
        left join okta_user using (okta_user_id)
        left join opti_user using (opti_user_id)
        left join snapshot.okta_group_members as member
          on member.okta_group_no = compared_group.okta_group_no and member.okta_user_no = okta_user.okta_user_no
      )`,
  },
  {
    name: 'orphaned_group',
    means:
      'A group that SCIM made in the store, that no push mapping targets now and that no other app manages.',
    sql: `
      select *
      from opti_group
      where group_type = 'internal'
        and not is_reserved
        and opti_group_id not in (select opti_group_id from group_pair)
        and opti_group_id not in (select opti_group_id from group_managed_elsewhere)`,
  },
];
