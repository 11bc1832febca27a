import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-recreated-by-hand',
  when: ['drift'],
  severity: 'warning',
  subject: 'group',
  who: 'Opti ID admin',
  title: 'A group made by hand has the name of a pushed group',
  why: 'Okta does not manage the one that was made by hand. Two groups of one name hide who really has access, and nobody is ever taken out of the second.',
  source: 'Article: User management in Opti ID; FAQ on existing groups.',
  overScim: { hidden: 'group types' },
  alsoNeeds: { 'okta.groupPushMappings': 'tells whether anything is pushed' },
  notNeeded: { 'says whether a push is linked to it': 'group_pair' },
  sql: `
    select
      pushed_group.name as subject,
      pushed_group.okta_group_id as okta_id,
      opti_group.opti_group_id as opti_id,
      opti_group.name as opti_group_name,
      opti_group.created_at as opti_group_created,
      record.members, record.grants, opti_group.is_reserved,
      opti_group.opti_group_id in (select opti_group_id from group_pair) as is_linked
    from pushed_group
    join opti_group using (folded_name)
    join opti_group_record as record using (opti_group_id)
    where opti_group.group_type = 'custom'
      and not pushed_group.is_team
    order by subject, okta_id, opti_id`,
  evidence: {
    opti_group_name: 'Name of the group made by hand',
    opti_group_created: 'When it was made',
    members: 'Number of its members',
    grants: 'What it grants: product, instance and role',
    is_reserved: 'True when Opti ID reserves the group: then it must not be deleted',
    is_linked: 'True when a push is linked to it',
  },
  detail: ({ subject, opti_group_name, members, grants }) =>
    `${subject} is pushed, and Opti ID has a group made by hand ${subject === opti_group_name ? 'of that name' : `named ${opti_group_name}`}, with ${members} ${members === 1 ? 'member' : 'members'} and ${(grants as readonly string[]).length} ${(grants as readonly string[]).length === 1 ? 'grant' : 'grants'}.`,
  fix: ({ is_reserved, is_linked }) => {
    if (is_reserved) {
      return 'Do not delete this group: Opti ID reserves it. Push the Okta group under another name, or take it out of the push scope.';
    }
    if (is_linked) {
      return 'Do not delete this group: a push is linked to it. Ask Optimizely Support how to part the two; then push the Okta group as a new one.';
    }
    return 'Record its members, instances and roles. Give the pushed group what it grants, put those of its people who belong there into the Okta group, and collaborators into a custom group of another name; then delete the one made by hand in the Admin Center.';
  },
});
