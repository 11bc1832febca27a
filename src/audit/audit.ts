import pLimit from 'p-limit';
import { type Analysis, openAnalysis } from '../analysis/analyse.ts';
import type { CollectRequest, Sources } from '../collect/collect-request.ts';
import type { PlanSettings } from '../config/config.ts';
import type { Finding, Severity } from '../domain/finding.ts';
import { changedSettings, inFlightNow, shrunkDatasets, tellHistory } from '../domain/history.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Job } from '../domain/rule.ts';
import {
  isIncomplete,
  type RunOutcome,
  type RunSummary,
  refusedSentences,
  summarizePlan,
  summarizeRun,
} from '../domain/run.ts';
import type { Reports } from '../domain/seal.ts';
import type { UserSituation } from '../domain/situation.ts';
import { applyWaivers, type Waiver } from '../domain/waiver.ts';
import { readPlanState } from '../plan/state.ts';
import { writePlan } from '../report/files/plan-csv.ts';
import { writeWorkbook } from '../report/files/workbook.ts';
import * as tables from '../report/files/write-tables.ts';
import { type PageExcerpts, takeExcerpts, writePage } from '../report/page/write-page.ts';
import { untilStopped } from '../runtime/cancellation.ts';
import { type RunContext, toolVersion } from '../runtime/run-context.ts';
import type { Snapshot } from '../snapshot/open-snapshot.ts';
import { type BegunRun, beginCollection, beginFromSnapshot } from './begin-run.ts';
import { type EarlierRuns, type NamedBaseline, readEarlierRuns, readNamedBaseline } from './earlier-runs.ts';
import { planFor } from './plan-for.ts';

export interface AuditRequest extends Reports {
  job: Job;
  /** From both sides, or from a sealed snapshot; the latter touches no network. */
  from: CollectRequest | { snapshot: Snapshot };
  failOn: Severity;
  /** Only new findings make the exit code 1. */
  failOnNew: boolean;
  /** Folder of a run, or null: then the last complete drift run serves the drift job. */
  baseline: string | null;
  waivers: readonly Waiver[];
  /** Datasets may have lost rows as they like. */
  acceptShrink: boolean;
  plan: PlanSettings;
  /** What earlier runs say, where that is not to be looked up below the reports folder. */
  earlier?: EarlierRuns;
}

/** What no flag asks for. */
export const PLAIN_AUDIT = {
  failOnNew: false,
  baseline: null,
  waivers: [],
  acceptShrink: false,
  sealKey: null,
} as const satisfies Partial<AuditRequest>;

/** A run that is in place. */
export interface AuditedRun {
  dir: string;
  run: RunSummary;
  findings: readonly Finding[];
}

/** Which org an audit is of, before anything of it is read. */
export function orgOfSource(from: AuditRequest['from']): Pick<Sources, 'org' | 'organizationId'> {
  if ('sources' in from) return from.sources;
  const { org, opti_organization_id: organizationId } = from.snapshot.manifest;
  return { org, organizationId };
}

/** The whole road: collect, seal, analyse, judge, plan, report. Leaves a run, or nothing but what `--resume` needs. */
export async function auditRun(request: AuditRequest, context: RunContext): Promise<AuditedRun> {
  const { from, job, reportsDir, sealKey } = request;
  // Before anything is read: a large org takes an hour, and a mistyped folder must not cost it.
  const named =
    request.baseline === null
      ? null
      : await readNamedBaseline(request.baseline, { ...orgOfSource(from), reportsDir, sealKey });
  const run =
    'sources' in from
      ? await beginCollection({ job, ...from }, context)
      : await beginFromSnapshot(from.snapshot, { job, reportsDir, sealKey }, context);
  try {
    const { outcome, findings } = await untilStopped(context.signal, walk(request, run, named, context));
    return { ...(await run.finish<RunSummary>(outcome)), findings };
  } catch (error) {
    context.onEvent({ kind: 'phases-ended', outcome: 'broken-off' });
    throw await run.abandon(error);
  }
}

