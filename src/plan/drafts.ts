import { byCodeUnit, type Finding, type SubjectType, type Who } from '../domain/finding.ts';
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

/** A step, apart from its phase, its key and its subject. */
export interface Draft {
  action: string;
  /** Who usually acts in the phase unless told otherwise. */
  who?: Who;
  how: string;
  requires?: string;
  /** Keys of steps that must be done before. A key without a step is not a dependency. */
  after?: readonly string[];
  irreversible?: boolean;
  verify: string;
  /** `applied` unless told otherwise. */
  proof?: StepProof;
  record?: PlanRecord;
  effects?: readonly Effect[];
  /** What the findings are counted as, where it is not their own kind of subject. */
  noun?: string;
}

interface Drafted extends Omit<Draft, 'after' | 'noun'> {
  key: string;
  phase: PlanPhase;
  subject: string;
  after: Set<string>;
  resolves: Set<string>;
}

/** The steps of a plan that is being made; they name one another by key. */
export class Drafts {
  readonly #drafts = new Map<string, Drafted>();

  /** Adds a step on one subject, or on all findings that it settles; throws when its key is taken. */
  add(
    phase: PlanPhase,
    key: string,
    about: string | readonly Finding[],
    { after, noun, ...draft }: Draft,
  ): string {
    if (this.has(key)) throw new Error(`The plan has two steps ${key}.`);
    const subject = typeof about === 'string' ? about : subjectsOf(about, noun);
    const resolves = new Set<string>();
    this.#drafts.set(key, { ...draft, key, phase, subject, after: new Set(after), resolves });
    if (typeof about !== 'string') this.resolve(key, about);
    return key;
  }

  /** Adds a step, or lets the one of its key settle the same findings as well. */
  addOnce(...[phase, key, about, draft]: Parameters<Drafts['add']>): string {
    if (!this.has(key)) return this.add(phase, key, about, draft);
    if (typeof about !== 'string') this.resolve(key, about);
    return key;
  }

  has(key: string): boolean {
    return this.#drafts.has(key);
  }

  /** Lets a step settle findings as well; throws when there is no such step. */
  resolve(key: string, findings: readonly Finding[]): void {
    for (const { finding_id } of findings) this.#get(key).resolves.add(finding_id);
  }

  /** Lets a step wait for others. */
  wait(key: string, ...after: readonly string[]): void {
    for (const other of after) this.#get(key).after.add(other);
  }

  /** True where a step settles a finding. */
  resolves(key: string, findingId: string): boolean {
    return this.#get(key).resolves.has(findingId);
  }

  /** Adds a sentence to what a step says to do. */
  amend(key: string, sentence: string): void {
    const draft = this.#get(key);
    draft.how = `${draft.how} ${sentence}`;
  }

  #get(key: string): Drafted {
    const draft = this.#drafts.get(key);
    if (!draft) throw new Error(`The plan has no step ${key}.`);
    return draft;
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
   * The steps in their order: by phase, within a phase after those they wait for, then by subject and
   * action. Throws on a circle and on a step that waits for a later phase: both are bugs.
   */
  ordered(): readonly Drafted[] {
    const depths = new Map<string, number>();
    for (const key of this.#drafts.keys()) this.#measureDepth(key, depths, new Set());
    const depthOf = ({ key }: Drafted) => depths.get(key) ?? 0;
    return [...this.#drafts.values()].sort(
      (a, b) =>
        phaseRank(a.phase) - phaseRank(b.phase) ||
        depthOf(a) - depthOf(b) ||
        byCodeUnit(a.subject, b.subject) ||
        byCodeUnit(a.action, b.action) ||
        byCodeUnit(a.key, b.key),
    );
  }

  /** The steps with their numbers. */
  number(): PlanStep[] {
    const ordered = this.ordered();
    const numbers = new Map(ordered.map(({ key }, position) => [key, position + 1]));
    return ordered.map(({ key, phase, subject, after, resolves, ...draft }, position) => ({
      step: position + 1,
      phase,
      who: draft.who ?? USUALLY[phase],
      action: draft.action,
      subject,
      how: draft.how,
      requires: draft.requires ?? '',
      depends_on: [...after].flatMap((other) => numbers.get(other) ?? []).sort((a, b) => a - b),
      resolves: [...resolves].sort(byCodeUnit),
      irreversible: draft.irreversible ?? false,
      verify: draft.verify,
      proof: draft.proof ?? 'applied',
      ...(draft.record ? { record: draft.record } : {}),
      effects: [...(draft.effects ?? [])],
    }));
  }

  /** How many steps of its own phase a step waits for, one after the other. */
  #measureDepth(key: string, depths: Map<string, number>, below: ReadonlySet<string>): number {
    const known = depths.get(key);
    if (known !== undefined) return known;
    if (below.has(key)) throw new Error(`The plan runs in a circle at ${key}.`);
    const { phase, after } = this.#get(key);
    let depth = 0;
    for (const before of [...after].flatMap((other) => this.#drafts.get(other) ?? [])) {
      if (phaseRank(before.phase) > phaseRank(phase)) {
        throw new Error(`The step ${key} (${phase}) waits for ${before.key} (${before.phase}).`);
      }
      const depthBefore = this.#measureDepth(before.key, depths, new Set(below).add(key));
      if (before.phase === phase) depth = Math.max(depth, depthBefore + 1);
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

/** What findings of one kind of subject are counted as. */
const NOUNS: Readonly<Record<SubjectType, string>> = {
  user: 'people',
  group: 'groups',
  membership: 'memberships',
  app: 'apps',
  organization: 'organizations',
  event: 'events',
};

/** One line that names the subjects of findings. */
export function subjectsOf(findings: readonly Finding[], noun?: string): string {
  return nameAll(
    findings.map(({ subject }) => subject),
    noun ?? NOUNS[findings[0]?.subject_type ?? 'event'],
  );
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
