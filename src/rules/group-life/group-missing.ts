import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-missing',
  when: ['drift'],
  severity: 'error',
  subject: 'group',
  who: 'Okta admin',
  title: 'A group is pushed and its group in Opti ID is gone',
  why: 'Somebody deleted the group in the Admin Center. Okta still pushes to the one that it remembers, so no member arrives, and everybody who had access through it has lost that access.',
  source: 'Article: User management in Opti ID (do not delete groups).',
  needs: ['okta.groupPushMappings', 'okta.groups', 'optiId.groups'],
  sql: `
    select
      push_mapping.source_name as subject,
      push_mapping.source_group_id as okta_id,
      null::varchar as opti_id,
      coalesce(push_mapping.target_external_id, remembered_pair.opti_group_id) as lost_opti_group_id,
      push_mapping.target_name,
      push_mapping.last_push,
      push_mapping.okta_mapping_id
    from push_mapping
    left join remembered_pair using (okta_mapping_id)
    where push_mapping.status = 'ACTIVE'
      and okta_mapping_id not in (select okta_mapping_id from group_pair)
    order by subject, okta_id, okta_mapping_id`,
  evidence: {
    lost_opti_group_id: 'Id that the group had in the store, if Okta or an earlier run knows it',
    target_name: "Name of the push's target group in Okta, null where Okta does not show it",
    last_push: 'When the group was last pushed',
    okta_mapping_id: 'Id of the push mapping',
  },
  detail: ({ subject, last_push }) =>
    `${subject} is pushed, ${last_push === null ? 'but never was so far, and' : 'and'} Opti ID has no group that the push made.`,
  fix: 'SCIM app › Push Groups: unlink the group with Delete the group in the target app, never with Leave the group in the target app; push it again; then give the new group its product instances and roles in the Admin Center. Do not make it by hand there.',
});
