import { addAbortSignal } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { openTables } from '../../src/analysis/engine/open-tables.ts';
import { addReportTable } from '../../src/analysis/engine/report-tables.ts';
import { describeTables } from '../../src/analysis/engine/tables.ts';
import { reopenRun } from '../../src/audit/earlier-runs.ts';
import { AuditError } from '../../src/domain/errors.ts';
import type { QueryFormat } from '../../src/domain/query-value.ts';
import type { Job } from '../../src/domain/rule.ts';
import { queryText } from '../../src/report/text/query-text.ts';
import { incompleteReasons } from '../../src/report/text/summary.ts';
import { renderTableColumns, renderTables } from '../../src/report/text/tables-text.ts';
import { untilStopped } from '../../src/runtime/cancellation.ts';
import { note, type RunContext, warning } from '../../src/runtime/run-context.ts';
import type { CommonFlags } from './options.ts';
import { unknownName } from './print.ts';
import { describeReportTables, reportRows, reportTablesIn } from './report-tables.ts';
import { folderNamed, reportsFolder } from './reports.ts';

interface QueryFlags extends CommonFlags {
  snapshot?: string;
  job?: Job;
  format: QueryFormat;
  tables?: string | true;
}

/** Runs a query, or says what a query may name. */
export async function query(
  sql: string | undefined,
  flags: QueryFlags,
  context: RunContext,
): Promise<number> {
  if (flags.tables !== undefined) {
    if (sql !== undefined) {
      throw new AuditError('--tables and a query are two things to ask.', { hint: 'Ask one at a time.' });
    }
    context.stdout(await describe(flags.tables));
    return 0;
  }
  if (sql === undefined) {
    throw new AuditError('There is no query.', {
      hint: 'Give one as the argument, in quotes, or - to read it from stdin. --tables lists what it may name.',
    });
  }
  await untilStopped(context.signal, answer(sql, flags, context));
  return 0;
}

async function answer(sql: string, flags: QueryFlags, context: RunContext): Promise<void> {
  const { signal } = context;
  const text = sql === '-' ? await textOf(addAbortSignal(signal, process.stdin)) : sql;
  const reports = await reportsFolder(flags, context);
  const named = await folderNamed(flags.snapshot, reports, '--snapshot', context);
  const { snapshot, job, memory, folder, run, warnings } = await reopenRun(named, reports, {
    ofJob: flags.job,
  });
  if (!flags.quiet) {
    for (const message of warnings) context.say(warning(message, 'run-refused'));
    const chosen = flags.snapshot === undefined ? [`the snapshot of ${folder}, looked at as ${job}.`] : [];
    // What is not among the rows may be there all the same.
    for (const reason of [...chosen, ...incompleteReasons(snapshot.manifest)]) {
      context.say(note(reason));
    }
  }
  const { database } = await openTables(snapshot, job, { memory, signal, queries: [text] });
  try {
    const named = reportTablesIn(text);
    // Before the query: it is answered in a transaction that writes nothing.
    if (run !== null) for (const name of named) await addReportTable(database, await reportRows(name, run));
    const answered = await database.query(text).catch((error: unknown) => {
      throw run === null && named.length > 0 ? withoutReports(error, named, folder) : error;
    });
    for await (const piece of queryText(answered, flags.format)) {
      context.stdout(piece);
      if ((await context.drained?.()) === false) break;
    }
  } finally {
    await database.close();
  }
}

/** A snapshot has no reports: DuckDB alone would say that there is no such table. */
function withoutReports(error: unknown, named: readonly string[], folder: string): unknown {
  if (!(error instanceof AuditError) || !/Table with name \S+ does not exist/u.test(error.message))
    return error;
  return new AuditError(`${folder} is not the run of an audit, so it has no reports: ${named.join(', ')}.`, {
    hint: 'Name the run with --snapshot; what was read is there under its own tables (optiid-audit query --tables).',
    cause: error,
  });
}

/** The tables, or the columns of the one that is named. */
async function describe(name: string | true): Promise<string> {
  const reports = describeReportTables();
  const tables = [...(await describeTables()), ...reports];
  if (name === true) return renderTables(tables, reports);
  const wanted = name.trim().toLowerCase();
  const called = (as: string) => tables.find((table) => table.name === as);
  const found = called(wanted) ?? called(`snapshot.${wanted}`);
  if (found) return renderTableColumns(found);
  const names = tables.map((table) => table.name);
  throw unknownName('table', name, names, 'optiid-audit query --tables');
}
