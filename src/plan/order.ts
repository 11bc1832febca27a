import { byCodeUnit } from '../domain/finding.ts';
import { type Effect, type PlanRecord, WORK_PHASES, type WorkPhase } from '../domain/plan.ts';
import { touchedBy } from './actions.ts';
import { addTo } from './lists.ts';

/** What the order of steps goes by. */
export interface Step {
  key: string;
  phase: WorkPhase;
  subject: string;
  action: string;
  /** Keys of steps that it waits for, beyond those that follow from what the actions read, make and remove. */
  after: Set<string>;
  record?: PlanRecord;
  effects?: readonly Effect[];
  /** What it would do, were it no decision. */
  braked?: readonly Effect[];
}

type StepsByKey<Each extends Step = Step> = ReadonlyMap<string, Each>;

function phaseRank(phase: WorkPhase): number {
  return WORK_PHASES.indexOf(phase);
}

/**
 * What each step waits for: what it says, and what its actions need. Whatever one makes is made before another reads or
 * removes it; whatever one removes is gone before another makes it again. A later phase is not waited for.
 */
export function stepsBefore(steps: StepsByKey): Map<string, Set<string>> {
  const makers = new Map<string, Step[]>();
  const removers = new Map<string, Step[]>();
  const touched = [...steps.values()].map((draft) => ({
    draft,
    ...touchedBy({ ...draft, effects: [...(draft.effects ?? []), ...(draft.braked ?? [])] }),
  }));
  const note = (map: Map<string, Step[]>, draft: Step, what: Iterable<string>) => {
    for (const each of what) addTo(map, each, draft);
  };
  for (const { draft, makes, removes } of touched) {
    note(makers, draft, makes);
    note(removers, draft, removes);
  }
  const before = new Map([...steps].map(([key, { after }]) => [key, new Set(after)]));
  for (const { draft, reads, makes, removes } of touched) {
    const earlier = [
      ...[...reads, ...removes].flatMap((each) => makers.get(each) ?? []),
      ...[...makes].flatMap((each) => removers.get(each) ?? []),
    ];
    for (const { key, phase } of earlier) {
      if (key !== draft.key && phaseRank(phase) <= phaseRank(draft.phase)) before.get(draft.key)?.add(key);
    }
  }
  return before;
}

/**
 * Steps in their order: by phase, within a phase after those they wait for, then by subject and action. Throws on a
 * circle and on a step that waits for a later phase: both are bugs.
 */
export function orderOf<Each extends Step>(steps: StepsByKey<Each>): Each[] {
  const before = stepsBefore(steps);
  const depths = new Map<string, number>();
  const depthOf = ({ key }: Step) => depths.get(key) ?? 0;
  for (const step of steps.values()) measureDepth(step, { steps, before, depths, below: new Set() });
  return [...steps.values()].sort(
    (a, b) =>
      phaseRank(a.phase) - phaseRank(b.phase) ||
      depthOf(a) - depthOf(b) ||
      byCodeUnit(a.subject, b.subject) ||
      byCodeUnit(a.action, b.action) ||
      byCodeUnit(a.key, b.key),
  );
}

interface Measured {
  steps: StepsByKey;
  before: ReadonlyMap<string, ReadonlySet<string>>;
  depths: Map<string, number>;
  /** Steps that wait for this one. */
  below: ReadonlySet<string>;
}

/** How many steps of its own phase a step waits for, one after the other. */
function measureDepth({ key, phase }: Step, { steps, before, depths, below }: Measured): number {
  const known = depths.get(key);
  if (known !== undefined) return known;
  if (below.has(key)) throw new Error(`The plan runs in a circle at ${key}.`);
  const deeper = { steps, before, depths, below: new Set(below).add(key) };
  let depth = 0;
  for (const other of [...(before.get(key) ?? [])].flatMap((each) => steps.get(each) ?? [])) {
    if (phaseRank(other.phase) > phaseRank(phase)) {
      throw new Error(`The step ${key} (${phase}) waits for ${other.key} (${other.phase}).`);
    }
    const depthBefore = measureDepth(other, deeper);
    if (other.phase === phase) depth = Math.max(depth, depthBefore + 1);
  }
  depths.set(key, depth);
  return depth;
}
