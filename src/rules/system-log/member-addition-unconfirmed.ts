import { lastTry, UNCONFIRMED_COLUMNS, UNCONFIRMED_EVIDENCE } from '../../domain/confirmation.ts';
import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'member-addition-unconfirmed',
  when: ['drift'],
  severity: 'warning',
  subject: 'membership',
  who: 'Okta admin',
  title: 'The System Log does not confirm that a new member reached Opti ID',
  why: 'A person was added to a pushed group. Until the person is assigned or the group is pushed afterwards, what the group grants does not reach them.',
  source:
    'Article: Confirm group member addition in Opti ID; it accepts the assignment to the app, which says little of the group.',
  notNeeded: {
    group_pair: 'adds the id in the store; whom the rule is about is told without it',
    user_pair: 'adds the id in the store; whom the rule is about is told without it',
    opti_user: 'tells who was in the store before; that is of other confirmations',
    in_flight: 'is of other confirmations',
  },
  sql: `
    select
      subject,
      okta_user_id as okta_id,
      opti_user_id as opti_id,
      concat_ws('|', okta_group_id, okta_user_id) as identity,
      group_name,
      okta_group_id,
      opti_group_id,
      ${UNCONFIRMED_COLUMNS}
    from confirmation
    where kind = 'member-added'
      and not is_confirmed
      and is_old_enough
    order by subject, identity`,
  evidence: {
    group_name: 'Name of the pushed group',
    okta_group_id: 'Okta id of the group',
    opti_group_id: 'Id of the group in the Opti ID store, if it is known',
    trigger_event: 'Event id of the addition to the Okta group',
    triggered: 'When the person was added to the Okta group',
    ...UNCONFIRMED_EVIDENCE,
  },
  alsoAbout: ['okta_group_id', 'opti_group_id'],
  detail: ({ subject, triggered, failure }) =>
    `${subject}: added to the Okta group at ${triggered}, and the log has neither an assignment of the person nor a push of the group since${lastTry(failure)}.`,
  fix: 'Check that the person is assigned to the SCIM app, then choose Push now for the group and look at its members in the Opti ID Admin Center.',
});
