import type { Manifest } from '../../domain/manifest.ts';
import type { AccessRow } from '../../domain/situation.ts';
import type { Database } from '../engine/database.ts';
import { orderByColumns } from '../engine/order.ts';
import { GRANT_DATASETS, MEMBERSHIP_DATASETS, readsOf } from './situations.ts';

/** Of `access.csv`, in their order. */
const COLUMNS = 'email, opti_user_id, product, instance, role, via_group, before, after, reason, loss';

/**
 * Every path that hangs on a group to delete. When the whole plan is done the pushed group grants what that one did: a
 * role remains where another path leads to it, and comes back to whoever is in the pushed group.
 */
const ACCESS = `
  with path as (select * from access_path where through_taken_group),
  remaining as (
    select opti_user_no, opti_instance_id, opti_role_id, min(opti_group_name) as group_name
    from (from opti_group_member semi join path using (opti_user_no))
    join grant_path using (opti_group_no)
    where not through_taken_group
    group by all
  )
  select * from (select distinct
    coalesce(okta_user.email, opti_user.email) as email,
    opti_user.opti_user_id,
    path.product,
    path.instance,
    path.role,
    path.opti_group_name as via_group,
    'yes' as before,
    case when remaining.group_name is null and not lost_access.comes_back then 'no' else 'yes' end as after,
    coalesce('stays through ' || remaining.group_name, lost_access.reason) as reason,
    case
      when remaining.group_name is not null then 'none'
      when lost_access.comes_back then 'interrupted'
      else 'for_good'
    end as loss
  from path
  join opti_user using (opti_user_no)
  left join account_owner as owner on owner.opti_user_id = opti_user.opti_user_id
  left join okta_user on okta_user.okta_user_id = owner.okta_user_id
  left join remaining
    on remaining.opti_user_no = path.opti_user_no
    and remaining.opti_instance_id = path.opti_instance_id
    and remaining.opti_role_id = path.opti_role_id
  left join lost_access
    on lost_access.opti_user_id = opti_user.opti_user_id
    and lost_access.opti_instance_id = path.opti_instance_id
    and lost_access.opti_role_id = path.opti_role_id
    and lost_access.opti_group_id = path.opti_group_id
  )
  order by ${orderByColumns(COLUMNS)}`;

/**
 * Rows of `access.csv`, in the order of the report; none where something needed was not read completely: a partial list
 * looks complete.
 */
export async function* describeAccess(
  database: Database,
  manifest: Manifest,
): AsyncGenerator<AccessRow[], void, undefined> {
  const wasRead = await readsOf(database, manifest);
  if (!wasRead([...MEMBERSHIP_DATASETS, ...GRANT_DATASETS])) return;
  for await (const rows of database.stream(ACCESS)) yield rows as unknown as AccessRow[];
}
