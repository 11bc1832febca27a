import { lastTry, unconfirmedMember } from '../../domain/confirmation.ts';
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
    'Article: Confirm group member addition in Opti ID, by an event that Okta logs for an assignment to the app; whether the person is in the group is checked in the store.',
  ...unconfirmedMember('member-added', 'addition to', 'added to'),
  detail: ({ subject, triggered, failure }) =>
    `${subject}: added to the Okta group at ${triggered}, and the log has neither an assignment of the person nor a push of the group since${lastTry(failure)}.`,
  fix: 'Check that the person is assigned to the SCIM app, then choose Push now for the group and look at its members in the Opti ID Admin Center.',
});
