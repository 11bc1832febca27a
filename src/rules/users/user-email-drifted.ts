import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-email-drifted',
  when: ['drift'],
  severity: 'error',
  subject: 'user',
  who: 'Okta admin',
  title: "A user's e-mail in Opti ID is not the one in Okta",
  cause: { of: 'person', one: 'has another e-mail in Opti ID', many: 'have another e-mail in Opti ID' },
  why: 'The e-mail decides where somebody signs in and how Opti ID finds them. With the old one the person may not get in, or comes in as somebody else.',
  source:
    "Article: Configure provisioning options (Update User Attributes) has e-mails updated; Opti ID's SCIM reference says that a user name, which is the e-mail, cannot be changed.",
  alsoNeeds: { 'okta.userLookups': 'finds in Okta who is in the store and in no listing' },
  judgesWithout: ['okta.userLookups'],
  notNeeded: { 'tells whether Okta has sent the new e-mail': 'provisioning_event' },
  sql: `
    with profile_push as (
      select okta_user_id, max(published) as pushed, arg_max(event_id, published) as event_id
      from provisioning_event
      where is_success
        and event_type in (
          'application.provision.user.push_profile', 'application.provision.user.push', 'application.provision.user.sync'
        )
      group by okta_user_id
    )
    select
      okta_user.email as subject, okta_user.okta_user_id as okta_id, opti_user.opti_user_id as opti_id,
      okta_user.email as okta_email,
      opti_user.email as opti_email,
      app_user.user_name, user_pair.matched_by, user_pair.other_profiles,
      profile_push.event_id as push_event
    from user_pair
    join okta_user using (okta_user_id)
    join opti_user using (opti_user_id)
    left join app_user using (okta_user_id)
    left join snapshot.okta_users as profile using (okta_user_id)
    -- The profile may have changed again since, in what is not sent; the app user changes with the user name.
    left join profile_push
      on profile_push.okta_user_id = user_pair.okta_user_id
      and profile_push.pushed >= least(profile.last_updated, app_user.last_updated) - interval 1 minute
    where user_pair.matched_by_id
      and okta_user.folded_email <> opti_user.folded_email
      and user_pair.okta_user_id not in (select okta_user_id from linked_to_another)
      and user_pair.okta_user_id not in (select okta_user_id from address_holder)
    order by subject, okta_id`,
  evidence: {
    okta_email: 'Primary e-mail in Okta',
    opti_email: 'E-mail in Opti ID',
    user_name: 'User name in the SCIM app, which carries the e-mail to Opti ID; null where there is none',
    matched_by: 'How the store user was found',
    other_profiles: 'Whoever else in Okta points to the store user, with the status',
    push_event:
      'Id of the last successful push of the profile since the change, if the System Log has one in the window',
  },
  detail: ({ subject, opti_email, push_event }) =>
    `${subject} has the e-mail ${opti_email} in Opti ID${push_event === null ? '' : ', although Okta has sent the new one'}.`,
  fix: ({ push_event }) =>
    push_event === null
      ? 'Correct e-mails in Okta, never in Opti ID. No push of the profile since the change is known: see that the user name on the Assignments tab of the SCIM app is the e-mail and that updates of user names are on (Sign On › Update application username on), and let Okta push. If Opti ID still has the old e-mail then, ask Optimizely Support.'
      : 'Opti ID took the push and kept the old e-mail: its SCIM reference says that a user name cannot be changed. Ask Optimizely Support to change it; or record the roles that the person has in Opti ID outside the pushed groups, unassign the person from the SCIM app, which deletes the account, and assign them anew.',
});
