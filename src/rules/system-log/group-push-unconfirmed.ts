import { lastTry, UNCONFIRMED_COLUMNS, UNCONFIRMED_EVIDENCE } from '../../domain/confirmation.ts';
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
  notNeeded: {
    okta_user: 'is of other confirmations',
    app_user: 'is of other confirmations',
    user_pair: 'is of other confirmations',
    pushed_group: 'is of other confirmations',
    'okta.groupMembers': 'is of other confirmations',
    opti_user: 'is of other confirmations',
    in_flight: 'is of other confirmations',
    group_pair: 'adds the id in the store; whom the rule is about is told without it',
  },
  sql: `
    select
      subject,
      okta_group_id as okta_id,
      opti_group_id as opti_id,
      concat_ws('|', okta_group_id, okta_mapping_id) as identity,
      okta_mapping_id,
      ${UNCONFIRMED_COLUMNS}
    from confirmation
    where kind = 'group-added'
      and not is_confirmed
      and is_old_enough
    order by subject, identity`,
  evidence: {
    okta_mapping_id: 'Okta id of the push mapping',
    trigger_event: 'Event id of what began it: none, for the mapping itself did',
    triggered: 'When the push mapping was made',
    ...UNCONFIRMED_EVIDENCE,
  },
  detail: ({ subject, triggered, failure }) =>
    `The push of ${subject} was set up at ${triggered}, and the log has no successful push of the group since${lastTry(failure)}.`,
  fix: 'In the SCIM app, under Push Groups, choose Push now for the group and look at its status.',
});
