import type { DerivedTable } from './table.ts';

export const logEventTarget: DerivedTable = {
  name: 'log_event_target',
  means: 'A target of a System Log event within the window, with the event.',
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
