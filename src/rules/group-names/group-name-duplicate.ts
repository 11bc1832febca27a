import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-name-duplicate',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'group',
  who: 'Okta admin',
  title: 'Two pushed groups have one name',
  cause: { of: 'group', one: 'has the name of another', many: 'have the name of another' },
  why: 'Okta looks a group up in Opti ID by its name. Two of one name end in one group, or the second push fails.',
  source: 'Okta: Group Push, name conflicts.',
  sql: `
    select
      one.name as subject, one.okta_group_id as okta_id, null::varchar as opti_id,
      list(other.okta_group_id order by other.okta_group_id) as same_name_group_ids,
      list(other.name order by other.okta_group_id) as same_name_groups
    from pushed_group as one
    join pushed_group as other
      on other.folded_name = one.folded_name and other.okta_group_id <> one.okta_group_id
    group by one.name, one.okta_group_id
    order by subject, okta_id`,
  evidence: {
    same_name_group_ids: 'Okta ids of the other groups of that name',
    same_name_groups: 'Their names, as written',
  },
  detail: ({ subject, same_name_group_ids }) => {
    const others = same_name_group_ids as readonly string[];
    return `${subject} is to be pushed, and so ${others.length === 1 ? 'is another group' : `are ${others.length} other groups`} of that name (${others.join(', ')}).`;
  },
  fix: 'Rename all but one of them in Okta, or take them out of the push.',
});
