import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-linked-to-existing',
  when: ['precutover', 'drift'],
  severity: 'warning',
  subject: 'group',
  who: 'Okta admin',
  title: 'A push mapping is linked to a group that was there before',
  why: 'The article says that linking groups is not supported, and in another place offers to link a group of another name. Okta overwrites the members of a linked group, and unlinking it leaves it stranded.',
  source: 'Article: Options to avoid.',
  overScim: { hidden: 'group types' },
  sql: `
    select
      push_mapping.source_name as subject,
      push_mapping.source_group_id as okta_id,
      opti_group.opti_group_id as opti_id,
      opti_group.name as opti_group_name,
      opti_group.group_type,
      opti_group.created_at as opti_group_created,
      push_mapping.created as mapping_created,
      push_mapping.okta_mapping_id, group_pair.matched_by
    from push_mapping
    join group_pair using (okta_mapping_id)
    join opti_group on opti_group.opti_group_id = group_pair.opti_group_id
    where not opti_group.is_reserved
      and (
        opti_group.group_type <> 'internal'
        or opti_group.created_at < push_mapping.created - interval 10 minutes
      )
    order by subject, okta_id, okta_mapping_id`,
  evidence: {
    opti_group_name: 'Name of the group in Opti ID',
    group_type: 'Its type; a push makes internal groups',
    opti_group_created: 'When it was made',
    mapping_created: 'When the push mapping was made',
    okta_mapping_id: 'Id of the push mapping',
    matched_by: 'How the store group was found',
  },
  detail: ({ subject, opti_group_name, group_type }) =>
    `${subject} is linked to ${opti_group_name}, ${group_type === 'internal' ? 'which is older than the push mapping' : `a ${group_type} group`}, so the push did not make it.`,
  fix: 'Record the members and grants of the Opti ID group. Ask Optimizely Support how to part the two; then push the Okta group as a new one.',
});
