import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'reserved-group-name',
  when: ['precutover', 'drift'],
  severity: 'blocker',
  subject: 'group',
  firesInFlight: true,
  who: 'Okta admin',
  title: 'A pushed group has a name that Opti ID reserves',
  cause: { of: 'group', one: 'is reserved', many: 'are reserved' },
  why: 'Everyone and Admin Center Administrators are reserved. Pushing a group of such a name can take over who is an administrator, or everybody. The article says never to link to Admin Center Administrators; the guide to just-in-time provisioning had customers make an Okta group of that name.',
  source:
    'Article: User management in Opti ID (reserved groups); Opti ID documentation: Synchronize groups with your SSO provider.',
  sql: `
    select
      name as subject, okta_group_id as okta_id, null::varchar as opti_id,
      type,
      is_reserved_name(name) as is_the_name
    from pushed_group
    where looks_reserved
    order by subject, okta_id`,
  evidence: {
    type: 'Type of the Okta group; BUILT_IN is made by Okta',
    is_the_name: 'True when it is the reserved name, false when it only looks like it',
  },
  detail: ({ subject, is_the_name, type }) =>
    `${subject} is to be pushed and ${is_the_name ? 'has' : 'looks like'} a reserved name${type === 'BUILT_IN' ? "; it is Okta's own group of all users" : ''}.`,
  fix: ({ type }) =>
    type === 'BUILT_IN'
      ? "Take Okta's built-in group out of the push; push a group of your own instead."
      : 'Take the group out of the push, or rename it in Okta before anything is pushed. Never link it to the reserved group.',
});
