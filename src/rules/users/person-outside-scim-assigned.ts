import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'person-outside-scim-assigned',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'user',
  who: 'Okta admin',
  title: 'A collaborator or a local login is assigned to the SCIM app',
  cause: {
    of: 'person',
    one: 'is assigned who does not belong to SCIM',
    many: 'are assigned who do not belong to SCIM',
  },
  why: 'Opti ID refuses to create somebody who is in another organization (409). Where it takes the account over instead, a later unassignment deletes it for good, and with it the way in that does not need Okta.',
  source: "Article: Non-IdP users. Opti ID's SCIM reference (409, deactivation deletes).",
  overScim: { hidden: 'people outside SCIM' },
  sql: `
    select
      coalesce(okta_user.email, okta_user.login, okta_user_id) as subject,
      okta_user_id as okta_id,
      opti_user.opti_user_id as opti_id,
      opti_user.is_collaborator, opti_user.local_login, user_pair.matched_by_id, user_pair.matched_by
    from user_pair
    join assigned_user using (okta_user_id)
    left join okta_user using (okta_user_id)
    join opti_user using (opti_user_id)
    where opti_user.is_collaborator
      or opti_user.local_login
    order by subject, okta_id`,
  evidence: {
    is_collaborator: 'True when the home organization is another one',
    local_login: 'True when the person signs in without SSO',
    matched_by_id: 'True when Okta or Opti ID already keeps an id of the other side',
    matched_by: 'How the store user was found',
  },
  detail: ({ subject, is_collaborator }) =>
    `${subject} is assigned, and ${is_collaborator ? 'a collaborator from another organization' : 'somebody with local login'} in Opti ID.`,
  fix: ({ matched_by_id }) =>
    matched_by_id
      ? 'Okta already manages the account: unassigning the person now would delete it for good. Ask Optimizely Support how to take it out of SCIM; until then leave the assignment as it is.'
      : 'Unassign the person before they are provisioned, and invite or keep them in Opti ID by hand. If they should be managed by SCIM, end the local login or the collaboration first.',
});
