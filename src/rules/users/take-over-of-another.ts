import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'take-over-of-another',
  when: ['precutover'],
  severity: 'error',
  subject: 'user',
  who: 'Okta admin',
  title: 'Somebody would take over the account of another person',
  cause: {
    of: 'person',
    one: "would take over somebody else's account",
    many: "would take over somebody else's account",
  },
  why: 'Okta takes an account over by its e-mail. Here neither the first nor the last name agrees: an address that was given to somebody new brings them the account and the access of the old holder.',
  source: 'Article: Create Users (take-over by e-mail).',
  sql: `
    select
      okta_user.email as subject, okta_user.okta_user_id as okta_id, opti_user.opti_user_id as opti_id,
      okta_user.first_name as okta_first_name,
      okta_user.last_name as okta_last_name,
      opti_user.first_name as opti_first_name,
      opti_user.last_name as opti_last_name,
      profile.created as okta_created,
      opti_user.created_at as opti_created,
      opti_user.last_login_at, user_pair.other_profiles
    from user_pair
    join okta_user using (okta_user_id)
    join snapshot.okta_users as profile using (okta_user_id)
    join opti_user using (opti_user_id)
    where user_pair.tie = 3
      and not is_blank(coalesce(okta_user.first_name, ''))
      and not is_blank(coalesce(okta_user.last_name, ''))
      and not is_blank(coalesce(opti_user.first_name, ''))
      and not is_blank(coalesce(opti_user.last_name, ''))
      and fold_name(okta_user.first_name) <> fold_name(opti_user.first_name)
      and fold_name(okta_user.last_name) <> fold_name(opti_user.last_name)
    order by subject, okta_id`,
  evidence: {
    okta_first_name: 'First name in Okta',
    okta_last_name: 'Last name in Okta',
    opti_first_name: 'First name in Opti ID',
    opti_last_name: 'Last name in Opti ID',
    okta_created: 'When the Okta user was made',
    opti_created: 'When the store user was made',
    last_login_at: 'When the holder last signed in to Opti ID',
    other_profiles:
      'Whoever else in Okta points to the store user, with the status: a deprovisioned one may be the old holder',
  },
  detail: ({ subject, okta_first_name, okta_last_name, opti_first_name, opti_last_name }) =>
    `${subject} is ${okta_first_name} ${okta_last_name} in Okta and ${opti_first_name} ${opti_last_name} in Opti ID.`,
  fix: 'Hold the person back: keep them unassigned until it is settled. The product owner decides whose account it is. If the holder has left, ask Optimizely Support to free the address; if the two are one person who changed their name, correct the name in Okta or Opti ID and assign them.',
});
