import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'assignment-too-wide',
  when: ['precutover'],
  severity: 'warning',
  subject: 'app',
  who: 'Okta admin',
  title: 'Many more people are assigned than use Opti ID',
  why: 'Okta creates everybody who is assigned. Each gets an account in Opti ID, and taking somebody out of the assignment later deletes that account.',
  source: "Article: assignments; Okta: the built-in group Everyone holds all of the org's users.",
  expected: 'an assignment group with the people who are to use Opti ID',
  sql: `
    select
      app.label as subject, app.okta_app_id as okta_id, null::varchar as opti_id,
      is_everyone_assigned, created, store_users
    from snapshot.okta_scim_app as app
    cross join (
      select
        exists (
          select 1 from snapshot.okta_app_groups join okta_group using (okta_group_id) where is_built_in_everyone
        ) as is_everyone_assigned,
        -- Who only points to an account of somebody else is not created: the address is taken.
        (select count(*) from coming_user anti join account_tie using (okta_user_id)) as created,
        (select count(*) from opti_user) as store_users
    )
    where is_everyone_assigned or (created > 50 and created > 3 * store_users)
    order by subject, okta_id`,
  evidence: {
    is_everyone_assigned: "True where Okta's built-in group Everyone is assigned",
    created:
      'Number of assigned, active people who would be created: no store user has their id, user name or e-mail',
    store_users: 'Number of users in Opti ID',
  },
  detail: ({ subject, is_everyone_assigned, created, store_users }) =>
    `${is_everyone_assigned ? `Okta's built-in group Everyone is assigned to ${subject}` : `The assignment of ${subject} is wide`} (people who would be created: ${created}, users in Opti ID: ${store_users}).`,
  fix: 'Make a group of the people who are to use Opti ID, and assign it to the SCIM app in place of the wide assignment. Do it before provisioning is switched on: after that, an unassignment deletes people in Opti ID.',
});
