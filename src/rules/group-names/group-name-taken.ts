import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-name-taken',
  when: ['precutover'],
  severity: 'blocker',
  subject: 'group',
  who: 'Opti ID admin',
  title: 'A group of the same name exists in Opti ID and must be deleted first',
  cause: { of: 'group', one: 'must be deleted', many: 'must be deleted' },
  why: 'Okta pushes a group by creating it. A hand-made group of the same name is in the way, and its instances and roles go with it when it is deleted. The article has it deleted before SCIM is on; later, it also says, deleting a group in the Admin Center cuts it off from Okta.',
  source: 'Article: FAQ on existing groups; User management in Opti ID (do not delete groups).',
  overScim: {
    speaksOf:
      'any group that no push mapping made: its type is not shown, so see in the Admin Center which it is',
    without: 'opti_grant',
  },
  sql: `
    select
      okta_group_name as subject, okta_group_id as okta_id, opti_group_id as opti_id,
      name as opti_group_name,
      members, grants, is_reserved
    from conflicting_group
    join opti_group_record using (opti_group_id)
    order by subject, okta_id, opti_id`,
  evidence: {
    opti_group_name: 'Name of the group in Opti ID',
    members: 'Number of its members',
    grants: 'What it grants: product, instance and role; null where it is not shown',
    is_reserved: 'True when Opti ID reserves the group: then it must not be deleted',
  },
  detail: ({ subject, opti_group_name, members, grants }) =>
    `${subject} is to be pushed, and Opti ID has a ${grants === null ? '' : 'custom '}group ${subject === opti_group_name ? 'of that name' : `named ${opti_group_name}`} with ${members} ${members === 1 ? 'member' : 'members'}${sayGrants(grants as readonly string[] | null)}.`,
  fix: ({ is_reserved, grants }) =>
    is_reserved
      ? 'Do not delete this group: Opti ID reserves it. Push the Okta group under another name, or take it out of the push scope.'
      : grants === null
        ? 'Opti ID Admin Center › Group Access: see what kind of group it is. A custom group: record its members, instances and roles and delete it before SCIM is switched on. A product group: push another name. One that SCIM manages: ask Optimizely Support.'
        : 'Record its members, instances and roles; delete it in the Opti ID Admin Center before SCIM is switched on; push the Okta group; give the new group its instances and roles back.',
});

function sayGrants(grants: readonly string[] | null): string {
  if (grants === null) return "; Opti ID's SCIM endpoint shows neither its type nor what it grants";
  return ` and ${grants.length} ${grants.length === 1 ? 'grant' : 'grants'}`;
}
