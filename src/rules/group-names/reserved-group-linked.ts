import { GROUP_MATCHES, textOfCode } from '../../domain/codes.ts';
import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'reserved-group-linked',
  when: ['precutover', 'drift'],
  severity: 'blocker',
  subject: 'group',
  firesInFlight: true,
  who: 'Optimizely Support',
  title: 'A push mapping is linked to a reserved group',
  cause: { of: 'group', one: 'is reserved', many: 'are reserved' },
  why: 'Okta overwrites the members of the group it is linked to. On Admin Center Administrators that decides who administers Opti ID; unlinking it, either way, can empty or strand it.',
  source: 'Article: User management in Opti ID (reserved groups).',
  sql: `
    select
      push_mapping.source_name as subject,
      push_mapping.source_group_id as okta_id,
      opti_group.opti_group_id as opti_id,
      coalesce(opti_group.name, push_mapping.target_name) as opti_group_name,
      push_mapping.okta_mapping_id,
      push_mapping.status as push_status,
      ${textOfCode('match', GROUP_MATCHES)} as matched_by
    from push_mapping
    left join group_match using (okta_mapping_id)
    left join opti_group on opti_group.opti_group_id = group_match.opti_group_id
    where opti_group.is_reserved
      or (opti_group.opti_group_id is null and is_reserved_name(push_mapping.target_name))
    order by subject, okta_id, okta_mapping_id`,
  evidence: {
    opti_group_name: 'Name of the reserved group',
    okta_mapping_id: 'Id of the push mapping',
    push_status: 'Status of the push mapping',
    matched_by: 'How the store group was found',
  },
  detail: ({ subject, opti_group_name, push_status }) =>
    `${subject} is linked to ${opti_group_name}, which Opti ID reserves (mapping ${push_status}).`,
  fix: 'Stop. Do not unlink it, neither with Delete nor with Leave. Deactivate the push, and ask Optimizely Support before anything else.',
});
