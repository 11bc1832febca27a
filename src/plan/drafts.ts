import { byCodeUnit, type Who } from '../domain/finding.ts';
import {
  type Effect,
  PLAN_PHASES,
  type PlanGrant,
  type PlanPhase,
  type PlanRecord,
  type PlanStep,
  type StepProof,
} from '../domain/plan.ts';

/** Who acts in a phase, where a step does not say otherwise. */
const USUALLY: Readonly<Record<PlanPhase, Who>> = {
  record: 'Opti ID admin',
  protect: 'Opti ID admin',
  'fix Okta': 'Okta admin',
  'delete in Opti ID': 'Opti ID admin',
  'switch on SCIM': 'Optimizely Support',
  assign: 'Okta admin',
  push: 'Okta admin',
  'give access back': 'Opti ID admin',
  verify: 'Okta admin',
};

/** A step before it has its number: it names others by key. */
export interface Draft {
  key: string;
  phase: PlanPhase;
  /** Who usually acts in the phase unless told otherwise. */
  who?: Who;
  action: string;
  subject: string;
  how: string;
  requires?: string;
  /** Keys of steps that must be done before. One that never comes about is no dependency. */
  after?: readonly string[];
  resolves?: readonly string[];
  irreversible?: boolean;
  verify: string;
  /** `applied` unless told otherwise. */
  proof?: StepProof;
  record?: PlanRecord;
  effects?: readonly Effect[];
}

interface Drafted extends Omit<Draft, 'after' | 'resolves'> {
  after: Set<string>;
  resolves: Set<string>;
}

/** The steps of a plan in the making. */
export class Drafts {
  readonly #drafts = new Map<string, Drafted>();

  /** Adds a step; throws when its key is taken. */
  add(draft: Draft): string {
    if (this.#drafts.has(draft.key)) throw new Error(`The plan has two steps ${draft.key}.`);
    this.#drafts.set(draft.key, {
      ...draft,
      after: new Set(draft.after),
      resolves: new Set(draft.resolves),
    });
    return draft.key;
  }

  /** Adds a step, or lets the one of its key settle the same findings as well. */
  addOnce(draft: Draft): string {
    if (!this.has(draft.key)) return this.add(draft);
    this.resolve(draft.key, draft.resolves ?? []);
    return draft.key;
  }

  has(key: string): boolean {
    return this.#drafts.has(key);
  }

  /** Lets a step settle findings as well; throws when there is no such step. */
  resolve(key: string, findingIds: Iterable<string>): void {
    const draft = this.#drafts.get(key);
    if (!draft) throw new Error(`The plan has no step ${key}.`);
    for (const id of findingIds) draft.resolves.add(id);
  }

  /** Lets a step wait for others. */
  wait(key: string, ...after: readonly string[]): void {
    const draft = this.#drafts.get(key);
    if (!draft) throw new Error(`The plan has no step ${key}.`);
    for (const other of after) draft.after.add(other);
  }

  keys(...phases: readonly PlanPhase[]): string[] {
    return [...this.#drafts.values()]
      .filter((draft) => phases.includes(draft.phase))
      .map(({ key }) => key)
      .sort(byCodeUnit);
  }

  /** Those of the steps that no other of them waits for: who waits for these waits for all. */
  lastOf(keys: readonly string[]): string[] {
    const waitedFor = new Set(keys.flatMap((key) => [...(this.#drafts.get(key)?.after ?? [])]));
    return keys.filter((key) => !waitedFor.has(key));
  }

  /**
   * The steps with their numbers, by phase, within a phase after those they wait for, then by subject and
   * action. Throws on a circle and on a step that waits for a later phase: both are bugs.
   */
  number(): PlanStep[] {
    const depths = new Map<string, number>();
    for (const key of this.#drafts.keys()) this.#measureDepth(key, depths, new Set());
    const depthOf = (draft: Drafted) => depths.get(draft.key) ?? 0;
    const ordered = [...this.#drafts.values()].sort(
      (a, b) =>
        phaseRank(a.phase) - phaseRank(b.phase) ||
        depthOf(a) - depthOf(b) ||
        byCodeUnit(a.subject, b.subject) ||
        byCodeUnit(a.action, b.action) ||
        byCodeUnit(a.key, b.key),
    );
    const numbers = new Map(ordered.map((draft, position) => [draft.key, position + 1]));
    return ordered.map((draft) => ({
      step: numbers.get(draft.key) ?? 0,
      phase: draft.phase,
      who: draft.who ?? USUALLY[draft.phase],
      action: draft.action,
      subject: draft.subject,
      how: draft.how,
      requires: draft.requires ?? '',
      depends_on: [...draft.after].flatMap((key) => numbers.get(key) ?? []).sort((a, b) => a - b),
      resolves: [...draft.resolves].sort(byCodeUnit),
      irreversible: draft.irreversible ?? false,
      verify: draft.verify,
      proof: draft.proof ?? 'applied',
      ...(draft.record ? { record: draft.record } : {}),
      effects: [...(draft.effects ?? [])],
    }));
  }

  /** How many steps of its own phase a step waits for, one after the other. */
  #measureDepth(key: string, depths: Map<string, number>, below: Set<string>): number {
    const known = depths.get(key);
    if (known !== undefined) return known;
    if (below.has(key)) throw new Error(`The plan runs in a circle at ${key}.`);
    const draft = this.#drafts.get(key);
    let depth = 0;
    for (const other of draft?.after ?? []) {
      const before = this.#drafts.get(other);
      if (!draft || !before) continue;
      if (phaseRank(before.phase) > phaseRank(draft.phase)) {
        throw new Error(`The step ${key} (${draft.phase}) waits for ${other} (${before.phase}).`);
      }
      const otherDepth = this.#measureDepth(other, depths, new Set(below).add(key));
      if (before.phase === draft.phase) depth = Math.max(depth, otherDepth + 1);
    }
    depths.set(key, depth);
    return depth;
  }
}

function phaseRank(phase: PlanPhase): number {
  return PLAN_PHASES.indexOf(phase);
}

/** Subjects named one by one in a step; a longer list belongs into `plan.json` and `findings.csv`. */
const MOST_SUBJECTS = 20;

/** One line that names several subjects, in their order by code unit. */
export function nameAll(subjects: Iterable<string>, noun: string): string {
  const names = [...new Set(subjects)].sort(byCodeUnit);
  if (names.length <= 1) return names[0] ?? `no ${noun}`;
  const shown = names.slice(0, MOST_SUBJECTS).join('; ');
  const rest = names.length - MOST_SUBJECTS;
  return `${names.length} ${noun}: ${shown}${rest > 0 ? `; and ${rest} more` : ''}`;
}

/** One line that names people by their e-mails. */
export function emailsOf(people: readonly { email: string }[]): string {
  return nameAll(
    people.map(({ email }) => email),
    'people',
  );
}

/** Grants as a person reads them: `product / instance: role`. */
export function grantsIn(grants: readonly PlanGrant[]): string {
  return grants.map(({ product, instance, role }) => `${product} / ${instance}: ${role}`).join('; ');
}

/** A number and its noun: `1 member`, `2 members`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
