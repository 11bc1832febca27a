import { type MembershipCause, sqlMembership } from '../../domain/codes.ts';
import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'member-loses-group',
  when: ['precutover'],
  severity: 'error',
  subject: 'membership',
  who: 'Okta admin',
  title: 'A member of a group in Opti ID will not be in the pushed one',
  cause: { of: 'membership', one: 'will be lost', many: 'will be lost' },
  why: 'Just-in-time provisioning only ever added members. The push sends those who are in the Okta group, assigned and active; everybody else loses what the group grants.',
  source: 'Article: FAQ on existing groups.',
  overScim: {
    speaksOf:
      'people whom an Okta user owns, in any group of the name: neither collaborators nor types are shown',
  },
  notNeeded: { 'pairs what a push made; what a push will replace goes by its name': 'group_pair' },
  sql: `
    select
      ${sqlMembership('coalesce(okta_email, opti_email)', 'okta_group_name')},
      okta_user_id as okta_id,
      opti_user_id as opti_id,
      concat_ws('|', okta_group_id, opti_group_id, opti_user_id) as identity,
      reason, cause
    from membership_change
    where change = 'lost'
      and relation = 'taken'
      and not is_collaborator
      and not local_login
      and ((select opti_id_source from audit_context) <> 'scim' or okta_user_id is not null)
    order by subject, identity`,
  evidence: { group_name: 'Name of the pushed group', reason: 'Why the push does not send the person' },
  codes: { person: 'Whose membership it is', cause: 'The reason as a code' },
  detail: ({ person, group_name, reason }) =>
    `${person} is in the Opti ID group that ${group_name} replaces and will not be in the new one: ${reason}.`,
  fix: ({ cause }) =>
    cause === ('suspended' satisfies MembershipCause)
      ? 'Leave it so if the suspension stands; otherwise unsuspend the person before the push.'
      : 'Add the person to the Okta group and assign them to the SCIM app before the push, or confirm with the product owner that they lose the group.',
});
