import { basename, dirname } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { RetainedRun } from '../../src/domain/retention.ts';
import type { Pruning } from '../../src/report/text/runs-text.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import { type CommonFlags, outOption, quietOption, readConfig } from './options.ts';

interface PruneFlags extends CommonFlags {
  keep?: number;
  olderThan?: number;
  job?: RetainedRun['job'];
  dryRun?: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;

function positiveWhole(text: string): number {
  if (!/^[1-9]\d{0,5}$/u.test(text)) throw new InvalidArgumentError('It is no whole number from 1 on.');
  return Number(text);
}

/** Adds `runs prune` to `runs`. */
export function addPrune(runs: Command, context: RunContext, exitWith: (code: number) => void): void {
  runs
    .command('prune')
    .description(
      'removes old runs as a whole, oldest first; the last complete run of each org and job always stays, and so do the baseline of the newest drift run and, unless --job asks for it, the last run of precutover',
    )
    .addOption(
      new Option('--keep <n>', 'the newest n runs of each org and job stay').argParser(positiveWhole),
    )
    .addOption(
      new Option('--older-than <days>', 'only runs whose snapshots began longer ago go').argParser(
        positiveWhole,
      ),
    )
    .addOption(
      new Option('--job <job>', 'only runs of this job go').choices(['precutover', 'drift', 'collect']),
    )
    .addOption(new Option('--dry-run', 'say what would go, and remove nothing'))
    .addOption(outOption())
    .addOption(new Option('--json', 'print what went and what stays as JSON on stdout'))
    .addOption(quietOption())
    .action(async (_own: object, command: Command) =>
      exitWith(await prune(command.optsWithGlobals(), context)),
    );
}

async function prune(flags: PruneFlags, context: RunContext): Promise<number> {
  const [{ AuditError }, { whyRunsStay }] = await Promise.all([
    import('../../src/domain/errors.ts'),
    import('../../src/domain/retention.ts'),
  ]);
  const { keep = null, olderThan = null, job = null } = flags;
  if (keep === null && olderThan === null) {
    throw new AuditError('runs prune: nothing says which runs may go.', {
      hint: 'Give --keep N, --older-than DAYS or both; --dry-run shows what would go.',
    });
  }
  const { audit } = await readConfig(context, { okta: false, store: false }, flags);
  const before =
    olderThan === null ? null : new Date(context.now().getTime() - olderThan * DAY_MS).toISOString();
  const judged = whyRunsStay(await ownRuns(audit.reportsDir), { keep, before, job });
  const going = judged.filter(({ reason }) => reason === null).map(({ run }) => run);
  const pruning: Pruning = {
    dry_run: flags.dryRun === true,
    removed: [],
    stay: judged.flatMap(({ run, reason }) => (reason === null ? [] : [{ ...named(run), reason }])),
    interrupted: await interruptedRemovals(audit.reportsDir),
  };
  try {
    await remove(going, pruning, context.signal);
  } catch (error) {
    // What is gone by then is said before the failure.
    if (pruning.removed.length > 0) await tell(pruning, flags, context);
    throw error;
  }
  await tell(pruning, flags, context);
  return 0;
}

interface OwnRun extends RetainedRun {
  dir: string;
}

/** The runs below the reports folder that the tool left there: under names of its own, in the folder of their org. */
async function ownRuns(reportsDir: string): Promise<OwnRun[]> {
  const [{ allRuns }, { isAudit }, { isRunFolder }] = await Promise.all([
    import('../../src/runs/find-runs.ts'),
    import('../../src/runs/read-run.ts'),
    import('../../src/runs/remove-run.ts'),
  ]);
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
      complete: isAudit(folder) ? folder.run.complete === true : run.exit_code === 0,
      baseline: isAudit(folder) ? (folder.run.baseline ?? null) : null,
    });
  }
  return runs;
}

async function interruptedRemovals(reportsDir: string): Promise<string[]> {
  const [{ orgFolders }, { halfRemovedRuns }] = await Promise.all([
    import('../../src/runs/find-runs.ts'),
    import('../../src/runs/remove-run.ts'),
  ]);
  return (await Promise.all((await orgFolders(reportsDir)).map(halfRemovedRuns))).flat();
}

/** Removes the runs, notes each in `pruning.removed`; for `dry_run` the note is all. */
async function remove(going: readonly OwnRun[], pruning: Pruning, signal: AbortSignal): Promise<void> {
  const [{ AuditError }, { bytesBelow, removeHalfRemoved, removeRun }] = await Promise.all([
    import('../../src/domain/errors.ts'),
    import('../../src/runs/remove-run.ts'),
  ]);
  if (!pruning.dry_run) for (const dir of pruning.interrupted) await removeHalfRemoved(dir);
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

async function tell(pruning: Pruning, flags: PruneFlags, context: RunContext): Promise<void> {
  const { renderPruning } = await import('../../src/report/text/runs-text.ts');
  if (flags.json) context.stdout(`${JSON.stringify(pruning, null, 2)}\n`);
  else if (!flags.quiet) context.stdout(renderPruning(pruning));
}
