import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'managed-group-without-access',
  when: ['drift'],
  severity: 'warning',
  subject: 'group',
  who: 'Opti ID admin',
  title: 'A pushed group gives no access',
  why: 'A push makes the group and its members, never its access: nobody gave it product instances and roles yet, or somebody took them away. Its members get no access from it.',
  source: 'Article: User management in Opti ID (assign product instances and roles).',
  sql: `
    select
      okta_group.name as subject, okta_group_id as okta_id, opti_group_id as opti_id,
      opti_group.name as opti_group_name,
      opti_group.created_at as opti_group_created
    from compared_group
    join okta_group using (okta_group_id)
    join opti_group using (opti_group_id)
    where compared_group.relation = 'pushed'
      and opti_group_id not in (select opti_group_id from snapshot.opti_id_group_instance_roles)
    order by subject, okta_id, opti_id`,
  evidence: {
    opti_group_name: 'Name of the group in Opti ID',
    opti_group_created: 'When it was made',
  },
  detail: ({ subject }) => `${subject} is pushed, and its group in Opti ID grants nothing.`,
  fix: 'Opti ID Admin Center › Group Access: assign the product instances that the group should reach, and a role on each; or take the group out of the push, if it needs none (unlink it with Delete the group in the target app).',
});
