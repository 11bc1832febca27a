import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'break-glass-admin-missing',
  when: ['precutover', 'drift'],
  severity: 'warning',
  subject: 'organization',
  who: 'Opti ID admin',
  title: 'No Super Admin could get in without SSO',
  why: 'If SCIM or SSO breaks, or Okta unassigns the admins, nobody can sign in to fix it.',
  source: 'Opti ID documentation: external collaborators (selective local login).',
  // Without a push scope no group is in the way, and who is assigned and active decides alone.
  judgesWithout: ['pushScope', 'okta.groupPushMappings'],
  sql: `
    select
      organization.name as subject, null::varchar as okta_id, organization.opti_organization_id as opti_id,
      (select list(distinct email order by email) from super_admin where stays) as super_admins
    from snapshot.opti_id_organizations as organization
    where exists (select 1 from super_admin where stays)
      and not exists (select 1 from super_admin where stays and signs_in_without_sso and not is_assigned)
    order by subject`,
  evidence: { super_admins: 'E-mails of those who stay Super Admin' },
  detail: ({ subject, super_admins }) =>
    `Every Super Admin of ${subject} signs in through Okta: ${(super_admins as readonly string[]).join(', ')}.`,
  fix: 'Opti ID Admin Center › Settings › Authentication › SSO: switch selective local login on for one named Super Admin who is not assigned to the SCIM app, test it from a clean browser, and keep its credentials sealed.',
});
