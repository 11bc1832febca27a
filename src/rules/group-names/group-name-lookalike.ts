import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-name-lookalike',
  when: ['precutover'],
  severity: 'warning',
  subject: 'group',
  who: 'Okta admin',
  title: 'A pushed group and a group in Opti ID look the same and are not',
  why: 'The names differ in spaces, dashes, quotes or invisible characters. The push makes a second group next to the first, and people cannot tell which one counts.',
  source: 'Comparison of names in this catalogue.',
  sql: `
    select
      pushed_group.name as subject,
      pushed_group.okta_group_id as okta_id,
      opti_group.opti_group_id as opti_id,
      opti_group.name as opti_group_name,
      opti_group.group_type
    from pushed_group
    join opti_group on opti_group.lookalike_name = pushed_group.lookalike_name
    where opti_group.folded_name <> pushed_group.folded_name
      and not pushed_group.looks_reserved
      and not pushed_group.is_team
    order by subject, okta_id, opti_id`,
  evidence: {
    opti_group_name: 'Name of the group in Opti ID',
    group_type: 'Its type; null where it is not shown',
  },
  detail: ({ subject, opti_group_name, group_type }) =>
    `${JSON.stringify(subject)} is to be pushed and looks like the ${group_type === null ? '' : `${group_type} `}group ${JSON.stringify(opti_group_name)} in Opti ID, but differs from it.`,
  fix: 'Decide whether they are meant to be one group. If so, give the Okta group the very same name and treat it as a group to delete first; if not, rename one of them visibly.',
});
