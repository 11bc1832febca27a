import { byCodeUnit, type Finding } from '../domain/finding.ts';
import type { Effect, PlanState, Proof, WorkStep } from '../domain/plan.ts';
import { actionOf } from './actions.ts';
import { type Braked, nameAll } from './drafts.ts';
import { acceptedLosses } from './guard.ts';
import { INTRODUCED } from './prove.ts';

/**
 * Steps that the proof shows to take access from somebody assigned and active and not to give it back, or to bring a
 * finding of error or above that was not there: what the rules of the plan did not foresee, its own simulation did.
 */
export function findHarm(
  steps: readonly WorkStep[],
  proof: Proof,
  { state, findings }: { state: PlanState; findings: readonly Finding[] },
): Braked[] {
  const harm = new Map<string, { hits: Set<string>; whys: Set<string> }>();
  const blame = (those: readonly WorkStep[], hit: string, why: string) => {
    for (const { key } of those) {
      const known = harm.get(key) ?? { hits: new Set(), whys: new Set() };
      harm.set(key, known);
      known.hits.add(hit);
      known.whys.add(why);
    }
  };
  const taking = steps.filter(({ effects }) => effects.some((effect) => actionOf(effect).takes));
  const targets = new Map(state.okta_groups.map((group) => [group.okta_group_id, group.opti_group_id]));
  const accepted = acceptedLosses(findings);
  for (const lost of proof.lost_access) {
    if (!lost.is_active || accepted.has(lost.opti_user_id)) continue;
    const { email, product, instance, role } = lost;
    blame(
      taking.filter(({ effects }) => effects.some((effect) => takesFrom(effect, lost, targets))),
      email,
      `In the proof it takes ${product} / ${instance}: ${role} from ${email} for good, who is assigned and active in Okta.`,
    );
  }
  const members = new Map(
    state.group_records.map(({ opti_group_id, members }) => [
      opti_group_id,
      new Set(members.flatMap(({ opti_user_id, okta_user_id }) => [opti_user_id, okta_user_id])),
    ]),
  );
  for (const { rule, severity, subject, okta_id, opti_id, reason } of proof.remaining) {
    if (reason !== INTRODUCED || (severity !== 'blocker' && severity !== 'error')) continue;
    const ids = [okta_id, opti_id].filter((id) => id !== null);
    const isAbout = (effect: Effect) => {
      const values = Object.values(effect).flat();
      return ids.some(
        (id) =>
          values.includes(id) || ('opti_group_id' in effect && members.get(effect.opti_group_id)?.has(id)),
      );
    };
    blame(
      taking.filter(({ effects }) => effects.some((effect) => actionOf(effect).takes && isAbout(effect))),
      subject,
      `In the proof it brings a new ${severity} on ${subject} (${rule}).`,
    );
  }
  return [...harm]
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([key, { hits, whys }]) => ({
      key,
      hits: [...hits].sort(byCodeUnit),
      why:
        whys.size <= 3
          ? [...whys].join(' ')
          : `In the proof it takes access from, or brings new errors on, ${nameAll(hits, 'people')}.`,
    }));
}

function takesFrom(
  effect: Effect,
  { opti_user_id, opti_group_ids }: Proof['lost_access'][number],
  targets: ReadonlyMap<string, string | null>,
): boolean {
  switch (effect.kind) {
    case 'push_again':
      return opti_group_ids.includes(targets.get(effect.okta_group_id) ?? '');
    case 'remove_members':
      return opti_group_ids.includes(effect.opti_group_id) && effect.opti_user_ids.includes(opti_user_id);
    case 'delete_opti_user':
      return effect.opti_user_id === opti_user_id;
    case 'delete_opti_group':
    case 'support_removes_group':
    case 'revoke':
      return opti_group_ids.includes(effect.opti_group_id);
    default:
      return false;
  }
}
