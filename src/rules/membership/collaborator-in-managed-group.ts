import { sqlMembership } from '../../domain/codes.ts';
import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'collaborator-in-managed-group',
  when: ['drift'],
  severity: 'error',
  subject: 'membership',
  who: 'Opti ID admin',
  title: 'A collaborator is in a group that Okta manages',
  cause: { of: 'membership', one: 'is of a collaborator', many: 'are of collaborators' },
  why: 'Collaborators, partners and people with local login are not managed through SCIM. In a group that Okta manages they make the members differ from Okta, and a push may remove their access.',
  source: 'Article: User management in Opti ID (separate groups for collaborators).',
  overScim: { hidden: 'people outside SCIM' },
  sql: `
    select
      ${sqlMembership('coalesce(okta_user.email, opti_user.email)', 'okta_group.name')},
      owner.okta_user_id as okta_id,
      opti_user.opti_user_id as opti_id,
      concat_ws('|', compared_group.okta_group_id, compared_group.opti_group_id, opti_user.opti_user_id) as identity,
      compared_group.okta_group_id, compared_group.opti_group_id, opti_user.is_collaborator,
      opti_user.local_login
    from compared_group
    join okta_group on okta_group.okta_group_id = compared_group.okta_group_id
    join opti_group_member using (opti_group_no)
    join opti_user using (opti_user_no)
    left join account_owner as owner using (opti_user_id)
    left join okta_user on okta_user.okta_user_id = owner.okta_user_id
    where compared_group.relation = 'pushed'
      and (opti_user.is_collaborator or opti_user.local_login)
    order by subject, identity`,
  evidence: {
    group_name: 'Name of the pushed group',
    okta_group_id: 'Okta id of the pushed group',
    opti_group_id: 'Id of its group in the store',
    is_collaborator: 'True when the home organization is another one',
    local_login: 'True when the person signs in without SSO',
  },
  codes: { person: 'Whose membership it is' },
  alsoAbout: ['okta_group_id', 'opti_group_id'],
  detail: ({ subject, is_collaborator }) =>
    `${subject}: ${is_collaborator ? 'a collaborator from another organization' : 'a person with local login'} is in a group that Okta manages.`,
  fix: 'Put the person into a custom group with the same instances and roles, made for collaborators. Then take them out of the Okta group, if they are in it; else ask Optimizely Support to take them out of the managed one. Do not edit its members in the Admin Center.',
});
