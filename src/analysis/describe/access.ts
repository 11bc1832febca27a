import type { Manifest } from '../../domain/manifest.ts';
import type { AccessRow } from '../../domain/situation.ts';
import type { Database } from '../engine/database.ts';
import { orderByColumns } from '../engine/order.ts';
import { bound, fixed } from '../engine/statement.ts';
import { GRANT_DATASETS, MEMBERSHIP_DATASETS, readsOf } from './situations.ts';

/** People of one statement: what an org may have millions of is sorted in parts that fit into memory. */
const PEOPLE_AT_ONCE = 20_000;

/** Who is in a group to delete that grants something, in the order of `access.csv`. */
const PEOPLE = `
  create or replace table access_person as
  select opti_user_no, opti_user_id, email, row_number() over (order by ${orderByColumns('email, opti_user_id')}) as place
  from (
    select opti_user.opti_user_no, opti_user.opti_user_id, coalesce(okta_user.email, opti_user.email) as email
    from opti_user
    left join account_owner as owner on owner.opti_user_id = opti_user.opti_user_id
    left join okta_user on okta_user.okta_user_id = owner.okta_user_id
    where opti_user.opti_user_no in (select opti_user_no from access_path where through_taken_group)
  )`;

/**
 * Every path that hangs on a group to delete. When the whole plan is done the pushed group grants what that one did: a
 * role remains where another path leads to it, and comes back to whoever is in the pushed group.
 */
const accessOf = (first: number, last: number) => bound`
  with person as (from access_person where place between ${first} and ${last}),
  path as (select person.*, access_path.* exclude (opti_user_no) from person join access_path using (opti_user_no)),
  remaining as (
    select opti_user_no, opti_instance_no, opti_role_no, min(opti_group_name) as group_name
    from path
    where not through_taken_group
    group by all
  ),
  lost as (
    select opti_user_no, opti_group_no, opti_instance_no, opti_role_no, comes_back, reason
    from lost_access
    semi join person using (opti_user_no)
  )
  select * exclude (place) from (select distinct
    place,
    email,
    opti_user_id,
    product,
    instance,
    role,
    opti_group_name as via_group,
    'yes' as before,
    case when remaining.group_name is null and not lost.comes_back then 'no' else 'yes' end as after,
    coalesce('stays through ' || remaining.group_name, lost.reason) as reason,
    case
      when remaining.group_name is not null then 'none'
      when lost.comes_back then 'interrupted'
      else 'for_good'
    end as loss
  from path
  left join remaining using (opti_user_no, opti_instance_no, opti_role_no)
  left join lost using (opti_user_no, opti_group_no, opti_instance_no, opti_role_no)
  where path.through_taken_group
  )
  order by place, ${fixed(orderByColumns('product, instance, role, via_group'))}, after, ${fixed(orderByColumns('reason'))}, loss`;

/**
 * Rows of `access.csv`, in the order of the report; none where something needed was not read completely: a partial list
 * looks complete.
 */
export async function* describeAccess(
  database: Database,
  manifest: Manifest,
  peopleAtOnce = PEOPLE_AT_ONCE,
): AsyncGenerator<AccessRow[], void, undefined> {
  const wasRead = await readsOf(database, manifest);
  if (!wasRead([...MEMBERSHIP_DATASETS, ...GRANT_DATASETS])) return;
  await database.run(PEOPLE);
  const [people] = await database.all('select count(*) as number from access_person');
  for (let first = 1; first <= Number(people?.number); first += peopleAtOnce) {
    const part = accessOf(first, first + peopleAtOnce - 1);
    for await (const rows of database.stream(part)) yield rows as unknown as AccessRow[];
  }
}
