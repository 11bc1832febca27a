import { byCodeUnit, type Finding } from '../domain/finding.ts';
import type { Effect, LiveAccess } from '../domain/plan.ts';
import { emailsOf, nameAll } from './drafts.ts';
import { decide, KEY, type Planning, split } from './planning.ts';

/*
 * No step ends the account of somebody assigned and active in Okta, and none takes access from them for good unless a
 * decision before it names them. Remedies need not know who that is: the findings that would end an account are kept
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
    key: `decide live ${findings[0]?.rule}`,
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

/** Lets every step that takes access from somebody assigned and active for good wait for a decision that names them. */
export function guardAccess(planning: Planning, findings: readonly Finding[]): void {
  const { drafts, state, groupRecords } = planning;
  const losers = new Map<string, { people: Set<Followed>; keys: Set<string> }>();
  for (const person of followAccess(planning)) {
    for (const { key, opti_group_id } of person.losses) {
      const lost = losers.get(opti_group_id) ?? { people: new Set(), keys: new Set() };
      losers.set(opti_group_id, lost);
      lost.people.add(person);
      lost.keys.add(key);
    }
  }
  for (const [id, { people, keys }] of [...losers].sort(([a], [b]) => byCodeUnit(a, b))) {
    const gate = KEY.approve(id);
    const name =
      groupRecords.get(id)?.name ?? state.opti_groups.find((group) => group.opti_group_id === id)?.name ?? id;
    const whom = `Assigned and active in Okta, and about to lose for good what ${name} gives them: ${emailsOf([...people])}. No step gives it back: say for each whether they lose it; whoever keeps it gets it through another group first.`;
    if (drafts.has(gate)) drafts.amend(gate, whom);
    else {
      drafts.add('record', gate, name, {
        action: 'Decide who loses access',
        who: 'product owner',
        how: whom,
        after: [KEY.record(id)],
        verify: 'The answer is in writing, person by person.',
        proof: 'decision',
      });
    }
    // What the steps settle on these people is settled by the answer.
    const ids = new Set([...people].map(({ opti_user_id }) => opti_user_id));
    const onThem = findings.filter(({ opti_id }) => ids.has(opti_id ?? ''));
    for (const key of keys) {
      drafts.wait(key, gate);
      drafts.resolve(
        gate,
        onThem.filter(({ finding_id }) => drafts.resolves(key, finding_id)),
      );
    }
  }
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
  const push = <Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item) => {
    const list = map.get(key);
    if (list) list.push(item);
    else map.set(key, [item]);
  };
  const addTo = <Item>(map: Map<string, Set<Item>>, key: string, item: Item) =>
    map.set(key, (map.get(key) ?? new Set()).add(item));
  const join = (id: string, person: Followed | undefined) => {
    if (!person) return;
    addTo(members, id, person);
    person.groups.add(id);
  };
  for (const person of people) {
    for (const id of person.groups) join(id, person);
    for (const id of person.okta_group_ids) push(arriving, id, person);
    for (const id of person.pushed_out_of) push(leaving, id, person);
    for (const role of person.roles) {
      for (const id of role.opti_group_ids) addTo(grants, id, keyOf(role));
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
          for (const grant of effect.grants) addTo(grants, effect.opti_group_id, keyOf(grant));
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
