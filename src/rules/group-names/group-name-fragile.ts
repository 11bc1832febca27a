import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-name-fragile',
  when: ['precutover'],
  severity: 'warning',
  subject: 'group',
  who: 'Okta admin',
  title: "A pushed group's name may break the push",
  why: 'Okta looks a group up with a SCIM filter that quotes its name. Quotes, backslashes, control and invisible characters, outer spaces and very long names are where such lookups fail.',
  source: 'RFC 7644 §3.4.2.2 (filter quoting).',
  sql: `
    select
      name as subject, okta_group_id as okta_id, null::varchar as opti_id,
      name_fragilities(name) as contains
    from pushed_group
    where name_fragilities(name) is not null
    order by subject, okta_id`,
  evidence: { contains: 'What makes the name fragile' },
  detail: ({ subject, contains }) => `The name ${JSON.stringify(subject)} has ${contains}.`,
  fix: 'Give the Okta group a plain name before the first push.',
});
