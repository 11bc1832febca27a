import { sqlMembership } from '../../domain/codes.ts';
import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'member-gains-group',
  when: ['precutover'],
  severity: 'warning',
  subject: 'membership',
  who: 'product owner',
  title: 'The push brings somebody into a group who is not in it today',
  why: 'Just-in-time provisioning wrote a membership only at the next sign-in. The push writes them all at once, so people gain what the group grants.',
  source: 'Article: FAQ on existing groups; Opti ID documentation: Sync groups from Okta.',
  overScim: { speaksOf: 'any group of the name that no push mapping made: its type is not shown' },
  notNeeded: { 'pairs what a push made; what a push will replace goes by its name': 'group_pair' },
  sql: `
    select
      ${sqlMembership('coalesce(okta_email, opti_email)', 'okta_group_name')},
      okta_user_id as okta_id,
      opti_user_id as opti_id,
      concat_ws('|', okta_group_id, opti_group_id, okta_user_id) as identity,
      opti_user_id is null as is_created
    from membership_change
    where change = 'gained'
      and relation = 'taken'
    order by subject, identity`,
  evidence: {
    group_name: 'Name of the pushed group',
    is_created: 'True when the person is not in Opti ID yet',
  },
  codes: { person: 'Whose membership it is' },
  detail: ({ subject, is_created }) =>
    `${subject}: the push adds ${is_created ? 'this person, who is not in Opti ID yet' : 'this person, who is in Opti ID but not in its group of that name'}.`,
  fix: 'Confirm with the product owner that the person should have what the group grants; else take them out of the Okta group.',
});
