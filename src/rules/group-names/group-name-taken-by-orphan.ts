import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-name-taken-by-orphan',
  when: ['precutover'],
  severity: 'blocker',
  subject: 'group',
  who: 'Optimizely Support',
  title: 'A group that an earlier push left has the name of a pushed group',
  cause: {
    of: 'group',
    one: 'must be removed by Optimizely Support',
    many: 'must be removed by Optimizely Support',
  },
  why: 'An earlier try of SCIM left the group in Opti ID. The push of that name is refused (409), and nobody can delete the group in the Admin Center.',
  source: "Article: Options to avoid. Opti ID's SCIM reference: POST /groups.",
  overScim: { hidden: 'group types' },
  sql: `
    select
      okta_group_name as subject, okta_group_id as okta_id, opti_group_id as opti_id,
      name as opti_group_name,
      members, grants
    from orphan_in_the_way
    join opti_group_record using (opti_group_id)
    order by subject, okta_id, opti_id`,
  evidence: {
    opti_group_name: 'Name of the group in Opti ID',
    members: 'Number of its members',
    grants: 'What it grants: product, instance and role',
  },
  detail: ({ subject, members, grants }) =>
    `${subject} is to be pushed, and an earlier push left a group of that name in Opti ID with ${members} ${members === 1 ? 'member' : 'members'} and ${(grants as readonly string[]).length} ${(grants as readonly string[]).length === 1 ? 'grant' : 'grants'}.`,
  fix: 'Record its members, instances and roles. Ask Optimizely Support to remove the group before the push; push the Okta group; give the new group its instances and roles.',
});
