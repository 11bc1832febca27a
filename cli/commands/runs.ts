import { AuditError } from '../../src/domain/errors.ts';
import { diffRuns } from '../../src/domain/run-diff.ts';
import { type ListedRun, renderDiff, renderRuns } from '../../src/report/text/runs-text.ts';
import { allRuns } from '../../src/runs/find-runs.ts';
import { type AuditFolder, isAudit, readNamedFindings } from '../../src/runs/read-run.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import type { CommonFlags } from './options.ts';
import { print } from './print.ts';
import { isComplete, namedAudit, reportsFolder } from './reports.ts';

/** Lists the runs below the reports folder. */
export async function listRuns(flags: CommonFlags, context: RunContext): Promise<number> {
  const reportsDir = await reportsFolder(flags, context);
  const listed = (await allRuns(reportsDir)).map((folder): ListedRun => {
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
  print(listed, () => renderRuns(listed, reportsDir), flags, context);
  return 0;
}

/** Says what changed between two runs of one org. */
export async function diff(a: string, b: string, flags: CommonFlags, context: RunContext): Promise<number> {
  const reportsDir = await reportsFolder(flags, context);
  const before = await namedAudit(a, reportsDir, 'runs diff');
  const after = await namedAudit(b, reportsDir, 'runs diff');
  const organization = before.run.opti_organization?.id;
  if (before.run.org !== after.run.org || organization !== after.run.opti_organization?.id) {
    throw new AuditError(`${a} and ${b} are runs of different orgs.`, { hint: 'Compare runs of one org.' });
  }
  const side = async ({ dir, run }: AuditFolder) => ({ run, findings: await readNamedFindings(dir) });
  const found = diffRuns(await side(before), await side(after));
  const names = { before: before.name, after: after.name };
  print({ ...names, ...found }, () => renderDiff(found, names), flags, context);
  return 0;
}
