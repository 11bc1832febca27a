import { byCodeUnit, type Finding, type SubjectType, type Who } from '../domain/finding.ts';
import type { Effect, PlanGrant, PlanRecord, StepProof, WorkPhase, WorkStep } from '../domain/plan.ts';
import { requireKindOfStep } from './keys.ts';
import { addTo } from './lists.ts';
import { orderOf, type Step, stepsBefore } from './order.ts';

/** Who acts in a phase, where a step does not say otherwise. */
const USUALLY: Readonly<Record<WorkPhase, Who>> = {
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
  /**
   * Keys of steps that must be done before, beyond those that follow from what the actions read, make and remove. A key
   * without a step is not a dependency; one that no step can have is an error.
   */
  after?: readonly string[];
  irreversible?: boolean;
  verify: string;
  /** `applied` unless told otherwise. */
  proof?: StepProof;
  record?: PlanRecord;
  effects?: readonly Effect[];
  /** What the findings are counted as, where it is not their own kind of subject. */
  noun?: string;
  /** What steps of the same kind are put together by, where it is not the action. */
  kind?: string;
  /** What differs from one subject of the kind to the next. */
  each?: string;
}

/** Whom a step is done to: one subject, several by name, or those of the findings that it settles. */
export type About = string | readonly Finding[] | { names: readonly string[]; noun: string };

interface Drafted extends Omit<Draft, 'after' | 'noun'>, Step {
  /** Each subject with the findings that are about it. */
  people: Map<string, Set<string>>;
  resolves: Set<string>;
  hits?: readonly string[];
}

/** A step that the plan must not do by itself, and whom it would take access from. */
export interface Braked {
  key: string;
  hits: readonly string[];
  why: string;
}

/** The steps of a plan that is being made; they name one another by key. */
export class Drafts {
  readonly #drafts = new Map<string, Drafted>();

