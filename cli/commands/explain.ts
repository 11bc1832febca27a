import { findRowsBehind, queriesBehind } from '../../src/analysis/describe/rows-behind.ts';
import { openTables } from '../../src/analysis/engine/open-tables.ts';
import { reopenRun } from '../../src/audit/earlier-runs.ts';
import { AuditError } from '../../src/domain/errors.ts';
import {
  chainOf,
  type Explanation,
  type GroupExplanation,
  type RowsBehind,
  subjectNames,
} from '../../src/domain/explanation.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { foldName } from '../../src/domain/names.ts';
import { didYouMean } from '../../src/domain/nearest.ts';
import { inOrder } from '../../src/domain/plan.ts';
import type { CatalogueRule } from '../../src/domain/rule.ts';
import type { Reports } from '../../src/domain/seal.ts';
import {
  explanationAsData,
  renderExplanation,
  renderGroupExplanation,
} from '../../src/report/text/explanation-text.ts';
import { describeRule } from '../../src/report/text/rule-text.ts';
import { incompleteReasons } from '../../src/report/text/summary.ts';
import { RULES } from '../../src/rules/index.ts';
import { readPlan } from '../../src/runs/read-run.ts';
import { untilStopped } from '../../src/runtime/cancellation.ts';
import { type RunContext, warning } from '../../src/runtime/run-context.ts';
import { OtherVersion } from '../../src/snapshot/open-snapshot.ts';
import type { CommonFlags } from './options.ts';
import { print } from './print.ts';
import { findAll, findFinding, isFindingId, reportsFolder, verdictOf } from './reports.ts';

type ExplainFlags = CommonFlags & { run?: string };

/** Explains a finding of a run, the findings of a rule, or those on a subject. */
export async function explain(what: string, flags: ExplainFlags, context: RunContext): Promise<number> {
  const reports = await reportsFolder(flags, context);
  const group = await untilStopped(context.signal, explainGroup(what, flags, reports, context));
  if (group === null) return explainFinding(what, flags, reports, context);
  const { asked } = group;
  const rule = 'rule' in asked ? (RULES.find(({ id }) => id === asked.rule) ?? null) : null;
  const data = { ...group, rule: rule && describeRule(rule) };
  print('explain', data, (color) => renderGroupExplanation(group, rule, color), flags, context);
  return 0;
}

/** The findings of a rule, or on a subject by its name or an id of it; null where the id of a finding is asked for. */
async function explainGroup(
  what: string,
  { run }: ExplainFlags,
  reports: Reports,
  context: RunContext,
): Promise<GroupExplanation | null> {
  const text = what.trim();
  if (text === '') return null;
  const isRule = RULES.some(({ id }) => id === text.toLowerCase());
  const folded = foldName(text);
  const isAbout = (finding: Finding) =>
    isRule
      ? finding.rule === text.toLowerCase()
      : finding.okta_id === text ||
        finding.opti_id === text ||
        subjectNames(finding).some((name) => foldName(name) === folded);
  if (isFindingId(text) && !isRule) {
    const found = await findAll(
      ({ finding_id: id }) => id.startsWith(text.toLowerCase()),
      { run, ...reports },
      context,
    );
    if (found && found.findings.length > 0) return null;
  }
  const seen: string[] = [];
  const note = (finding: Finding) => {
    seen.push(finding.rule, ...subjectNames(finding));
    return isAbout(finding);
  };
  const found = await findAll(note, { run, ...reports }, context);
  if (!found || found.findings.length === 0) {
    if (isFindingId(text)) return null;
    if (isRule) {
      throw new AuditError(`No run has a finding of the rule ${text}.`, {
        hint: `optiid-audit rules ${text} says what it looks for.`,
      });
    }
    throw new AuditError(`"${what}" is not a finding, a rule or the subject of a finding.`, {
      hint: `${didYouMean(text, [...new Set([...RULES.map(({ id }) => id), ...seen])])}A finding id has 16 hex digits, of which the first 4 or more will do; findings.csv lists ids and subjects.`,
    });
  }
  const { folder, findings } = found;
  const names = isRule
    ? []
    : [text, ...findings.filter((one) => one.subject_type !== 'membership').map((one) => one.subject)];
  const { job, org, snapshot } = folder.run;
  return {
    asked: isRule ? { rule: text.toLowerCase() } : { subject: text },
    run: { folder: folder.dir, job, org, began: snapshot.began, verdict_lines: verdictOf(folder) },
    findings,
    chain: chainOf(await readPlan(folder), isRule ? findings.flatMap(subjectNames) : names, findings),
  };
}

/** Explains one finding, from the snapshot of its run where it is still there. */
async function explainFinding(
  id: string,
  flags: ExplainFlags,
  reports: Reports,
  context: RunContext,
): Promise<number> {
  const { finding, folder } = await findFinding(id, { run: flags.run, ...reports }, context);
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
      run: { folder: folder.dir, job, org, began: snapshot.began, verdict_lines: verdictOf(folder) },
      steps: inOrder(plan).filter(({ resolves }) => resolves.includes(finding.finding_id)),
      chain: chainOf(plan, subjectNames(finding), [finding]),
      plan,
      behind: { ...behind, missing: [...missingRule, ...behind.missing] },
    };
  };
  const explanation = await untilStopped(signal, read());
  const text = (color: { color: boolean }) => renderExplanation(explanation, rule, color);
  print('explain', explanationAsData(explanation, rule), text, flags, context);
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
