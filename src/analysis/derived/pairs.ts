import { GROUP_MATCHES, textOfCode } from '../../domain/codes.ts';
import type { DerivedTable } from './table.ts';

export const groupMatch: DerivedTable = {
  name: 'group_match',
  means:
    'A push mapping and the store group that Okta, an earlier run or the name says it made. A mapping that failed and never pushed made nothing, and a team is no group.',
  columns: {
    match: 'By what the two were matched, as a code',
  },
  sql: `
      with remembered as (
        select okta_mapping_id, remembered_pair.opti_group_id, opti_group.opti_group_id is not null as is_present
        from remembered_pair
        left join opti_group using (opti_group_id)
      ),
      mapping as (
        select push_mapping.*
        from push_mapping
        left join okta_group on okta_group.okta_group_id = push_mapping.source_group_id
        where not coalesce(okta_group.is_team, false)
      )
      select okta_mapping_id, source_group_id as okta_group_id, opti_group_id, match
      from (
        select okta_mapping_id, source_group_id, opti_group.opti_group_id, 'target_external_id' as match, 0 as rank
        from mapping
        join opti_group on opti_group.opti_group_id = target_external_id
        union all
        select okta_mapping_id, source_group_id, remembered.opti_group_id, 'previous_run', 1
        from mapping
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
          select okta_mapping_id, source_group_id, has_pushed, 'target' as side, target_name as name, target_folded_name as folded_name, 10 as rank
          from mapping
          where target_name is not null and target_external_id is null
          union all
          select okta_mapping_id, source_group_id, has_pushed, 'source', source_name, source_folded_name, 20
          from mapping
          where source_folded_name is not null and target_external_id is null
        ) as named
        join opti_group on opti_group.folded_name = named.folded_name
        -- The group that this mapping made is known to be gone: only Okta can have recreated it, nobody by hand.
        where has_pushed
          and (
            opti_group.group_type = 'internal'
            or okta_mapping_id not in (select okta_mapping_id from remembered where not is_present)
          )
          -- Which of several groups of a name the push made only their types tell.
          and (
            opti_group.group_type is not null
            or opti_group.folded_name in (select folded_name from opti_group group by folded_name having count(*) = 1)
          )
      )
      qualify row_number() over (partition by okta_mapping_id order by rank, opti_group_id) = 1`,
};

/** What of the two sides is one and the same, and what is changing right now. */
export const PAIRS: readonly DerivedTable[] = [
  {
    name: 'group_evidence',
    means:
      'A push mapping whose group nothing names, and a store group that nothing claims, with what speaks for the two being one: when the group was made, and how many people they share.',
    columns: {
      expected: 'How many people the push sends',
      members: 'How many are in the store group',
      shared: 'How many of them are both',
      is_made_by_it:
        'True where the group was made within 15 minutes after the mapping and holds half of the expected at least',
      is_alike: 'True where 80 % of all of them are shared, and two at least',
    },
    sql: `
      with mapping as (
        select okta_mapping_id, push_mapping.source_group_id as okta_group_id, push_mapping.created, okta_group_no
        from push_mapping
        join okta_group on okta_group.okta_group_id = push_mapping.source_group_id
        where has_pushed
          and not okta_group.is_team
          and not okta_group.is_built_in_everyone
          and okta_mapping_id not in (select okta_mapping_id from group_match)
          -- What it made is known to be gone.
          and target_external_id is null
          and okta_mapping_id not in (select okta_mapping_id from remembered_pair)
      ),
      unclaimed as (
        select opti_group_id, opti_group_no, created_at
        from opti_group
        where group_type = 'internal'
          and not is_reserved
          and opti_group_id not in (select opti_group_id from group_match)
          and opti_group_id not in (select opti_group_id from group_managed_elsewhere)
      ),
      coming as (
        select okta_mapping_id, okta_group_no, member.okta_user_no
        from mapping
        join snapshot.okta_group_members as member using (okta_group_no)
        semi join coming_user using (okta_user_no)
      ),
      counted as (select okta_mapping_id, count(*) as expected from coming group by okta_mapping_id),
      held as (
        select opti_group_no, count(*) as members
        from opti_group_member
        semi join unclaimed using (opti_group_no)
        group by opti_group_no
      ),
      common as (
        select okta_mapping_id, opti_group_no, count(*) as shared
        from coming
        join user_pair using (okta_user_no)
        join (from opti_group_member semi join unclaimed using (opti_group_no)) using (opti_user_no)
        group by okta_mapping_id, opti_group_no
      )
      select
        okta_mapping_id, okta_group_id, opti_group_id, expected, members, shared,
        coalesce(created_at between mapping.created and mapping.created + interval 15 minutes, false)
          and 2 * shared >= expected as is_made_by_it,
        shared >= 2 and shared >= 0.8 * (expected + members - shared) as is_alike
      from common
      join mapping using (okta_mapping_id)
      join unclaimed using (opti_group_no)
      join counted using (okta_mapping_id)
      join held using (opti_group_no)`,
  },
  {
    name: 'group_pair',
    means:
      'A push mapping and the store group that it made, by what the two were matched, and what speaks for it.',
    columns: {
      match: 'By what the two were matched, as a code',
      is_by_members: 'True where nothing names the group and its time or its members speak for it',
      evidence: 'What speaks for the pair, in words',
    },
    sql: `
      -- The only candidate of a mapping, and of no other mapping, or nobody knows.
      with made_then as (
        select * from group_evidence where is_made_by_it qualify count(*) over (partition by okta_mapping_id) = 1
      ),
      by_time as (select * from made_then qualify count(*) over (partition by opti_group_id) = 1),
      alike as (
        select *
        from group_evidence
        where is_alike
          and okta_mapping_id not in (select okta_mapping_id from by_time)
          and opti_group_id not in (select opti_group_id from by_time)
        qualify count(*) over (partition by okta_mapping_id) = 1
      ),
      by_members as (select * from alike qualify count(*) over (partition by opti_group_id) = 1),
      paired as (
        select *, false as is_by_members, null::integer as expected, null::integer as members, null::integer as shared
        from group_match
        union all by name
        select okta_mapping_id, okta_group_id, opti_group_id, 'made_then' as match, true as is_by_members, expected, members, shared
        from by_time
        union all by name
        select okta_mapping_id, okta_group_id, opti_group_id, 'same_members' as match, true as is_by_members, expected, members, shared
        from by_members
      )
      select
        okta_mapping_id, okta_group_id, opti_group_id, match, is_by_members,
        ${textOfCode('match', GROUP_MATCHES)} as matched_by,
        case
          when is_by_members
          then shared || ' of ' || expected || ' expected people are among its ' || members || ' members'
        end as evidence
      from paired`,
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
        where sync_state = 'SYNCING' or last_updated >= since or status_changed >= since or created >= since
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
