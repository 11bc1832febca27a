import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-link-shared',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'group',
  who: 'Okta admin',
  title: 'Two push mappings have one target',
  cause: { of: 'group', one: 'shares its target with another', many: 'share their target with another' },
  why: 'Each push sends the whole list of members, so the two groups overwrite each other, and unlinking one of them with delete takes the group away from the other.',
  source: 'Okta: group push mappings; GroupPushMapping targetGroupId.',
  // The external id names the group in Opti ID; where Okta does not show it, the target group's own id does.
  sql: `
    with target as (
      select *, coalesce('Opti ID ' || target_external_id, 'Okta ' || target_group_id) as target
      from push_mapping
      where target_group_id is not null
    )
    select
      mapping.source_name as subject, mapping.source_group_id as okta_id, group_match.opti_group_id as opti_id,
      mapping.target_name,
      list(other.source_name order by other.source_name, other.okta_mapping_id) as shared_with,
      mapping.okta_mapping_id
    from target as mapping
    join target as other
      on other.target = mapping.target and other.okta_mapping_id <> mapping.okta_mapping_id
    left join group_match on group_match.okta_mapping_id = mapping.okta_mapping_id
    group by all
    order by subject, okta_id, mapping.okta_mapping_id`,
  evidence: {
    target_name: 'Name of the target group in Okta, where Okta shows it',
    shared_with: 'Names of the other groups that are pushed into it',
    okta_mapping_id: 'Id of the push mapping',
  },
  detail: ({ subject, shared_with }) =>
    `${subject} is pushed into the same group as ${(shared_with as readonly string[]).join(', ')}.`,
  fix: 'Decide which Okta group the Opti ID group belongs to. Record its members and grants, ask Optimizely Support how to part the others from it, and push each of them as a group of its own.',
});
