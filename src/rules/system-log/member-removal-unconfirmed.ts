import { lastTry, UNCONFIRMED_COLUMNS, UNCONFIRMED_EVIDENCE } from '../../domain/confirmation.ts';
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
    ...UNCONFIRMED_EVIDENCE,
  },
  alsoAbout: ['okta_group_id', 'opti_group_id'],
  detail: ({ subject, triggered, failure }) =>
    `${subject}: removed from the Okta group at ${triggered}, and the log has neither a removal of the assignment nor a push of the group since${lastTry(failure)}.`,
  fix: 'In the SCIM app, under Push Groups, choose Push now for the group and look at its members in the Opti ID Admin Center.',
});
