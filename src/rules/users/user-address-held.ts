import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-address-held',
  when: ['drift'],
  severity: 'error',
  subject: 'user',
  who: 'Optimizely Support',
  title: "A person's new e-mail belongs to another account in Opti ID",
  cause: {
    of: 'person',
    one: 'has an e-mail that another account holds',
    many: 'have an e-mail that another account holds',
  },
  why: 'Okta manages one account, and another one has the e-mail that the person has now: two accounts of one person, with the access spread over both. The new e-mail can never arrive.',
  source: "Opti ID's SCIM reference: an e-mail belongs to one user.",
  alsoNeeds: { 'okta.userLookups': 'finds in Okta who is in the store and in no listing' },
  judgesWithout: ['okta.userLookups'],
  sql: `
    select
      okta_user.email as subject, okta_user.okta_user_id as okta_id, opti_user.opti_user_id as opti_id,
      opti_user.email as opti_email,
      list(holder.opti_user_id order by holder.opti_user_id) as holder_ids,
      max(holder.last_login_at) as holder_last_login_at,
      opti_user.last_login_at
    from address_holder
    join okta_user using (okta_user_id)
    join opti_user on opti_user.opti_user_id = address_holder.opti_user_id
    join opti_user as holder on holder.opti_user_id = holder_id
    group by all
    order by subject, okta_id`,
  evidence: {
    opti_email: 'E-mail of the account that Okta manages',
    holder_ids: 'Ids of the accounts that have the new e-mail',
    holder_last_login_at: 'When somebody last signed in to one of those',
    last_login_at: 'When somebody last signed in to the account that Okta manages',
  },
  alsoAbout: ['holder_ids'],
  detail: ({ subject, opti_email, holder_ids }) =>
    `Okta manages the account ${opti_email} for ${subject}, and another account (${(holder_ids as readonly string[]).join(', ')}) has that e-mail.`,
  fix: 'Record what both accounts have in Opti ID. Ask Optimizely Support to join them or to free the address. Until then delete neither: the person may use either.',
});
