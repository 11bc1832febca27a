import { byCodeUnit, type Finding } from '../domain/finding.ts';
import { foldName, isTeamName, lookalikeName, looksReserved } from '../domain/names.ts';
import type { PlanOktaGroup, PlanOptiGroup, PlanState } from '../domain/plan.ts';
import { evidenceOf } from './evidence.ts';

/** What the plan does with an Okta group that is meant to be pushed or has a push mapping. */
export interface OktaGroupDecision {
  group: PlanOktaGroup;
  /**
   * `push`: it is pushed as new. `managed`: it has been. `leave-out`: it must not be. `support`: nothing may
   * be done to it before Optimizely Support has spoken. `blocked`: something in its way stays there.
   */
  kind: 'push' | 'managed' | 'leave-out' | 'support' | 'blocked';
  /** The name that it gets in Okta first. */
  newName?: string;
  /** Why it is blocked, as the end of a sentence. */
  why?: string;
}

/** What the plan does with the groups of both sides. */
export interface GroupDecisions {
  okta: ReadonlyMap<string, OktaGroupDecision>;
  /** Store groups to delete first, with the Okta groups that are pushed in their place. */
  deletes: ReadonlyMap<string, { group: PlanOptiGroup; okta_group_ids: string[] }>;
  /** Store groups that get another name, because a pushed group of the same look keeps its own. */
  storeNames: ReadonlyMap<string, string>;
}

type ByRule = (rule: string) => readonly Finding[];

