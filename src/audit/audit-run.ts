import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PhaseDisplay } from '../../cli/terminal/progress.ts';
import type { Analysis } from '../analysis/analyse.ts';
import { collectInto } from '../collect/collect-into.ts';
import { planCollection, type ReadingRequest } from '../collect/plan-collection.ts';
import type { Sources } from '../collect/sources.ts';
import type { AuditSettings, BrakeSettings } from '../config/config.ts';
import { DATASET_NAMES, sideOf } from '../domain/dataset.ts';
import type { Finding, Severity } from '../domain/finding.ts';
import { shrunkDatasets, tellHistory } from '../domain/history.ts';
import type { Memory } from '../domain/memory.ts';
import type { Plan, PlanState } from '../domain/plan.ts';
import type { Job } from '../domain/rule.ts';
import {
  type CollectSummary,
  isIncomplete,
  type RunSummary,
  summarizeCollection,
  summarizePlan,
  summarizeRun,
} from '../domain/run.ts';
import type { UserSituation } from '../domain/situation.ts';
import { applyWaivers, type Waiver } from '../domain/waiver.ts';
import type { PageExcerpts } from '../report/page/write-page.ts';
import type { WrittenRun } from '../runs/run-folder.ts';
import type { WorkFolder } from '../runs/work-folder.ts';
import { Interruption, untilStopped } from '../runtime/cancellation.ts';
import {
  note,
  type RunContext,
  type Speech,
  spokenBy,
  toolVersion,
  warning,
} from '../runtime/run-context.ts';
import type { Checkpoint } from '../snapshot/checkpoint.ts';
import type { Snapshot } from '../snapshot/open-snapshot.ts';
import { readEarlierRuns, readNamedBaseline } from './earlier-runs.ts';

export interface CollectRequest {
  sources: Sources;
  audit: AuditSettings;
  reading: ReadingRequest;
  speech: Speech;
}

/** What was collected, and what whoever reads the run should know of it. */
interface Collected {
  snapshot: Snapshot;
  notes: string[];
}

/** Reading for less than this is begun anew where it fails: nothing is left behind for it. */
const WORTH_KEEPING_MS = 60_000;
const HOW_TO_RESUME = 'What was read is kept for a day: the same command with --resume goes on from there.';

/** Collects into a run's folder, begun or resumed, and finishes the run with what `finish` makes of it. */
async function runFromSources<Run extends RunSummary | CollectSummary>(
  { job, sources, audit, reading, speech }: CollectRequest & { job: Job | 'collect' },
  context: RunContext,
  finish: (collected: Collected, work: WorkFolder) => Promise<Omit<Run, 'files'>>,
): Promise<WrittenRun<Run>> {
  const [{ writeRun }, { beginCheckpoint, resumeCheckpoint }] = await Promise.all([
    import('../runs/run-folder.ts'),
    import('../snapshot/checkpoint.ts'),
  ]);
  const started = context.now();
  const plan = await untilStopped(context.signal, planCollection({ job, sources, audit, reading }, started));
  const { about, unfinished } = plan;
  let checkpoint: Checkpoint | undefined;
  let isKept = false;
  const collectAndFinish = async (work: WorkFolder, checkpoint: Checkpoint) => {
    let collected: Collected;
    try {
      const folder = join(work.run, 'snapshot');
      collected = await collectInto(folder, { sources, audit, plan, checkpoint }, context, speech);
    } finally {
      await checkpoint.close();
    }
    return finish(collected, work);
  };
  try {
    return await writeRun<Run>({
      reportsDir: audit.reportsDir,
      org: sources.org,
      started: new Date(about.began),
      job,
      ...(unfinished === null ? {} : { resume: unfinished }),
      keeps: (error) => {
        const tookLong = context.now().getTime() - started.getTime() > WORTH_KEEPING_MS;
        isKept = checkpoint?.holdsAnything === true && (error instanceof Interruption || tookLong);
        return isKept;
      },
      write: async (work) => {
        checkpoint =
          unfinished === null
            ? await beginCheckpoint(work.checkpoint, about)
            : await resumeCheckpoint(work.checkpoint, about);
        return untilStopped(context.signal, collectAndFinish(work, checkpoint));
      },
    });
  } catch (error) {
    if (isKept && error instanceof Interruption) throw new Interruption(HOW_TO_RESUME);
    if (isKept) context.say(note(HOW_TO_RESUME));
    throw error;
  }
}

/** Collects and seals, and judges nothing. */
export async function collectRun(
  request: CollectRequest,
  context: RunContext,
): Promise<{ dir: string; run: CollectSummary }> {
  const { sources } = request;
  const ignored = DATASET_NAMES.filter(
    (name) => (sideOf(name) === 'okta' ? sources.okta : sources.store) === null,
  );
  return runFromSources<CollectSummary>(
    { ...request, job: 'collect' },
    context,
    async ({ snapshot, notes }) => summarizeCollection(snapshot.manifest, snapshot.hash, { notes, ignored }),
  );
}

