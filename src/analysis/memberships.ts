import type { Manifest } from '../domain/manifest.ts';
import type { MembershipRow } from '../domain/situation.ts';
import type { Database } from './database.ts';
import { MEMBERSHIP_DATASETS, wereRead } from './situations.ts';

/** Of each group that must be deleted and pushed anew: who is lost, gained, and kept out although in the Okta group. */
const MEMBERSHIPS = `
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

/** Rows of `memberships.csv`; none where something needed was not read to its end: a list would pass for one. */
export async function describeMemberships(database: Database, manifest: Manifest): Promise<MembershipRow[]> {
  if (!wereRead(manifest, MEMBERSHIP_DATASETS)) return [];
  return (await database.all(MEMBERSHIPS)) as unknown as MembershipRow[];
}
