import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { compareSnapshots } from '../../src/analysis/describe/compare-snapshots.ts';
import { AuditError } from '../../src/domain/errors.ts';
import { diffRuns } from '../../src/domain/run-diff.ts';
import type { Reports } from '../../src/domain/seal.ts';
import {
  type Difference,
  type ListedRun,
  renderDifference,
  renderRuns,
} from '../../src/report/text/runs-text.ts';
import { allRuns, runsOfOrg } from '../../src/runs/find-runs.ts';
import { isAudit, openRunSnapshot, type RunFolder, readFindings, runIn } from '../../src/runs/read-run.ts';
import { untilStopped } from '../../src/runtime/cancellation.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import { OtherVersion, openForeignSnapshot, type Snapshot } from '../../src/snapshot/open-snapshot.ts';
import type { CommonFlags } from './options.ts';
import { print } from './print.ts';
import { existingReports, isComplete, namedRun, reportsFolder, verdictOf, warnOfRefused } from './reports.ts';

/** Lists the runs below the reports folder. */
export async function listRuns(flags: CommonFlags, context: RunContext): Promise<number> {
  const reports = await existingReports(flags, context);
  const { runs, refused } = await allRuns(reports);
  warnOfRefused(refused, context);
  const listed = runs.map((folder): ListedRun => {
    const audit = isAudit(folder) ? folder.run : null;
    return {
      name: folder.name,
      org: folder.run.org,
      job: folder.run.job,
      began: folder.run.snapshot.began,
      verdict: audit?.verdict ?? null,
      complete: isComplete(folder),
      exit_code: folder.run.exit_code,
      severity: audit?.counts.severity ?? null,
      state: audit?.counts.state ?? null,
      verdict_lines: isAudit(folder) ? verdictOf(folder) : [],
    };
  });
  print('runs', listed, () => renderRuns(listed, reports.reportsDir), flags, context);
  return 0;
}

interface DiffFlags extends CommonFlags {
  otherOrg?: boolean;
}

/** A run or a snapshot that is compared. */
interface Compared {
  name: string;
  /** Null for a snapshot without a run. */
  run: RunFolder | null;
  /** Null where this version cannot read it, with the reason. */
  snapshot: Snapshot | null;
  unreadable: string | null;
  org: string;
  organization: string;
}

/** Says what differs between two runs or snapshots; without names between the newest run and the one before it. */
export async function diff(
  a: string | undefined,
  b: string | undefined,
  flags: DiffFlags,
  context: RunContext,
): Promise<number> {
  const reports = await reportsFolder(flags, context);
  const found = await untilStopped(context.signal, compare(a, b, { reports, flags, context }));
  const { findings, ...about } = found;
  print('runs diff', { ...about, ...findings }, () => renderDifference(found), flags, context);
  return 0;
}

async function compare(
  a: string | undefined,
  b: string | undefined,
  { reports, flags, context }: { reports: Reports; flags: DiffFlags; context: RunContext },
): Promise<Difference> {
  const after = await openCompared(b, reports, context);
  const before = await openCompared(a ?? (await runBefore(after, reports)), reports, context);
  const isOther = before.org !== after.org || before.organization !== after.organization;
  if (isOther && !flags.otherOrg) {
    throw new AuditError(`${before.name} is of ${before.org}, and ${after.name} of ${after.org}.`, {
      hint: 'Compare runs of one org, or give --other-org: people are then compared by e-mail, groups by name.',
    });
  }
  const { signal } = context;
  const data =
    before.snapshot && after.snapshot
      ? await compareSnapshots(before.snapshot, after.snapshot, { byName: isOther, signal })
      : null;
  const sides = await Promise.all([sideOf(before), sideOf(after)]);
  const findings = sides[0] && sides[1] ? diffRuns(sides[0], sides[1], { byName: isOther }) : null;
  const missing = [before, after].flatMap(({ name, run, unreadable }) => [
    ...(unreadable === null ? [] : [`People, groups and memberships: ${unreadable}`]),
    ...(run && isAudit(run) ? [] : [`Findings: ${name} is not the run of an audit.`]),
  ]);
  return { before: before.name, after: after.name, findings, data, missing };
}

async function sideOf({ run }: Compared): Promise<Parameters<typeof diffRuns>[0] | null> {
  return run && isAudit(run) ? { run: run.run, findings: await readFindings(run) } : null;
}

/** Opens a run by its folder or name, a snapshot by its folder, or the newest run. */
async function openCompared(
  name: string | undefined,
  reports: Reports,
  context: RunContext,
): Promise<Compared> {
  const what = 'runs diff';
  const isPath = name !== undefined && existsSync(name);
  const run = isPath
    ? await runIn(name, what, reports.sealKey)
    : await namedRun(name, reports, what, context);
  if (run === null) {
    const snapshot = await openForeignSnapshot(String(name));
    const { org, opti_organization_id: organization } = snapshot.manifest;
    return { name: String(name), run, snapshot, unreadable: null, org, organization };
  }
  const { org, opti_organization } = run.run;
  const about = { name: run.name, run, org, organization: opti_organization.id };
  try {
    const snapshot = await openRunSnapshot(run, { isForeign: isPath });
    return { ...about, snapshot, unreadable: null };
  } catch (error) {
    if (!(error instanceof OtherVersion)) throw error;
    return { ...about, snapshot: null, unreadable: error.message };
  }
}

/** The run of the same org and job before this one. */
async function runBefore({ name, run }: Compared, reports: Reports): Promise<string> {
  const { runs } = run === null ? { runs: [] } : await runsOfOrg(dirname(run.dir), reports.sealKey);
  const own = runs.filter((each) => each.run.job === run?.run.job);
  const before = own[own.findIndex((each) => each.name === name) - 1];
  if (before) return before.dir;
  throw new AuditError(`There is no run before ${name} to compare with.`, {
    hint: 'Name the two runs or snapshots; optiid-audit runs lists the runs.',
  });
}