export interface AuditRequest {
  job: Job;
  /** From both sides, or from a sealed snapshot; the latter touches no network. */
  from: { sources: Sources; audit: AuditSettings; reading: ReadingRequest } | { snapshot: Snapshot };
  reportsDir: string;
  failOn: Severity;
  /** Only new findings make the exit code 1. */
  failOnNew: boolean;
  /** Folder of a run, or null: then the last complete drift run serves the drift job. */
  baseline: string | null;
  waivers: readonly Waiver[];
  /** Datasets may have lost rows as they like. */
  acceptShrink: boolean;
  brakes: BrakeSettings;
  speech: Speech;
}

/** What no flag asks for. */
export const PLAIN_AUDIT = {
  failOnNew: false,
  baseline: null,
  waivers: [],
  acceptShrink: false,
} as const satisfies Partial<AuditRequest>;

/** The plan for what a run found, proved on a copy of its snapshot. */
export async function planFor(
  snapshot: Snapshot,
  job: Job,
  { findings, planState, memory }: { findings: readonly Finding[]; planState: PlanState; memory: Memory },
  {
    brakes,
    stale = false,
    ...options
  }: { brakes: BrakeSettings; stale?: boolean; spillFolder?: string; signal?: AbortSignal },
): Promise<Plan> {
  const [{ makePlan }, { proveSteps }] = await Promise.all([
    import('../plan/make-plan.ts'),
    import('../plan/prove.ts'),
  ]);
  const plan = makePlan({
    tool: toolVersion(),
    job,
    org: snapshot.manifest.org,
    snapshotHash: snapshot.hash,
    stale,
    findings,
    state: planState,
    limits: brakes,
  });
  const waived = new Set(
    findings.filter(({ state }) => state === 'waived').map(({ finding_id }) => finding_id),
  );
  return { ...plan, proof: await proveSteps(snapshot, job, plan.steps, { memory, waived, ...options }) };
}

/** Which org an audit is of, before anything of it is read. */
export function orgOfSource(from: AuditRequest['from']): Pick<Sources, 'org' | 'organizationId'> {
  if ('sources' in from) return from.sources;
  const { org, opti_organization_id: organizationId } = from.snapshot.manifest;
  return { org, organizationId };
}

