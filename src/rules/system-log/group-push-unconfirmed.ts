import { lastTry, OF_OTHER_KINDS, UNCONFIRMED_EVIDENCE, unconfirmedSql } from '../../domain/confirmation.ts';
import { ADDS_OPTI_ID, defineSqlRule } from '../../domain/rule.ts';

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
    [OF_OTHER_KINDS]: 'okta_user app_user user_pair pushed_group okta.groupMembers opti_user in_flight',
    [ADDS_OPTI_ID]: 'group_pair',
  },
  sql: unconfirmedSql(
    'group-added',
    `okta_group_id as okta_id,
      opti_group_id as opti_id,
      concat_ws('|', okta_group_id, okta_mapping_id) as identity,
      okta_mapping_id`,
  ),
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
