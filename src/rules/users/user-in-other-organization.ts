import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'user-in-other-organization',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'user',
  who: 'Optimizely Support',
  title: 'An assigned person is a user of another Opti ID organization',
  cause: {
    of: 'person',
    one: 'is in another Opti ID organization',
    many: 'are in another Opti ID organization',
  },
  why: 'An e-mail belongs to one user in all of Opti ID. Okta cannot create the person here: Opti ID answers 409.',
  source: "Opti ID's SCIM reference: POST /users.",
  sql: `
    select
      coalesce(okta_user.email, okta_user.login, okta_user_id) as subject,
      okta_user_id as okta_id,
      null::varchar as opti_id,
      elsewhere.email as other_email
    from assigned_user
    join okta_user using (okta_user_id)
    join (
      select fold_email(email) as folded_email, min(email) as email
      from snapshot.opti_id_other_organization_users
      group by all
    ) as elsewhere
      on elsewhere.folded_email = okta_user.folded_email
    where okta_user_id not in (select okta_user_id from account_tie)
    order by subject, okta_id`,
  evidence: {
    other_email: 'The e-mail as the other organization has it; nothing else of the user there is read',
  },
  detail: ({ subject }) =>
    `${subject} is assigned, not a user of this organization, and a user of another one.`,
  fix: 'Unassign the person from the SCIM app and invite them as a collaborator, or ask Optimizely Support to move the user to this organization.',
});
