import {
  ASSIGNED_EVENT,
  CONFIRMATION_KINDS,
  PROCEDURES,
  UNASSIGNED_EVENT,
} from '../../domain/confirmation.ts';
import { MEMBER_ADDED_EVENT, MEMBER_REMOVED_EVENT } from '../../domain/log-events.ts';
import { type DerivedTable, sqlList } from './table.ts';

const EXPECTED = CONFIRMATION_KINDS.flatMap((kind) =>
  PROCEDURES[kind].expected.map(
    ({ eventType, about, onlyTakenOver }) =>
      `('${kind}', '${eventType}', '${onlyTakenOver === true ? 'user taken over' : about}')`,
  ),
).join(',\n        ');

/** The kinds that an event confirms even where it came before what began them. */
export const CONFIRMED_FROM_BEFORE = sqlList(
  CONFIRMATION_KINDS.filter((kind) => !PROCEDURES[kind].isAfterTrigger),
);

/** Members that were added to and taken out of Okta groups, as a query. */
export const MEMBER_CHANGES = `
      select distinct member.event_type, member.event_id, member.published, member.target_id as okta_user_id,
        member.alternate_id as user_name, of_group.target_id as okta_group_id, of_group.display_name as group_name
      from log_event_target as member
      join log_event_target as of_group using (event_id)
      where member.event_type in ('${MEMBER_ADDED_EVENT}', '${MEMBER_REMOVED_EVENT}')
        and member.outcome = 'SUCCESS'
        and member.target_type = 'User'
        and of_group.target_type = 'UserGroup'`;

/**
 * Which events answer the rows of `pending_change`, whenever they were: `candidate` joins `change_key` by kind,
 * about and key. `optiid-audit confirm` asks the same of the events that it reads.
 */
export const CANDIDATES = `
    expected (kind, event_type, about) as (
      values
        ${EXPECTED}
    ),
    mapping_name as (
      select source_group_id as okta_group_id, okta_mapping_id, unnest([source_folded_name, target_folded_name]) as folded_name
      from push_mapping
    ),
    change_key as (
      select change_id, kind, triggered, 'user' as about, okta_user_id as key from pending_change where okta_user_id is not null
      union
      select change_id, kind, triggered, 'user taken over', okta_user_id from pending_change where is_taken_over
      union
      select change_id, kind, triggered, 'group', folded_name
      from pending_change
      join mapping_name using (okta_group_id)
      where folded_name is not null
        and (pending_change.okta_mapping_id is null or pending_change.okta_mapping_id = mapping_name.okta_mapping_id)
    ),
    candidate as (
      select kind, about, case about when 'group' then folded_group_name else okta_user_id end as key,
        published, event_id, is_success
      from expected
      join provisioning_event using (event_type)
    )`;

const ARTICLE_EVENT = `case kind ${CONFIRMATION_KINDS.map(
  (kind) => `when '${kind}' then '${PROCEDURES[kind].articleEvent}'`,
).join(' ')} end`;

