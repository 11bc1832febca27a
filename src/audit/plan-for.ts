import type { Analysis } from '../analysis/analyse.ts';
import type { Database } from '../analysis/engine/database.ts';
import { openTables } from '../analysis/engine/open-tables.ts';
import type { PlanSettings } from '../config/config.ts';
import { type Finding, severityRank } from '../domain/finding.ts';
import type { Memory } from '../domain/memory.ts';
import type { Plan, PlanState } from '../domain/plan.ts';
import { isOpen, type JudgedRun, openByRule } from '../domain/run.ts';
import { hiddenDataset, whyHidden } from '../domain/source.ts';
import { assemblePlan, type PlanAbout } from '../plan/assemble-plan.ts';
import { makePlan } from '../plan/make-plan.ts';
import { proveWork } from '../plan/proved-work.ts';
import { incompleteReasons, verdictSentence } from '../report/text/summary.ts';
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
  const about = aboutRun(judged, findings, { goodForHours, stale });
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
  findings: readonly Finding[],
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
    verdict: [verdictSentence(judged), ...causes(judged, findings)].join(' '),
    unread: whatIsUnread(judged),
    grantsHidden: hiddenDataset(judged, 'optiId.groupInstanceRoles') && whyHidden('grants'),
    unchecked: skipped.map(([rule, { reason }]) => ({
      rule,
      title: RULES.find(({ id }) => id === rule)?.title ?? rule,
      reason,
    })),
  };
}

/** Rules named as causes of a verdict; the others are counted. */
const MOST_CAUSES = 6;

/** Why a verdict is bad, rule by rule, worst first. */
function causes({ verdict, fail_on }: JudgedRun, findings: readonly Finding[]): string[] {
  if (verdict !== 'no-go') return [];
  const bad = openByRule(
    findings.filter((finding) => isOpen(finding) && severityRank(finding.severity) <= severityRank(fail_on)),
  );
  const said = bad
    .slice(0, MOST_CAUSES)
    .map(({ rule, findings: count }) => `${RULES.find(({ id }) => id === rule)?.title ?? rule} (${count})`);
  const rest = bad.slice(MOST_CAUSES).reduce((sum, { findings: count }) => sum + count, 0);
  return [`${[...said, ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ')}.`];
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
