import type { DerivedTable } from './table.ts';

export const membershipDelta: DerivedTable = {
  name: 'membership_delta',
  means:
    'A membership that one side of a compared group has and the other has not: lost (store only) or gained (expected only). Of a group that a push made, a suspended member who is in both is neither.',
  columns: {
    change: '`gained` (Okta alone has it) or `lost` (Opti ID alone has it)',
  },
  sql: `
    -- Two groups under one number: there are many memberships, and each is held while it is looked for.
    with comparison as (select row_number() over () as comparison_no, * from compared_group),
    expected as (
      select comparison_no, okta_user_no, user_pair.opti_user_no
      from comparison
      join expected_member using (okta_group_no)
      left join user_pair using (okta_user_no)
    ),
    present as (
      select comparison_no, opti_user_no
      from comparison
      join opti_group_member using (opti_group_no)
    ),
    difference as (
      select comparison_no, okta_user_no, opti_user_no, present.comparison_no is null as is_gained
      from expected
      full join present using (comparison_no, opti_user_no)
      where expected.comparison_no is null or present.comparison_no is null
    ),
    -- Okta sends nothing about a suspension: who was pushed before it stays.
    suspended as (
      select comparison_no, user_pair.opti_user_no
      from comparison
      join snapshot.okta_group_members using (okta_group_no)
      join okta_user using (okta_user_no)
      join user_pair using (okta_user_no)
      where relation = 'pushed'
        and okta_user.status = 'SUSPENDED'
    )
    select okta_group_id, opti_group_id, okta_user.okta_user_id, user_pair.opti_user_id, 'gained' as change
    from difference
    join comparison using (comparison_no)
    join okta_user using (okta_user_no)
    left join user_pair using (okta_user_no)
    where is_gained
    union all
    select okta_group_id, opti_group_id, owner.okta_user_id, opti_user.opti_user_id, 'lost'
    from difference
    join comparison using (comparison_no)
    join opti_user using (opti_user_no)
    anti join suspended using (comparison_no, opti_user_no)
    left join opti_user_owner as owner using (opti_user_id)
    where not is_gained`,
};
