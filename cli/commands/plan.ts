import { readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Analysis, openAnalysis } from '../../src/analysis/analyse.ts';
import { reopenRun } from '../../src/audit/earlier-runs.ts';
import { planFor } from '../../src/audit/plan-for.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { AuditError, hasCode } from '../../src/domain/errors.ts';
import type { Who } from '../../src/domain/finding.ts';
import type { OktaResources } from '../../src/domain/okta-resources.ts';
import type { PLAN_FORMATS, Plan, PlanPhase } from '../../src/domain/plan.ts';
import type { Job } from '../../src/domain/rule.ts';
import { isIncomplete, type JudgedRun, summarizeRun } from '../../src/domain/run.ts';
import { USER_SITUATIONS, type UserSituation } from '../../src/domain/situation.ts';
import { readOktaResources } from '../../src/plan/okta-resources.ts';
import { readPlanState } from '../../src/plan/state.ts';
import { writePlan } from '../../src/report/files/plan-csv.ts';
import { type PlanSheet, renderPlan } from '../../src/report/files/plan-md.ts';
import { renderTerraform } from '../../src/report/files/plan-terraform.ts';
import { renderTicket } from '../../src/report/files/support-ticket.ts';
import { newerSnapshots } from '../../src/runs/find-runs.ts';
import { readFindings } from '../../src/runs/read-run.ts';
import { untilStopped } from '../../src/runtime/cancellation.ts';
import { makeFolder } from '../../src/runtime/make-folder.ts';
import { type RunContext, toolVersion, warning } from '../../src/runtime/run-context.ts';
import { inUnfinished } from '../../src/runtime/unfinished.ts';
import type { Snapshot } from '../../src/snapshot/open-snapshot.ts';
import type { CommonFlags } from './options.ts';
import { print } from './print.ts';
import { folderNamed } from './reports.ts';

interface PlanFlags extends CommonFlags {
  run?: string;
  stale?: boolean;
  who?: Who;
  phase?: PlanPhase;
  format?: (typeof PLAN_FORMATS)[number];
}

/** Plans a run again, and prints or writes the plan. */
export async function plan(
  named: string | undefined,
  flags: PlanFlags,
  context: RunContext,
): Promise<number> {
  // --out is this command's own here: the reports folder stays the settings' one.
  const { out, who, phase, format, run: flagged, ...settingsFlags } = flags;
  const chosen = named ?? flagged;
  const sheet = {
    ...(who === undefined ? {} : { who }),
    ...(phase === undefined ? {} : { phase }),
    now: context.now(),
  };
  const isTerraform = format === 'terraform';
  if (isTerraform && who !== undefined && who !== 'Okta admin') {
    throw new AuditError(`--format terraform is the sheet of the Okta admin, not of ${who}.`, {
      hint: `Leave --format out: --who "${who}" prints what is theirs.`,
    });
  }
  const run = async () => {
    const { made, okta } = await planAgain(chosen, settingsFlags, context);
    const terraform = isTerraform ? renderTerraform(made, okta, sheet) : null;
    if (out !== undefined) await writeInto(out, made, sheet, terraform);
    if (out === undefined && terraform !== null) {
      // Not through the gate for people: it is HCL, in which nothing hides.
      if (!flags.quiet) context.stdout(terraform);
      return;
    }
    const isTicket = who === 'Optimizely Support' && phase === undefined;
    const sheetText = () => (isTicket ? renderTicket(made, sheet.now) : renderPlan(made, sheet));
    print('plan', made, () => (out === undefined ? sheetText() : `Plan: ${out}\n`), flags, context);
  };
  await untilStopped(context.signal, run());
  return 0;
}

