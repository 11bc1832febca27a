import type { DerivedTable } from './table.ts';

export const unprovisionedUser: DerivedTable = {
  name: 'unprovisioned_user',
  means:
    'An assigned user without the store user that Okta should have made or took over: never provisioned, or made once and gone from the store.',
  reads: 'okta.appUsers',
  columns: {
    cause: '`not provisioned` or `deleted by hand`',
  },
  sql: `
    select okta_user_id, external_id, 'not provisioned' as cause
    from app_user
    join okta_user using (okta_user_id)
    where app_user.is_assigned
      and okta_user.is_active
      and app_user.external_id is null
      and okta_user_id not in (select okta_user_id from user_pair)
    union all
    select okta_user_id, external_id, 'deleted by hand'
    from app_user
    where is_assigned
      and external_id is not null
      and external_id not in (select opti_user_id from opti_user)`,
};
