import type { DerivedTable } from './table.ts';

export const userInScope: DerivedTable = {
  name: 'user_in_scope',
  means:
    'A person whom the cutover or the night concerns: assigned in Okta, present in the store, or both; and suspended people of either.',
  sql: `
    with okta_side as (
      select okta_user_id from assigned_user
      union
      select okta_user_id from user_pair
    ),
    -- Of several Okta users with one store user each assigned one keeps its row, the others only if none is.
    paired as (
      select okta_user_id, user_pair.opti_user_id, matched_by, matched_by_id,
        okta_user_id in (select okta_user_id from assigned_user) as is_assigned
      from okta_side
      left join user_pair using (okta_user_id)
      qualify is_assigned
        or row_number() over (partition by opti_user_id order by is_assigned desc, okta_user_id) = 1
    )
    select
      paired.okta_user_id,
      coalesce(paired.is_assigned, false) as is_assigned,
      opti_user.opti_user_id,
      paired.matched_by,
      coalesce(paired.matched_by_id, false) as matched_by_id
    from paired
    left join opti_user using (opti_user_id)
    union all
    select null, false, opti_user_id, null, false
    from opti_user
    where opti_user_id not in (select opti_user_id from user_pair)`,
};
