import type { DerivedTable } from './table.ts';

export const scimDomain: DerivedTable = {
  name: 'scim_domain',
  means:
    'An e-mail domain whose users SCIM manages: those of the SSO connections flagged for SCIM, or of all connections where none is.',
  columns: {
    domain: 'The domain, folded',
  },
  sql: `
    select distinct fold_domain(domain) as domain
    from (
      select unnest(domains) as domain
      from snapshot.opti_id_sso_connections
      where scim_enabled
        or not exists (select 1 from snapshot.opti_id_sso_connections where scim_enabled)
    )
    where domain is not null`,
};
