import { lastTry, unconfirmedMember } from '../../domain/confirmation.ts';
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
    'Article: Confirm group member removal in Opti ID, by an event that Okta logs for the end of an assignment to the app; whether the person is in the group is checked in the store.',
  ...unconfirmedMember('member-removed', 'removal from', 'removed from'),
  detail: ({ subject, triggered, failure }) =>
    `${subject}: removed from the Okta group at ${triggered}, and the log has neither a removal of the assignment nor a push of the group since${lastTry(failure)}.`,
  fix: 'In the SCIM app, under Push Groups, choose Push now for the group and look at its members in the Opti ID Admin Center.',
});
