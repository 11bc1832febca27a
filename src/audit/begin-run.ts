import { join } from 'node:path';
import { type Collected, collectInto } from '../collect/collect-into.ts';
import type { CollectRequest, Sources } from '../collect/collect-request.ts';
import { planCollection } from '../collect/plan-collection.ts';
import { DATASET_NAMES, sideOf } from '../domain/dataset.ts';
import type { Job } from '../domain/rule.ts';
import { type CollectSummary, summarizeCollection } from '../domain/run.ts';
import type { Reports } from '../domain/seal.ts';
import { type ClockSkew, correctionMs, measureClock } from '../okta/proofs.ts';
import { enterOrgFolder, type OrgFolder } from '../runs/org-folder.ts';
import { runIn } from '../runs/read-run.ts';
import { beginRun, type UnfinishedRun } from '../runs/write-run.ts';
import { Interruption, untilStopped } from '../runtime/cancellation.ts';
import type { RunContext } from '../runtime/run-context.ts';
import { beginCheckpoint, resumeCheckpoint } from '../snapshot/checkpoint.ts';
import { copySnapshot } from '../snapshot/copy-snapshot.ts';
import type { Snapshot } from '../snapshot/open-snapshot.ts';
import { readEarlierCollections } from './earlier-runs.ts';

/** A run that is under way, with its snapshot still to come. */
export interface BegunRun extends UnfinishedRun {
  /** Puts the snapshot into the run's folder, sealed. */
  takeSnapshot(): Promise<Collected>;
}

/** Reading for less than this is repeated as a whole where it fails: nothing is left behind for it. */
const WORTH_KEEPING_MS = 60_000;
const HOW_TO_RESUME = 'What was read is kept for a day: the same command with --resume continues from there.';

/** Begins a run, or resumes one, whose snapshot is collected from both sides. */
export async function beginCollection(
  { job, sources, audit, reading }: CollectRequest & { job: Job | 'collect' },
  machine: RunContext,
): Promise<BegunRun> {
  const { signal, onEvent } = machine;
  const { reportsDir, sealKey } = audit;
  const { org } = sources;
  // The folder first: where nothing can be written nothing is asked.
  const begun = await inOrgFolder({ reportsDir, sealKey, org }, machine, async (home) => {
    const skew = await untilStopped(signal, timeInOkta(sources.okta, machine));
    const context = byOktaTime(machine, skew);
    const started = context.now();
    const planning = async () => {
      // A snapshot that a run holds is believed by the run's seal.
      if (!['nothing', 'last'].includes(reading.since)) await runIn(reading.since, '--since', sealKey);
      return planCollection({ job, sources, audit, reading }, await readEarlierCollections(home), started);
    };
    const plan = await untilStopped(signal, planning());
    const { about, unfinished } = plan;
    const run = await beginRun(home, { started: new Date(about.began), job, resume: unfinished });
    const open = unfinished === null ? beginCheckpoint : resumeCheckpoint;
    const checkpoint = await open(run.work.checkpoint, about).catch(async (error: unknown) => {
      throw await run.abandon(error);
    });
    return { plan, run, checkpoint, context, started, clockAheadMs: skew?.aheadMs ?? null };
  });
  const { plan, run, checkpoint, context, started, clockAheadMs } = begun;
  return {
    ...run,
    takeSnapshot: () =>
      collectInto(
        join(run.work.run, 'snapshot'),
        { sources, audit, plan, checkpoint, clockAheadMs },
        context,
      ).finally(() => checkpoint.close()),
    async abandon(error) {
      const tookLong = context.now().getTime() - started.getTime() > WORTH_KEEPING_MS;
      const keep = checkpoint.holdsAnything && (error instanceof Interruption || tookLong);
      const told = await run.abandon(error, { keep });
      if (keep && error instanceof Interruption) return new Interruption(HOW_TO_RESUME);
      if (keep) onEvent({ kind: 'kept', message: HOW_TO_RESUME });
      return told;
    },
  };
}

/** Enters the org's folder, says what is odd about it, and leaves it again where the run cannot begin. */
async function inOrgFolder<Begun>(
  where: Reports & { org: string },
  { onEvent }: RunContext,
  begin: (home: OrgFolder) => Promise<Begun>,
): Promise<Begun> {
  const home = await enterOrgFolder(where);
  for (const message of home.warnings) onEvent({ kind: 'warning', about: 'reports-folder', message });
  try {
    return await begin(home);
  } catch (error) {
    await home.leave();
    throw error;
  }
}

async function timeInOkta(okta: Sources['okta'], { now }: RunContext): Promise<ClockSkew | null> {
  return okta && measureClock(okta, () => now().getTime());
}

/** When a run began, what is in flight and the System Log's window go by Okta's clock, whose times they are held against. */
function byOktaTime(context: RunContext, skew: ClockSkew | null): RunContext {
  const aheadMs = correctionMs(skew);
  return aheadMs === 0 ? context : { ...context, now: () => new Date(context.now().getTime() - aheadMs) };
}

/** Begins a run that judges a sealed snapshot again. It holds a copy, so that it can be judged wherever it is taken. */
export async function beginFromSnapshot(
  snapshot: Snapshot,
  { job, ...reports }: Reports & { job: Job },
  context: RunContext,
): Promise<BegunRun> {
  const { now, onEvent } = context;
  const run = await inOrgFolder({ ...reports, org: snapshot.manifest.org }, context, (home) =>
    beginRun(home, { started: now(), job }),
  );
  return {
    ...run,
    async takeSnapshot() {
      onEvent({ kind: 'phase-began', phase: 'copy' });
      const folder = join(run.work.run, 'snapshot');
      return { snapshot: await copySnapshot(snapshot, folder), notes: [] };
    },
  };
}

/** Collects and seals, and judges nothing. */
export async function collectRun(
  request: CollectRequest,
  context: RunContext,
): Promise<{ dir: string; run: CollectSummary }> {
  const { okta, store } = request.sources;
  const ignored = DATASET_NAMES.filter((name) => (sideOf(name) === 'okta' ? okta : store) === null);
  const run = await beginCollection({ ...request, job: 'collect' }, context);
  try {
    const { snapshot, notes } = await untilStopped(context.signal, run.takeSnapshot());
    return await run.finish(summarizeCollection(snapshot.manifest, snapshot.hash, { notes, ignored }));
  } catch (error) {
    throw await run.abandon(error);
  }
}
