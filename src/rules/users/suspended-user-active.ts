import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'suspended-user-active',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'user',
  who: 'Okta admin',
  title: 'A suspended person keeps access to Opti ID',
  cause: { of: 'person', one: 'keeps access while suspended', many: 'keep access while suspended' },
  why: 'Okta does not notify Opti ID of a suspension: the person stays assigned and stays in Opti ID with everything they had.',
  source: 'Article: User management in Opti ID (suspended users).',
  judgesWithout: ['assigned'],
  notNeeded: { 'dates the suspension; the window may be too short for it anyway': 'okta.logEvents' },
  // The log may be unread, or its window too short: it only dates the suspension.
  sql: `
    with suspension as (
      select target.id as okta_user_id, arg_max(event_id, (published, event_id)) as event_id
      from (
        select event_id, published, unnest(targets) as target
        from snapshot.okta_log_events
        where event_type = 'user.lifecycle.suspend'
      )
      where target.type = 'User'
      group by all
    )
    select
      coalesce(okta_user.email, okta_user.login, okta_user.okta_user_id) as subject,
      okta_user.okta_user_id as okta_id,
      user_pair.opti_user_id as opti_id,
      okta_user.okta_user_id in (select okta_user_id from assigned_user) as is_assigned,
      user_pair.opti_user_id is not null as is_in_store,
      user_pair.matched_by,
      coalesce(user_pair.other_profiles, []) as other_profiles,
      suspension.event_id as suspend_event,
      (select count(*) from opti_group_member where opti_user_no = user_pair.opti_user_no) as groups
    from okta_user
    left join user_pair using (okta_user_id)
    left join suspension using (okta_user_id)
    where okta_user.okta_user_id in (select okta_user_id from suspended_user)
      and (
        okta_user.okta_user_id in (select okta_user_id from assigned_user)
        or user_pair.opti_user_id is not null
      )
      -- The account that they point to is somebody else's: unassigning them could delete it.
      and okta_user.okta_user_id not in (select okta_user_id from other_profile)
    order by subject, okta_id`,
  evidence: {
    is_assigned: 'True when still assigned to the app',
    is_in_store: 'True when still in the Opti ID store',
    matched_by: 'How the store user was found',
    other_profiles: 'Whoever else in Okta points to the store user, with the status',
    suspend_event: 'Event id of the last suspension, if the System Log has one in the window',
    groups: 'Number of groups in Opti ID',
  },
  detail: ({ subject, is_assigned, is_in_store, groups }) =>
    `${subject} is suspended in Okta and ${[
      ...(is_assigned ? ['still assigned'] : []),
      ...(is_in_store ? [`still in Opti ID with ${groups} ${groups === 1 ? 'group' : 'groups'}`] : []),
    ].join(' and ')}.`,
  fix: ({ is_assigned }) =>
    is_assigned
      ? 'Unassign the person from the SCIM app, or deactivate them in Okta: only that deletes them in Opti ID.'
      : 'Deactivate the person in Okta or delete them in the Opti ID Admin Center: no SCIM app manages them.',
});
