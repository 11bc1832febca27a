import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-push-inactive',
  when: ['drift'],
  severity: 'warning',
  subject: 'group',
  who: 'Okta admin',
  title: 'The push of a group is switched off',
  why: 'While a push is inactive, Okta sends none of the changes of its members: who leaves the group keeps its access, and who joins gets none.',
  source: 'Article: User management in Okta (activating and deactivating group push).',
  sql: `
    select
      push_mapping.source_name as subject,
      push_mapping.source_group_id as okta_id,
      group_pair.opti_group_id as opti_id,
      push_mapping.last_push, push_mapping.last_updated, push_mapping.okta_mapping_id
    from push_mapping
    left join group_pair using (okta_mapping_id)
    where push_mapping.status = 'INACTIVE'
    order by subject, okta_id, okta_mapping_id`,
  evidence: {
    last_push: 'When the group was last pushed',
    last_updated: 'When the push mapping was last changed',
    okta_mapping_id: 'Id of the push mapping',
  },
  detail: ({ subject, last_push }) =>
    `The push of ${subject} is inactive${last_push === null ? ' and never ran' : `; it last ran on ${String(last_push).slice(0, 10)}`}.`,
  fix: 'SCIM app › Push Groups: activate the push, then compare the members on both sides. If Opti ID should no longer have the group, unlink it with Delete the group in the target app, never with Leave the group in the target app.',
});
