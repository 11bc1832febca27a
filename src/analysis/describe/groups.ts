import type { DatasetName } from '../../domain/dataset.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { GroupRow, GroupSituation } from '../../domain/situation.ts';
import type { Database } from '../engine/database.ts';
import type { Judgement } from '../judge/run-rules.ts';
import { GRANT_DATASETS, MEMBERSHIP_DATASETS, readsOf, rulesBySubjectId } from './situations.ts';

/** A group in scope before its situation is known: a pushed Okta group, a store group, or the two as one. */
interface GroupInScope extends Omit<GroupRow, 'situation' | 'findings'> {
  has_mapping: boolean;
  is_managed: boolean;
  /** A custom store group has its name; it is that group. */
  is_taken: boolean;
  /** An earlier push left a store group of its name; it is that group. */
  is_orphan_in_the_way: boolean;
  is_team: boolean;
  /** Another app manages it. */
  is_managed_elsewhere: boolean;
  is_orphaned: boolean;
  /** Its mapping or the group itself has a change on its way. */
  is_in_flight: boolean;
}

/**
 * Pushed Okta groups first, each with the store group that it made, else the one that is in its way; then the
 * store groups that no pushed group is shown with. Every group stands in exactly one row.
 */
const GROUPS_IN_SCOPE = `
  with mapping as (
    select * from push_mapping
    qualify row_number() over (
      partition by source_group_id
      order by case status when 'ACTIVE' then 0 when 'ERROR' then 1 else 2 end, okta_mapping_id
    ) = 1
  ),
  in_scope as (
    select okta_group_id, name, folded_name, is_built_in_everyone, is_team from pushed_group
    union
    select okta_group_id, name, folded_name, is_built_in_everyone, is_team
    from okta_group
    where okta_group_id in (select source_group_id from push_mapping)
  ),
  partner as (
    select okta_group_id, opti_group_id, is_managed from (
      select mapping.source_group_id as okta_group_id, group_pair.opti_group_id, true as is_managed, 0 as rank
      from mapping join group_pair using (okta_mapping_id)
      union all
      select in_scope.okta_group_id, opti_group.opti_group_id, false,
        case when opti_group.is_reserved then 1 when opti_group.group_type = 'custom' then 2 when opti_group.group_type = 'product' then 3 else 4 end
      from in_scope join opti_group using (folded_name)
      where not in_scope.is_team
        and (
          opti_group.is_reserved
          or opti_group.group_type in ('custom', 'product')
          or opti_group.opti_group_id in (select opti_group_id from untyped_group)
          or opti_group.opti_group_id in (select opti_group_id from orphan_in_the_way)
        )
    )
    qualify row_number() over (partition by okta_group_id order by rank, opti_group_id) = 1
  ),
  -- Two pushed groups may share one store group: it is shown with the first of them.
  shown as (
    select * from partner
    qualify row_number() over (partition by opti_group_id order by is_managed desc, okta_group_id) = 1
  ),
  okta_members as (
    select member.okta_group_no, count(*) as members
    from snapshot.okta_group_members as member
    join okta_user using (okta_user_no)
    where okta_user.status <> 'DEPROVISIONED'
    group by member.okta_group_no
  ),
  delta as (
    select
      okta_group_id, opti_group_id,
      count(*) filter (where change = 'lost') as lost,
      count(*) filter (where change = 'gained') as gained
    from compared_group
    left join membership_delta using (okta_group_id, opti_group_id)
    -- Before the cutover a group that a push made is managed already: nothing is lost or gained by it.
    where relation = 'taken' or (select job from audit_context) = 'drift'
    group by all
  ),
  grants as (
    select
      opti_group_id,
      array_to_string(list(distinct product || ' / ' || instance order by product || ' / ' || instance), '; ') as instances,
      array_to_string(list(distinct role order by role), '; ') as roles
    from opti_grant
    group by opti_group_id
  )
  select
    in_scope.okta_group_id,
    in_scope.name as okta_group_name,
    opti_group.opti_group_id,
    opti_group.name as opti_group_name,
    mapping.status as push_status,
    mapping.okta_mapping_id is not null as has_mapping,
    coalesce(partner.is_managed, false) as is_managed,
    in_scope.okta_group_id in (select okta_group_id from conflicting_group)
      or coalesce(shown.opti_group_id in (select opti_group_id from conflicting_group), false) as is_taken,
    coalesce(shown.opti_group_id in (select opti_group_id from orphan_in_the_way), false)
      or in_scope.okta_group_id in (select okta_group_id from orphan_in_the_way) as is_orphan_in_the_way,
    in_scope.is_team,
    false as is_managed_elsewhere,
    false as is_orphaned,
    in_scope.okta_group_id in (select okta_id from in_flight where kind = 'group') as is_in_flight,
    -- Members are read of the groups in the push scope alone, and never of Okta's own Everyone.
    case
      when in_scope.okta_group_id in (select okta_group_id from pushed_group where not is_built_in_everyone)
      then coalesce(okta_members.members, 0)
    end as members_okta,
    record.members as members_opti,
    delta.lost as members_lost,
    delta.gained as members_gained,
    coalesce(grants.instances, '') as instances,
    coalesce(grants.roles, '') as roles
  from in_scope
  left join mapping on mapping.source_group_id = in_scope.okta_group_id
  left join partner on partner.okta_group_id = in_scope.okta_group_id
  left join shown on shown.okta_group_id = in_scope.okta_group_id
  left join opti_group on opti_group.opti_group_id = shown.opti_group_id
  left join opti_group_record as record on record.opti_group_id = opti_group.opti_group_id
  left join okta_members on okta_members.okta_group_no = id_no(in_scope.okta_group_id)
  left join delta
    on delta.okta_group_id = in_scope.okta_group_id and delta.opti_group_id = shown.opti_group_id
  left join grants on grants.opti_group_id = opti_group.opti_group_id
  union all
  select
    null, null, opti_group.opti_group_id, opti_group.name, null, false, false,
    opti_group.opti_group_id in (select opti_group_id from conflicting_group),
    opti_group.opti_group_id in (select opti_group_id from orphan_in_the_way),
    false,
    opti_group.opti_group_id in (select opti_group_id from group_managed_elsewhere),
    opti_group.opti_group_id in (select opti_group_id from orphaned_group),
    false,
    null, record.members, null, null, coalesce(grants.instances, ''), coalesce(grants.roles, '')
  from opti_group
  join opti_group_record as record using (opti_group_id)
  left join grants using (opti_group_id)
  where opti_group.opti_group_id not in (select opti_group_id from shown)
  order by all`;

