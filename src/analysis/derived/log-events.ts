import {
  CREDENTIALS_REJECTED_EVENT,
  FAILURE_PREFIXES,
  PROVISIONING_PREFIXES,
} from '../../domain/confirmation.ts';
import type { DerivedTable } from './table.ts';

const beginsWithOne = (prefixes: readonly string[]): string =>
  `(${prefixes.map((prefix) => `starts_with(event_type, '${prefix}')`).join(' or ')})`;

export const provisioningEvent: DerivedTable = {
  name: 'provisioning_event',
  means:
    'A System Log event on the SCIM app, by the user and the group that its targets name. A user is known by id, or else by the user name of the app user; a group by its name alone, for the log gives it an id that no other API shows.',
  columns: {
    cause: 'Of a failure: `failed push` or `credentials rejected`',
    is_provisioning: 'True for an event whose success shows that provisioning works',
  },
  sql: `
    with app_event as (
      select distinct event_id, published, event_type, outcome, outcome_reason
      from log_event_target
      where target_id in (select okta_app_id from snapshot.okta_scim_app)
    ),
    named_user as (
      select event_id, target_id as okta_user_id, min(alternate_id) as user_name
      from log_event_target
      where target_type = 'User' and target_id is not null
      group by event_id, target_id
    ),
    known_name as (
      select folded_email as folded_user_name, okta_user_id from okta_user
      union
      select folded_user_name, okta_user_id from app_user
    ),
    event_user as (
      select event_id, okta_user_id, okta_user_id as user_key, user_name from named_user
      union
      select
        event_id, known_name.okta_user_id,
        coalesce(known_name.okta_user_id, 'name ' || fold_email(alternate_id)),
        alternate_id
      from log_event_target
      left join known_name on known_name.folded_user_name = fold_email(alternate_id)
      where target_type = 'AppUser'
        and alternate_id is not null
        and event_id not in (select event_id from named_user)
    ),
    -- A group that bears the name now goes before one whose target in the app still has it from before a rename.
    source as (
      select folded_name, arg_min(okta_group_id, (rank, okta_group_id)) as okta_group_id
      from (
        select source_folded_name as folded_name, source_group_id as okta_group_id, 0 as rank from push_mapping
        union all
        select target_folded_name, source_group_id, 1 from push_mapping
      )
      group by folded_name
    ),
    event_group as (
      select distinct
        event_id,
        source.okta_group_id,
        coalesce(source.okta_group_id, 'name ' || fold_name(display_name)) as group_key,
        fold_name(display_name) as folded_group_name,
        display_name as group_name
      from log_event_target
      left join source on source.folded_name = fold_name(display_name)
      where target_type in ('AppGroup', 'UserGroup')
        and display_name is not null
    )
    select
      app_event.*,
      coalesce(outcome = 'SUCCESS', false) as is_success,
      case
        when event_type = '${CREDENTIALS_REJECTED_EVENT}' then case when not is_success then 'credentials rejected' end
        when outcome = 'FAILURE' and ${beginsWithOne(FAILURE_PREFIXES)} then 'failed push'
      end as cause,
      ${beginsWithOne(PROVISIONING_PREFIXES)} as is_provisioning,
      event_user.okta_user_id, event_user.user_key, event_user.user_name, event_group.okta_group_id,
      event_group.group_key, event_group.folded_group_name, event_group.group_name
    from app_event
    left join event_user using (event_id)
    left join event_group using (event_id)`,
};

export const logEventTarget: DerivedTable = {
  name: 'log_event_target',
  means: 'A target of a System Log event within the window, with the event.',
  columns: {
    target_id: 'Id of what the event is about',
    target_type: 'What that is: `User`, `AppUser`, `UserGroup`, `AppGroup`, `AppInstance` and others',
    alternate_id: 'Its other name: the user name of a user',
    display_name: 'Name that Okta shows for it',
  },
  sql: `
    select
      event_id, published, event_type, outcome, outcome_reason,
      target.id as target_id,
      target.type as target_type,
      target.alternate_id, target.display_name
    from (
      select * exclude (targets), unnest(targets) as target
      from snapshot.okta_log_events, audit_context
      where published >= log_since
    )`,
};

export const pushFailure: DerivedTable = {
  name: 'push_failure',
  means:
    'The last failure of provisioning that no later success answers, by the user, else the group that it names, else the type of the event; and the last time that the app refused its credentials, if nothing was provisioned since.',
  columns: {
    about: 'Whom the event names: `user`, `group` or the `app` alone',
    key: 'What tells them apart',
    cause: '`failed push` or `credentials rejected`',
  },
  sql: `
    with success as (
      select published, user_key, group_key
      from provisioning_event
      where is_success and is_provisioning
    ),
    last_success as (
      select 'user' as of_what, user_key as success_key, max(published) as succeeded from success where user_key is not null group by user_key
      union all
      select 'group', group_key, max(published) from success where group_key is not null group by group_key
      union all
      select 'app', null, max(published) from success
    ),
    failure as (
      select
        case
          when cause = 'credentials rejected' then 'app'
          when user_key is not null then 'user'
          when group_key is not null then 'group'
          else 'app'
        end as about,
        case when cause = 'credentials rejected' then '' else coalesce(user_key, group_key, event_type) end as key,
        *
      from provisioning_event
      where cause is not null
    )
    select failure.* exclude (is_success, is_provisioning)
    from failure
    left join last_success as of_user
      on cause = 'failed push' and of_user.of_what = 'user' and of_user.success_key = user_key
    left join last_success as of_group
      on cause = 'failed push' and of_group.of_what = 'group' and of_group.success_key = group_key
    left join last_success as of_app
      on cause = 'credentials rejected' and of_app.of_what = 'app'
    where published >= coalesce(greatest(of_user.succeeded, of_group.succeeded, of_app.succeeded), published)
    qualify row_number() over (
      partition by cause, about, key
      order by published desc, event_id desc, user_name, group_name
    ) = 1`,
};