async function planAgain(
  chosen: string | undefined,
  { stale, ...flags }: Pick<PlanFlags, 'stale'> & Omit<CommonFlags, 'out'>,
  context: RunContext,
): Promise<{ made: Plan; okta: OktaResources }> {
  const settingsFlags = { ...flags, ...(chosen === undefined ? {} : { run: chosen }) };
  const { audit, plan: settings } = await readConfig(context, { okta: false, store: false }, settingsFlags);
  const named = await folderNamed(chosen, audit, 'plan', context);
  const { folder, snapshot, job, run, memory, warnings } = await reopenRun(named, audit);
  for (const message of warnings) context.say(warning(message, 'run-refused'));
  const newer = await newerSnapshots(snapshot, folder, audit);
  if (newer.length > 0 && !stale) {
    throw new AuditError(
      `The snapshot of ${folder} is not the newest of ${snapshot.manifest.org}: ${newer.join(', ')} ${newer.length === 1 ? 'is' : 'are'} newer.`,
      { hint: 'Plan from the newest run, or give --stale; the plan then says that it is stale.' },
    );
  }
  const { signal, now } = context;
  const { ended, org } = snapshot.manifest;
  const hours = Math.floor((now().getTime() - Date.parse(ended)) / 3_600_000);
  if (hours >= settings.goodForHours && !stale) {
    throw new AuditError(
      `The data of ${folder} was read ${hours} hours ago: a plan for ${org} may be followed for ${settings.goodForHours} ${settings.goodForHours === 1 ? 'hour' : 'hours'}.`,
      {
        hint: 'Run the audit again, or give --stale to see the plan all the same; AUDIT_PLAN_HOURS sets the limit.',
      },
    );
  }
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
    const judged = run?.run ?? judgeBare(analysis, snapshot, job);
    const made = await planFor(
      analysis,
      snapshot,
      { judged, findings, planState, memory },
      { ...settings, stale: newer.length > 0 },
      context,
    );
    return { made, okta: await readOktaResources(analysis.database, analysis.facts, made) };
  } finally {
    await analysis.close();
  }
}

/** What a run of the snapshot would say of itself: it has none, or one that only collected. */
function judgeBare(analysis: Analysis, snapshot: Snapshot, job: Job): JudgedRun {
  const { manifest, hash } = snapshot;
  return summarizeRun({
    ...analysis,
    tool: toolVersion(),
    job,
    manifest,
    snapshotHash: hash,
    failOn: 'error',
    failOnNew: false,
    isComplete: !isIncomplete(manifest, analysis.rules),
    suspect: [],
    shrinkAccepted: false,
    previous: null,
    refused: [],
    baseline: null,
    users: Object.fromEntries(USER_SITUATIONS.map((situation) => [situation, 0])) as Record<
      UserSituation,
      number
    >,
    held: [],
    waivedBlockers: [],
    inFlightNow: [],
  });
}

/**
 * Writes the plan's files into a folder that may exist already. Each is there as a whole or not at all, and replaces no other;
 * of the same plan, the ones that a killed process left are gone on with. What people read comes last.
 */
async function writeInto(
  folder: string,
  made: Plan,
  sheet: PlanSheet,
  terraform: string | null,
): Promise<void> {
  try {
    await makeFolder(folder);
    await inUnfinished(join(folder, 'plan'), async (unfinished) => {
      await writePlan(unfinished, made, sheet);
      if (terraform !== null) await writeFile(join(unfinished, 'plan.tf'), terraform, { mode: 0o600 });
      const names = ['plan.csv', 'plan.json', ...(terraform === null ? [] : ['plan.tf']), 'plan.md'];
      const files = names.map((name) => ({
        from: join(unfinished, name),
        to: join(folder, name),
      }));
      for (const { from, to } of files) await refuseOther(from, to);
      for (const { from, to } of files) await rename(from, to);
    });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new AuditError(`Cannot write the plan into ${folder}: ${error.message}`, {
      hint: 'Check that the folder is writable and that its disk has room.',
      cause: error,
    });
  }
}

async function refuseOther(file: string, place: string): Promise<void> {
  const there = await readFile(place).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  });
  if (there === null || (!place.endsWith('.md') && there.equals(await readFile(file)))) return;
  throw new AuditError(`Cannot write the plan into ${dirname(place)}: ${basename(place)} is there already.`, {
    hint: 'Name another folder.',
  });
}
