import { basename, dirname } from 'node:path';
import { AuditError } from '../../src/domain/errors.ts';
import { type RetainedRun, whyRunsStay } from '../../src/domain/retention.ts';
import { type Pruning, renderPruning } from '../../src/report/text/runs-text.ts';
import { allRuns, orgFolders } from '../../src/runs/find-runs.ts';
import { isAudit } from '../../src/runs/read-run.ts';
import {
  bytesBelow,
  halfRemovedRuns,
  isRunFolder,
  removeFolder,
  removeRun,
} from '../../src/runs/remove-run.ts';
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
  const reportsDir = await reportsFolder(flags, context);
  const before =
    olderThan === null ? null : new Date(context.now().getTime() - olderThan * DAY_MS).toISOString();
  const judged = whyRunsStay(await ownRuns(reportsDir), { keep, before, job });
  const going = judged.filter(({ reason }) => reason === null).map(({ run }) => run);
  const pruning: Pruning = {
    dry_run: flags.dryRun === true,
    removed: [],
    stay: judged.flatMap(({ run, reason }) => (reason === null ? [] : [{ ...named(run), reason }])),
    interrupted: (await Promise.all((await orgFolders(reportsDir)).map(halfRemovedRuns))).flat(),
  };
  const tell = () => print(pruning, () => renderPruning(pruning), flags, context);
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

/** The runs below the reports folder that the tool left there: under names of its own, in the folder of their org. */
async function ownRuns(reportsDir: string): Promise<OwnRun[]> {
  const runs: OwnRun[] = [];
  for (const folder of await allRuns(reportsDir)) {
    const { dir, name, run } = folder;
    if (run.org !== basename(dirname(dir)) || !(await isRunFolder(dir))) continue;
    runs.push({
      dir,
      name,
      org: run.org,
      organizationId: run.opti_organization?.id ?? '',
      job: run.job,
      began: run.snapshot.began,
      complete: isComplete(folder),
      baseline: isAudit(folder) ? (folder.run.baseline ?? null) : null,
    });
  }
  return runs;
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
