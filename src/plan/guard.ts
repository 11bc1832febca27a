import { byCodeUnit, type Finding } from '../domain/finding.ts';
import { foldName } from '../domain/names.ts';
import type { Effect, LiveAccess, WorkPlan } from '../domain/plan.ts';
import { type Braked, nameAll } from './drafts.ts';
import { KEY } from './keys.ts';
import { addTo } from './lists.ts';
import { decide, type Planning, split } from './planning.ts';

/*
 * No step ends the account of somebody assigned and active in Okta, and none takes access from them for good: it becomes
 * a decision that names them. Remedies need not know who that is: the findings that would end an account are kept
 * from them, and what their steps take is looked at when all of them are there.
 */

/** Rules whose remedies unassign or delete the people whom they name. */
export const ENDING_RULES = ['suspended-user-active', 'deprovisioned-user-active', 'user-deleted-by-hand'];

/** Splits off the findings whose account somebody else uses, or of which nobody knows yet whose it is. */
export function splitLive(
  { state, heldBack }: Pick<Planning, 'state' | 'heldBack'>,
  findings: readonly Finding[],
): [live: Finding[], others: Finding[]] {
  const accounts = new Set(state.live_accounts.map(({ opti_user_id }) => opti_user_id));
  const holders = new Set([...heldBack, ...state.live_accounts.flatMap(({ held_by }) => held_by)]);
  return split(findings, ({ opti_id, okta_id }) => accounts.has(opti_id ?? '') || holders.has(okta_id ?? ''));
}

/** One decision on the people of a rule whose account nothing may end yet. */
export function decideLive(planning: Planning, findings: readonly Finding[]): void {
  const used = planning.state.live_accounts
    .filter(({ opti_user_id, held_by }) =>
      findings.some(
        ({ opti_id, okta_id }) => opti_id === opti_user_id || (okta_id !== null && held_by.includes(okta_id)),
      ),
    )
    .map(({ email, opti_user_id, people }) => `${email} (${opti_user_id}), used by ${people.join(', ')}`);
  decide(planning, findings, {
    key: KEY.decide(`live ${findings[0]?.rule}`),
    who: 'product owner',
    action: 'Decide whose account it is',
    how: `Unassign, deactivate and delete nobody here before it is known: ${used.length > 0 ? `an account of theirs belongs to people who are assigned and active in Okta, and would be deleted: ${nameAll(used, 'accounts')}` : 'it is not certain which account is theirs'}. Say whose each account is, have wrong ids and e-mails corrected, with Optimizely Support where need be, and audit again.`,
  });
}

/** Somebody whose access is followed through the steps. */
interface Followed extends LiveAccess {
  groups: Set<string>;
  /** Steps that took them out of a group, or the group from them. */
  losses: { key: string; opti_group_id: string }[];
}

/**
 * Steps that take access from somebody assigned and active for good become decisions that name them. Whose loss somebody
 * has accepted by a waiver is no longer asked about.
 */
export function guardAccess(planning: Planning, findings: readonly Finding[]): Braked[] {
  const { optiGroups, groupRecords } = planning;
  const accepted = acceptedLosses(findings);
  const braked = new Map<string, { groups: Set<string>; hits: Set<string> }>();
  for (const { email, opti_user_id, losses } of followAccess(planning)) {
    if (accepted.has(opti_user_id)) continue;
    for (const { key, opti_group_id } of losses) {
      const hit = braked.get(key) ?? { groups: new Set(), hits: new Set() };
      braked.set(key, hit);
      hit.groups.add(
        groupRecords.get(opti_group_id)?.name ?? optiGroups.get(opti_group_id)?.name ?? opti_group_id,
      );
      hit.hits.add(email);
    }
  }
  return [...braked]
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([key, { groups, hits }]) => ({
      key,
      hits: [...hits].sort(byCodeUnit),
      why: `It would take what ${nameAll(groups, 'groups')} ${groups.size === 1 ? 'gives' : 'give'} for good from ${nameAll(hits, 'people')}, assigned and active in Okta; no step gives it back.`,
    }));
}

/** Rules whose waivers say that somebody may lose access. */
const ACCEPTING = new Set([
  'access-lost-with-group',
  'member-loses-group',
  'member-unexpected',
  'orphan-keeps-access',
]);

/** Store users whose loss of access somebody has accepted. */
export function acceptedLosses(findings: readonly Finding[]): Set<string> {
  return new Set(
    findings.flatMap(({ rule, state, opti_id }) =>
      state === 'waived' && ACCEPTING.has(rule) && opti_id !== null ? [opti_id] : [],
    ),
  );
}

