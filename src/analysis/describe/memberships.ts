import { textOfMembershipCause } from '../../domain/codes.ts';
import type { DatasetName } from '../../domain/dataset.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { Job } from '../../domain/rule.ts';
import type { MembershipRow } from '../../domain/situation.ts';
import type { Database } from '../engine/database.ts';
import { orderByColumns } from '../engine/order.ts';
import { MEMBERSHIP_DATASETS, readsOf } from './situations.ts';

/** Of `memberships.csv`, in their order. */
const COLUMNS = 'change, group_name, email, okta_group_id, opti_group_id, okta_user_id, opti_user_id, reason';

/** Of each group that must be deleted and pushed again: who is lost, gained, and kept out although in the Okta group. */
const CUTOVER_MEMBERSHIPS = `
  select
    change,
    okta_group_name as group_name,
    coalesce(okta_email, opti_email) as email,
    okta_group_id, opti_group_id, okta_user_id, opti_user_id, reason
  from membership_change
  where relation = 'taken'
  union all
  select
    'kept out',
    conflicting_group.okta_group_name,
    coalesce(okta_user.email, okta_user.login, okta_user.okta_user_id),
    conflicting_group.okta_group_id, conflicting_group.opti_group_id, okta_user.okta_user_id,
    user_pair.opti_user_id,
    ${textOfMembershipCause(
      `case when okta_user.status = 'SUSPENDED' then 'suspended' when okta_user.is_staged then 'staged' else 'not_assigned' end`,
      'okta_user.status',
    )}
  from conflicting_group
  join snapshot.okta_group_members as member on member.okta_group_no = id_no(conflicting_group.okta_group_id)
  anti join expected_member
    on expected_member.okta_group_no = member.okta_group_no
    and expected_member.okta_user_no = member.okta_user_no
  join okta_user using (okta_user_no)
  left join user_pair using (okta_user_no)
  anti join opti_group_member as present
    on present.opti_group_no = conflicting_group.opti_group_no
    and present.opti_user_no = user_pair.opti_user_no
  where okta_user.status <> 'DEPROVISIONED'`;

/** Of each group that a push made: who is missing in it and who should not be there. */
const DRIFTED_MEMBERSHIPS = `
  select
    case change when 'gained' then 'missing' else 'unexpected' end as change,
    okta_group_name as group_name,
    coalesce(okta_email, opti_email) as email,
    okta_group_id, opti_group_id, okta_user_id, opti_user_id, reason
  from membership_change
  where relation = 'pushed'`;

/** Which group a push made is told by its mapping alone. */
const DRIFT_DATASETS: readonly DatasetName[] = [...MEMBERSHIP_DATASETS, 'okta.groupPushMappings'];

/**
 * Rows of `memberships.csv`, in the order of the report, but for what is on its way; none where something needed was
 * not read completely: a partial list looks complete.
 */
export async function* describeMemberships(
  database: Database,
  manifest: Manifest,
  job: Job,
): AsyncGenerator<MembershipRow[], void, undefined> {
  const [needed, query] =
    job === 'drift' ? [DRIFT_DATASETS, DRIFTED_MEMBERSHIPS] : [MEMBERSHIP_DATASETS, CUTOVER_MEMBERSHIPS];
  const wasRead = await readsOf(database, manifest);
  if (!wasRead(needed)) return;
  const rows = database.stream(
    `with on_its_way as (
       select okta_id as id from in_flight where okta_id is not null
       union
       select opti_id from in_flight where opti_id is not null
     )
     select *
     from (${query})
     where ${['okta_group_id', 'opti_group_id', 'okta_user_id', 'opti_user_id']
       .map((id) => `coalesce(${id} not in (select id from on_its_way), true)`)
       .join(' and ')}
     order by ${orderByColumns(COLUMNS)}`,
  );
  for await (const chunk of rows) yield chunk as unknown as MembershipRow[];
}
