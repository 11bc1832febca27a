import { GROUP_MATCHES, textOfCode, USER_MATCHES } from '../../domain/codes.ts';
import type { DerivedTable } from './table.ts';

/** What of the two sides is one and the same, and what is changing right now. */
export const PAIRS: readonly DerivedTable[] = [
  {
    name: 'group_pair',
    means: 'A push mapping and the store group that it made, and by what the two were matched.',
    sql: `
      with remembered as (
        select okta_mapping_id, remembered_pair.opti_group_id, opti_group.opti_group_id is not null as is_present
        from remembered_pair
        left join opti_group using (opti_group_id)
      )
      select okta_mapping_id, source_group_id as okta_group_id, opti_group_id,
        ${textOfCode('match', GROUP_MATCHES)} as matched_by
      from (
        select okta_mapping_id, source_group_id, opti_group.opti_group_id, 'target_external_id' as match, 0 as rank
        from push_mapping
        join opti_group on opti_group.opti_group_id = target_external_id
        union all
        select okta_mapping_id, source_group_id, remembered.opti_group_id, 'previous_run', 1
        from push_mapping
        join remembered using (okta_mapping_id)
        where target_external_id is null and remembered.is_present
        union all
        select
          okta_mapping_id, source_group_id, opti_group.opti_group_id,
          named.side || case when opti_group.name = named.name then '_name' else '_folded_name' end,
          named.rank
            + case when opti_group.group_type = 'internal' then 0 else 2 end
            + case when opti_group.name = named.name then 0 else 1 end
        from (
          select okta_mapping_id, source_group_id, 'target' as side, target_name as name, target_folded_name as folded_name, 10 as rank
          from push_mapping
          where target_name is not null and target_external_id is null
          union all
          select okta_mapping_id, source_group_id, 'source', source_name, source_folded_name, 20
          from push_mapping
          where source_folded_name is not null and target_external_id is null
        ) as named
        join opti_group on opti_group.folded_name = named.folded_name
        -- The group that this mapping made is known to be gone: only Okta can have recreated it, nobody by hand.
        where opti_group.group_type = 'internal'
          or okta_mapping_id not in (select okta_mapping_id from remembered where not is_present)
      )
      qualify row_number() over (partition by okta_mapping_id order by rank, opti_group_id) = 1`,
  },
  {
    name: 'user_pair',
    means: 'An Okta user and the store user that is the same person, and by what the two were matched.',
    sql: `
      select
        okta_user_id,
        id_no(okta_user_id) as okta_user_no,
        opti_user_id,
        id_no(opti_user_id) as opti_user_no,
        ${textOfCode('match', USER_MATCHES)} as matched_by,
        rank <= 2 as matched_by_id
      from (
        select assignment.okta_user_id, opti_user.opti_user_id, 'app_user_external_id' as match, 1 as rank
        from snapshot.okta_app_users as assignment
        join opti_user on opti_user.opti_user_id = assignment.external_id
        union all
        select okta_user.okta_user_id, opti_user.opti_user_id, 'external_id', 2
        from okta_user
        join opti_user on opti_user.external_id = okta_user.okta_user_id
        union all
        select assignment.okta_user_id, opti_user.opti_user_id, 'user_name', 3
        from snapshot.okta_app_users as assignment
        join opti_user on opti_user.folded_email = fold_email(assignment.user_name)
        union all
        select okta_user.okta_user_id, opti_user.opti_user_id, 'email', 4
        from okta_user
        join opti_user on opti_user.folded_email = okta_user.folded_email
      )
      qualify row_number() over (partition by okta_user_id order by rank, opti_user_id) = 1`,
  },
  {
    name: 'opti_user_owner',
    means:
      'A store user and the Okta user who stands for it; of several with one store user, the smallest id.',
    sql: `
      select opti_user_id, min(okta_user_id) as okta_user_id
      from user_pair
      group by opti_user_id`,
  },
  {
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
  },
];
