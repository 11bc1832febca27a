import type { DerivedTable } from './table.ts';

export const inFlight: DerivedTable = {
  name: 'in_flight',
  means:
    'A user or a group with a change on its way when the collection began, with the store user or group it stands for. The drift job alone knows them.',
  columns: {
    kind: '`user` or `group`',
    okta_id: 'Okta id of it',
    opti_id: 'Id of the store user or group that it stands for',
    reason: 'What is on its way',
  },
  sql: `
    with context as (select began - lag as since from audit_context where job = 'drift'),
    users as (
      select
        okta_user_id,
        case
          when sync_state = 'SYNCING' then 'the app user is being synchronized'
          else 'the app user was changed within the lag'
        end as reason
      from app_user, context
      where sync_state = 'SYNCING' or last_updated >= since or status_changed >= since
    ),
    groups as (
      select okta_group_id, min(reason) as reason
      from (
        select source_group_id as okta_group_id, 'the push mapping was changed within the lag' as reason
        from push_mapping, context
        where last_updated >= since
        union all
        select okta_group_id, 'the group or its members were changed within the lag'
        from snapshot.okta_groups, context
        where (last_updated >= since or last_membership_updated >= since)
          -- What a push made changes with every push; an app group of a directory may be the source of one.
          and okta_group_id not in (
            select target_group_id from push_mapping where target_group_id is not null
          )
      )
      group by okta_group_id
    )
    select 'user' as kind, okta_user_id as okta_id, opti_user_id as opti_id, reason
    from users
    left join user_pair using (okta_user_id)
    union
    select 'group', okta_group_id, opti_group_id, reason
    from groups
    left join group_pair using (okta_group_id)`,
};
