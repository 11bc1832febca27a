import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-makes-team',
  when: ['precutover', 'drift'],
  severity: 'info',
  subject: 'group',
  who: 'Opti ID admin',
  title: 'A pushed group makes a team, not a group',
  why: 'A name with :: in it is that of a team and of the product instance that it belongs to. Opti ID lists teams under Teams, not under Group Access, so this audit does not look for a group.',
  source: 'Opti ID documentation: Use SCIM for provisioning teams.',
  sql: `
    select
      name as subject, okta_group_id as okta_id, null::varchar as opti_id,
      regexp_extract(name, '.*::(.*)', 1, 's') as instance_id
    from pushed_group
    where is_team
    order by subject, okta_id`,
  evidence: { instance_id: 'Id of the product instance that the name gives: what follows the last ::' },
  detail: ({ subject, instance_id }) =>
    `${subject} is pushed as a team of the instance ${JSON.stringify(instance_id)}.`,
  fix: 'Look for the team and its members in the Opti ID Admin Center under Teams. If a group is meant, take the :: out of its name.',
});