/** Makes these steps decisions, and takes out of the plan what cannot be done before they are taken. */
export function brake(
  planning: Planning,
  braked: readonly Braked[],
  findings: readonly Finding[],
): WorkPlan['withheld'] {
  const { drafts, state } = planning;
  const storeNames = new Map(state.opti_groups.map(({ opti_group_id, name }) => [opti_group_id, name]));
  const oktaNames = new Map(state.okta_groups.map(({ okta_group_id, name }) => [okta_group_id, name]));
  /** Names that stay taken, and groups that do not come about, each with the decision that it waits for. */
  const taken = new Map<string, string>();
  const missing = new Map<string, string>();
  const withheld: WorkPlan['withheld'] = [];
  const byKey = new Map(braked.map((each) => [each.key, each]));
  const findingOf = new Map(findings.map((finding) => [finding.finding_id, finding]));
  const wait = (key: string, decision: string) => {
    if (!drafts.has(key)) return;
    const work = drafts.workOf(key);
    const { action, subject } = drafts.workOf(decision);
    const left = work.resolves;
    drafts.withdraw(key);
    drafts.resolve(
      decision,
      left.flatMap((id) => findingOf.get(id) ?? []),
    );
    withheld.push({ work, first: [`${action}: ${subject}`] });
  };
  for (const { key, effects: own = [], braked: before } of drafts.ordered()) {
    const effects = before ?? own;
    const how = byKey.get(key);
    if (how) drafts.brake(how);
    for (const effect of effects) {
      if (how) {
        if (effect.kind === 'delete_opti_group' || effect.kind === 'support_removes_group')
          taken.set(foldName(storeNames.get(effect.opti_group_id) ?? ''), key);
        if (effect.kind === 'push_group' || effect.kind === 'create_opti_group')
          missing.set(effect.opti_group_id, key);
        continue;
      }
      if (effect.kind === 'rename_okta_group') oktaNames.set(effect.okta_group_id, effect.name);
      if (effect.kind === 'rename_opti_group') storeNames.set(effect.opti_group_id, effect.name);
      const waitsFor =
        effect.kind === 'push_group'
          ? taken.get(foldName(oktaNames.get(effect.okta_group_id) ?? ''))
          : 'opti_group_id' in effect
            ? missing.get(effect.opti_group_id)
            : undefined;
      if (waitsFor === undefined) continue;
      if (effect.kind === 'push_group') {
        missing.set(effect.opti_group_id, waitsFor);
        // What is unlinked to be pushed anew stays linked.
        wait(KEY.unlink(effect.okta_group_id), waitsFor);
        wait(KEY.recordLost(effect.okta_group_id), waitsFor);
      }
      wait(key, waitsFor);
    }
  }
  return withheld;
}

/** Who has lost a role when all steps are done, with the steps that took a way to it. */
function followAccess({ drafts, state, decisions, heldBack }: Planning): Followed[] {
  const people = state.live_access.map(
    (person): Followed => ({ ...person, groups: new Set(person.opti_group_ids), losses: [] }),
  );
  const byId = new Map(people.map((person) => [person.opti_user_id, person]));
  const members = new Map<string, Set<Followed>>();
  const grants = new Map<string, Set<string>>();
  const arriving = new Map<string, Followed[]>();
  const leaving = new Map<string, Followed[]>();
  const sent = new Set<string>();
  const include = <Item>(map: Map<string, Set<Item>>, key: string, item: Item) =>
    map.set(key, (map.get(key) ?? new Set()).add(item));
  const join = (id: string, person: Followed | undefined) => {
    if (!person) return;
    include(members, id, person);
    person.groups.add(id);
  };
  for (const person of people) {
    for (const id of person.groups) join(id, person);
    for (const id of person.okta_group_ids) addTo(arriving, id, person);
    for (const id of person.pushed_out_of) addTo(leaving, id, person);
    for (const role of person.roles) {
      for (const id of role.opti_group_ids) include(grants, id, keyOf(role));
    }
  }
  const arrive = (oktaGroupId: string, optiGroupId: string) => {
    for (const person of arriving.get(oktaGroupId) ?? []) {
      const id = person.okta_user_id ?? '';
      if (!heldBack.has(id) && (person.is_linked || sent.has(id))) join(optiGroupId, person);
    }
  };
  const follow = (key: string, effect: Effect) => {
    const take = (id: string, persons: Iterable<Followed | undefined>, leave = true) => {
      for (const person of [...persons]) {
        if (!person?.groups.has(id)) continue;
        person.losses.push({ key, opti_group_id: id });
        if (!leave) continue;
        person.groups.delete(id);
        members.get(id)?.delete(person);
      }
    };
    switch (effect.kind) {
      case 'delete_opti_group':
      case 'support_removes_group':
        take(effect.opti_group_id, members.get(effect.opti_group_id) ?? []);
        break;
      case 'revoke':
        take(effect.opti_group_id, members.get(effect.opti_group_id) ?? [], false);
        for (const grant of effect.grants) grants.get(effect.opti_group_id)?.delete(keyOf(grant));
        break;
      case 'remove_members':
        take(
          effect.opti_group_id,
          effect.opti_user_ids.map((id) => byId.get(id)),
        );
        break;
      case 'create_opti_group':
      case 'add_members':
      case 'grant':
        if ('opti_user_ids' in effect)
          for (const id of effect.opti_user_ids) join(effect.opti_group_id, byId.get(id));
        if ('grants' in effect)
          for (const grant of effect.grants) include(grants, effect.opti_group_id, keyOf(grant));
        break;
      case 'send_users':
        for (const id of effect.okta_user_ids) sent.add(id);
        break;
      case 'provision_users':
        for (const { okta_user_id } of people) sent.add(okta_user_id ?? '');
        break;
      case 'push_group':
        arrive(effect.okta_group_id, effect.opti_group_id);
        break;
      case 'push_again': {
        const id = decisions.okta.get(effect.okta_group_id)?.group.opti_group_id ?? '';
        take(id, leaving.get(effect.okta_group_id) ?? []);
        arrive(effect.okta_group_id, id);
        break;
      }
      default:
        break;
    }
  };
  for (const { key, effects = [] } of drafts.ordered()) for (const effect of effects) follow(key, effect);

  return people.flatMap((person) => {
    const lost = person.roles.filter(
      (role) => ![...person.groups].some((id) => grants.get(id)?.has(keyOf(role))),
    );
    const ways = new Set(lost.flatMap(({ opti_group_ids }) => opti_group_ids));
    return lost.length === 0
      ? []
      : [{ ...person, losses: person.losses.filter(({ opti_group_id }) => ways.has(opti_group_id)) }];
  });
}

function keyOf({
  opti_instance_id,
  opti_role_id,
}: {
  opti_instance_id: string;
  opti_role_id: string;
}): string {
  return `${opti_instance_id}|${opti_role_id}`;
}
