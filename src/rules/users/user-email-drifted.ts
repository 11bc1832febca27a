import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-email-drifted',
  when: ['drift'],
  severity: 'error',
  subject: 'user',
  who: 'Okta admin',
  title: "A user's e-mail in Opti ID is not the one in Okta",
  why: 'The e-mail decides where somebody signs in and how Opti ID finds them. With the old one the person may not get in, or comes in as somebody else.',
  source: 'Article: Configure provisioning options (Update User Attributes).',
  alsoNeeds: { 'okta.userLookups': 'finds in Okta who is in the store and in no listing' },
  judgesWithout: ['okta.userLookups'],
  sql: `
    select
      okta_user.email as subject, okta_user.okta_user_id as okta_id, opti_user.opti_user_id as opti_id,
      okta_user.email as okta_email,
      opti_user.email as opti_email,
      app_user.user_name, user_pair.matched_by
    from user_pair
    join okta_user using (okta_user_id)
    join opti_user using (opti_user_id)
    left join app_user using (okta_user_id)
    where user_pair.matched_by_id
      and okta_user.folded_email <> opti_user.folded_email
    order by subject, okta_id`,
  evidence: {
    okta_email: 'Primary e-mail in Okta',
    opti_email: 'E-mail in Opti ID',
    user_name: 'User name in the SCIM app, which carries the e-mail to Opti ID; null where there is none',
    matched_by: 'How the store user was found',
  },
  detail: ({ subject, opti_email }) => `${subject} has the e-mail ${opti_email} in Opti ID.`,
  fix: 'Correct e-mails in Okta, never in Opti ID. If the e-mail in Okta is right, see that the user name on the Assignments tab of the SCIM app is that e-mail and that updates of user names are on (Sign On › Update application username on), then save a change of the profile, so that Okta sends it again.',
});
