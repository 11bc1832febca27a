import type { DerivedTable } from './table.ts';

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
      event_id,
      published,
      event_type,
      outcome,
      outcome_reason,
      target.id as target_id,
      target.type as target_type,
      target.alternate_id,
      target.display_name
    from (
      select * exclude (targets), unnest(targets) as target
      from snapshot.okta_log_events, audit_context
      where published >= log_since
    )`,
};
