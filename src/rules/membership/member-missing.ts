import { sqlMembership } from '../../domain/codes.ts';
import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'member-missing',
  when: ['drift'],
  severity: 'error',
  subject: 'membership',
  who: 'Okta admin',
  title: 'A member of a pushed group is not in the group in Opti ID',
  cause: { of: 'membership', one: 'is missing in Opti ID', many: 'are missing in Opti ID' },
  why: 'The person is in the Okta group, assigned and active, and still does not have what the group grants: the push failed, or somebody took them out in the Admin Center.',
  source: 'Article: User management in Okta (adding users to groups); do not edit user memberships.',
  overScim: { speaksOf: 'every group', unlessUnplaced: true },
  sql: `
    select
      ${sqlMembership('coalesce(okta_email, opti_email)', 'okta_group_name')},
      okta_user_id as okta_id,
      opti_user_id as opti_id,
      concat_ws('|', okta_group_id, opti_group_id, okta_user_id) as identity,
      okta_group_id, opti_group_id
    from membership_change
    where change = 'gained'
      and relation = 'pushed'
      -- Who is not in Opti ID at all is in none of its groups: their own rules say so once.
      and okta_user_id not in (select okta_user_id from unprovisioned_user)
    order by subject, identity`,
  evidence: {
    group_name: 'Name of the pushed group',
    okta_group_id: 'Okta id of the pushed group',
    opti_group_id: 'Id of its group in the store',
  },
  codes: { person: 'Whose membership it is' },
  alsoAbout: ['okta_group_id', 'opti_group_id'],
  detail: ({ subject }) =>
    `${subject}: in the Okta group, assigned and active, and not in the group in Opti ID.`,
  fix: 'SCIM app › Push Groups: choose Push now for the group, then see in the Admin Center that the person is in it. If not, read why in the System Log. Do not add the person in the Admin Center.',
});
