import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'member-removal-unconfirmed',
  when: ['drift'],
  severity: 'warning',
  subject: 'membership',
  who: 'Okta admin',
  title: 'The System Log does not confirm that a former member was taken out in Opti ID',
  why: 'A person was removed from a pushed group. Until the group is pushed or the person unassigned afterwards, they keep what the group grants.',
  source:
    'Article: Confirm group member removal in Opti ID; it accepts the removal of the assignment to the app.',
  needs: [
    'okta.logEvents',
    'okta.scimApp',
    'pushScope',
    'okta.groups',
    'okta.groupMembers',
    'okta.groupPushMappings',
    'okta.users',
    'okta.appUsers',
  ],
  sql: `
    select
      subject,
      okta_user_id as okta_id,
      opti_user_id as opti_id,
      concat_ws('|', okta_group_id, okta_user_id) as identity,
      group_name,
      okta_group_id,
      opti_group_id,
      trigger_event_id as trigger_event,
      triggered,
      expected_event,
      event_id as failed_event,
      rtrim(coalesce(outcome_reason, result), '. ') as failure,
      places_note as target_places
    from confirmation
    where kind = 'member-removed'
      and not is_confirmed
      and is_old_enough
    order by subject, identity`,
  evidence: {
    group_name: 'Name of the pushed group',
    okta_group_id: 'Okta id of the group',
    opti_group_id: 'Id of the group in the Opti ID store, if it is known',
    trigger_event: 'Event id of the removal from the Okta group',
    triggered: 'When the person was removed from the Okta group',
    expected_event: 'Type of the event that the article says to look for',
    failed_event: 'Event id of the last try that failed, if the log has one',
    failure: "Okta's reason of that failure, or its outcome",
    target_places:
      "Where that event's targets (else those of the one that began it) stand elsewhere than the article says",
  },
  detail: ({ subject, triggered, failure }) =>
    `${subject}: removed from the Okta group at ${triggered}, and the log has neither a removal of the assignment nor a push of the group since${failure === null ? '' : `; the last try failed: ${failure}`}.`,
  fix: 'In the SCIM app, under Push Groups, choose Push now for the group and look at its members in the Opti ID Admin Center.',
});
