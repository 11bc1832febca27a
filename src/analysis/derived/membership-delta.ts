import type { DerivedTable } from './table.ts';

export const membershipDelta: DerivedTable = {
  name: 'membership_delta',
  means:
    'A membership that one side of a compared group has and the other has not: lost (store only) or gained (expected only). Of a group that a push made, a suspended member who is in both is neither.',
  sql: `
    with expected as (
      select okta_group_id, compared_group.opti_group_id, okta_user_id, user_pair.opti_user_id
      from compared_group
      join expected_member using (okta_group_id)
      left join user_pair using (okta_user_id)
    ),
    present as (
      select okta_group_id, opti_group_id, opti_user_id
      from compared_group
      join opti_group_member using (opti_group_id)
    ),
    -- Okta sends nothing about a suspension: who was pushed before it stays.
    suspended as (
      select okta_group_id, opti_group_id, user_pair.opti_user_id
      from compared_group
      join snapshot.okta_group_members using (okta_group_id)
      join okta_user using (okta_user_id)
      join user_pair using (okta_user_id)
      where relation = 'pushed'
        and okta_user.status = 'SUSPENDED'
    )
    select okta_group_id, opti_group_id, okta_user_id, opti_user_id, 'gained' as change
    from expected
    anti join present using (okta_group_id, opti_group_id, opti_user_id)
    union all
    select okta_group_id, opti_group_id, owner.okta_user_id, opti_user_id, 'lost'
    from present
    anti join expected using (okta_group_id, opti_group_id, opti_user_id)
    anti join suspended using (okta_group_id, opti_group_id, opti_user_id)
    left join opti_user_owner as owner using (opti_user_id)`,
};
