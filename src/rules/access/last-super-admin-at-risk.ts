import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'last-super-admin-at-risk',
  when: ['precutover', 'drift'],
  severity: 'blocker',
  subject: 'organization',
  who: 'Opti ID admin',
  title: 'No Super Admin would remain',
  cause: 'no Super Admin would remain',
  why: 'Without a Super Admin nobody can give access back, undo a mistake or let anybody in; only Optimizely Support can.',
  source: 'Opti ID documentation: Manage roles in the Admin Center.',
  // Without a push scope no group is in the way, and who is assigned and active decides alone.
  judgesWithout: ['pushScope', 'okta.groupPushMappings'],
  sql: `
    select
      organization.name as subject, null::varchar as okta_id, organization.opti_organization_id as opti_id,
      coalesce((select list(distinct email order by email) from super_admin), []) as super_admins_today
    from snapshot.opti_id_organizations as organization
    where not exists (select 1 from super_admin where stays)
    order by subject`,
  evidence: { super_admins_today: 'E-mails of those who hold the role today' },
  detail: ({ subject, super_admins_today }) => {
    const today = super_admins_today as readonly string[];
    return `${subject} would have no Super Admin left: ${today.length === 0 ? 'nobody holds the role today' : `${today.join(', ')} ${today.length === 1 ? 'holds' : 'hold'} it today and would lose it or cannot be counted on`}.`;
  },
  fix: 'Give one named account Super Admin through a group that stays, with local login (Opti ID Admin Center › Settings › Authentication › SSO), and test its sign-in before anything is deleted.',
});
