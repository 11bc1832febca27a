import type { Analysis } from '../analysis/analyse.ts';
import type { Database } from '../analysis/engine/database.ts';
import { openTables } from '../analysis/engine/open-tables.ts';
import type { PlanSettings } from '../config/config.ts';
import type { Finding } from '../domain/finding.ts';
import type { Memory } from '../domain/memory.ts';
import type { Plan, PlanState } from '../domain/plan.ts';
import type { JudgedRun } from '../domain/run.ts';
import { hiddenDataset, whyHidden } from '../domain/source.ts';
import { assemblePlan, type PlanAbout } from '../plan/assemble-plan.ts';
import { makePlan } from '../plan/make-plan.ts';
import { proveWork } from '../plan/proved-work.ts';
import { incompleteReasons } from '../report/text/summary.ts';
import { verdictLine } from '../report/text/verdict.ts';
import { RULES } from '../rules/index.ts';
import { type RunContext, toolVersion } from '../runtime/run-context.ts';
import type { Snapshot } from '../snapshot/open-snapshot.ts';

/** What a plan is made for: what a run found, and what it says of itself. */
export interface PlanGround {
  judged: JudgedRun;
  findings: readonly Finding[];
  planState: PlanState;
  memory: Memory;
}

/**
 * The plan for what a run found, proved on the tables of its analysis: nothing else can be read from them after it. Where
 * something was not read, nothing is proved.
 */
export async function planFor(
  analysis: Analysis,
  snapshot: Snapshot,
  { judged, findings, planState, memory }: PlanGround,
  { limits, goodForHours, stale = false }: PlanSettings & { stale?: boolean },
  { signal }: Pick<RunContext, 'signal'>,
): Promise<Plan> {
  const { job } = judged;
  const about = aboutRun(judged, { goodForHours, stale });
  const request = { job, findings, state: planState, limits };
  if (about.unread.length > 0) return assemblePlan(makePlan(request), null, about);
  const waived = new Set(
    findings.filter(({ state }) => state === 'waived').map(({ finding_id }) => finding_id),
  );
  const reopened: Database[] = [];
  const reopen = async () => {
    const { database } = await openTables(snapshot, job, { memory, signal });
    reopened.push(database);
    return database;
  };
  try {
    const { work, proof } = await proveWork(analysis, snapshot.manifest, request, { memory, waived, reopen });
    return assemblePlan(work, proof, about);
  } finally {
    for (const each of reopened) await each.close();
  }
}

function aboutRun(
  judged: JudgedRun,
  { goodForHours, stale }: { goodForHours: number; stale: boolean },
): PlanAbout {
  const { job, org, complete, snapshot, opti_organization: organization } = judged;
  const skipped = Object.entries(judged.rules).filter(([, { outcome }]) => outcome === 'skipped');
  return {
    tool: toolVersion(),
    job,
    org,
    stale,
    complete,
    snapshotHash: snapshot.hash,
    organization,
    run: `${snapshot.began.replace(/[-:]|\.\d+/gu, '')}-${job}`,
    read: { began: snapshot.began, ended: snapshot.ended },
    goodForHours,
    verdict: verdictLine(judged),
    unread: whatIsUnread(judged),
    grantsHidden: hiddenDataset(judged, 'optiId.groupInstanceRoles') && whyHidden('grants'),
    unchecked: skipped.map(([rule, { reason }]) => ({
      rule,
      title: RULES.find(({ id }) => id === rule)?.title ?? rule,
      reason,
    })),
  };
}

/** What must be read before a plan may be followed, a sentence each. */
function whatIsUnread(run: JudgedRun): string[] {
  const { complete, suspect, shrink_accepted, rules } = run;
  const unread = [
    ...incompleteReasons(run).map((reason) => `Read ${reason}`),
    ...(shrink_accepted
      ? []
      : suspect.map(
          ({ dataset, before, now }) =>
            `Read ${dataset} again: it has ${now} rows, and had ${before} in the last run.`,
        )),
    ...Object.entries(rules)
      .filter(([, { outcome }]) => outcome === 'unknown')
      .map(([rule, { reason }]) => `${rule} did not run: ${reason}`),
  ];
  return unread.length > 0 || complete ? unread : ['Not everything was read: run the audit again.'];
}
