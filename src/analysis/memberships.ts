import type { DatasetName } from '../domain/dataset.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Job } from '../domain/rule.ts';
import type { MembershipRow } from '../domain/situation.ts';
import type { Database, SqlValue } from './database.ts';
import { MEMBERSHIP_DATASETS, wereRead } from './situations.ts';

/** Of each group that must be deleted and pushed anew: who is lost, gained, and kept out although in the Okta group. */
const CUTOVER_MEMBERSHIPS = `
  select
    change,
    okta_group_name as group_name,
    coalesce(okta_email, opti_email) as email,
    okta_group_id,
    opti_group_id,
    okta_user_id,
    opti_user_id,
    reason
  from membership_change
  where relation = 'taken'
  union all
  select
    'kept out',
    taken_group.okta_group_name,
    coalesce(okta_user.email, okta_user.login, okta_user_id),
    okta_group_id,
    taken_group.opti_group_id,
    okta_user_id,
    user_pair.opti_user_id,
    case
      when okta_user.status = 'SUSPENDED' then 'suspended in Okta'
      when okta_user.is_staged then 'not yet active in Okta (' || okta_user.status || ')'
      else 'not assigned to the SCIM app'
    end
  from taken_group
  join snapshot.okta_group_members as member using (okta_group_id)
  join okta_user using (okta_user_id)
  left join user_pair using (okta_user_id)
  where okta_user.status <> 'DEPROVISIONED'
    and not exists (
      select 1 from expected_member
      where expected_member.okta_group_id = taken_group.okta_group_id
        and expected_member.okta_user_id = okta_user.okta_user_id
    )
    and not exists (
      select 1 from opti_group_member
      where opti_group_member.opti_group_id = taken_group.opti_group_id
        and opti_group_member.opti_user_id = user_pair.opti_user_id
    )
  order by all`;

/** Of each group that a push made: who is missing in it and who should not be there. */
const DRIFTED_MEMBERSHIPS = `
  select
    case change when 'gained' then 'missing' else 'unexpected' end as change,
    okta_group_name as group_name,
    coalesce(okta_email, opti_email) as email,
    okta_group_id,
    opti_group_id,
    okta_user_id,
    opti_user_id,
    reason
  from membership_change
  where relation = 'pushed'
  order by all`;

/** Which group a push made is told by its mapping alone. */
const DRIFT_DATASETS: readonly DatasetName[] = [...MEMBERSHIP_DATASETS, 'okta.groupPushMappings'];

/**
 * Rows of `memberships.csv`, but for what is on its way; none where something needed was not read to its end: a list would
 * pass for one.
 */
export async function describeMemberships(
  database: Database,
  manifest: Manifest,
  { job, inFlight }: { job: Job; inFlight: ReadonlySet<SqlValue> },
): Promise<MembershipRow[]> {
  const [needed, query] =
    job === 'drift' ? [DRIFT_DATASETS, DRIFTED_MEMBERSHIPS] : [MEMBERSHIP_DATASETS, CUTOVER_MEMBERSHIPS];
  if (!wereRead(manifest, needed)) return [];
  const rows = (await database.all(query)) as unknown as MembershipRow[];
  return rows.filter(
    ({ okta_group_id, opti_group_id, okta_user_id, opti_user_id }) =>
      ![okta_group_id, opti_group_id, okta_user_id, opti_user_id].some((id) => inFlight.has(id)),
  );
}
