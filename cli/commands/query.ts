import { type Command, Option } from 'commander';
import { QUERY_FORMATS, type QueryFormat } from '../../src/domain/query-value.ts';
import { JOBS, type Job } from '../../src/domain/rule.ts';
import { note, type RunContext } from '../../src/runtime/run-context.ts';
import { type CommonFlags, notBlank, outOption, quietOption, readConfig } from './options.ts';

interface QueryFlags extends CommonFlags {
  snapshot?: string;
  job?: Job;
  format: QueryFormat;
  tables?: string | true;
}

export function addQuery(program: Command, context: RunContext, exitWith: (code: number) => void): void {
  program
    .command('query')
    .description('SQL over a sealed snapshot and what is derived from it; reads only, touches no network')
    .argument('[sql]', 'one SELECT (or WITH, FROM, DESCRIBE, SUMMARIZE, EXPLAIN …); - reads it from stdin')
    .addOption(
      new Option(
        '--snapshot <folder>',
        'a sealed snapshot, or the run that holds one (default: the newest run below the reports folder)',
      ).argParser(notBlank),
    )
    .addOption(
      new Option(
        '--job <job>',
        "derive the tables for this job, in place of the run's own (a snapshot without a run: precutover)",
      ).choices([...JOBS]),
    )
    .addOption(
      new Option('--format <format>', 'how the rows are printed')
        .choices([...QUERY_FORMATS])
        .default('table'),
    )
    .addOption(
      new Option('--tables [name]', 'list the tables, or the columns of one, in place of running a query'),
    )
    .addOption(outOption())
    .addOption(quietOption())
    .action(async (sql: string | undefined, flags: QueryFlags) => exitWith(await query(sql, flags, context)));
}

/** Runs a query, or says what a query may name. */
export async function query(
  sql: string | undefined,
  flags: QueryFlags,
  context: RunContext,
): Promise<number> {
  const { AuditError } = await import('../../src/domain/errors.ts');
  if (flags.tables !== undefined) {
    if (sql !== undefined) {
      throw new AuditError('--tables and a query are two things to ask.', { hint: 'Ask one at a time.' });
    }
    context.stdout(await describe(flags.tables === true ? null : flags.tables));
    return 0;
  }
  if (sql === undefined) {
    throw new AuditError('There is no query.', {
      hint: 'Give one as the argument, in quotes, or - to read it from stdin. --tables lists what it may name.',
    });
  }
  const { untilStopped } = await import('../../src/runtime/cancellation.ts');
  const { signal } = context;
  const ask = async () => answer(sql === '-' ? await readStdin(signal) : sql, flags, context);
  await untilStopped(signal, ask());
  return 0;
}

async function answer(text: string, flags: QueryFlags, context: RunContext): Promise<void> {
  const [{ reopenRun }, { openTables }, { queryText }, { incompleteReasons }] = await Promise.all([
    import('../../src/audit/reopen-run.ts'),
    import('../../src/analysis/engine/open-tables.ts'),
    import('../../src/report/text/query-text.ts'),
    import('../../src/report/text/summary.ts'),
  ]);
  const { audit } = await readConfig(context, { okta: false, store: false }, flags);
  const { snapshot, job, memory, folder } = await reopenRun(flags.snapshot, audit.reportsDir, flags.job);
  if (!flags.quiet) {
    const chosen = flags.snapshot === undefined ? [`the snapshot of ${folder}, looked at as ${job}.`] : [];
    // What is not among the rows may be there all the same.
    for (const text of [...chosen, ...incompleteReasons(snapshot.manifest.datasets)]) {
      context.say(note(text));
    }
  }
  const { signal } = context;
  const { database } = await openTables(snapshot, job, { memory, signal, queries: [text] });
  try {
    for await (const piece of queryText(await database.query(text), flags.format)) {
      context.stdout(piece);
      if ((await context.drained?.()) === false) break;
    }
  } finally {
    await database.close();
  }
}

async function readStdin(signal: AbortSignal): Promise<string> {
  const [{ addAbortSignal }, { text }] = await Promise.all([
    import('node:stream'),
    import('node:stream/consumers'),
  ]);
  return text(addAbortSignal(signal, process.stdin));
}

/** The tables, or the columns of one. */
async function describe(name: string | null): Promise<string> {
  const [{ describeTables }, { renderTableColumns, renderTables }] = await Promise.all([
    import('../../src/analysis/engine/tables.ts'),
    import('../../src/report/text/tables-text.ts'),
  ]);
  const tables = await describeTables();
  if (name === null) return renderTables(tables);
  const wanted = name.trim().toLowerCase();
  const found =
    tables.find((table) => table.name === wanted) ??
    tables.find((table) => table.name === `snapshot.${wanted}`);
  if (found) return renderTableColumns(found);
  const [{ didYouMean }, { AuditError }] = await Promise.all([
    import('../../src/domain/nearest.ts'),
    import('../../src/domain/errors.ts'),
  ]);
  const names = tables.map((table) => table.name);
  throw new AuditError(`There is no table "${name}".`, {
    hint: `${didYouMean(wanted, names)}optiid-audit query --tables lists them all.`,
  });
}