/** Settles, group by group, who keeps a name, who gets another, and which store groups go. */
export function decideGroups(
  state: PlanState,
  findingsOf: ByRule,
  { cutoverIsPossible }: { cutoverIsPossible: boolean },
): GroupDecisions {
  const oktaGroups = new Map(state.okta_groups.map((group) => [group.okta_group_id, group]));
  const optiGroups = new Map(state.opti_groups.map((group) => [group.opti_group_id, group]));
  const idsOf = (rule: string) => new Set(findingsOf(rule).flatMap(({ okta_id }) => okta_id ?? []));

  const reservedLinked = idsOf('reserved-group-linked');
  const reservedNamed = idsOf('reserved-group-name');
  const waiting = new Set([...reservedLinked, ...linkedElsewhere(state, findingsOf)]);
  const leftOut = new Set(
    [...reservedNamed].filter((id) => {
      const group = oktaGroups.get(id);
      return !waiting.has(id) && (!group?.has_mapping || group.is_built_in_everyone);
    }),
  );
  const orphaned = new Set(
    ['group-orphaned', 'group-name-taken-by-orphan'].flatMap((rule) =>
      findingsOf(rule).flatMap(({ opti_id }) => opti_id ?? []),
    ),
  );

  const takenBy = conflictingGroups(findingsOf, optiGroups);
  const { renames, storeRenames } = chooseRenames(findingsOf, {
    oktaGroups,
    optiGroups,
    reservedNamed,
    untouchable: new Set([...waiting, ...leftOut]),
    taken: new Set([...takenBy.values()].flatMap((ids) => [...ids])),
  });

  const occupied = new Set([
    ...state.opti_groups.map(({ name }) => lookalikeName(name)),
    ...state.okta_groups
      .filter(({ okta_group_id }) => !renames.has(okta_group_id))
      .map(({ name }) => lookalikeName(name)),
  ]);
  const newNames = new Map<string, string>();
  for (const [id, { mustDiffer }] of [...renames].sort(([a], [b]) => byCodeUnit(a, b))) {
    const group = oktaGroups.get(id);
    if (!group) continue;
    const plain = plainName(group.name);
    // Cleaning a name may leave it equal, folded, to the group that it replaces: that is still meant.
    const keepsPlace =
      !mustDiffer &&
      !looksReserved(plain) &&
      (foldName(plain) === foldName(group.name) || !occupied.has(lookalikeName(plain)));
    const name = keepsPlace ? plain : freeName(plain, 'Okta', occupied);
    newNames.set(id, name);
    occupied.add(lookalikeName(name));
  }
  const storeNames = new Map<string, string>();
  for (const id of [...storeRenames].sort(byCodeUnit)) {
    const name = freeName(plainName(optiGroups.get(id)?.name ?? ''), 'Opti ID', occupied);
    storeNames.set(id, name);
    occupied.add(lookalikeName(name));
  }

  const nameOf = (group: PlanOktaGroup) => newNames.get(group.okta_group_id) ?? group.name;
  const deletes = new Map<string, { group: PlanOptiGroup; okta_group_ids: string[] }>();
  for (const [optiId, takers] of [...takenBy].sort(([a], [b]) => byCodeUnit(a, b))) {
    const group = optiGroups.get(optiId);
    if (!group || !cutoverIsPossible) continue;
    const replacing = [...takers].filter((id) => {
      const taker = oktaGroups.get(id);
      return (
        taker?.in_scope &&
        !waiting.has(id) &&
        !leftOut.has(id) &&
        foldName(nameOf(taker)) === foldName(group.name)
      );
    });
    if (replacing.length > 0) deletes.set(optiId, { group, okta_group_ids: replacing });
  }

  const inTheWay = new Map<string, string>();
  for (const { opti_group_id: id, name, group_type } of state.opti_groups) {
    if (deletes.has(id) || orphaned.has(id)) continue;
    inTheWay.set(
      foldName(storeNames.get(id) ?? name),
      group_type === null
        ? `the group ${name} in Opti ID, whose type is not shown`
        : `the ${group_type} group ${name} in Opti ID`,
    );
  }
  const settle = (group: PlanOktaGroup): Pick<OktaGroupDecision, 'kind' | 'why'> => {
    const { okta_group_id: id, in_scope, has_mapping, opti_group_id: linkedTo } = group;
    if (waiting.has(id)) return { kind: 'support' };
    if (!in_scope) return { kind: 'managed' };
    if (leftOut.has(id)) return { kind: 'leave-out' };
    if (has_mapping && linkedTo !== null && !deletes.has(linkedTo)) return { kind: 'managed' };
    if (!cutoverIsPossible) return { kind: 'blocked', why: 'no SCIM app is chosen' };
    const isTeam = isTeamName(nameOf(group));
    // No store group is in the way of a team; another team may be.
    const name = `${isTeam ? 'team ' : ''}${foldName(nameOf(group))}`;
    const obstacle = inTheWay.get(name);
    if (obstacle !== undefined) return { kind: 'blocked', why: `it meets ${obstacle}` };
    if (group.is_built_in_everyone)
      return { kind: 'blocked', why: "Okta's group of all users is not pushed" };
    inTheWay.set(name, `another pushed group of that name (${id})`);
    return { kind: 'push' };
  };
  const decisions = new Map<string, OktaGroupDecision>();
  for (const group of [...state.okta_groups].sort((a, b) => byCodeUnit(a.okta_group_id, b.okta_group_id))) {
    const settled = settle(group);
    const newName = settled.kind === 'support' ? undefined : newNames.get(group.okta_group_id);
    decisions.set(group.okta_group_id, { group, ...settled, ...(newName === undefined ? {} : { newName }) });
  }
  // Nothing is deleted for a push that does not come.
  const pushed = [...decisions.values()].filter(({ kind }) => kind === 'push');
  for (const [optiId, decision] of deletes) {
    decision.okta_group_ids = pushed
      .filter(({ group }) => foldName(nameOf(group)) === foldName(decision.group.name))
      .map(({ group }) => group.okta_group_id);
    if (decision.okta_group_ids.length === 0) deletes.delete(optiId);
  }
  return { okta: decisions, deletes, storeNames };
}

/** Okta groups linked to a group that the plan does not delete in their favour: Support must separate the two. */
function linkedElsewhere(state: PlanState, findingsOf: ByRule): string[] {
  const taken = findingsOf('group-name-taken').filter(
    (finding) => !evidenceOf(finding, 'group-name-taken').is_reserved,
  );
  const isTaken = (oktaId: string, optiId: string | null) =>
    taken.some(({ okta_id, opti_id }) => okta_id === oktaId && opti_id === optiId);
  const linked = new Map(state.okta_groups.map((group) => [group.okta_group_id, group.opti_group_id]));
  return [
    // Unlinking one of several with delete would take the group from the others.
    ...findingsOf('group-link-shared').flatMap(({ okta_id }) => okta_id ?? []),
    ...findingsOf('group-linked-to-existing').flatMap(({ okta_id, opti_id }) =>
      okta_id !== null && !(linked.get(okta_id) === opti_id && isTaken(okta_id, opti_id)) ? [okta_id] : [],
    ),
  ];
}

