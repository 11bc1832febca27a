import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-linked-to-another',
  when: ['drift'],
  severity: 'error',
  subject: 'user',
  who: 'Optimizely Support',
  title: 'Okta holds the account of somebody else',
  cause: {
    of: 'person',
    one: "is linked to somebody else's account",
    many: "are linked to somebody else's account",
  },
  why: "The account that Okta manages for this person has the e-mail of another Okta user. Whatever Okta sends for the one changes the other's account, and unassigning the one deletes it.",
  source: "Opti ID's SCIM reference: a user name cannot be changed, and a deactivation deletes for good.",
  alsoNeeds: { 'okta.userLookups': 'finds in Okta who is in the store and in no listing' },
  judgesWithout: ['okta.userLookups'],
  sql: `
    select
      coalesce(okta_user.email, okta_user.login, okta_user.okta_user_id) as subject,
      okta_user.okta_user_id as okta_id,
      opti_user.opti_user_id as opti_id,
      opti_user.email as opti_email,
      colleague.okta_user_id as colleague_id,
      colleague.status as colleague_status,
      user_pair.matched_by
    from linked_to_another
    join user_pair using (okta_user_id)
    join okta_user using (okta_user_id)
    join opti_user on opti_user.opti_user_id = linked_to_another.opti_user_id
    join okta_user as colleague on colleague.okta_user_id = colleague_id
    order by subject, okta_id`,
  evidence: {
    opti_email: 'E-mail in Opti ID',
    colleague_id: 'Okta id of the user whose e-mail it is',
    colleague_status: 'Status of that user in Okta',
    matched_by: 'How the store user was found',
  },
  detail: ({ subject, opti_email, colleague_id }) =>
    `${subject} is tied to the account ${opti_email}, which is the e-mail of another Okta user (${colleague_id}).`,
  fix: 'Send nothing: do not push, retry, unassign or deactivate either of the two. Ask Optimizely Support whose account it is and to part the two.',
});
