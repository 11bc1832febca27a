import { byCodeUnit, type Who } from '../domain/finding.ts';
import {
  PHASE_OF,
  PLAN_FORMAT,
  PLAN_PHASES,
  type Plan,
  type PlanHead,
  type PlanStep,
  type PlanUndo,
  type Proof,
  type WithheldStep,
  type WorkPlan,
  type WorkStep,
} from '../domain/plan.ts';
import { actionOf } from './actions.ts';
import { nameAll } from './drafts.ts';
import { groupWork } from './group-steps.ts';
import { withholdUnread } from './withhold.ts';

/** What is known of the run that a plan is made for. */
export interface PlanAbout extends Pick<Plan, 'tool' | 'job' | 'org' | 'stale' | 'complete' | 'unchecked'> {
  snapshotHash: string;
  organization: PlanHead['organization'];
  run: string;
  read: { began: string; ended: string };
  goodForHours: number;
  verdict: string;
  /** What must be read before the plan may be followed, a sentence each. */
  unread: readonly string[];
  /** Why nobody knows whose access ends: the source does not show what groups grant. Null where it does. */
  grantsHidden: string | null;
}

const HOUR_MS = 3_600_000;

/** The plan as people hold it: work put together by kind, with what stands at its top. */
export function assemblePlan(work: WorkPlan, proof: Proof | null, about: PlanAbout): Plan {
  const unread = [...about.unread];
  const isApplicable = about.complete && unread.length === 0;
  const { kept, withheld } = isApplicable ? { kept: work.steps, withheld: [] } : withholdUnread(work.steps);
  const { steps, decisions, numberOf } = groupWork(kept);
  const held = [
    ...withheld.map((step) => ({ work: step, first: unread })),
    ...work.withheld.map(({ work: step, first }) => ({
      work: step,
      first: [...first.map((decision) => `To be decided: ${decision}.`), ...unread],
    })),
  ];
  return {
    format: PLAN_FORMAT,
    tool: { name: about.tool.name, version: about.tool.version },
    job: about.job,
    org: about.org,
    snapshot_hash: about.snapshotHash,
    stale: about.stale,
    head: headOf(work, { steps, decisions, proof, numberOf, isApplicable }, about),
    complete: about.complete,
    applicable: isApplicable,
    unread,
    brakes: work.brakes,
    notes: work.notes,
    steps,
    decisions,
    withheld: groupWithheld(held),
    unchecked: about.unchecked,
    undo: undoOf([...steps, ...decisions]),
    proof: isApplicable && proof !== null ? byGroupedStep(proof, numberOf) : null,
  };
}

/** How to go back from what each step changes, by its kinds of action. */
function undoOf(steps: readonly PlanStep[]): PlanUndo[] {
  const ordered = [...steps].sort((a, b) => b.step - a.step);
  const point = ordered.findLast(({ irreversible }) => irreversible)?.step ?? Number.POSITIVE_INFINITY;
  const names = new Map(
    ordered
      .flatMap(({ subjects }) => subjects.flatMap(({ record }) => record ?? []))
      .map((record) =>
        record.kind === 'group' ? [record.opti_group_id, record.name] : [record.opti_user_id, record.email],
      ),
  );
  const undo = ordered.flatMap(({ step, phase, action, effects }) => {
    if (effects.length === 0) return [];
    const takes = effects.filter((effect) => actionOf(effect).takes);
    const ids = takes.flatMap((effect) => Object.values(effect).flat()).map(String);
    return [
      {
        phase,
        goes_back: step < point,
        step: {
          step,
          action,
          how: [...new Set(effects.map((effect) => actionOf(effect).undo))].join(' '),
          records: [...new Set(ids.flatMap((id) => names.get(id) ?? []))].sort(byCodeUnit),
        },
      },
    ];
  });
  return PLAN_PHASES.flatMap((phase) =>
    [true, false].flatMap((goes_back) => {
      const those = undo.filter((each) => each.phase === phase && each.goes_back === goes_back);
      return those.length === 0 ? [] : [{ phase, goes_back, steps: those.map(({ step }) => step) }];
    }),
  );
}

type Grouped = Pick<Plan, 'steps' | 'decisions' | 'proof'> & {
  numberOf: ReadonlyMap<number, number>;
  isApplicable: boolean;
};

