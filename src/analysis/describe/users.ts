import type { DatasetName } from '../../domain/dataset.ts';
import type { Finding } from '../../domain/finding.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { Job } from '../../domain/rule.ts';
import type { UserRow } from '../../domain/situation.ts';
import { HIDDEN_DATASETS, type OptiIdSource } from '../../domain/source.ts';
import { fillTable } from '../derived/derive.ts';
import type { Database } from '../engine/database.ts';
import { orderByColumns } from '../engine/order.ts';
import { GRANT_DATASETS, readsOf, rulesBySubjectId } from './situations.ts';

/**
 * Names of the store groups of a user, and the product instances that they lead to. Each name has its place in the
 * order of the names, so that lists of numbers are made and sorted, and the names are looked up once per list.
 */
const NAMES_OF_USERS = `
  group_place as (
    select opti_group_no, dense_rank() over (order by name)::integer as place from opti_group
  ),
  group_names as (
    select opti_user_no, list_sort(list_distinct(list(place))) as places
    from opti_group_member
    join group_place using (opti_group_no)
    group by opti_user_no
  ),
  instance as (
    select opti_group_no, product || ' / ' || instance as name
    from opti_grant
    join opti_group using (opti_group_id)
    where product is not null and instance is not null
  ),
  instance_place as (
    select distinct opti_group_no, dense_rank() over (order by name)::integer as place from instance
  ),
  instance_names as (
    select opti_user_no, list_sort(list_distinct(list(place))) as places
    from opti_group_member
    join instance_place using (opti_group_no)
    group by opti_user_no
  ),
  names as (
    select
      (select coalesce(list(distinct name order by name), []) from opti_group) as of_groups,
      (select coalesce(list(distinct name order by name), []) from instance) as of_instances
  )`;

/** Every user in scope, with the rules that found something about the user. */
const USERS_IN_SCOPE = `
  person as (
    select
      user_in_scope.rowid as person_no,
      user_in_scope.okta_user_id,
      coalesce(okta_user.email, okta_user.login, okta_user.okta_user_id) as okta_email,
      okta_user.status as okta_status,
      user_in_scope.opti_user_id, opti_user.opti_user_no,
      opti_user.email as opti_email,
      user_in_scope.is_main, user_in_scope.is_assigned, user_in_scope.matched_by_id,
      coalesce(opti_user.is_collaborator or opti_user.local_login, false) as is_collaborator,
      coalesce(
        user_in_scope.is_main
          and user_in_scope.okta_user_id in (select okta_user_id from ambiguous_user where okta_user_id is not null)
        or user_in_scope.opti_user_id in (select opti_user_id from ambiguous_user where opti_user_id is not null),
        false
      ) as is_ambiguous,
      -- The app user has a change on its way.
      coalesce(
        user_in_scope.okta_user_id in (select okta_id from in_flight where kind = 'user')
          -- Who is in the store only may have several people in Okta: the one on its way need not be the one shown.
          or (not user_in_scope.is_assigned
            and user_in_scope.opti_user_id in (select opti_id from in_flight where opti_id is not null and kind = 'user')),
        false
      ) as is_in_flight,
      coalesce(opti_user.email_domain in (select domain from scim_domain), false) as in_scim_domain,
      coalesce(user_in_scope.opti_user_id in (select opti_user_id from user_managed_elsewhere), false) as is_managed_elsewhere
    from user_in_scope
    left join okta_user using (okta_user_id)
    left join opti_user on opti_user.opti_user_id = user_in_scope.opti_user_id
  ),
  flagged as (
    select person_no, rule, true as by_okta_id from person join user_finding on id = okta_user_id where is_main
    union
    select person_no, rule, false from person join user_finding on id = opti_user_id
    union
    select person_no, 'user-match-ambiguous', false from person where is_ambiguous
  ),
  verdict as (
    select
      person_no,
      list(distinct rule order by rule) as rules,
      coalesce(list(distinct rule) filter (by_okta_id), []) as rules_by_okta_id
    from flagged
    group by person_no
  ),
  in_scope as (
    select
      person.*,
      coalesce(rules, []) as rules,
      -- Somebody else in Okta with the same store user may be suspended or have drifted: an assigned person is not.
      coalesce(case when is_assigned and is_main then rules_by_okta_id else rules end, []) as own_rules,
      not is_assigned and opti_user_id is not null as is_store_only
    from person
    left join verdict using (person_no)
  )`;

