import { AuditError } from '../../src/domain/errors.ts';
import { diffRuns } from '../../src/domain/run-diff.ts';
import { type ListedRun, renderDiff, renderRuns } from '../../src/report/text/runs-text.ts';
import { allRuns } from '../../src/runs/find-runs.ts';
import { type AuditFolder, isAudit, readFindings } from '../../src/runs/read-run.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import type { CommonFlags } from './options.ts';
import { print } from './print.ts';
import { isComplete, namedAudit, reportsFolder, warnOfRefused } from './reports.ts';

/** Lists the runs below the reports folder. */
export async function listRuns(flags: CommonFlags, context: RunContext): Promise<number> {
  const reports = await reportsFolder(flags, context);
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
    };
  });
  print(listed, () => renderRuns(listed, reports.reportsDir), flags, context);
  return 0;
}

/** Says what changed between two runs of one org. */
export async function diff(a: string, b: string, flags: CommonFlags, context: RunContext): Promise<number> {
  const reports = await reportsFolder(flags, context);
  const before = await namedAudit(a, reports, 'runs diff');
  const after = await namedAudit(b, reports, 'runs diff');
  const organization = before.run.opti_organization.id;
  if (before.run.org !== after.run.org || organization !== after.run.opti_organization.id) {
    throw new AuditError(`${a} and ${b} are runs of different orgs.`, { hint: 'Compare runs of one org.' });
  }
  const side = async (folder: AuditFolder) => ({ run: folder.run, findings: await readFindings(folder) });
  const found = diffRuns(await side(before), await side(after));
  const names = { before: before.name, after: after.name };
  print({ ...names, ...found }, () => renderDiff(found, names), flags, context);
  return 0;
}
