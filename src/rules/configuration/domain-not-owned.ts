import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  id: 'domain-not-owned',
  when: ['precutover'],
  severity: 'warning',
  subject: 'organization',
  who: 'Opti ID admin',
  title: 'Assigned users have an e-mail domain that no SSO connection lists',
  why: 'Opti ID decides by the e-mail domain where somebody signs in. Without their domain, provisioned people cannot get in.',
  source: 'Opti ID documentation: Set up organizational domains.',
  expected: "every assigned user's domain on an SSO connection",
  sql: `
    select
      domain as subject, null::varchar as okta_id, null::varchar as opti_id,
      count(*) as users,
      list(email order by email)[1:5] as examples
    from (
      select okta_user.email, email_domain(okta_user.email) as domain
      from assigned_user
      join okta_user using (okta_user_id)
    )
    where domain is not null
      and not exists (
        select 1
        from (select unnest(domains) as owned from snapshot.opti_id_sso_connections)
        where fold_domain(owned) = domain
      )
    group by domain
    order by domain`,
  evidence: { users: 'Number of assigned users in the domain', examples: 'Up to five of them' },
  detail: ({ subject, users, examples }) =>
    `${users} assigned ${users === 1 ? 'user has' : 'users have'} an e-mail in ${subject}, which no SSO connection lists: ${(examples as readonly string[]).join(', ')}.`,
  fix: 'Opti ID Admin Center › Settings › Authentication › SSO: add the domain to the connection, or take these people out of the assignment.',
});
