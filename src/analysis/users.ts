import type { DatasetName } from '../domain/dataset.ts';
import type { Finding } from '../domain/finding.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Job } from '../domain/rule.ts';
import type { UserRow, UserSituation } from '../domain/situation.ts';
import type { Database } from './database.ts';
import { GRANT_DATASETS, rulesBySubjectId, wereRead } from './situations.ts';

/** A person before the situation is known. */
interface UserInScope {
  okta_user_id: string | null;
  okta_email: string | null;
  okta_status: string | null;
  opti_user_id: string | null;
  opti_email: string | null;
  is_assigned: boolean;
  is_collaborator: boolean;
  is_ambiguous: boolean;
  /** The app user has a change on its way. */
  is_in_flight: boolean;
  in_scim_domain: boolean;
  matched_by_id: boolean;
  groups: string | null;
  instances: string | null;
}

const USERS_IN_SCOPE = `
  with group_names as (
    select opti_user_id, array_to_string(list(distinct opti_group.name order by opti_group.name), '; ') as groups
    from opti_group_member
    join opti_group using (opti_group_id)
    group by opti_user_id
  ),
  instance_names as (
    select
      opti_user_id,
      array_to_string(list(distinct product || ' / ' || instance order by product || ' / ' || instance), '; ') as instances
    from access_path
    group by opti_user_id
  )
  select
    user_in_scope.okta_user_id,
    coalesce(okta_user.email, okta_user.login, okta_user.okta_user_id) as okta_email,
    okta_user.status as okta_status,
    user_in_scope.opti_user_id,
    opti_user.email as opti_email,
    user_in_scope.is_assigned,
    coalesce(opti_user.is_collaborator or opti_user.local_login, false) as is_collaborator,
    coalesce(
      user_in_scope.okta_user_id in (select okta_user_id from ambiguous_user where okta_user_id is not null)
      or user_in_scope.opti_user_id in (select opti_user_id from ambiguous_user where opti_user_id is not null),
      false
    ) as is_ambiguous,
    coalesce(
      user_in_scope.okta_user_id in (select okta_id from in_flight where kind = 'user')
        -- Who is in the store only may have several people in Okta: the one on its way need not be the one shown.
        or (not user_in_scope.is_assigned
          and user_in_scope.opti_user_id in (select opti_id from in_flight where opti_id is not null and kind = 'user')),
      false
    ) as is_in_flight,
    coalesce(opti_user.email_domain in (select domain from scim_domain), false) as in_scim_domain,
    user_in_scope.matched_by_id,
    group_names.groups,
    instance_names.instances
  from user_in_scope
  left join okta_user using (okta_user_id)
  left join opti_user on opti_user.opti_user_id = user_in_scope.opti_user_id
  left join group_names on group_names.opti_user_id = user_in_scope.opti_user_id
  left join instance_names on instance_names.opti_user_id = user_in_scope.opti_user_id
  order by all`;

/** Datasets without which no user's situation is known. */
const USER_DATASETS: readonly DatasetName[] = [
  'okta.appUsers',
  'okta.ssoAppUsers',
  'okta.users',
  'okta.suspendedUsers',
  'optiId.users',
  'optiId.ssoConnections',
];
const GROUP_DATASETS: readonly DatasetName[] = ['optiId.groups', 'optiId.groupMembers'];
/** Every user in scope with the situation: the first that applies, in the order of the closed list. */
export async function describeUsers(
  database: Database,
  manifest: Manifest,
  job: Job,
  findings: readonly Finding[],
): Promise<UserRow[]> {
  const usersKnown = wereRead(manifest, USER_DATASETS);
  const groupsKnown = wereRead(manifest, GROUP_DATASETS);
  const grantsKnown = groupsKnown && wereRead(manifest, GRANT_DATASETS);
  const rulesByUser = rulesBySubjectId(findings, ['user', 'membership']);

  const rows = (await database.all(USERS_IN_SCOPE)) as unknown as UserInScope[];
  return rows.map((row) => {
    const rules = new Set([
      ...(rulesByUser.get(row.okta_user_id) ?? []),
      ...(rulesByUser.get(row.opti_user_id) ?? []),
      ...(row.is_ambiguous ? ['user-match-ambiguous'] : []),
    ]);
    // Somebody else in Okta with the same store user may be suspended or have drifted: an assigned person is not.
    const own = row.is_assigned ? (rulesByUser.get(row.okta_user_id) ?? new Set<string>()) : rules;
    return {
      situation: usersKnown ? situationOf(row, own, job) : 'UNKNOWN',
      email: row.okta_email ?? row.opti_email ?? '',
      okta_user_id: row.okta_user_id,
      okta_status: row.okta_status,
      opti_user_id: row.opti_user_id,
      opti_email: row.opti_email,
      groups: groupsKnown ? (row.groups ?? '') : '',
      instances: grantsKnown ? (row.instances ?? '') : '',
      findings: [...rules].sort().join('; '),
    };
  });
}

function situationOf(user: UserInScope, rules: ReadonlySet<string>, job: Job): UserSituation {
  const isSuspended = rules.has('suspended-user-active');
  const isStoreOnly = !user.is_assigned && user.opti_user_id !== null;
  if (user.is_in_flight) return 'IN_FLIGHT';
  if (user.is_collaborator) return 'COLLABORATOR';
  if (isStoreOnly && !isSuspended && !user.in_scim_domain) return 'OUT_OF_SCOPE';
  if (user.is_ambiguous) return 'AMBIGUOUS';
  if (isSuspended) return 'SUSPENDED';
  if (
    rules.has('username-differs-from-email') ||
    rules.has('user-name-drifted') ||
    rules.has('user-email-drifted')
  ) {
    return 'MISMATCH';
  }
  if (user.is_assigned) {
    if (user.opti_user_id === null) return job === 'precutover' ? 'CREATE' : 'MISSING';
    return user.matched_by_id ? 'MANAGED' : 'TAKE_OVER';
  }
  return job === 'precutover' ? 'UNMANAGED' : 'LEFT_BEHIND';
}
