import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-push-unconfirmed',
  when: ['drift'],
  severity: 'warning',
  subject: 'group',
  who: 'Okta admin',
  title: 'The System Log does not confirm that a group was pushed',
  why: 'A push mapping was made, and Okta logs each push. Without that event nobody knows whether the group exists in Opti ID.',
  source: 'Article: Confirm group addition in Opti ID.',
  needs: ['okta.logEvents', 'okta.scimApp', 'okta.groupPushMappings', 'okta.groups'],
  sql: `
    select
      subject,
      okta_group_id as okta_id,
      opti_group_id as opti_id,
      concat_ws('|', okta_group_id, okta_mapping_id) as identity,
      okta_mapping_id,
      trigger_event_id as trigger_event,
      triggered,
      expected_event,
      event_id as failed_event,
      rtrim(coalesce(outcome_reason, result), '. ') as failure,
      places_note as target_places
    from confirmation
    where kind = 'group-added'
      and not is_confirmed
      and is_old_enough
    order by subject, identity`,
  evidence: {
    okta_mapping_id: 'Okta id of the push mapping',
    trigger_event: 'Event id of what began it: none, for the mapping itself did',
    triggered: 'When the push mapping was made',
    expected_event: 'Type of the event that the article says to look for',
    failed_event: 'Event id of the last try that failed, if the log has one',
    failure: "Okta's reason of that failure, or its outcome",
    target_places:
      "Where that event's targets (else those of the one that began it) stand elsewhere than the article says",
  },
  detail: ({ subject, triggered, failure }) =>
    `The push of ${subject} was set up at ${triggered}, and the log has no successful push of the group since${failure === null ? '' : `; the last try failed: ${failure}`}.`,
  fix: 'In the SCIM app, under Push Groups, choose Push now for the group and look at its status.',
});
