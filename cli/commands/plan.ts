import { mkdir } from 'node:fs/promises';
import { openAnalysis } from '../../src/analysis/analyse.ts';
import { reopenRun } from '../../src/audit/earlier-runs.ts';
import { planFor } from '../../src/audit/plan-for.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { AuditError } from '../../src/domain/errors.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { readPlanState } from '../../src/plan/state.ts';
import { writePlan } from '../../src/report/files/plan-csv.ts';
import { renderPlan } from '../../src/report/files/plan-md.ts';
import { newerSnapshots } from '../../src/runs/find-runs.ts';
import { readFindings } from '../../src/runs/read-run.ts';
import { untilStopped } from '../../src/runtime/cancellation.ts';
import { type RunContext, warning } from '../../src/runtime/run-context.ts';
import type { CommonFlags } from './options.ts';
import { print } from './print.ts';

interface PlanFlags extends CommonFlags {
  run: string;
  stale?: boolean;
}

/** Plans a run again, and prints or writes the plan. */
export async function plan(flags: PlanFlags, context: RunContext): Promise<number> {
  // --out is this command's own here: the reports folder stays the settings' one.
  const { out, ...settingsFlags } = flags;
  const run = async () => {
    const made = await planAgain(settingsFlags, context);
    if (out !== undefined) await writeInto(out, made);
    print(made, () => (out === undefined ? renderPlan(made) : `Plan: ${out}\n`), flags, context);
  };
  await untilStopped(context.signal, run());
  return 0;
}

async function planAgain(
  { run: folder, stale, ...flags }: Omit<PlanFlags, 'out'>,
  context: RunContext,
): Promise<Plan> {
  const settingsFlags = { ...flags, run: folder };
  const { audit, brakes } = await readConfig(context, { okta: false, store: false }, settingsFlags);
  const { snapshot, job, run, memory, warnings } = await reopenRun(folder, audit);
  for (const message of warnings) context.say(warning(message, 'run-refused'));
  const newer = await newerSnapshots(snapshot, folder, audit);
  if (newer.length > 0 && !stale) {
    throw new AuditError(
      `The snapshot of ${folder} is not the newest of ${snapshot.manifest.org}: ${newer.join(', ')} ${newer.length === 1 ? 'is' : 'are'} newer.`,
      { hint: 'Plan from the newest run, or give --stale; the plan then says that it is stale.' },
    );
  }
  const { signal } = context;
  const analysis = await openAnalysis(snapshot, job, { memory, signal });
  try {
    const planState = await readPlanState(analysis.database, snapshot.manifest, analysis.facts);
    // What the run itself said of its findings: waived ones stay waived, whatever has happened since.
    const said = run === null ? [] : await readFindings(run);
    const states = new Map(said.map(({ finding_id, state }) => [finding_id, state]));
    const findings = analysis.findings.map((finding) => ({
      ...finding,
      state: states.get(finding.finding_id) ?? finding.state,
    }));
    return await planFor(
      analysis,
      snapshot,
      job,
      { findings, planState, memory },
      { brakes, stale: newer.length > 0 },
    );
  } finally {
    await analysis.close();
  }
}

/** Writes the plan's files into a folder that may exist already; a file that does is never overwritten. */
async function writeInto(folder: string, made: Plan): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writePlan(folder, made);
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
