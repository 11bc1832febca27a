import { findRowsBehind, queriesBehind } from '../../src/analysis/describe/rows-behind.ts';
import { openTables } from '../../src/analysis/engine/open-tables.ts';
import { reopenRun } from '../../src/audit/earlier-runs.ts';
import { AuditError } from '../../src/domain/errors.ts';
import type { Explanation, RowsBehind } from '../../src/domain/explanation.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { inOrder } from '../../src/domain/plan.ts';
import type { CatalogueRule } from '../../src/domain/rule.ts';
import type { Reports } from '../../src/domain/seal.ts';
import { explanationAsData, renderExplanation } from '../../src/report/text/explanation-text.ts';
import { incompleteReasons } from '../../src/report/text/summary.ts';
import { RULES } from '../../src/rules/index.ts';
import { readPlan } from '../../src/runs/read-run.ts';
import { untilStopped } from '../../src/runtime/cancellation.ts';
import { type RunContext, warning } from '../../src/runtime/run-context.ts';
import { OtherVersion } from '../../src/snapshot/open-snapshot.ts';
import type { CommonFlags } from './options.ts';
import { print } from './print.ts';
import { findFinding, reportsFolder } from './reports.ts';

/** An id may be given by its beginning: so much of it that it is not mistaken for something else. */
const SHORTEST_BEGINNING = 4;

/** Explains a finding of a run, from its snapshot where it is still there. */
export async function explain(
  id: string,
  flags: CommonFlags & { run?: string },
  context: RunContext,
): Promise<number> {
  const reports = await reportsFolder(flags, context);
  const digits = SHORTEST_BEGINNING;
  const { finding, folder } = await findFinding(id, { run: flags.run, digits, ...reports }, context);
  const rule = RULES.find((known) => known.id === finding.rule) ?? null;
  const missingRule =
    rule === null ? [`The rule ${finding.rule}: this version of optiid-audit no longer has it.`] : [];
  const { signal } = context;
  const read = async (): Promise<Explanation> => {
    const plan = await readPlan(folder);
    const isForeign = flags.run !== undefined;
    const behind = await lookBehind(folder.dir, { finding, rule, reports, isForeign }, context);
    const { job, org, snapshot } = folder.run;
    return {
      finding,
      run: { folder: folder.dir, job, org, began: snapshot.began },
      steps: inOrder(plan).filter(({ resolves }) => resolves.includes(finding.finding_id)),
      plan,
      behind: { ...behind, missing: [...missingRule, ...behind.missing] },
    };
  };
  const explanation = await untilStopped(signal, read());
  const text = (color: { color: boolean }) => renderExplanation(explanation, rule, color);
  print(explanationAsData(explanation, rule), text, flags, context);
  return 0;
}

/** What stands behind a finding in the snapshot of its run; where one of our own or of another version cannot be read, why nothing is shown. */
async function lookBehind(
  dir: string,
  {
    finding,
    rule,
    reports,
    isForeign,
  }: { finding: Finding; rule: CatalogueRule | null; reports: Reports; isForeign: boolean },
  { signal, say }: RunContext,
): Promise<RowsBehind> {
  try {
    const { snapshot, job, memory, warnings } = await reopenRun(dir, reports, { isForeign });
    for (const message of warnings) say(warning(message, 'run-refused'));
    const tables = await openTables(snapshot, job, { memory, signal, queries: queriesBehind(rule) });
    try {
      const behind = await findRowsBehind(tables, finding, rule);
      const unread = incompleteReasons(snapshot.manifest);
      return { ...behind, missing: [...behind.missing, ...unread] };
    } finally {
      await tables.database.close();
    }
  } catch (error) {
    // A run that the user names is refused as a whole where its rows are not what they should be.
    const isRefused = isForeign && !(error instanceof OtherVersion);
    if (!(error instanceof AuditError) || signal.aborted || isRefused) throw error;
    const nothing = { row: null, verdict: null, tables: [], unasked: 'the snapshot cannot be read' };
    return { ...nothing, missing: [`The rows behind it: ${error.message}`] };
  }
}
