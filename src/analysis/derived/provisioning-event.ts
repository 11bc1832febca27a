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
        event_id,
        known_name.okta_user_id,
        coalesce(known_name.okta_user_id, 'name ' || fold_email(alternate_id)),
        alternate_id
      from log_event_target
      left join known_name on known_name.folded_user_name = fold_email(alternate_id)
      where target_type = 'AppUser'
        and alternate_id is not null
        and event_id not in (select event_id from named_user)
    ),
    source as (
      select folded_name, min(okta_group_id) as okta_group_id
      from (
        select source_folded_name as folded_name, source_group_id as okta_group_id from push_mapping
        union all
        select target_folded_name, source_group_id from push_mapping
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
      event_user.okta_user_id,
      event_user.user_key,
      event_user.user_name,
      event_group.okta_group_id,
      event_group.group_key,
      event_group.folded_group_name,
      event_group.group_name
    from app_event
    left join event_user using (event_id)
    left join event_group using (event_id)`,
};