function headOf(
  work: WorkPlan,
  { steps, decisions, proof, numberOf, isApplicable }: Grouped,
  about: PlanAbout,
): PlanHead {
  const all = [...steps, ...decisions];
  const roles = [...new Set(all.map(({ who }) => who))].sort(byCodeUnit);
  const final = steps.filter(({ irreversible }) => irreversible);
  const [first] = final;
  const takes = work.steps.filter(({ effects }) => effects.some(({ kind }) => kind === 'delete_opti_group'));
  const gives = work.steps.filter(({ phase, effects }) => phase === 'give access back' && effects.length > 0);
  const numbers = (those: readonly WorkStep[]) => those.flatMap(({ step }) => numberOf.get(step) ?? []);
  const from = numbers(takes);
  const to = numbers(gives);
  const idsOf = (kind: 'delete_opti_group' | 'delete_opti_user') =>
    new Set(
      steps
        .flatMap(({ effects }) => effects)
        .flatMap((effect) => (effect.kind === kind ? [JSON.stringify(effect)] : [])),
    ).size;
  return {
    organization: about.organization,
    org: about.org,
    job: about.job,
    run: about.run,
    read: {
      ...about.read,
      good_until: new Date(Date.parse(about.read.ended) + about.goodForHours * HOUR_MS).toISOString(),
    },
    verdict: about.verdict,
    proof: isApplicable
      ? [
          proofSentence(proof),
          ...(about.grantsHidden === null ? [] : [`Access is not in it: ${about.grantsHidden}.`]),
        ].join(' ')
      : 'Nothing is proved: not everything was read.',
    steps_by_role: roles.map((who: Who) => ({ who, steps: all.filter((each) => each.who === who).length })),
    interrupted: {
      people: about.grantsHidden === null ? work.losses.interrupted : null,
      from_step: from.length > 0 ? Math.min(...from) : null,
      to_step: to.length > 0 ? Math.max(...to) : null,
    },
    lost_for_good: { people: about.grantsHidden === null ? work.losses.for_good : null },
    deletions: { groups: idsOf('delete_opti_group'), users: idsOf('delete_opti_user') },
    guardrails: work.brakes.map(({ sentence }) => sentence),
    point_of_no_return: first ? { step: first.step, action: first.action } : null,
  };
}

/** What a proof left, in a sentence or two. */
function proofSentence(proof: Proof | null): string {
  if (!proof) return 'Nothing is proved.';
  const { before, after, after_without_support: waiting } = proof;
  const isMore = waiting.blockers > after.blockers || waiting.errors > after.errors;
  const support = isMore ? ` Until Optimizely Support has acted: ${counts(waiting)}.` : '';
  return `Done to a copy of the data: before it ${counts(before)}, after it ${counts(after)}.${support}`;
}

function counts({ blockers, errors }: Proof['before']): string {
  return `${blockers} ${blockers === 1 ? 'blocker' : 'blockers'} and ${errors} ${errors === 1 ? 'error' : 'errors'}`;
}

/** The proof, step by step as the steps are numbered now. */
function byGroupedStep(proof: Proof, numberOf: ReadonlyMap<number, number>): Proof {
  const resolved = new Map<number, string[]>();
  for (const { step, resolved: ids } of proof.steps) {
    const number = numberOf.get(step);
    if (number === undefined) continue;
    resolved.set(number, [...(resolved.get(number) ?? []), ...ids]);
  }
  return {
    ...proof,
    steps: [...resolved]
      .sort(([a], [b]) => a - b)
      .map(([step, ids]) => ({ step, resolved: [...new Set(ids)].sort(byCodeUnit) })),
  };
}

function groupWithheld(held: readonly { work: WorkStep; first: readonly string[] }[]): WithheldStep[] {
  const kinds = new Map<string, { works: WorkStep[]; first: Set<string> }>();
  for (const { work, first } of held) {
    const key = JSON.stringify([PHASE_OF[work.phase], work.who, work.action, work.irreversible]);
    const kind = kinds.get(key) ?? { works: [], first: new Set() };
    kinds.set(key, kind);
    kind.works.push(work);
    for (const sentence of first) kind.first.add(sentence);
  }
  return [...kinds.values()].map(({ works, first }) => {
    const [one] = works as [WorkStep];
    const subjects = works.flatMap(({ people, subject }) =>
      people.length > 0 ? people.map((each) => each.subject) : [subject],
    );
    return {
      phase: PHASE_OF[one.phase],
      who: one.who,
      action: one.action,
      subject: nameAll(subjects, 'subjects'),
      subjects: [...new Set(subjects)].sort(byCodeUnit),
      irreversible: one.irreversible,
      resolves: [...new Set(works.flatMap(({ resolves }) => resolves))].sort(byCodeUnit),
      first: [...first],
    };
  });
}
