import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-assigned-and-pushed',
  when: ['precutover', 'drift'],
  severity: 'warning',
  subject: 'group',
  who: 'Okta admin',
  title: 'One group is used for assignment and for push',
  why: 'Okta does not support it: the two run against each other, and people end up missing from the group or left in it.',
  source: 'Okta: app assignments and Group Push.',
  judgesWithout: ['pushScope'],
  // A scope inferred from assignments would flag every group of it.
  sql: `
    select
      okta_group.name as subject, okta_group.okta_group_id as okta_id, null::varchar as opti_id,
      exists (select 1 from push_mapping where source_group_id = okta_group.okta_group_id) as has_mapping
    from snapshot.okta_app_groups as assigned
    join okta_group using (okta_group_id)
    where okta_group_id in (select source_group_id from push_mapping)
      or okta_group_id in (select okta_group_id from pushed_group where reason = 'setting')
    order by subject, okta_id`,
  evidence: { has_mapping: 'True when the group is pushed, false when it is only meant to be' },
  detail: ({ subject, has_mapping }) =>
    `${subject} assigns people to the SCIM app and ${has_mapping ? 'is' : 'is to be'} pushed as well.`,
  fix: 'Assign with a group of its own (one that holds everybody), and push the others.',
});
