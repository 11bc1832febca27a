import { basename, dirname } from 'node:path';
import { AuditError } from '../../src/domain/errors.ts';
import { type RetainedRun, whyRunsStay } from '../../src/domain/retention.ts';
import type { Reports } from '../../src/domain/seal.ts';
import { type Pruning, renderPruning } from '../../src/report/text/runs-text.ts';
import { allRuns, orgFolders } from '../../src/runs/find-runs.ts';
import { lockOrgFolder } from '../../src/runs/org-folder.ts';
import { isAudit, type RefusedRun, RUN_NAME, refusalOf } from '../../src/runs/read-run.ts';
import {
  bytesBelow,
  halfRemovedRuns,
  holdsRuns,
  isRunFolder,
  removeFolder,
  removeRun,
} from '../../src/runs/remove-run.ts';
import type { Lock } from '../../src/runtime/lock.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import type { CommonFlags } from './options.ts';
import { print } from './print.ts';
import { isComplete, reportsFolder } from './reports.ts';

interface PruneFlags extends CommonFlags {
  keep?: number;
  olderThan?: number;
  job?: RetainedRun['job'];
  dryRun?: boolean;
}

interface OwnRun extends RetainedRun {
  dir: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Removes old runs, or says which would go. */
export async function prune(flags: PruneFlags, context: RunContext): Promise<number> {
  const { keep = null, olderThan = null, job = null } = flags;
  if (keep === null && olderThan === null) {
    throw new AuditError('runs prune: nothing says which runs may go.', {
      hint: 'Give --keep N, --older-than DAYS or both; --dry-run shows what would go.',
    });
  }
  const reports = await reportsFolder(flags, context);
  const before =
    olderThan === null ? null : new Date(context.now().getTime() - olderThan * DAY_MS).toISOString();
  const isDry = flags.dryRun === true;
  // From before they are looked at until they are gone: no run begins meanwhile that builds on one of them.
  const locks = isDry ? [] : await lockAll(await orgFolders(reports.reportsDir));
  try {
    return await pruneLocked(reports, { keep, before, job, isDry }, flags, context);
  } finally {
    for (const lock of locks) await lock.release();
  }
}

/** The locks of the folders that hold runs; none where one of them is another's. */
async function lockAll(homes: readonly string[]): Promise<Lock[]> {
  const locks: Lock[] = [];
  try {
    for (const home of homes) if (await holdsRuns(home)) locks.push(await lockOrgFolder(home));
    return locks;
  } catch (error) {
    for (const lock of locks) await lock.release();
    throw error;
  }
}

async function pruneLocked(
  reports: Reports,
  { keep, before, job, isDry }: Parameters<typeof whyRunsStay>[1] & { isDry: boolean },
  flags: PruneFlags,
  context: RunContext,
): Promise<number> {
  const { runs, refused } = await ownRuns(reports);
  const judged = whyRunsStay(runs, { keep, before, job });
  const going = judged.filter(({ reason }) => reason === null).map(({ run }) => run);
  const pruning: Pruning = {
    dry_run: isDry,
    removed: [],
    stay: [
      ...judged.flatMap(({ run, reason }) => (reason === null ? [] : [{ ...named(run), reason }])),
      ...refused,
    ],
    interrupted: (await Promise.all((await orgFolders(reports.reportsDir)).map(halfRemovedRuns))).flat(),
  };
  const tell = () => print('runs prune', pruning, () => renderPruning(pruning), flags, context);
  try {
    await remove(going, pruning, context.signal);
  } catch (error) {
    // What is gone by then is said before the failure.
    if (pruning.removed.length > 0) tell();
    throw error;
  }
  tell();
  return 0;
}

/**
 * The runs below the reports folder that the tool left there: under names of its own, in the folder of their org. Those that
 * are not believed stay, for a person to look at; one that is damaged must not stand in for the last complete run.
 */
async function ownRuns(reports: Reports): Promise<{ runs: OwnRun[]; refused: Pruning['stay'] }> {
  const found = await allRuns(reports);
  const runs: OwnRun[] = [];
  const refused = found.refused.filter(({ name }) => RUN_NAME.test(name)).map(stays);
  const checked = new Set<string>();
  for (const folder of found.runs.reverse()) {
    const { dir, name, run } = folder;
    if (run.org !== basename(dirname(dir)) || !(await isRunFolder(dir))) continue;
    const organizationId = run.opti_organization.id;
    const complete = isComplete(folder);
    const line = JSON.stringify([run.org, organizationId, run.job]);
    if (complete && !checked.has(line)) {
      const refusal = await refusalOf(folder);
      if (refusal !== null) {
        refused.push(stays({ dir, name, refusal, claims: run }));
        continue;
      }
      checked.add(line);
    }
    runs.push({
      dir,
      name,
      org: run.org,
      organizationId,
      job: run.job,
      began: run.snapshot.began,
      complete,
      baseline: isAudit(folder) ? folder.run.baseline : null,
    });
  }
  return { runs, refused };
}

function stays({ dir, name, refusal, claims }: RefusedRun): Pruning['stay'][number] {
  return {
    org: basename(dirname(dir)),
    name,
    job: claims?.job ?? '',
    began: claims?.snapshot?.began ?? '',
    reason: `not believed: ${refusal}`,
  };
}

/** Removes the runs, notes each in `pruning.removed`; for `dry_run` the note is all. */
async function remove(going: readonly OwnRun[], pruning: Pruning, signal: AbortSignal): Promise<void> {
  if (!pruning.dry_run) for (const dir of pruning.interrupted) await removeFolder(dir);
  for (const run of going) {
    if (signal.aborted) {
      throw new AuditError('Interrupted.', { hint: 'Runs that are not listed as removed are still there.' });
    }
    const bytes = await bytesBelow(run.dir);
    if (pruning.dry_run || (await removeRun(run.dir))) pruning.removed.push({ ...named(run), bytes });
  }
}

function named({ org, name, job, began }: OwnRun) {
  return { org, name, job, began };
}
