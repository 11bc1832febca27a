import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-removal-unconfirmed',
  when: ['drift'],
  severity: 'error',
  subject: 'user',
  who: 'Okta admin',
  title: 'The System Log does not confirm that an unassigned user was removed',
  why: 'Unassigning a person must delete them in Opti ID. Until Okta has pushed that, they may keep their access.',
  source: 'Article: Confirm user deletion in Opti ID; Okta: granular deprovisioning.',
  needs: ['okta.logEvents', 'okta.scimApp', 'okta.appUsers', 'okta.users'],
  sql: `
    select
      subject,
      okta_user_id as okta_id,
      opti_user_id as opti_id,
      trigger_event_id as trigger_event,
      triggered,
      expected_event,
      event_id as failed_event,
      rtrim(coalesce(outcome_reason, result), '. ') as failure,
      places_note as target_places
    from confirmation
    where kind = 'user-removed'
      and not is_confirmed
      and is_old_enough
    order by subject, okta_id`,
  evidence: {
    trigger_event: 'Event id of the removal of the assignment',
    triggered: 'When the assignment was removed',
    expected_event: 'Type of the event that the article says to look for',
    failed_event: 'Event id of the last try that failed, if the log has one',
    failure: "Okta's reason of that failure, or its outcome",
    target_places:
      "Where that event's targets (else those of the one that began it) stand elsewhere than the article says",
  },
  detail: ({ subject, triggered, failure }) =>
    `${subject} was unassigned at ${triggered}, and the log has no successful deactivation or deletion in the app since${failure === null ? '' : `; the last try failed: ${failure}`}.`,
  fix: 'Check that Deactivate Users is on and look at the tasks of the SCIM app in Okta. If the person is still in the Opti ID Admin Center, assign and unassign them again so that Okta pushes the removal.',
});
