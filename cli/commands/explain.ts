import { type Command, Option } from 'commander';
import type { Explanation, RowsBehind } from '../../src/domain/explanation.ts';
import type { Finding } from '../../src/domain/finding.ts';
import type { CatalogueRule } from '../../src/domain/rule.ts';
import type { AuditFolder } from '../../src/runs/read-run.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import { type CommonFlags, noColorOption, notBlank, outOption, readConfig } from './options.ts';

interface ExplainFlags extends CommonFlags {
  run?: string;
}

export function addExplain(program: Command, context: RunContext, exitWith: (code: number) => void): void {
  program
    .command('explain <finding>')
    .description(
      "a finding by its id or the beginning of it: what was found and why it matters, the rows behind it, the rule's query, the plan steps that resolve it",
    )
    .addOption(
      new Option(
        '--run <folder>',
        'folder of the run (default: the newest run below the reports folder that has the finding)',
      ).argParser(notBlank),
    )
    .addOption(outOption())
    .addOption(new Option('--json', 'print the explanation as JSON on stdout'))
    .addOption(noColorOption())
    .action(async (finding: string, flags: ExplainFlags) => exitWith(await explain(finding, flags, context)));
}

/** Explains a finding of a run, from its snapshot where it is still there. */
export async function explain(id: string, flags: ExplainFlags, context: RunContext): Promise<number> {
  const [{ untilStopped }, { RULES }, { explanationAsData, renderExplanation }] = await Promise.all([
    import('../../src/runtime/cancellation.ts'),
    import('../../src/rules/index.ts'),
    import('../../src/report/text/explanation-text.ts'),
  ]);
  const { audit } = await readConfig(context, { okta: false, store: false }, flags);
  const { finding, folder } = await findOne(id, flags.run, audit.reportsDir);
  const rule = RULES.find((known) => known.id === finding.rule) ?? null;
  const { signal } = context;
  const read = async (): Promise<Explanation> => {
    const plan = await readSteps(folder.dir, finding);
    const behind = await lookBehind(folder.dir, { finding, rule, reportsDir: audit.reportsDir }, signal);
    const { job, org, snapshot } = folder.run;
    return {
      finding,
      run: { folder: folder.dir, job, org, began: snapshot.began },
      steps: plan.steps,
      behind: { ...behind, missing: [...missingRule(rule, finding), ...behind.missing, ...plan.missing] },
    };
  };
  const explanation = await untilStopped(signal, read());
  const color = context.color && flags.color !== false;
  context.stdout(
    flags.json
      ? `${JSON.stringify(explanationAsData(explanation, rule), null, 2)}\n`
      : renderExplanation(explanation, rule, { color }),
  );
  return 0;
}

/** An id, or so much of its beginning that it is not mistaken for something else. */
const BEGINNING = /^[0-9a-f]{4,16}$/u;

/** The one finding that is meant, and its run. */
async function findOne(
  id: string,
  run: string | undefined,
  reportsDir: string,
): Promise<{ finding: Finding; folder: AuditFolder }> {
  const [{ findFindings }, { openAudit, readNamedFindings }, { AuditError }, { listFindings }] =
    await Promise.all([
      import('../../src/runs/find-runs.ts'),
      import('../../src/runs/read-run.ts'),
      import('../../src/domain/errors.ts'),
      import('../../src/report/text/explanation-text.ts'),
    ]);
  const beginning = id.trim().toLowerCase();
  if (!BEGINNING.test(beginning)) {
    throw new AuditError(`"${id}" is no finding's id.`, {
      hint: 'It has 16 hex digits, of which the first 4 or more will do; the column finding_id of findings.csv lists them.',
    });
  }
  const named = run === undefined ? null : await openAudit(run, '--run');
  const found = named
    ? { folder: named, findings: (await readNamedFindings(named.dir)).filter(begins(beginning)) }
    : await findFindings(beginning, reportsDir);
  const [finding, ...others] = found?.findings ?? [];
  if (!found || !finding) {
    const where = run === undefined ? `No run in ${reportsDir} has a finding` : `${run} has no finding`;
    throw new AuditError(`${where} ${beginning}.`, {
      hint: 'Check the id in findings.csv; optiid-audit runs lists the runs of the reports folder (AUDIT_REPORTS_DIR or --out).',
    });
  }
  if (others.length > 0) {
    throw new AuditError(
      `${others.length + 1} findings of ${found.folder.dir} begin with ${beginning}:\n${listFindings(found.findings)}`,
      { hint: 'Give more of the id.' },
    );
  }
  return { finding, folder: found.folder };
}

function begins(beginning: string): (finding: Finding) => boolean {
  return ({ finding_id }) => finding_id.startsWith(beginning);
}

function missingRule(rule: CatalogueRule | null, finding: Finding): string[] {
  return rule === null
    ? [`The rule ${finding.rule}: this version of optiid-audit does not have it any more.`]
    : [];
}

/** The steps of the run's plan that resolve a finding. */
async function readSteps(
  dir: string,
  { finding_id }: Finding,
): Promise<{ steps: Explanation['steps']; missing: string[] }> {
  const { readPlan } = await import('../../src/runs/read-run.ts');
  const plan = await readPlan(dir).catch(() => null);
  if (plan === null) {
    return {
      steps: [],
      missing: [
        'The steps of the plan: the run has no plan.json that can be read. optiid-audit plan makes it anew.',
      ],
    };
  }
  return { steps: plan.steps.filter(({ resolves }) => resolves.includes(finding_id)), missing: [] };
}

/** What stands behind a finding in the snapshot of its run; where that is gone, why nothing is shown. */
async function lookBehind(
  dir: string,
  { finding, rule, reportsDir }: { finding: Finding; rule: CatalogueRule | null; reportsDir: string },
  signal: AbortSignal,
): Promise<RowsBehind> {
  const [
    { reopenRun },
    { openTables },
    { findRowsBehind, queriesBehind },
    { incompleteReasons },
    { AuditError },
  ] = await Promise.all([
    import('../../src/audit/reopen-run.ts'),
    import('../../src/analysis/engine/open-tables.ts'),
    import('../../src/analysis/describe/rows-behind.ts'),
    import('../../src/report/text/summary.ts'),
    import('../../src/domain/errors.ts'),
  ]);
  try {
    const { snapshot, job, memory } = await reopenRun(dir, reportsDir);
    const tables = await openTables(snapshot, job, { memory, signal, queries: queriesBehind(rule) });
    try {
      const behind = await findRowsBehind(tables, finding, rule);
      const unread = incompleteReasons(snapshot.manifest.datasets);
      return { ...behind, missing: [...behind.missing, ...unread] };
    } finally {
      await tables.database.close();
    }
  } catch (error) {
    if (!(error instanceof AuditError) || signal.aborted) throw error;
    const nothing = { row: null, verdict: null, tables: [], unasked: 'the snapshot cannot be read' };
    return { ...nothing, missing: [`The rows behind it: ${error.message}`] };
  }
}
