import type { QueryFormat, QueryValue } from '../../domain/query-value.ts';
import { csvText } from '../files/csv.ts';
import { textTable } from './text-parts.ts';
import { visibleJson, visibleText } from './visible-text.ts';

type QueryRow = Readonly<Record<string, QueryValue>>;

/** The result of a query: its columns, and its rows some at a time. */
export interface QueryResult {
  columns: readonly string[];
  /** True where the only text that matters is drawn over many lines: EXPLAIN. */
  isPlan: boolean;
  rows: AsyncIterable<readonly QueryRow[]>;
}

/** The result as text, piece by piece. CSV and JSON hold all rows, however many; a table the first of them. */
export function queryText(result: QueryResult, format: QueryFormat): AsyncGenerator<string, void, undefined> {
  if (format === 'csv') return csvText(result.columns, csvRows(result));
  if (format === 'json') return jsonText(result);
  return result.isPlan ? planText(result) : tableText(result);
}

async function* planText({ columns, rows }: QueryResult): AsyncGenerator<string, void, undefined> {
  const drawn = columns.at(-1) ?? '';
  for await (const batch of rows) {
    for (const row of batch) {
      const lines = shownText(row[drawn] ?? null)
        .trimEnd()
        .split('\n');
      yield `${lines.map(visibleText).join('\n')}\n`;
    }
  }
}

/** A terminal shows no more, and nobody reads more there. */
const ROWS_SHOWN = 100;
/** Counting goes on this far: a query may give rows for hours. */
const MOST_COUNTED = 1_000_000;

async function* tableText({ columns, rows }: QueryResult): AsyncGenerator<string, void, undefined> {
  const shown: QueryRow[] = [];
  let count = 0;
  for await (const batch of rows) {
    shown.push(...batch.slice(0, ROWS_SHOWN - shown.length));
    count += batch.length;
    if (count > MOST_COUNTED) break;
  }
  const cells = shown.map((row) => columns.map((column) => shownText(row[column] ?? null)));
  yield textTable(columns, cells);
  if (count === 0) yield 'No rows.\n';
  if (count > shown.length) {
    const more = count > MOST_COUNTED ? `more than ${MOST_COUNTED - ROWS_SHOWN}` : count - shown.length;
    yield `and ${more} more rows; --format csv or --format json gives all of them.\n`;
  }
}

/** A value for people: nothing at all is told apart from an empty text. */
export function shownText(value: QueryValue): string {
  if (value === null) return 'NULL';
  if (typeof value !== 'object') return String(value);
  if (!Array.isArray(value)) return asJson(value);
  return value
    .map((item) => (item === null || typeof item !== 'object' ? shownText(item) : asJson(item)))
    .join('; ');
}

async function* csvRows({ columns, rows }: QueryResult): AsyncGenerator<object[], void, undefined> {
  for await (const batch of rows) {
    yield batch.map((row) =>
      Object.fromEntries(columns.map((column) => [column, csvCell(row[column] ?? null)])),
    );
  }
}

function csvCell(value: QueryValue): string | number | bigint | boolean | null {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value !== null && typeof value === 'object' ? shownText(value) : value;
}

/** An array of objects, a row a line. */
async function* jsonText({ columns, rows }: QueryResult): AsyncGenerator<string, void, undefined> {
  let lead = '[\n';
  for await (const batch of rows) {
    const lines = batch.map((row) => asJson(Object.fromEntries(columns.map((c) => [c, row[c] ?? null]))));
    if (lines.length === 0) continue;
    yield `${lead}${lines.join(',\n')}`;
    lead = ',\n';
  }
  yield lead === '[\n' ? '[]\n' : '\n]\n';
}

/** JSON in which whole numbers keep all their digits. */
function asJson(value: QueryValue): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : visibleJson(String(value));
  if (value === null || typeof value !== 'object') return visibleJson(value);
  if (Array.isArray(value)) return `[${value.map(asJson).join(',')}]`;
  const entries = Object.entries(value as Readonly<Record<string, QueryValue>>);
  return `{${entries.map(([key, inner]) => `${visibleJson(key)}:${asJson(inner)}`).join(',')}}`;
}