export const confirmation: DerivedTable = {
  name: 'confirmation',
  onlyFor: 'drift',
  means:
    'Something that Okta should have done to the target app in the window of the System Log, and the event that confirms it; else the last try that failed. Of several times that it began, the one that is not confirmed.',
  columns: {
    kind: 'What is confirmed: `user-added`, `user-removed`, `group-added`, `member-added` or `member-removed`',
    subject: 'Affected user or group: the e-mail, the name of the group, or both',
    trigger_event_id: 'Event with which it began, where there is one',
    triggered: 'When it began',
    is_old_enough: 'True where it began longer ago than the lag',
    is_in_flight: 'True where the user or the group is in flight',
    is_taken_over: 'True where the store user was there before the assignment',
    is_confirmed: 'True where an event confirms it',
    expected_event: 'Type of the event that the article says to look for',
    event_id: 'Event that confirms it, else the last try that failed',
    result: 'Outcome of that event',
    places_note: 'Where the targets of the event stand elsewhere than the article says',
  },
  sql: `
    with context as (select log_since, began - lag as lag_since from audit_context where job = 'drift'),
    assigned as (select * from app_user where is_assigned),
    membership_event as (
      select change.*
      from (${MEMBER_CHANGES}
      ) as change
      join pushed_group using (okta_group_id)
      where not is_built_in_everyone
    ),
    -- They stay in their groups and are not members that a push brings.
    deprovisioned as (select okta_user_id from okta_user where status = 'DEPROVISIONED'),
    trigger as (
      select 'user-added' as kind, okta_user_id, null as okta_group_id, null as okta_mapping_id,
        event_id, published as triggered, user_name
      from provisioning_event
      join (select okta_user_id from assigned) using (okta_user_id)
      where event_type = '${ASSIGNED_EVENT}' and is_success
      union
      select 'user-added', okta_user_id, null, null, null, created, null
      from assigned, context
      where created >= log_since
      union
      select 'user-removed', okta_user_id, null, null, event_id, published, user_name
      from provisioning_event
      anti join assigned using (okta_user_id)
      where event_type = '${UNASSIGNED_EVENT}' and is_success and okta_user_id is not null
      union
      select 'group-added', null, source_group_id, okta_mapping_id, null, created, null
      from push_mapping, context
      where created >= log_since
      union
      select 'member-added', okta_user_id, okta_group_id, null, event_id, published, user_name
      from membership_event
      semi join snapshot.okta_group_members as now
        on now.okta_group_no = id_no(okta_group_id) and now.okta_user_no = id_no(okta_user_id)
      anti join deprovisioned using (okta_user_id)
      where event_type = '${MEMBER_ADDED_EVENT}'
      union
      select 'member-removed', okta_user_id, okta_group_id, null, event_id, published, user_name
      from membership_event
      anti join snapshot.okta_group_members as now
        on now.okta_group_no = id_no(okta_group_id) and now.okta_user_no = id_no(okta_user_id)
      where event_type = '${MEMBER_REMOVED_EVENT}'
      union
      select 'member-removed', okta_user_id, okta_group_id, null, event_id, published, user_name
      from membership_event
      semi join deprovisioned using (okta_user_id)
      where event_type = '${MEMBER_REMOVED_EVENT}'
    ),
    pending_change as (
      select
        row_number() over () as change_id,
        trigger.*,
        triggered < lag_since as is_old_enough,
        coalesce(opti_user.created_at < assigned.created, false) as is_taken_over,
        user_pair.opti_user_id
      from trigger
      join context on true
      left join assigned using (okta_user_id)
      left join user_pair using (okta_user_id)
      left join opti_user using (opti_user_id)
    ),
    ${CANDIDATES.trim()},
    answering as (
      select kind, about, key, published,
        min(event_id) filter (is_success) as success_event_id,
        max(event_id) filter (not is_success) as failed_event_id
      from candidate
      group by all
    ),
    success as (select * from answering where success_event_id is not null and key is not null),
    last_failure as (
      select kind, about, key, max(published) as published, arg_max(failed_event_id, published) as event_id
      from answering
      where failed_event_id is not null
      group by kind, about, key
    ),
    -- A busy group is pushed often and has many new members: nearest to each, never each with each.
    answer as (
      select change_id, event_id, is_success
      from (
        select change_id, success_event_id as event_id, success.published, true as is_success, 0 as rank
        from change_key
        asof join success
          on success.kind = change_key.kind and success.about = change_key.about and success.key = change_key.key
          and success.published >= change_key.triggered
        union all
        select change_id, success_event_id, success.published, true, 1
        from (select * from change_key where kind in ${CONFIRMED_FROM_BEFORE}) as change_key
        asof join success
          on success.kind = change_key.kind and success.about = change_key.about and success.key = change_key.key
          and success.published < change_key.triggered
        union all
        select change_id, event_id, published, false, 2
        from change_key
        join last_failure using (kind, about, key)
        where published >= triggered
      )
      qualify row_number() over (
        partition by change_id
        order by rank, case when rank = 0 then epoch_ms(published) else -epoch_ms(published) end, event_id
      ) = 1
    ),
    judged as (
      select pending_change.*, coalesce(is_success, false) as is_confirmed, answer.event_id as answer_event_id
      from pending_change
      left join answer using (change_id)
      qualify row_number() over (
        partition by kind, okta_user_id, okta_group_id, okta_mapping_id
        order by is_confirmed, is_old_enough desc, triggered desc, pending_change.event_id nulls last, pending_change.user_name
      ) = 1
    )
    select
      judged.kind,
      case
        when kind = 'group-added' then group_name
        when kind in ('user-added', 'user-removed') then email
        else email || ' → ' || group_name
      end as subject,
      group_name, judged.okta_user_id, judged.opti_user_id, judged.okta_group_id,
      coalesce(of_mapping.opti_group_id, of_group.opti_group_id) as opti_group_id,
      judged.okta_mapping_id,
      judged.event_id as trigger_event_id,
      judged.triggered, judged.is_old_enough,
      coalesce(judged.okta_user_id in (select okta_id from in_flight where in_flight.kind = 'user'), false)
        or coalesce(judged.okta_group_id in (select okta_id from in_flight where in_flight.kind = 'group'), false)
        as is_in_flight,
      judged.is_taken_over, judged.is_confirmed,
      ${ARTICLE_EVENT} as expected_event,
      answer_event_id as event_id,
      case when answer_event_id is not null then event.event_type end as event_type,
      case when answer_event_id is not null then event.published end as published,
      case when answer_event_id is not null then event.outcome end as result,
      case when answer_event_id is not null then event.outcome_reason end as outcome_reason,
      places_note(event.event_type, event.targets, email, group_name, app.label) as places_note
    from (
      select
        judged.*,
        coalesce(okta_user.email, okta_user.login, user_name, judged.okta_user_id) as email,
        coalesce(okta_group.name, judged.okta_group_id) as group_name,
        case when okta_mapping_id is null then judged.okta_group_id end as paired_group_id,
        coalesce(answer_event_id, judged.event_id) as described_event_id
      from judged
      left join okta_user using (okta_user_id)
      left join okta_group using (okta_group_id)
    ) as judged
    left join (
      select okta_group_id, min(opti_group_id) as opti_group_id from group_pair group by okta_group_id
    ) as of_group on of_group.okta_group_id = judged.paired_group_id
    left join group_pair as of_mapping on of_mapping.okta_mapping_id = judged.okta_mapping_id
    left join snapshot.okta_log_events as event on event.event_id = judged.described_event_id
    left join snapshot.okta_scim_app as app on true`,
};