/** Datasets without which no group's situation is known. */
const GROUP_DATASETS: readonly DatasetName[] = [
  'okta.groups',
  'okta.groupPushMappings',
  'okta.pushScope',
  'optiId.groups',
];

const OKTA_MEMBER_DATASETS: readonly DatasetName[] = ['okta.groupMembers', 'okta.users'];
const STORE_MEMBER_DATASETS: readonly DatasetName[] = ['optiId.groupMembers', 'optiId.users'];
const ASSIGNMENT_DATASETS: readonly DatasetName[] = [
  'okta.appUsers',
  'okta.ssoAppUsers',
  'okta.assignmentChecks',
];

/** Every group in scope with its situation: the first that applies, in the order of the closed list. */
export async function describeGroups(
  database: Database,
  manifest: Manifest,
  judgement: Pick<Judgement, 'findings' | 'rules'>,
): Promise<GroupRow[]> {
  const wasRead = await readsOf(database, manifest);
  const groupsKnown = wasRead(GROUP_DATASETS);
  const oktaMembersKnown = wasRead(OKTA_MEMBER_DATASETS);
  const storeMembersKnown = wasRead(STORE_MEMBER_DATASETS);
  const deltaKnown = oktaMembersKnown && storeMembersKnown && wasRead(ASSIGNMENT_DATASETS);
  const grantsKnown = wasRead(GRANT_DATASETS);
  const isTypeHidden = manifest.opti_id_source === 'scim';
  // Over SCIM a push whose group nobody can tell may have made any of them.
  const unplaced = isTypeHidden ? await database.all('select 1 as found from unplaced_push limit 1') : [];
  const pairsKnown = wasRead(EVIDENCE_DATASETS) && unplaced.length === 0;
  const rulesByGroup = rulesBySubjectId(judgement.findings, ['group']);

  const unknown = new Set(
    judgement.rules.filter(({ outcome }) => outcome === 'unknown').map(({ rule }) => rule),
  );

  const rows = (await database.all(GROUPS_IN_SCOPE)) as unknown as GroupInScope[];
  return rows.map((row) => {
    const rules = new Set([
      ...(rulesByGroup.get(row.okta_group_id ?? '') ?? []),
      ...(rulesByGroup.get(row.opti_group_id ?? '') ?? []),
    ]);
    return {
      situation: groupsKnown ? situationOf(row, rules, { unknown, pairsKnown, isTypeHidden }) : 'UNKNOWN',
      okta_group_id: row.okta_group_id,
      okta_group_name: row.okta_group_name,
      opti_group_id: row.opti_group_id,
      opti_group_name: row.opti_group_name,
      push_status: row.push_status,
      members_okta: oktaMembersKnown ? row.members_okta : null,
      members_opti: storeMembersKnown ? row.members_opti : null,
      members_lost: deltaKnown ? row.members_lost : null,
      members_gained: deltaKnown ? row.members_gained : null,
      instances: grantsKnown ? row.instances : '',
      roles: grantsKnown ? row.roles : '',
      findings: [...rules].sort().join('; '),
    };
  });
}