/** Of who is in the store alone SCIM shows neither the domains it manages nor who is a collaborator. */
const STORE_ONLY_OVER_SCIM = `    when is_store_only and not list_contains(own_rules, 'suspended-user-active') then 'UNKNOWN'
`;

/** The first that applies, in the order of the closed list. */
const situationOf = (job: Job, source: OptiIdSource): string => `
  case
    when is_in_flight then 'IN_FLIGHT'
${source === 'scim' ? STORE_ONLY_OVER_SCIM : ''}    when is_collaborator then 'COLLABORATOR'
    when is_store_only and not in_scim_domain and not list_contains(own_rules, 'suspended-user-active') then 'OUT_OF_SCOPE'
    when is_store_only and is_managed_elsewhere then 'MANAGED_ELSEWHERE'
    when is_ambiguous then 'AMBIGUOUS'
    when list_contains(own_rules, 'suspended-user-active') then 'SUSPENDED'
    when list_has_any(own_rules, ['username-differs-from-email', 'user-name-drifted', 'user-email-drifted', 'user-linked-to-another', 'user-address-held'])
    then 'MISMATCH'
    when is_assigned and opti_user_id is null then '${job === 'precutover' ? 'CREATE' : 'MISSING'}'
    when is_assigned and matched_by_id then 'MANAGED'
    when is_assigned then 'TAKE_OVER'
    else '${job === 'precutover' ? 'UNMANAGED' : 'LEFT_BEHIND'}'
  end`;

/** Datasets without which no user's situation is known. */
const USER_DATASETS: readonly DatasetName[] = [
  'okta.appUsers',
  'okta.ssoAppUsers',
  'okta.assignmentChecks',
  'okta.otherAppUsers',
  'okta.otherPushMappings',
  'okta.users',
  'okta.suspendedUsers',
  'optiId.users',
  'optiId.ssoConnections',
];
const GROUP_DATASETS: readonly DatasetName[] = ['optiId.groups', 'optiId.groupMembers'];

/** Every user in scope with the situation, in the order of the report. */
export async function* describeUsers(
  database: Database,
  manifest: Manifest,
  job: Job,
  findings: readonly Finding[],
): AsyncGenerator<UserRow[], void, undefined> {
  const wasRead = await readsOf(database, manifest);
  const source = manifest.opti_id_source;
  const usersKnown = wasRead(
    USER_DATASETS.filter((name) => source === 'database' || HIDDEN_DATASETS[name] === undefined),
  );
  const groupsKnown = wasRead(GROUP_DATASETS);
  const grantsKnown = groupsKnown && wasRead(GRANT_DATASETS);
  await fillTable(
    database,
    'user_finding (id varchar, rule varchar)',
    [...rulesBySubjectId(findings, ['user', 'membership'])].flatMap(([id, rules]) =>
      [...rules].map((rule) => [id, rule]),
    ),
  );
  const namesAt = (places: string, names: string) =>
    `coalesce(array_to_string(list_transform(${places}, lambda place: ${names}[place]), '; '), '')`;
  const rows = database.stream(
    `with ${NAMES_OF_USERS}, ${USERS_IN_SCOPE},
     sorted as (
       select
         ${usersKnown ? situationOf(job, source) : `'UNKNOWN'`} as situation,
         coalesce(okta_email, opti_email, '') as email,
         okta_user_id, okta_status, opti_user_id, opti_email, rules,
         group_names.places as group_places,
         instance_names.places as instance_places
       from in_scope
       left join group_names using (opti_user_no)
       left join instance_names using (opti_user_no)
       -- The ids of the two sides stand in one row alone: what comes after them decides nothing.
       order by ${orderByColumns('situation, email, okta_user_id, okta_status, opti_user_id')}
     )
     -- Long texts are made of the rows when these are in order: sorting carries numbers about.
     select
       sorted.* exclude (rules, group_places, instance_places),
       ${groupsKnown ? namesAt('group_places', 'of_groups') : `''`} as groups,
       ${grantsKnown ? namesAt('instance_places', 'of_instances') : `''`} as instances,
       array_to_string(rules, '; ') as findings
     from sorted
     cross join names`,
  );
  for await (const chunk of rows) yield chunk as unknown as UserRow[];
}
