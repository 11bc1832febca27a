import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-access-lost',
  when: ['drift'],
  severity: 'error',
  subject: 'group',
  who: 'Opti ID admin',
  title: 'A pushed group grants less than it did in the baseline',
  cause: { of: 'group', one: 'grants less than before', many: 'grant less than before' },
  why: 'SCIM carries no access. A group that was pushed again starts with none, and what the old one of its name granted must be given back by hand; until then its members cannot work.',
  source: 'Article: User management in Opti ID (assign product instances and roles); setting --baseline.',
  sql: `
    select
      okta_group.name as subject, okta_group_id as okta_id, opti_group_id as opti_id,
      opti_group.name as opti_group_name,
      list(label order by label, opti_instance_id, opti_role_id) as lost,
      list(opti_instance_id || '|' || opti_role_id order by label, opti_instance_id, opti_role_id) as grant_ids,
      min(found_by) as found_by
    from lost_grant
    join okta_group using (okta_group_id)
    join opti_group using (opti_group_id)
    where is_possible
    group by okta_group.name, okta_group_id, opti_group_id, opti_group.name
    order by subject, okta_id, opti_id`,
  evidence: {
    opti_group_name: 'Name of the group in Opti ID',
    lost: 'What it granted in the baseline and does not now: product, instance and role',
    grant_ids: 'The same by ids: instance and role, joined by `|`',
    found_by: 'How the group was found in the baseline: by its id, or by its name',
  },
  detail: ({ subject, lost, found_by }) =>
    `${subject} does not grant what ${found_by === 'id' ? 'it' : 'the group of its name'} granted in the baseline: ${(lost as readonly string[]).join('; ')}.`,
  fix: 'Opti ID Admin Center › Group Access: give the group these instances and roles back, or confirm with the product owner that it should not have them and take a new baseline.',
});
