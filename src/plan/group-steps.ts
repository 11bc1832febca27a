import {
  PHASE_OF,
  type PlanDecision,
  type PlanStep,
  type PlanSubject,
  WORK_PHASES,
  type WorkStep,
} from '../domain/plan.ts';
import { nameAll } from './drafts.ts';

/** Most steps and decisions of a plan: people hold it in hand on the day. */
export const MOST_STEPS = 40;

/** What stands in a text for the name of the subject, where the same is done to several. */
export const NAME = '‹name›';

/** The work of a plan by kind: steps and decisions, numbered together in the order in which they are done. */
export interface GroupedWork {
  steps: PlanStep[];
  decisions: PlanDecision[];
  /** Number of the step that a piece of work went into, by the number of the work. */
  numberOf: ReadonlyMap<number, number>;
}

/** Work that may stand in one step, and what that is called where it is not all of one kind. */
interface Kind {
  key: string;
  title: string | null;
}

const isDecision = ({ proof }: WorkStep) => proof === 'decision';

/** From the finest to the coarsest: an org with every trouble there is has more kinds of work than anybody can hold. */
const KINDS: readonly ((work: WorkStep) => Kind)[] = [
  ({ kind, action }) => ({ key: kind, title: kind === action ? null : kind }),
  (work) => (isDecision(work) ? { key: 'decide', title: 'Decide' } : one(work)),
  (work) =>
    isDecision(work)
      ? { key: 'decide', title: 'Decide' }
      : work.proof === 'applied'
        ? one(work)
        : { key: 'ask', title: 'Settle what the plan cannot prove' },
  (work) =>
    isDecision(work)
      ? { key: 'decide', title: 'Decide' }
      : work.irreversible
        ? one(work)
        : { key: 'prepare', title: `Do what each line says (${work.phase})` },
];

function one({ kind, action }: WorkStep): Kind {
  return { key: kind, title: kind === action ? null : kind };
}

/** Puts work of one kind together, in an order in which nothing comes before what it waits for. */
export function groupWork(work: readonly WorkStep[]): GroupedWork {
  let lots: Lot[] = [];
  for (const kindOf of KINDS) {
    lots = lotsOf(work, kindOf);
    if (lots.length <= MOST_STEPS) break;
  }
  const numberOf = new Map(
    lots.flatMap(({ members }, index) => members.map(({ step }) => [step, index + 1] as const)),
  );
  const before = new Map<number, ReadonlySet<number>>();
  const steps: PlanStep[] = [];
  const decisions: PlanDecision[] = [];
  for (const [index, { members, title }] of lots.entries()) {
    const number = index + 1;
    const direct = new Set(
      members.flatMap(({ depends_on }) => depends_on.flatMap((other) => numberOf.get(other) ?? [])),
    );
    direct.delete(number);
    const implied = new Set([...direct].flatMap((other) => [...(before.get(other) ?? [])]));
    before.set(number, new Set([...direct, ...implied]));
    const depends_on = [...direct].filter((other) => !implied.has(other)).sort((a, b) => a - b);
    const step = stepOf(members, { number, title, depends_on });
    if (members.every(isDecision)) {
      decisions.push({ ...step, hits: [...new Set(members.flatMap(({ hits }) => hits))].sort() });
    } else steps.push(step);
  }
  return { steps, decisions, numberOf };
}

interface Lot {
  members: WorkStep[];
  title: string | null;
}

function lotsOf(work: readonly WorkStep[], kindOf: (work: WorkStep) => Kind): Lot[] {
  const lots: Lot[] = [];
  const byNumber = new Map(work.map((each) => [each.step, each]));
  const done = new Set<WorkStep>();
  for (const phase of WORK_PHASES) {
    const kinds = new Map<string, Lot>();
    const lotOf = new Map<WorkStep, string>();
    for (const each of work.filter((one) => one.phase === phase)) {
      const { key, title } = kindOf(each);
      const id = JSON.stringify([each.who, isDecision(each), each.irreversible, each.proof, key]);
      lotOf.set(each, id);
      const lot = kinds.get(id) ?? { members: [], title };
      kinds.set(id, lot);
      lot.members.push(each);
    }
    /** Those that can be done now, one after the other, without anything else of the phase. */
    const ready = (members: readonly WorkStep[]) => {
      const now = new Set<WorkStep>();
      for (const each of members) {
        const waits = each.depends_on.flatMap((number) => byNumber.get(number) ?? []);
        if (waits.every((other) => other.phase !== phase || done.has(other) || now.has(other))) now.add(each);
      }
      return now;
    };
    while (kinds.size > 0) {
      const tries = [...kinds].map(([id, lot]) => ({ id, lot, now: ready(lot.members) }));
      const whole = tries.find(({ lot, now }) => now.size === lot.members.length);
      const chosen = whole ?? tries.find(({ now }) => now.size > 0);
      if (!chosen) throw new Error('The plan runs in a circle.');
      for (const each of chosen.now) done.add(each);
      const members = chosen.lot.members.filter((each) => chosen.now.has(each));
      const left = chosen.lot.members.filter((each) => !chosen.now.has(each));
      lots.push({ members, title: chosen.lot.title });
      if (left.length === 0) kinds.delete(chosen.id);
      else kinds.set(chosen.id, { members: left, title: chosen.lot.title });
    }
  }
  return lots;
}

function stepOf(
  members: readonly WorkStep[],
  { number, title, depends_on }: { number: number; title: string | null; depends_on: number[] },
): PlanStep {
  const [first] = members as [WorkStep];
  const actions = new Set(members.map(({ action }) => action));
  const isMixed = title !== null && actions.size > 1;
  const subjects = members.flatMap((work) => subjectsOf(work, isMixed));
  return {
    step: number,
    phase: PHASE_OF[first.phase],
    who: first.who,
    action: isMixed ? title : first.action,
    subject:
      members.length === 1
        ? first.subject
        : nameAll(
            subjects.map(({ subject }) => subject),
            'in the table',
          ),
    how: shared(members, ({ how }) => how) ?? '',
    requires:
      shared(members, ({ requires }) => requires) ??
      // What several begin with is said once.
      [...new Set(members.flatMap(({ requires }) => requires.split(/(?<=\.) /u)))]
        .filter((text) => text !== '')
        .join(' '),
    depends_on,
    resolves: [...new Set(members.flatMap(({ resolves }) => resolves))].sort(),
    irreversible: first.irreversible,
    verify: shared(members, ({ verify }) => verify) ?? '',
    proof: first.proof,
    subjects,
    effects: members.flatMap(({ effects }) => effects),
  };
}

function subjectsOf(work: WorkStep, isMixed: boolean): PlanSubject[] {
  const { how, each, verify, record, people } = work;
  const named = people.length > 0 ? people : [{ subject: work.subject, resolves: work.resolves }];
  return named.map(({ subject, resolves }) => ({
    subject,
    ...(isMixed ? { action: work.action } : {}),
    how,
    each,
    resolves,
    verify,
    ...(record ? { record } : {}),
  }));
}

/** A text that is the same for all of them but for their names; null where there is none. */
function shared(members: readonly WorkStep[], textOf: (work: WorkStep) => string): string | null {
  const [first, ...others] = members as [WorkStep];
  if (others.length === 0) return textOf(first);
  const general = (work: WorkStep) =>
    work.people.length === 1 ? textOf(work).replaceAll(work.subject, NAME) : textOf(work);
  const text = general(first);
  return others.every((other) => general(other) === text) ? text : null;
}
