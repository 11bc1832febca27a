import { MEMBERSHIP_CAUSES } from '../../domain/codes.ts';
import type { DerivedTable } from './table.ts';

export const lostAccess: DerivedTable = {
  name: 'lost_access',
  means:
    'A role on an instance that a user reaches only through groups that must be deleted first, by such a group, with what becomes of it.',
  sql: `
    with taken as (select * from access_path where through_taken_group),
    remaining as (
      select opti_user_no, opti_instance_id, opti_role_id
      from (from opti_group_member semi join taken using (opti_user_no))
      join grant_path using (opti_group_no)
      where not through_taken_group
    ),
    -- A store group may be in the way of several pushed groups: who is in one of them gets the access back.
    kept as (
      select distinct conflicting_group.opti_group_id, user_pair.opti_user_id
      from conflicting_group
      join pushed_group using (okta_group_id)
      join expected_member using (okta_group_no)
      join user_pair using (okta_user_no)
    ),
    not_kept as (
      select opti_group_id, opti_user_id, min(reason) as reason
      from membership_change
      where change = 'lost' and relation = 'taken'
      group by all
    )
    select
      opti_user.opti_user_id,
      opti_user.email as opti_email,
      owner.okta_user_id,
      okta_user.email as okta_email,
      path.product,
      path.opti_instance_id,
      path.instance,
      path.opti_role_id,
      path.role,
      path.opti_group_id,
      path.opti_group_name,
      kept.opti_user_id is not null as comes_back,
      case
        when kept.opti_user_id is not null then 'until it is given back to the pushed group'
        else 'for good: ' || coalesce(not_kept.reason, '${MEMBERSHIP_CAUSES.not_expected}')
      end as reason
    from (from taken anti join remaining using (opti_user_no, opti_instance_id, opti_role_id)) as path
    join opti_user using (opti_user_no)
    left join kept on kept.opti_group_id = path.opti_group_id and kept.opti_user_id = opti_user.opti_user_id
    left join not_kept on not_kept.opti_group_id = path.opti_group_id and not_kept.opti_user_id = opti_user.opti_user_id
    left join opti_user_owner as owner on owner.opti_user_id = opti_user.opti_user_id
    left join okta_user on okta_user.okta_user_id = owner.okta_user_id`,
};
