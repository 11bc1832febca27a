import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-orphaned',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'group',
  who: 'Optimizely Support',
  title: 'A group was left in Opti ID that Okta no longer manages',
  why: 'Unlinking with Leave the group in the target app makes the group read-only: it cannot be deleted, nobody can be taken out of it, and its members keep its access.',
  source: 'Article: Options to avoid.',
  needs: [
    'okta.groupPushMappings',
    'okta.groups',
    'optiId.groups',
    'optiId.groupMembers',
    'optiId.users',
    'optiId.groupInstanceRoles',
    'optiId.productInstances',
    'optiId.roles',
  ],
  sql: `
    select
      name as subject,
      null::varchar as okta_id,
      opti_group_id as opti_id,
      members,
      grants
    from orphaned_group
    order by subject, opti_id`,
  evidence: {
    members: 'Number of members who keep its access',
    grants: 'What it grants: product, instance and role',
  },
  detail: ({ subject, members, grants }) =>
    `${subject} is managed by SCIM in Opti ID and no push mapping targets it; ${members} ${members === 1 ? 'member keeps' : 'members keep'} ${(grants as readonly string[]).length} ${(grants as readonly string[]).length === 1 ? 'grant' : 'grants'}.`,
  fix: 'Ask Optimizely Support to remove the group, with its members and grants listed. Meanwhile take its product instances away in the Admin Center, if it lets you.',
});
