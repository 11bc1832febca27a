import { stringify } from 'csv-stringify/sync';
import { guardCell, QUOTED_CELL } from '../../domain/formula.ts';
import { visibleJson } from '../text/visible-text.ts';

/** A raw value of a report. Lists are joined by `; `, objects are written as compact JSON. */
export type Cell =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly string[]
  | { readonly [key: string]: unknown };

/** The text of a value before it is guarded. */
export function rawText(cell: Exclude<Cell, null>): string {
  if (Array.isArray(cell)) return cell.join('; ');
  // What would be shown in a text keeps JSON whole by JSON's own means.
  return typeof cell === 'object' ? visibleJson(cell) : String(cell);
}

/** The text of a cell: null is empty, numbers and booleans are plain, texts are guarded. */
function cellText(cell: Cell | undefined, column: string): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'number' && !Number.isFinite(cell)) {
    throw new TypeError(`The column ${column} holds a number that is none.`);
  }
  const isGuarded = typeof cell === 'string' || typeof cell === 'object';
  return isGuarded ? guardCell(rawText(cell)) : rawText(cell);
}

/** Left to itself csv-stringify quotes a cell for the line end that it writes, CRLF, and not for one half of it. */
const FORMAT = { record_delimiter: '\r\n', quoted_match: QUOTED_CELL };

/** Rows of one text: a text of all of a large org would be longer than texts can be. */
const ROWS_AT_ONCE = 2_000;

/**
 * The CSV's text, piece by piece. RFC 4180, UTF-8 with a byte order mark, CRLF, a header row even without rows. Rows
 * come in batches and in the order given; a column that a row lacks is empty.
 */
export async function* csvText(
  columns: readonly string[],
  batches: Iterable<readonly object[]> | AsyncIterable<readonly object[]>,
): AsyncGenerator<string, void, undefined> {
  // Cells are guarded before: csv-stringify's own guard knows neither LF nor NUL. The header goes in as the
  // first row, because its own header takes each name for a path into the row.
  yield stringify([columns.map(guardCell)], { ...FORMAT, bom: true });
  for await (const rows of batches) {
    for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
      const records = rows.slice(at, at + ROWS_AT_ONCE).map((row) => {
        const cells = row as Readonly<Record<string, Cell | undefined>>;
        return columns.map((column) => cellText(cells[column], column));
      });
      yield stringify(records, FORMAT);
    }
  }
}