/** From the snapshot to the last report. */
async function walk(
  {
    job,
    reportsDir,
    sealKey,
    failOn,
    failOnNew,
    acceptShrink,
    waivers,
    plan: settings,
    earlier: given,
  }: AuditRequest,
  { work, takeSnapshot }: BegunRun,
  named: NamedBaseline | null,
  context: RunContext,
): Promise<{ outcome: RunOutcome; findings: readonly Finding[] }> {
  const { signal, onEvent } = context;
  const { run: dir, spill: spillFolder } = work;
  const { snapshot, notes } = await takeSnapshot();
  const { manifest } = snapshot;
  const earlier = given ?? (await readEarlierRuns(snapshot, job, { reportsDir, sealKey, named }));
  const { memory, previous, refused, trend } = earlier;

  onEvent({ kind: 'phase-began', phase: 'analyse' });
  const onJudging = () => onEvent({ kind: 'phase-began', phase: 'judge' });
  const analysis = await openAnalysis(snapshot, job, { memory, spillFolder, signal, onJudging });
  const compared = compareWithEarlier(analysis, { manifest, ...earlier }, { waivers, acceptShrink });
  const { findings } = compared;

  onEvent({ kind: 'phase-began', phase: 'report' });
  const excerpts = takeExcerpts();
  const readOut = async () => {
    const inLane = pLimit(analysis.database.lanes);
    const [users, planState] = await Promise.all([
      inLane(() => writeTables(dir, job, analysis, findings, excerpts)),
      inLane(() => readPlanState(analysis.database, manifest, analysis.facts)),
    ]);
    const judged = summarizeRun({
      ...analysis,
      ...compared,
      tool: toolVersion(),
      job,
      manifest,
      snapshotHash: snapshot.hash,
      failOn,
      failOnNew,
      shrinkAccepted: acceptShrink,
      changedSettings: changedSettings(manifest.settings, previous?.settings ?? null),
      previous,
      refused,
      baseline: memory.baseline?.run ?? null,
      users,
      notes: [...compared.notes, ...analysis.notes],
    });
    onEvent({ kind: 'phase-began', phase: 'plan' });
    const known = { judged, findings, planState, memory };
    return { judged, plan: await planFor(analysis, snapshot, known, settings, context) };
  };
  const { judged, plan } = await readOut().finally(analysis.close);
  await writePlan(dir, plan);
  for (const message of notes) onEvent({ kind: 'note', message });
  for (const message of compared.warnings) onEvent({ kind: 'warning', about: 'waiver', message });
  for (const message of refusedSentences(refused)) onEvent({ kind: 'warning', about: 'history', message });

  const outcome = { ...judged, plan: summarizePlan(plan) };
  await writeWorkbook(dir, { run: outcome, findings, groups: analysis.groups, excerpts, plan });
  await writePage(dir, {
    run: outcome,
    manifest,
    findings,
    rules: analysis.rules,
    groups: analysis.groups,
    excerpts,
    configuration: analysis.configuration,
    confirmations: job === 'drift' ? analysis.confirmations : null,
    plan,
    earlier: trend,
    apps: [analysis.scimApp, analysis.ssoApp].filter((app) => app !== null),
  });
  onEvent({ kind: 'phases-ended', outcome: 'done' });
  return { outcome, findings };
}

/** Writes every table but the plan's; what an org may have millions of is read from the analysis while it is written. */
async function writeTables(
  dir: string,
  job: Job,
  analysis: Analysis,
  findings: readonly Finding[],
  excerpts: PageExcerpts,
): Promise<Record<UserSituation, number>> {
  await tables.writeFindings(dir, findings);
  await tables.writeRules(dir, analysis.rules);
  await tables.writeGroups(dir, analysis.groups);
  const users = await tables.writeUsers(dir, excerpts.users.watch(analysis.users()));
  await tables.writeMemberships(dir, excerpts.memberships.watch(analysis.memberships()));
  await tables.writeAccess(dir, excerpts.access.watch(analysis.access()));
  await tables.writeConfiguration(dir, analysis.configuration);
  if (job === 'drift') await tables.writeConfirmations(dir, analysis.confirmations);
  return users;
}

/** Tells new findings from known, waived and resolved ones, and whether the run is complete enough to say so. */
function compareWithEarlier(
  { findings, inFlight, rules }: Analysis,
  { manifest, previous, memory, refused }: { manifest: Manifest } & EarlierRuns,
  { waivers, acceptShrink }: Pick<AuditRequest, 'waivers' | 'acceptShrink'>,
) {
  const suspect = shrunkDatasets(manifest, previous);
  const isComplete =
    !isIncomplete(manifest, rules) && (suspect.length === 0 || acceptShrink) && refused.length === 0;
  const { waiverOf, warnings } = applyWaivers(waivers, [...findings, ...inFlight], manifest.began);
  const history = tellHistory({ findings, rules, isComplete, earlier: previous, waiverOf });
  const before = memory.inFlight ?? new Map();
  return {
    findings: history.findings,
    waivedBlockers: history.waivedBlockers,
    /** Known ones that could not be judged; empty for an incomplete run, which the next one does not look at. */
    held: isComplete ? history.held : [],
    inFlightNow: inFlightNow({ inFlight, rules }, { before, began: manifest.began }),
    isComplete,
    suspect,
    warnings,
    notes: [...warnings, ...heldNotes(history.held, isComplete)],
  };
}

function heldNotes(held: readonly Finding[], isComplete: boolean): string[] {
  if (held.length === 0) return [];
  const what = `${held.length} known ${held.length === 1 ? 'finding' : 'findings'}`;
  return [
    isComplete
      ? `${what} could not be judged, because the rule did not run. The next run still knows them.`
      : `${what} of the last complete run ${held.length === 1 ? 'is' : 'are'} not among the findings; nothing says that anything is resolved.`,
  ];
}
