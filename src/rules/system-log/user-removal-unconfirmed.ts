import { lastTry, UNCONFIRMED_COLUMNS, UNCONFIRMED_EVIDENCE } from '../../domain/confirmation.ts';
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
  notNeeded: {
    okta_group: 'is of other confirmations',
    push_mapping: 'is of other confirmations',
    pushed_group: 'is of other confirmations',
    'okta.groupMembers': 'is of other confirmations',
    group_pair: 'is of other confirmations',
    in_flight: 'is of other confirmations',
    user_pair: 'adds the id in the store; whom the rule is about is told without it',
    opti_user: 'adds the id in the store; whom the rule is about is told without it',
  },
  sql: `
    select
      subject,
      okta_user_id as okta_id,
      opti_user_id as opti_id,
      ${UNCONFIRMED_COLUMNS}
    from confirmation
    where kind = 'user-removed'
      and not is_confirmed
      and is_old_enough
    order by subject, okta_id`,
  evidence: {
    trigger_event: 'Event id of the removal of the assignment',
    triggered: 'When the assignment was removed',
    ...UNCONFIRMED_EVIDENCE,
  },
  detail: ({ subject, triggered, failure }) =>
    `${subject} was unassigned at ${triggered}, and the log has no successful deactivation or deletion in the app since${lastTry(failure)}.`,
  fix: 'Check that Deactivate Users is on and look at the tasks of the SCIM app in Okta. If the person is still in the Opti ID Admin Center, assign and unassign them again so that Okta pushes the removal.',
});