  /** Adds a step on one subject, or on all findings that it settles; throws when its key is taken. */
  add(phase: WorkPhase, key: string, about: About, { after, noun, ...draft }: Draft): string {
    if (this.has(key)) throw new Error(`The plan has two steps ${key}.`);
    for (const each of [key, ...(after ?? [])]) requireKindOfStep(each);
    const named = isFindings(about)
      ? { subject: subjectsOf(about, noun), names: about.map(({ subject }) => subject) }
      : typeof about === 'string'
        ? { subject: about, names: [about] }
        : { subject: nameAll(about.names, about.noun), names: about.names };
    this.#drafts.set(key, {
      ...draft,
      key,
      phase,
      subject: named.subject,
      people: new Map([...new Set(named.names)].sort(byCodeUnit).map((name) => [name, new Set()])),
      after: new Set(after),
      resolves: new Set(),
    });
    if (isFindings(about)) this.resolve(key, about);
    return key;
  }

  /** Adds a step, or lets the one of its key settle the same findings as well. */
  addOnce(...[phase, key, about, draft]: Parameters<Drafts['add']>): string {
    if (!this.has(key)) return this.add(phase, key, about, draft);
    if (isFindings(about)) this.resolve(key, about);
    return key;
  }

  has(key: string): boolean {
    return this.#drafts.has(key);
  }

  /** Lets a step settle findings as well; throws when there is no such step. */
  resolve(key: string, findings: readonly Finding[]): void {
    const { resolves, people } = this.#get(key);
    const [first] = people.values();
    for (const { finding_id, subject } of findings) {
      resolves.add(finding_id);
      (people.get(subject) ?? first)?.add(finding_id);
    }
  }

  /** Lets a step wait for others. */
  wait(key: string, ...after: readonly string[]): void {
    for (const other of after) {
      requireKindOfStep(other);
      this.#get(key).after.add(other);
    }
  }

  /** Says of a step what differs from others of its kind. */
  describe(key: string, each: string): void {
    this.#get(key).each = each;
  }

  /** What the steps give store groups, by the group's id. */
  grants(): Map<string, PlanGrant[]> {
    const given = new Map<string, PlanGrant[]>();
    for (const { effects = [] } of this.#drafts.values()) {
      for (const effect of effects) {
        if (effect.kind === 'grant') addTo(given, effect.opti_group_id, ...effect.grants);
      }
    }
    return given;
  }

  /** Makes a step a decision: it changes nothing, and says whom it would hit. */
  brake({ key, hits, why }: Braked): void {
    const draft = this.#get(key);
    if (draft.braked !== undefined) return;
    const { action, how, people } = draft;
    const [resolves = new Set<string>()] = people.values();
    draft.action = `Decide: ${action}`;
    draft.who = 'product owner';
    draft.how = `${why} Whoever is to keep the access gets it through another group first. For the others waive their finding, with an owner and a reason, or take them out of a group that was made by hand. Then audit again: the plan has the step as soon as nobody is hit. How it is done then: ${how}`;
    draft.each = `would hit ${nameAll(hits, 'people')}`;
    draft.hits = hits;
    draft.proof = 'decision';
    draft.irreversible = false;
    draft.braked = draft.effects ?? [];
    draft.effects = [];
    draft.requires = '';
    draft.verify = 'Audit again: the plan has the step, or the finding is waived with an owner and a reason.';
    if (people.size > 1) draft.people = new Map([[draft.subject, resolves]]);
  }

  #get(key: string): Drafted {
    const draft = this.#drafts.get(key);
    if (!draft) throw new Error(`The plan has no step ${key}.`);
    return draft;
  }

  keys(...phases: readonly WorkPhase[]): string[] {
    return [...this.#drafts.values()]
      .filter((draft) => phases.includes(draft.phase))
      .map(({ key }) => key)
      .sort(byCodeUnit);
  }

  /** Those of the steps that wait for no other of them, directly or not, by their subjects. */
  firstOf(keys: readonly string[]): string[] {
    const those = new Set(keys);
    const known = new Map<string, boolean>();
    const waits = (key: string): boolean => {
      const waiting =
        known.get(key) ??
        [...(this.#drafts.get(key)?.after ?? [])].some((before) => those.has(before) || waits(before));
      known.set(key, waiting);
      return waiting;
    };
    return keys
      .filter((key) => !waits(key))
      .sort((a, b) => byCodeUnit(this.#get(a).subject, this.#get(b).subject) || byCodeUnit(a, b));
  }

  /** Makes a step one of a kind of its own that goes before others; says how, besides what it said. */
  lead(key: string, action: string, how: string): void {
    const draft = this.#get(key);
    draft.action = action;
    draft.how = `${draft.how} ${how}`;
  }

  /** Those of the steps that no other of them waits for: who waits for these waits for all. */
  lastOf(keys: readonly string[]): string[] {
    const before = stepsBefore(this.#drafts);
    const waitedFor = new Set(keys.flatMap((key) => [...(before.get(key) ?? [])]));
    return keys.filter((key) => !waitedFor.has(key));
  }

  /** The steps in their order. Throws where they cannot have one: a bug. */
  ordered(): readonly Drafted[] {
    return orderOf(this.#drafts);
  }

  /** Takes a step out of the plan; what waits for it waits for what it waited for. */
  withdraw(key: string): void {
    const { after } = this.#get(key);
    this.#drafts.delete(key);
    for (const other of this.#drafts.values()) {
      if (!other.after.delete(key)) continue;
      for (const before of after) other.after.add(before);
    }
  }

  /** The steps with their numbers. */
  number(): WorkStep[] {
    const ordered = this.ordered();
    const before = stepsBefore(this.#drafts);
    const numbers = new Map(ordered.map(({ key }, position) => [key, position + 1]));
    return ordered.map((drafted, position) =>
      asWork(
        drafted,
        position + 1,
        [...(before.get(drafted.key) ?? [])].flatMap((key) => numbers.get(key) ?? []),
      ),
    );
  }

  /** One step as it would be in the plan. */
  workOf(key: string): WorkStep {
    return asWork(this.#get(key), 0, []);
  }
}

function asWork(drafted: Drafted, step: number, dependsOn: readonly number[]): WorkStep {
  const { key, phase, subject, people, after: _, resolves, ...draft } = drafted;
  return {
    step,
    key,
    phase,
    kind: draft.kind ?? draft.action,
    who: draft.who ?? USUALLY[phase],
    action: draft.action,
    subject,
    people: [...people].map(([name, ids]) => ({ subject: name, resolves: [...ids].sort(byCodeUnit) })),
    how: draft.how,
    each: draft.each ?? '',
    requires: draft.requires ?? '',
    depends_on: [...dependsOn].sort((a, b) => a - b),
    resolves: [...resolves].sort(byCodeUnit),
    irreversible: draft.irreversible ?? false,
    verify: draft.verify,
    proof: draft.proof ?? 'applied',
    hits: [...(draft.hits ?? [])],
    waiting: [...(draft.braked ?? [])],
    ...(draft.record ? { record: draft.record } : {}),
    effects: [...(draft.effects ?? [])],
  };
}

function isFindings(about: About): about is readonly Finding[] {
  return Array.isArray(about);
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

/** The subjects of findings as those of a step that does not settle them. */
export function namesOf(findings: readonly Finding[], noun = 'people'): About {
  return { names: findings.map(({ subject }) => subject), noun };
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
export function counted(count: number, noun: string, several = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : several}`;
}
