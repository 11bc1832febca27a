import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-missing',
  when: ['drift'],
  severity: 'error',
  subject: 'group',
  who: 'Okta admin',
  title: 'A group is pushed and its group in Opti ID is gone',
  cause: { of: 'group', one: 'is gone from Opti ID', many: 'are gone from Opti ID' },
  why: 'Somebody deleted the group in the Admin Center. Okta still pushes to the one that it remembers, so no member arrives, and everybody who had access through it has lost that access.',
  source:
    "Article: User management in Opti ID (do not delete groups; its FAQ has groups deleted before SCIM is on only); Options to avoid. Okta's own repair of a missing group chooses Leave the group in the target app, which the article says to avoid.",
  overScim: { speaksOf: 'groups whose id Okta keeps: they were asked for by it', unlessUnplaced: true },
  notNeeded: { 'adds what the group granted': 'baseline' },
  // What a baseline knows is kept with the finding: the next night's baseline has the group no more.
  sql: `
    with missing as (
      select push_mapping.*, coalesce(target_external_id, remembered_pair.opti_group_id) as lost_opti_group_id
      from push_mapping
      left join remembered_pair using (okta_mapping_id)
      left join okta_group on okta_group.okta_group_id = source_group_id
      where status = 'ACTIVE'
        and not coalesce(okta_group.is_team, false)
        and okta_mapping_id not in (select okta_mapping_id from group_pair)
    ),
    granted as (
      select okta_mapping_id, list_sort(list(distinct {label: label, ids: ids})) as grants
      from (
        select okta_mapping_id, unnest([source_folded_name, target_folded_name]) as key from missing
        union
        select okta_mapping_id, lost_opti_group_id from missing
      )
      join (
        select
          unnest([opti_group_id, fold_name(group_name)]) as key,
          product || ' / ' || instance || ': ' || role as label,
          opti_instance_id || '|' || opti_role_id as ids
        from baseline_grant
      ) using (key)
      group by okta_mapping_id
    )
    select
      source_name as subject, source_group_id as okta_id, null::varchar as opti_id,
      lost_opti_group_id, target_name, last_push, okta_mapping_id,
      [g.label for g in coalesce(grants, [])] as granted,
      [g.ids for g in coalesce(grants, [])] as grant_ids
    from missing
    left join granted using (okta_mapping_id)
    order by subject, okta_id, okta_mapping_id`,
  evidence: {
    lost_opti_group_id: 'Id that the group had in the store, if Okta or an earlier run knows it',
    target_name: "Name of the push's target group in Okta, null where Okta does not show it",
    last_push: 'When the group was last pushed',
    okta_mapping_id: 'Id of the push mapping',
    granted: 'What the baseline says that it granted: product, instance and role',
    grant_ids: 'The same by ids: instance and role, joined by `|`',
  },
  detail: ({ subject, last_push }) =>
    `${subject} is pushed, ${last_push === null ? 'but never was so far, and' : 'and'} Opti ID has no group that the push made.`,
  fix: 'SCIM app › Push Groups: unlink the group with Delete the group in the target app, never with Leave the group in the target app; push it again; then give the new group its product instances and roles in the Admin Center. Do not make it by hand there.',
});
