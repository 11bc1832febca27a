import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-name-drifted',
  when: ['drift'],
  severity: 'error',
  subject: 'user',
  who: 'Okta admin',
  title: "A user's name in Opti ID is not the one in Okta",
  cause: { of: 'person', one: 'has another name in Opti ID', many: 'have another name in Opti ID' },
  why: 'Somebody changed the name in the Admin Center, or a change in Okta never arrived. The next update from Okta overwrites it, and until then the two sides show two people.',
  source: "Article: User management in Opti ID (do not edit users' names).",
  alsoNeeds: { 'okta.userLookups': 'finds in Okta who is in the store and in no listing' },
  judgesWithout: ['okta.userLookups'],
  sql: `
    select
      coalesce(okta_user.email, okta_user.login, okta_user.okta_user_id) as subject,
      okta_user.okta_user_id as okta_id,
      opti_user.opti_user_id as opti_id,
      okta_user.first_name as okta_first_name,
      okta_user.last_name as okta_last_name,
      opti_user.first_name as opti_first_name,
      opti_user.last_name as opti_last_name,
      user_pair.matched_by
    from user_pair
    join okta_user using (okta_user_id)
    join opti_user using (opti_user_id)
    where user_pair.matched_by_id
      and okta_user_id not in (select okta_user_id from linked_to_another)
      and (
        trimmed_nfc(coalesce(okta_user.first_name, '')) <> trimmed_nfc(coalesce(opti_user.first_name, ''))
        or trimmed_nfc(coalesce(okta_user.last_name, '')) <> trimmed_nfc(coalesce(opti_user.last_name, ''))
      )
    order by subject, okta_id`,
  evidence: {
    okta_first_name: 'First name in Okta',
    okta_last_name: 'Last name in Okta',
    opti_first_name: 'First name in Opti ID',
    opti_last_name: 'Last name in Opti ID',
    matched_by: 'How the store user was found',
  },
  detail: ({ subject, okta_first_name, okta_last_name, opti_first_name, opti_last_name }) =>
    `${subject} is ${fullName(okta_first_name, okta_last_name)} in Okta and ${fullName(opti_first_name, opti_last_name)} in Opti ID.`,
  fix: 'Correct names in Okta, never in Opti ID. If Opti ID has the right name, enter it in Okta; if Okta has it, save a change of the profile there, so that Okta sends the names again, and see that Update User Attributes is on.',
});

function fullName(first: unknown, last: unknown): string {
  const parts = [first, last].map((part) => String(part ?? '').trim()).filter((part) => part !== '');
  return parts.length === 0 ? 'without a name' : parts.join(' ');
}