/** The whole road: collect, seal, analyse, judge, report. */
export async function auditRun(
  { job, from, reportsDir, brakes, speech, ...request }: AuditRequest,
  context: RunContext,
): Promise<{ dir: string; run: RunSummary; findings: readonly Finding[] }> {
  const about = orgOfSource(from);
  // Before anything is read: a large org takes an hour, and a mistyped folder must not cost it.
  const baseline =
    request.baseline === null ? null : await readNamedBaseline(request.baseline, { ...about, reportsDir });
  let judged: readonly Finding[] | undefined;
  const { say, show } = spokenBy(speech, context);
  const phases = new PhaseDisplay(show, () => context.now().getTime());
  const { signal } = context;
  const judge = async ({ snapshot, notes }: Collected, { run: dir, spill: spillFolder }: WorkFolder) => {
    // Loaded when there is something to judge: a run that is refused should say so at once.
    const [{ openAnalysis }, reports, { writePlan }, { takeExcerpts, writePage }] = await Promise.all([
      import('../analysis/analyse.ts'),
      import('../report/files/write-tables.ts'),
      import('../report/files/plan-csv.ts'),
      import('../report/page/write-page.ts'),
    ]);
    const { manifest } = snapshot;
    const { memory, previous, trend } = await readEarlierRuns(snapshot, job, {
      reportsDir,
      baseline,
    });
    phases.begin('analyse');
    const onJudging = () => phases.begin('judge');
    const analysis = await openAnalysis(snapshot, job, { memory, spillFolder, signal, onJudging });
    const suspect = shrunkDatasets(manifest, previous);
    const isComplete =
      !isIncomplete(manifest, analysis.rules) && (suspect.length === 0 || request.acceptShrink);
    const { isWaived, warnings } = applyWaivers(
      request.waivers,
      [...analysis.findings, ...analysis.inFlight],
      manifest.began,
    );
    const { findings, held } = tellHistory({
      findings: analysis.findings,
      inFlight: analysis.inFlight,
      rules: analysis.rules,
      isComplete,
      earlier: previous,
      isWaived,
    });
    judged = findings;
    phases.begin('report');
    await reports.writeFindings(dir, findings);
    await reports.writeRules(dir, analysis.rules);
    await reports.writeGroups(dir, analysis.groups);
    const excerpts = takeExcerpts();
    const { users, planState } = await writeFromAnalysis(dir, analysis, { excerpts, phases });
    await reports.writeConfiguration(dir, analysis.configuration);
    if (job === 'drift') await reports.writeConfirmations(dir, analysis.confirmations);
    const found = { findings, planState, memory };
    const plan = await planFor(snapshot, job, found, { brakes, spillFolder, signal });
    await writePlan(dir, plan);
    for (const text of notes) say(note(text));
    for (const text of warnings) say(warning(text, 'waiver'));
    const run = summarizeRun({
      tool: toolVersion(),
      job,
      manifest,
      snapshotHash: snapshot.hash,
      optiOrganizationName: analysis.optiOrganizationName,
      scimApp: analysis.scimApp,
      ssoApp: analysis.ssoApp,
      failOn: request.failOn,
      failOnNew: request.failOnNew,
      isComplete,
      suspect,
      shrinkAccepted: request.acceptShrink,
      previous,
      baseline: memory.baseline?.run ?? null,
      findings,
      rules: analysis.rules,
      groups: analysis.groups,
      users,
      plan: summarizePlan(plan),
      notes: [...warnings, ...heldNotes(held, isComplete), ...analysis.notes],
      // The next run does not look at an incomplete one.
      held: isComplete ? held : [],
      groupPairs: analysis.groupPairs,
    });
    await writePage(dir, {
      run,
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
    phases.end();
    return run;
  };
  let written: WrittenRun;
  try {
    written =
      'sources' in from
        ? await runFromSources<RunSummary>({ job, speech, ...from }, context, judge)
        : await runFromSnapshot(from.snapshot, { job, reportsDir, phases }, context, judge);
  } finally {
    phases.breakOff();
  }
  if (!judged) throw new Error('A run was written without being judged.');
  return { ...written, findings: judged };
}

/**
 * Writes the reports whose rows are read from the open analysis, reads what the plan is made from, and closes it: the
 * plan is proved in a database of its own, and the two would need twice the memory.
 */
async function writeFromAnalysis(
  dir: string,
  analysis: Analysis,
  { excerpts, phases }: { excerpts: PageExcerpts; phases: PhaseDisplay },
): Promise<{ users: Record<UserSituation, number>; planState: PlanState }> {
  const { writeAccess, writeMemberships, writeUsers } = await import('../report/files/write-tables.ts');
  try {
    const users = await writeUsers(dir, excerpts.users.watch(analysis.users()));
    await writeMemberships(dir, excerpts.memberships.watch(analysis.memberships()));
    await writeAccess(dir, excerpts.access.watch(analysis.access()));
    phases.begin('plan');
    return { users, planState: await analysis.planState() };
  } finally {
    await analysis.close();
  }
}

function heldNotes(held: readonly Finding[], isComplete: boolean): string[] {
  if (held.length === 0) return [];
  const what = `${held.length} known ${held.length === 1 ? 'finding' : 'findings'}`;
  return [
    isComplete
      ? `${what} could not be judged: in flight, or of a rule that did not run. The next run still knows them.`
      : `${what} of the last complete run ${held.length === 1 ? 'is' : 'are'} not among the findings; nothing says that anything is resolved.`,
  ];
}

async function runFromSnapshot(
  snapshot: Snapshot,
  { job, reportsDir, phases }: Pick<AuditRequest, 'job' | 'reportsDir'> & { phases: PhaseDisplay },
  context: RunContext,
  judge: (collected: Collected, work: WorkFolder) => Promise<Omit<RunSummary, 'files'>>,
): Promise<WrittenRun> {
  const { writeRun } = await import('../runs/run-folder.ts');
  return writeRun({
    reportsDir,
    org: snapshot.manifest.org,
    started: context.now(),
    job,
    write: (work) => {
      const copyAndJudge = async () => {
        phases.begin('copy');
        const copy = await copySnapshot(snapshot, join(work.run, 'snapshot'));
        return judge({ snapshot: copy, notes: [] }, work);
      };
      return untilStopped(context.signal, copyAndJudge());
    },
  });
}

/** A run holds its own snapshot, so that it can be judged again wherever it is copied to. */
async function copySnapshot(snapshot: Snapshot, folder: string): Promise<Snapshot> {
  const { openSnapshot } = await import('../snapshot/open-snapshot.ts');
  for (const entry of await readdir(snapshot.dir)) {
    if (!['manifest.json', 'okta', 'opti-id'].includes(entry)) continue;
    await cp(join(snapshot.dir, entry), join(folder, entry), { recursive: true });
  }
  return openSnapshot(folder);
}
