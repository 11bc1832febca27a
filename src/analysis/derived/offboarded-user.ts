import type { DerivedTable } from './table.ts';

export const offboardedUser: DerivedTable = {
  name: 'offboarded_user',
  means: 'An Okta user who is deprovisioned or not assigned, and the store user that an id ties to them.',
  sql: `
    select
      okta_user_id,
      okta_user.status as okta_status,
      okta_user_id in (select okta_user_id from assigned_user) as is_assigned,
      user_pair.opti_user_id,
      user_pair.matched_by
    from user_pair
    left join okta_user using (okta_user_id)
    where user_pair.matched_by_id
      and (
        coalesce(okta_user.status = 'DEPROVISIONED', false)
        or okta_user_id not in (select okta_user_id from assigned_user)
      )`,
};
