import { type Command, Option } from 'commander';
import { untilStopped } from '../../src/runtime/cancellation.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import { type CommonFlags, jsonOption, noColorOption, quietOption } from './options.ts';

interface PlanFlags extends CommonFlags {
  run: string;
  stale?: boolean;
}

export function addPlan(program: Command, context: RunContext, exitWith: (code: number) => void): void {
  program
    .command('plan')
    .description('the ordered remediation plan of a run, proved on a copy of its snapshot')
    .addOption(new Option('--run <folder>', 'folder of the run').makeOptionMandatory())
    .addOption(
      new Option('--stale', "plan from a snapshot that is not the newest of its org's; the plan says so"),
    )
    .addOption(
      new Option(
        '--out <folder>',
        'write plan.csv, plan.md and plan.json there instead of printing the plan',
      ),
    )
    .addOption(jsonOption())
    .addOption(quietOption())
    .addOption(noColorOption())
    .action(async (flags: PlanFlags) => exitWith(await untilStopped(context.signal, plan(flags, context))));
}

async function plan(flags: PlanFlags, context: RunContext): Promise<number> {
  const [
    { planFor },
    { readConfig },
    { openSnapshot },
    { newerSnapshots },
    { readFindings },
    { readRunKnowledge },
    { AuditError },
  ] = await Promise.all([
    import('../../src/audit/plan-for.ts'),
    import('./options.ts'),
    import('../../src/snapshot/open-snapshot.ts'),
    import('../../src/runs/find-runs.ts'),
    import('../../src/runs/read-run.ts'),
    import('../../src/audit/earlier-runs.ts'),
    import('../../src/domain/errors.ts'),
  ]);
  // --out is this command's own here: the reports folder stays the settings' one.
  const { out: _out, ...settingsFlags } = flags;
  const { audit, brakes } = await readConfig(context, { okta: false, store: false }, settingsFlags);
  const snapshot = await openSnapshot(flags.run);
  const newer = await newerSnapshots(snapshot, flags.run, audit.reportsDir);
  if (newer.length > 0 && !flags.stale) {
    throw new AuditError(
      `The snapshot of ${flags.run} is not the newest of ${snapshot.manifest.org}: ${newer.join(', ')} ${newer.length === 1 ? 'is' : 'are'} newer.`,
      { hint: 'Plan from the newest run, or give --stale; the plan then says that it is stale.' },
    );
  }
  const [{ openAnalysis }, { readPlanState }] = await Promise.all([
    import('../../src/analysis/analyse.ts'),
    import('../../src/plan/state.ts'),
  ]);
  const { job, run, memory } = await readRunKnowledge(snapshot, flags.run, audit.reportsDir);
  const { signal } = context;
  const analysis = await openAnalysis(snapshot, job, { memory, signal });
  const planState = await readPlanState(analysis.database, snapshot.manifest, analysis.facts).finally(
    analysis.close,
  );
  // What the run itself said of its findings: waived ones stay waived, whatever has happened since.
  const states = new Map(
    run === null ? [] : (await readFindings(run.dir)).map(({ finding_id, state }) => [finding_id, state]),
  );
  const findings = analysis.findings.map((finding) => ({
    ...finding,
    state: states.get(finding.finding_id) ?? finding.state,
  }));
  const made = await planFor(
    snapshot,
    job,
    { findings, planState, memory },
    { brakes, stale: newer.length > 0, signal },
  );

  const [{ writePlan }, { renderPlan }] = await Promise.all([
    import('../../src/report/files/plan-csv.ts'),
    import('../../src/report/files/plan-md.ts'),
  ]);
  if (flags.out !== undefined) {
    await writeInto(flags.out, (dir) => writePlan(dir, made));
    if (!flags.quiet && !flags.json) context.stdout(`Plan: ${flags.out}\n`);
  }
  if (flags.json) context.stdout(`${JSON.stringify(made, null, 2)}\n`);
  else if (flags.out === undefined && !flags.quiet) context.stdout(renderPlan(made));
  return 0;
}

/** Writes the plan's files into a folder that may exist already; a file that does is never overwritten. */
async function writeInto(folder: string, write: (dir: string) => Promise<void>): Promise<void> {
  const [{ mkdir }, { AuditError }] = await Promise.all([
    import('node:fs/promises'),
    import('../../src/domain/errors.ts'),
  ]);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await write(folder);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new AuditError(`Cannot write the plan into ${folder}: ${error.message}`, {
      hint:
        error.code === 'EEXIST'
          ? 'It holds a plan already; name another folder.'
          : 'Check that the folder is writable and that its disk has room.',
      cause: error,
    });
  }
}
