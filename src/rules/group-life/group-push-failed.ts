import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'group-push-failed',
  when: ['precutover', 'drift'],
  severity: 'error',
  subject: 'group',
  who: 'Okta admin',
  title: 'Okta could not push a group',
  cause: { of: 'group', one: 'could not be pushed', many: 'could not be pushed' },
  why: 'While a mapping is in error, no change of members reaches Opti ID.',
  source: 'Article: verify after the first sync; Okta: GroupPushMapping status.',
  sql: `
    select
      source_name as subject, source_group_id as okta_id, null::varchar as opti_id,
      nullif(trim(error_summary), '') as error_summary,
      last_push, okta_mapping_id
    from push_mapping
    where status = 'ERROR'
    order by subject, okta_id, okta_mapping_id`,
  evidence: {
    error_summary: "Okta's summary of the error",
    last_push: 'When the group was last pushed',
    okta_mapping_id: 'Id of the push mapping',
  },
  detail: ({ subject, error_summary }) =>
    `The push of ${subject} is in error: ${error_summary ?? 'Okta gives no summary'}.`,
  fix: 'SCIM app › Push Groups: read the error, fix its cause, then push the group again. If the group is gone in Opti ID, unlink it with Delete the group in the target app first.',
});