/** What tells a push's group where nothing names it. */
const EVIDENCE_DATASETS: readonly DatasetName[] = [
  ...MEMBERSHIP_DATASETS,
  'okta.otherAppUsers',
  'okta.otherPushMappings',
];

/** `unknown`: rules that could not speak; what one of them would have decided is not known either. */
function situationOf(
  group: GroupInScope,
  rules: ReadonlySet<string>,
  {
    unknown,
    pairsKnown,
    isTypeHidden,
  }: { unknown: ReadonlySet<string>; pairsKnown: boolean; isTypeHidden: boolean },
): GroupSituation {
  if (rules.has('reserved-group-name') || rules.has('reserved-group-linked')) return 'RESERVED';
  if (group.is_in_flight) return 'IN_FLIGHT';
  if (group.is_taken && unknown.has('group-name-taken')) return 'UNKNOWN';
  if (group.is_orphan_in_the_way && unknown.has('group-name-taken-by-orphan')) return 'UNKNOWN';
  if (rules.has('group-name-taken') || rules.has('group-name-taken-by-orphan')) return 'DELETE_FIRST';
  if (rules.has('group-name-taken-by-product')) return 'RENAME_FIRST';
  if (rules.has('group-linked-to-existing') || rules.has('group-link-shared')) return 'LINKED';
  if (group.is_team) return 'TEAM';
  if (group.is_managed_elsewhere) return 'MANAGED_ELSEWHERE';
  if (group.is_orphaned && unknown.has('group-orphaned')) return 'UNKNOWN';
  // Whether SCIM left it behind only its type tells.
  if (group.okta_group_id === null && isTypeHidden) return 'UNKNOWN';
  if (group.okta_group_id === null) return rules.has('group-orphaned') ? 'ORPHANED' : 'LEFT_ALONE';
  if (group.has_mapping && !group.is_managed && !pairsKnown) return 'UNKNOWN';
  if (group.push_status === 'ACTIVE' && !group.is_managed) return 'MISSING';
  if (group.has_mapping && group.is_managed) return 'MANAGED';
  return 'CREATE';
}
