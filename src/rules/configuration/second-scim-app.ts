import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'second-scim-app',
  when: ['precutover', 'drift'],
  severity: 'warning',
  subject: 'app',
  who: 'Okta admin',
  title: 'Another app manages this organization too',
  why: 'Two apps that manage the same people and groups undo each other. What only the other one manages looks as if nobody managed it, and ending it the wrong way deletes people.',
  source:
    "Opti ID's SCIM reference: a user whom an app deactivates is permanently deleted; Okta: deactivating an app unassigns its people.",
  expected: 'one app that manages the organization',
  notNeeded: {
    'says what the SCIM app itself manages; the finding is about the other one': 'app_user push_mapping',
  },
  sql: `
    select
      other_manager.label as subject, other_manager.okta_app_id as okta_id, null::varchar as opti_id,
      users, groups,
      app.label as scim_app,
      (select count(distinct external_id) from app_user where is_assigned and external_id in (select opti_user_id from opti_user)) as scim_app_users,
      (select count(distinct source_group_id) from push_mapping) as scim_app_groups
    from other_manager
    join snapshot.okta_scim_app as app on true
    order by subject, okta_id`,
  evidence: {
    users: 'How many users of Opti ID the other app manages',
    groups: 'How many groups of Opti ID it manages',
    scim_app: 'Label of the SCIM app',
    scim_app_users: 'How many users of Opti ID the SCIM app manages',
    scim_app_groups: 'How many groups it pushes',
  },
  detail: ({ subject, users, groups, scim_app, scim_app_users, scim_app_groups }) =>
    `${subject} manages a part of this organization (users: ${users}, groups: ${groups}), next to the SCIM app ${scim_app} (users: ${scim_app_users}, pushed groups: ${scim_app_groups}).`,
  fix: 'Choose which of the two apps is to manage the organization, and deactivate neither before that: deactivating an app unassigns its people, and an unassignment deletes them in Opti ID. Ask Optimizely Support how to hand over what the other one manages.',
});
