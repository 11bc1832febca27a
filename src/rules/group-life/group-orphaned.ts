import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-orphaned',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'group',
  who: 'Optimizely Support',
  title: 'A group was left in Opti ID that Okta no longer manages',
  cause: { of: 'group', one: 'was left behind in Opti ID', many: 'were left behind in Opti ID' },
  why: 'Unlinking with Leave the group in the target app makes the group read-only: it cannot be deleted, nobody can be taken out of it, and its members keep its access.',
  source:
    "Article: Options to avoid. Okta's own repair of a missing group chooses that option, and its API takes it unless told otherwise.",
  overScim: { hidden: 'group types' },
  judgesWithout: ['pushScope'],
  notNeeded: {
    'adds the event of the unlinking': 'okta.logEvents',
    'tells which events of the log are those of the app': 'okta.scimApp',
  },
  // The log names a pushed group by its display name only; unlinking leaves at most a deactivated mapping there.
  // A hundred members are what a cell of a spreadsheet holds.
  sql: `
    with unlinking as (
      select
        fold_name(target.display_name) as folded_name,
        arg_max(event_id, (published, event_id)) as event_id
      from (
        select event_id, published, unnest(targets) as target
        from snapshot.okta_log_events
        where event_type = 'application.provision.group_push.deactivate_mapping'
          and list_has_any([t.id for t in targets], (select list(okta_app_id) from snapshot.okta_scim_app))
      )
      where target.type <> 'AppInstance'
      group by 1
    )
    select
      name as subject, null::varchar as okta_id, opti_group_id as opti_id,
      members,
      coalesce(
        (
          select list(email order by email, opti_user_id)[1:100]
          from opti_group_member
          join opti_user using (opti_user_no)
          where opti_group_member.opti_group_no = orphaned_group.opti_group_no
        ),
        []
      ) as member_emails,
      grants,
      unlinking.event_id as unlink_event
    from orphaned_group
    join opti_group_record using (opti_group_id)
    left join unlinking using (folded_name)
    where opti_group_id not in (select opti_group_id from orphan_in_the_way)
    order by subject, opti_id`,
  evidence: {
    members: 'Number of members who keep its access',
    member_emails: 'Their e-mails, up to a hundred',
    grants: 'What it grants: product, instance and role',
    unlink_event: 'Event id of the last deactivation of its push, if the System Log has one in the window',
  },
  detail: ({ subject, members, grants }) =>
    `${subject} is managed by SCIM in Opti ID and no push mapping targets it; ${members} ${members === 1 ? 'member keeps' : 'members keep'} ${(grants as readonly string[]).length} ${(grants as readonly string[]).length === 1 ? 'grant' : 'grants'}.`,
  fix: 'Ask Optimizely Support to remove the group, with its members and grants listed. Meanwhile take its product instances away in the Admin Center, if it lets you.',
});
