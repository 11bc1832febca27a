import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import { AuditError } from '../../domain/errors.ts';
import type { QueryValue } from '../../domain/query-value.ts';

type Driver = typeof import('@duckdb/node-api');

/** What a query gives: its columns, and its rows some thousands at a time. */
export interface QueryAnswer {
  /** Names of the columns, each once. */
  columns: string[];
  /** True for the answer to EXPLAIN: its one text is drawn over many lines. */
  isPlan: boolean;
  /** Rows by column. Whoever reads them reads completely, or stops. */
  rows: AsyncGenerator<Readonly<Record<string, QueryValue>>[], void, undefined>;
}

/** What helps, by the kind of mistake that DuckDB names first. */
const HINTS: readonly { kind: RegExp; hint: string }[] = [
  {
    kind: /^(Parser|Binder|Catalog) Error/u,
    hint: 'optiid-audit query --tables lists the tables, query --tables NAME the columns of one; src/analysis/README.md in the repository documents them all.',
  },
  {
    kind: /^(Permission|IO|HTTP|Missing Extension) Error/u,
    hint: 'A query sees the snapshot alone: no file, no network, no environment.',
  },
  {
    kind: /^(Conversion|Invalid Input|Out of Range) Error/u,
    hint: 'Look at the values: try_cast gives NULL for what does not fit.',
  },
];

/** What is asked for, by DuckDB's own judgement of the statement. */
const READING = ['SELECT', 'EXPLAIN'] as const;

/** Does what DuckDB is asked for, and has whoever closes the database wait for it. */
export type Ask = <Answer>(question: () => Promise<Answer>) => Promise<Answer>;

/** How a connection is used, and given back. */
interface LentConnection {
  ask: Ask;
  close: () => void;
}

/**
 * Answers one statement that reads: SELECT, WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN. Throws an
 * {@link AuditError} for anything else before it runs, and with DuckDB's message for what is not SQL or names what is
 * not there. `close` gives the connection back.
 */
export async function answerQuery(
  connection: DuckDBConnection,
  sql: string,
  { ask, close }: LentConnection,
): Promise<QueryAnswer> {
  try {
    const { statement, result } = await ask(async () => {
      // EXPLAIN ANALYZE runs the statement that it explains: so nothing can be written in here at all.
      await connection.run('begin transaction read only');
      const statement = await prepareReading(connection, sql);
      return { statement, result: await statement.stream() };
    });
    return {
      columns: result.deduplicatedColumnNames(),
      isPlan: (await kindOf(statement)) === 'EXPLAIN',
      rows: readRows(result, { ask, close }),
    };
  } catch (error) {
    close();
    throw asAuditError(error);
  }
}

async function prepareReading(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  if (/^\s*$/u.test(sql)) throw refusal('There is no query.');
  const statements = await connection.extractStatements(sql);
  if (statements.count > 1) {
    throw refusal(
      `There are ${statements.count} statements; a query is one.`,
      'Give one SELECT at a time. A PIVOT is one when its values are named with IN.',
    );
  }
  const statement = await statements.prepare(0);
  const kind = await kindOf(statement);
  if (!READING.some((reading) => reading === kind)) {
    throw refusal(`The statement is of the type ${kind}; a snapshot is only read.`);
  }
  if (statement.parameterCount > 0) throw refusal('The query has parameters, and nothing gives them values.');
  return statement;
}

async function kindOf({ statementType }: DuckDBPreparedStatement): Promise<string> {
  const { StatementType } = await import('@duckdb/node-api');
  return StatementType[statementType] ?? 'INVALID';
}

function refusal(
  message: string,
  hint = 'Give one SELECT, WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN.',
): AuditError {
  return new AuditError(message, { hint });
}

/** What DuckDB says of a query is said to whoever wrote it; what it says while it is interrupted is not. */
function asAuditError(error: unknown): unknown {
  if (error instanceof AuditError || !(error instanceof Error)) return error;
  const message = error.message.replace(/^Failed to extract statements: /u, '');
  if (message.startsWith('INTERRUPT') || message.startsWith('INTERNAL')) return error;
  if (message.includes('read-only mode')) {
    return refusal('The statement writes; a snapshot is only read.');
  }
  // The driver's only answer where there is nothing but comments.
  if (message === 'Error in native callback') return refusal('There is no query.');
  const hint = HINTS.find(({ kind }) => kind.test(message))?.hint ?? 'Ask for less at a time.';
  return new AuditError(`The query does not run. ${message}`, { hint, cause: error });
}

/** The pieces of an answer, each as something that DuckDB is asked for. */
export async function* askedFor<Piece>(
  pieces: AsyncIterableIterator<Piece>,
  ask: Ask,
): AsyncGenerator<Piece, void, undefined> {
  while (true) {
    const piece = await ask(() => pieces.next());
    if (piece.done === true) return;
    yield piece.value;
  }
}

async function* readRows(result: DuckDBResult, { ask, close }: LentConnection): QueryAnswer['rows'] {
  const columns = result.deduplicatedColumnNames();
  const driver = await import('@duckdb/node-api');
  try {
    for await (const rows of askedFor(result.yieldRows(), ask)) {
      yield rows.map((row) =>
        Object.fromEntries(columns.map((column, at) => [column, toQueryValue(driver, row[at] ?? null)])),
      );
    }
  } catch (error) {
    throw asAuditError(error);
  } finally {
    close();
  }
}

/** Longer decimals may say more digits than a number holds. */
const EXACT_DIGITS = 15;

/** A value as it is: whole numbers exact, times in ISO-8601 UTC, what JSON has no word for as DuckDB writes it. */
function toQueryValue(driver: Driver, value: DuckDBValue): QueryValue {
  if (value === null || typeof value !== 'object') return value;
  const convert = (inner: DuckDBValue) => toQueryValue(driver, inner);
  if (value instanceof driver.DuckDBListValue || value instanceof driver.DuckDBArrayValue) {
    return value.items.map(convert);
  }
  if (value instanceof driver.DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([key, inner]) => [key, convert(inner)]));
  }
  if (value instanceof driver.DuckDBMapValue) {
    return value.entries.map((entry) => ({ key: convert(entry.key), value: convert(entry.value) }));
  }
  // The driver writes these in the time zone of the machine.
  const text = String(
    value instanceof driver.DuckDBTimestampTZValue ? new driver.DuckDBTimestampValue(value.micros) : value,
  );
  if (value instanceof driver.DuckDBDecimalValue) return text.length <= EXACT_DIGITS ? Number(text) : text;
  return isoTime(text) ?? text;
}

const TIMESTAMP = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?$/u;

/** DuckDB's text of a moment as ISO-8601 UTC, to the millisecond or as finely as it is known; null for other texts. */
function isoTime(text: string): string | null {
  const [, day, time, fraction = ''] = TIMESTAMP.exec(text) ?? [];
  return day === undefined ? null : `${day}T${time}.${fraction.padEnd(3, '0')}Z`;
}
