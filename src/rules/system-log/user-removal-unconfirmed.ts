import { lastTry, OF_OTHER_KINDS, UNCONFIRMED_EVIDENCE, unconfirmedSql } from '../../domain/confirmation.ts';
import { ADDS_OPTI_ID, defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-removal-unconfirmed',
  when: ['drift'],
  severity: 'error',
  subject: 'user',
  who: 'Okta admin',
  title: 'The System Log does not confirm that an unassigned user was removed',
  cause: { of: 'removal', one: 'is not confirmed', many: 'are not confirmed' },
  why: 'Unassigning a person must delete them in Opti ID. Until Okta has pushed that, they may keep their access.',
  source: 'Article: Confirm user deletion in Opti ID; Okta: granular deprovisioning.',
  notNeeded: {
    [OF_OTHER_KINDS]: 'okta_group push_mapping pushed_group okta.groupMembers group_pair in_flight',
    [ADDS_OPTI_ID]: 'user_pair opti_user',
  },
  sql: unconfirmedSql('user-removed', 'okta_user_id as okta_id, opti_user_id as opti_id', 'okta_id'),
  evidence: {
    trigger_event: 'Event id of the removal of the assignment',
    triggered: 'When the assignment was removed',
    ...UNCONFIRMED_EVIDENCE,
  },
  detail: ({ subject, triggered, failure }) =>
    `${subject} was unassigned at ${triggered}, and the log has no successful deactivation or deletion in the app since${lastTry(failure)}.`,
  fix: 'Check that Deactivate Users is on and look at the tasks of the SCIM app in Okta. If the person is still in the Opti ID Admin Center, assign and unassign them again so that Okta pushes the removal.',
});
