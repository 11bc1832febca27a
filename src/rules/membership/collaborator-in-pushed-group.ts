import { sqlMembership } from '../../domain/codes.ts';
import { defineSqlRule, NAMES_OKTA_USER } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'collaborator-in-pushed-group',
  when: ['precutover'],
  severity: 'warning',
  subject: 'membership',
  who: 'Opti ID admin',
  title: 'A collaborator is in a group that the push replaces',
  why: 'Collaborators, partners and people with local login are not in Okta. The pushed group cannot hold them, and a group that SCIM manages should not.',
  source: 'Article: User management in Opti ID (separate groups for collaborators).',
  overScim: { hidden: 'people outside SCIM' },
  notNeeded: {
    [NAMES_OKTA_USER]: 'account_owner okta_user',
    'adds what the group grants': 'opti_group_record',
  },
  sql: `
    select
      ${sqlMembership('coalesce(okta_user.email, opti_user.email)', 'conflicting_group.okta_group_name')},
      owner.okta_user_id as okta_id,
      opti_user.opti_user_id as opti_id,
      concat_ws('|', conflicting_group.okta_group_id, conflicting_group.opti_group_id, opti_user.opti_user_id) as identity,
      opti_user.is_collaborator, opti_user.local_login, record.grants, conflicting_group.okta_group_id,
      conflicting_group.opti_group_id
    from conflicting_group
    join opti_group_record as record using (opti_group_id)
    join opti_group_member using (opti_group_no)
    join opti_user using (opti_user_no)
    left join account_owner as owner using (opti_user_id)
    left join okta_user using (okta_user_id)
    where (opti_user.is_collaborator or opti_user.local_login)
      -- Okta's own Everyone is judged by its name alone.
      and conflicting_group.okta_group_id in (select okta_group_id from pushed_group where not is_built_in_everyone)
    order by subject, identity`,
  evidence: {
    group_name: 'Name of the pushed group',
    is_collaborator: 'True when the home organization is another one',
    local_login: 'True when the person signs in without SSO',
    grants: 'What the group grants: product, instance and role',
  },
  codes: {
    person: 'Whose membership it is',
    okta_group_id: 'Okta id of the pushed group',
    opti_group_id: 'Id of the group in the store',
  },
  detail: ({ subject, is_collaborator }) =>
    `${subject}: ${is_collaborator ? 'a collaborator from another organization' : 'a person with local login'} is in the Opti ID group that the push replaces.`,
  fix: 'Before the group is deleted, make a custom group of another name with the same instances and roles, and move collaborators and local logins there.',
});
