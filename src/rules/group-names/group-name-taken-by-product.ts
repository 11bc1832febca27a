import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-name-taken-by-product',
  when: ['precutover'],
  severity: 'blocker',
  subject: 'group',
  who: 'Okta admin',
  title: 'A product group in Opti ID has the name of a pushed group',
  cause: { of: 'group', one: 'must be renamed', many: 'must be renamed' },
  why: 'A product makes its groups itself, one for each system role. They can neither be deleted nor renamed, so the pushed group cannot take the name.',
  source: 'Opti ID documentation: Manage groups.',
  overScim: { hidden: 'group types' },
  sql: `
    select
      pushed_group.name as subject,
      pushed_group.okta_group_id as okta_id,
      opti_group.opti_group_id as opti_id,
      opti_group.name as opti_group_name
    from pushed_group
    join opti_group on opti_group.folded_name = pushed_group.folded_name
    where opti_group.group_type = 'product'
      and not pushed_group.is_team
    order by subject, okta_id, opti_id`,
  evidence: { opti_group_name: 'Name of the product group in Opti ID' },
  detail: ({ subject, opti_group_name }) =>
    `${subject} is to be pushed, and ${opti_group_name} is a product group in Opti ID that cannot be deleted or renamed.`,
  fix: 'Rename the Okta group, or push another Okta group with a name of its own.',
});
