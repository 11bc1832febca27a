import { ADDS_OPTI_ID, defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'push-event-failed',
  when: ['drift'],
  severity: 'error',
  subject: 'event',
  who: 'Okta admin',
  title: 'A push to Opti ID failed, and no later success answers it',
  cause: { of: 'push', one: 'failed', many: 'failed' },
  why: 'Okta logs what the target app refused. Until it succeeds, Opti ID keeps the old state of that user or group.',
  source: 'Article: Troubleshoot; Okta: event types of provisioning.',
  notNeeded: { [ADDS_OPTI_ID]: 'group_pair' },
  sql: `
    with mapped as (
      select okta_group_id, min(opti_group_id) as opti_group_id from group_pair group by okta_group_id
    )
    select
      case about
        when 'user' then coalesce(okta_user.email, okta_user.login, user_name, failure.okta_user_id)
        when 'group' then coalesce(okta_group.name, failure.group_name)
        else app.label
      end as subject,
      case about
        when 'user' then failure.okta_user_id
        when 'group' then failure.okta_group_id
        else app.okta_app_id
      end as okta_id,
      case about when 'user' then user_pair.opti_user_id when 'group' then mapped.opti_group_id end as opti_id,
      concat_ws('|', app.okta_app_id, about, key) as identity,
      about as concerns,
      event_id, event_type, published, outcome_reason
    from push_failure as failure
    join snapshot.okta_scim_app as app on true
    left join okta_user using (okta_user_id)
    left join user_pair using (okta_user_id)
    left join okta_group using (okta_group_id)
    left join mapped using (okta_group_id)
    where cause = 'failed push'
      and coalesce(failure.okta_user_id not in (select okta_user_id from address_holder), true)
    order by subject, identity`,
  evidence: {
    concerns: 'Whom the event names: `user`, `group`, or the `app` alone',
    event_id: 'Event id of the last failure',
    event_type: 'Type of that event',
    published: 'When it was',
    outcome_reason: "Okta's reason",
  },
  detail: ({ subject, event_type, published, outcome_reason }) =>
    `${subject}: ${event_type} failed at ${published}${outcome_reason === null ? ', without a reason' : `: ${String(outcome_reason).replace(/[.\s]+$/u, '')}`}.`,
  fix: ({ concerns }) =>
    concerns === 'user'
      ? 'Resolve the cause that Okta names, then retry the task of this user in the Okta Admin Console (Dashboard, Tasks).'
      : concerns === 'group'
        ? 'Resolve the cause that Okta names, then choose Push now for the group under Push Groups of the SCIM app.'
        : 'The event names neither a user nor a group: resolve the cause that Okta names, and look at the tasks and at Push Groups of the SCIM app for what waits.',
});
