import { UNASSIGNED_APP_USER_STATUSES } from '../../domain/okta.ts';
import { type DerivedTable, sqlList } from './table.ts';

/**
 * What other apps of the Okta org manage in the store. Nobody left it behind, and what ends it there deletes people.
 * The collection reads only apps that may manage the organization; here the ids of the store show which do.
 */
export const OTHER_MANAGERS: readonly DerivedTable[] = [
  {
    name: 'user_managed_elsewhere',
    means: 'A store user whom another app manages: the id is the externalId of a user assigned to it.',
    reads: 'okta.otherAppUsers',
    sql: `
      select opti_user.opti_user_id, okta_app_id, okta_user_id
      from snapshot.okta_other_app_users as assignment
      join opti_user on opti_user.opti_user_id = assignment.external_id
      where assignment.status not in ${sqlList(UNASSIGNED_APP_USER_STATUSES)}`,
  },
  {
    name: 'group_managed_elsewhere',
    means:
      'A store group that another app manages: by the external id of the target of its push mapping, else by the name, where no mapping of the SCIM app made the group.',
    reads: 'okta.otherPushMappings',
    sql: `
      with mapping as (
        select
          okta_app_id, okta_mapping_id, target.external_id,
          last_push is not null or status <> 'ERROR' as has_pushed,
          unnest(list_distinct([target.folded_name, source.folded_name])) as folded_name
        from snapshot.okta_other_push_mappings as pushed
        left join okta_group as source on source.okta_group_id = pushed.source_group_id
        left join okta_group as target on target.okta_group_id = pushed.target_group_id
      ),
      by_id as (
        select distinct opti_group_id, okta_app_id, okta_mapping_id
        from mapping
        join opti_group on opti_group_id = external_id
      ),
      own as (
        select
          coalesce(target_external_id, opti_group.opti_group_id) as opti_group_id,
          case when last_push is not null or status <> 'ERROR' then [target_folded_name, source_folded_name] end as names
        from push_mapping
        left join remembered_pair using (okta_mapping_id)
        left join opti_group using (opti_group_id)
      )
      select opti_group_id, okta_app_id, okta_mapping_id from by_id
      union
      select opti_group_id, okta_app_id, okta_mapping_id
      from mapping
      join opti_group using (folded_name)
      where external_id is null and has_pushed
        and group_type = 'internal' and not is_reserved
        -- Names alone do not tie an app to this organization: it may push the same groups to another service.
        and okta_app_id in (select okta_app_id from user_managed_elsewhere union select okta_app_id from by_id)
        and not exists (
          select 1
          from own
          where own.opti_group_id = opti_group.opti_group_id
            or (own.opti_group_id is null and list_contains(own.names, opti_group.folded_name))
        )`,
  },
  {
    name: 'other_manager',
    means: 'Another app that manages users or groups of this organization.',
    columns: {
      label: 'Name that the Admin Console shows for the app',
      users: 'How many store users it manages',
      groups: 'How many store groups it manages',
    },
    sql: `
      select
        okta_app_id,
        coalesce(app.label, okta_app_id) as label,
        count(distinct opti_user_id) as users,
        count(distinct opti_group_id) as groups
      from (
        select okta_app_id, opti_user_id, null as opti_group_id from user_managed_elsewhere
        union all
        select okta_app_id, null, opti_group_id from group_managed_elsewhere
      )
      left join snapshot.okta_apps as app using (okta_app_id)
      group by all`,
  },
];
