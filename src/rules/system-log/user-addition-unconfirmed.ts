import { lastTry, OF_OTHER_KINDS, UNCONFIRMED_EVIDENCE, unconfirmedSql } from '../../domain/confirmation.ts';
import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-addition-unconfirmed',
  when: ['drift'],
  severity: 'warning',
  subject: 'user',
  who: 'Okta admin',
  title: 'The System Log does not confirm that an assigned user was added',
  why: 'Okta logs each user that it creates in Opti ID. Without that event nobody knows whether the person has arrived.',
  source:
    'Article: Confirm user addition in Opti ID, by an event for new users; Okta updates a user who is taken over, so an update confirms those.',
  overScim: { hidden: 'when it was made' },
  notNeeded: {
    [OF_OTHER_KINDS]: 'okta_group push_mapping pushed_group okta.groupMembers group_pair in_flight',
  },
  sql: unconfirmedSql(
    'user-added',
    'okta_user_id as okta_id, opti_user_id as opti_id, is_taken_over',
    'okta_id',
  ),
  evidence: {
    is_taken_over:
      'True when the person was in Opti ID before the assignment, so that an update confirms as well',
    trigger_event: 'Event id of the assignment, if the log has it',
    triggered: 'When the person was assigned',
    ...UNCONFIRMED_EVIDENCE,
  },
  detail: ({ subject, triggered, failure, is_taken_over }) =>
    `${subject} was assigned at ${triggered}, and the log has no successful ${is_taken_over ? 'push or update' : 'push'} of the user since${lastTry(failure)}.`,
  fix: 'Look at the tasks and the assignments of the SCIM app in Okta: retry what failed, choose Provision User for people assigned before provisioning was on, then look for the person in the Opti ID Admin Center.',
});
