import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-push-stale',
  when: ['drift'],
  severity: 'warning',
  subject: 'group',
  who: 'Okta admin',
  title: 'A group changed in Okta and was not pushed since',
  why: 'Okta pushes a change of members within minutes. When it has not, the change is stuck, and the members in Opti ID are those of the last push.',
  source: 'Article: User management in Okta (adding and removing users); Okta: GroupPushMapping lastPush.',
  sql: `
    select
      push_mapping.source_name as subject,
      push_mapping.source_group_id as okta_id,
      group_pair.opti_group_id as opti_id,
      push_mapping.last_push, source.last_membership_updated, push_mapping.status,
      push_mapping.okta_mapping_id
    from push_mapping
    join snapshot.okta_groups as source on source.okta_group_id = push_mapping.source_group_id
    cross join audit_context
    left join group_pair on group_pair.okta_mapping_id = push_mapping.okta_mapping_id
    where source.last_membership_updated > push_mapping.last_push + audit_context.lag
    order by subject, okta_id, okta_mapping_id`,
  evidence: {
    last_push: 'When the group was last pushed',
    last_membership_updated: 'When its members last changed in Okta',
    status: 'Status of the push mapping',
    okta_mapping_id: 'Id of the push mapping',
  },
  detail: ({ subject, last_push, last_membership_updated }) =>
    `The members of ${subject} changed on ${minute(last_membership_updated)}, and its last push was on ${minute(last_push)}.`,
  fix: 'SCIM app › Push Groups: choose Push now for the group and see that the time of its last push moves and its members in Opti ID follow. If they do not, the System Log has the reason. A Force Sync proves nothing.',
});

function minute(time: unknown): string {
  return `${String(time).slice(0, 16).replace('T', ' ')} UTC`;
}
