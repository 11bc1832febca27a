import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'scim-credentials-rejected',
  when: ['precutover', 'drift'],
  severity: 'blocker',
  subject: 'app',
  who: 'Okta admin',
  title: 'Opti ID refuses the SCIM token, and nothing has been provisioned since',
  cause: 'Opti ID refuses the SCIM token',
  why: 'With a token that is expired, revoked or mistyped nothing reaches Opti ID: nobody is added, and nobody who leaves is removed.',
  source: 'Article: the SCIM token; Okta: event application.integration.authentication_failure.',
  notNeeded: {
    'names whom an event is about; a refusal is about the app': 'okta_user app_user push_mapping',
  },
  sql: `
    select
      app.label as subject, app.okta_app_id as okta_id, null::varchar as opti_id,
      event_id, published, outcome_reason
    from push_failure
    join snapshot.okta_scim_app as app on true
    where cause = 'credentials rejected'
    order by subject, okta_id`,
  evidence: {
    event_id: 'Event id of the last refusal',
    published: 'When it was',
    outcome_reason: "Okta's reason",
  },
  detail: ({ subject, published, outcome_reason }) =>
    `${subject}: the credentials were refused at ${published}${outcome_reason === null ? '' : ` (${outcome_reason})`}, and the log has no successful provisioning since.`,
  fix: 'Generate a new SCIM token in the Opti ID Admin Center, enter it in the SCIM app under Provisioning, Integration, choose Test API Credentials, and retry the failed tasks.',
});