/** Custom store groups in the way, with the Okta groups of their name. Reserved ones are never deleted. */
function conflictingGroups(
  findingsOf: ByRule,
  optiGroups: ReadonlyMap<string, PlanOptiGroup>,
): Map<string, Set<string>> {
  const takenBy = new Map<string, Set<string>>();
  for (const finding of findingsOf('group-name-taken')) {
    const { okta_id, opti_id } = finding;
    const group = optiGroups.get(opti_id ?? '');
    if (okta_id === null || opti_id === null || group?.group_type !== 'custom') continue;
    if (group.is_reserved || evidenceOf(finding, 'group-name-taken').is_reserved) continue;
    takenBy.set(opti_id, (takenBy.get(opti_id) ?? new Set()).add(okta_id));
  }
  return takenBy;
}

/** Which Okta groups get another name, and whether it must differ visibly; and which store groups do. */
function chooseRenames(
  findingsOf: ByRule,
  world: {
    oktaGroups: ReadonlyMap<string, PlanOktaGroup>;
    optiGroups: ReadonlyMap<string, PlanOptiGroup>;
    reservedNamed: ReadonlySet<string>;
    untouchable: ReadonlySet<string>;
    taken: ReadonlySet<string>;
  },
): { renames: Map<string, { mustDiffer: boolean }>; storeRenames: Set<string> } {
  const renames = new Map<string, { mustDiffer: boolean }>();
  const storeRenames = new Set<string>();
  const rename = (id: string | null, mustDiffer: boolean) => {
    if (id === null || world.untouchable.has(id)) return;
    renames.set(id, { mustDiffer: mustDiffer || renames.get(id)?.mustDiffer === true });
  };
  for (const { okta_id } of findingsOf('group-name-fragile')) rename(okta_id, false);
  for (const { okta_id } of findingsOf('group-name-taken-by-product')) rename(okta_id, true);
  for (const id of world.reservedNamed) rename(id, true);
  for (const finding of findingsOf('group-name-taken')) {
    if (evidenceOf(finding, 'group-name-taken').is_reserved) rename(finding.okta_id, true);
  }
  for (const { okta_id, opti_id } of findingsOf('group-name-lookalike')) {
    const other = opti_id === null ? undefined : world.optiGroups.get(opti_id);
    const isTaken = okta_id !== null && world.taken.has(okta_id);
    if (isTaken && other?.group_type === 'custom' && !other.is_reserved)
      storeRenames.add(other.opti_group_id);
    else rename(okta_id, true);
  }
  // A custom group that is deleted needs no other name.
  for (const { opti_id } of findingsOf('group-name-taken'))
    if (opti_id !== null) storeRenames.delete(opti_id);

  const sameName = new Map<string, string[]>();
  for (const { okta_id, subject } of findingsOf('group-name-duplicate')) {
    if (okta_id === null) continue;
    const name = foldName(world.oktaGroups.get(okta_id)?.name ?? subject);
    sameName.set(name, [...(sameName.get(name) ?? []), okta_id]);
  }
  for (const ids of sameName.values()) {
    const rank = (id: string) => {
      if (world.untouchable.has(id)) return 0;
      if (renames.get(id)?.mustDiffer) return 3;
      return world.oktaGroups.get(id)?.has_mapping ? 1 : 2;
    };
    const [, ...others] = [...ids].sort((a, b) => rank(a) - rank(b) || byCodeUnit(a, b));
    for (const id of others) rename(id, true);
  }
  return { renames, storeRenames };
}

/** A name without what breaks a SCIM filter, short enough to take a suffix. */
function plainName(name: string): string {
  const plain = name
    .replace(/\p{Cc}/gu, ' ')
    .replace(/\p{Default_Ignorable_Code_Point}|\uFEFF/gu, '')
    .replaceAll('"', "'")
    .replaceAll('\\', '/')
    .replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '');
  return Array.from(plain).slice(0, 100).join('').trim() || 'Group';
}

function freeName(base: string, suffix: string, occupied: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const name = `${base} (${suffix}${number === 1 ? '' : ` ${number}`})`;
    if (!occupied.has(lookalikeName(name))) return name;
  }
}
