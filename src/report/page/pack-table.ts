import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { PackedColumn, PackedTable, PageCell } from './page-data.ts';

type Row = Readonly<Record<string, unknown>>;

/** A cell for the page; lists and objects as JSON, as in the reports' NDJSON. */
function pageCell(value: unknown): PageCell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number') return value;
  return typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}

/** Rows as columns; a column whose values come again and again holds each of them once. */
export function packTable(
  columns: readonly string[],
  rows: readonly Row[],
  total: number,
  held = rows.length,
): PackedTable {
  return {
    total,
    rows: rows.length,
    held,
    columns: Object.fromEntries(
      columns.map((column) => [column, packColumn(rows.map((row) => pageCell(row[column])))]),
    ),
  };
}

function packColumn(cells: PageCell[]): PackedColumn {
  const positions = new Map<PageCell, number>();
  for (const cell of cells) if (!positions.has(cell)) positions.set(cell, positions.size);
  if (positions.size * 2 > cells.length) return { values: cells };
  return { values: [...positions.keys()], at: cells.map((cell) => positions.get(cell) as number) };
}

/**
 * Data as text for an element of the page: compressed, and so without a character that could end the element or mean
 * anything to a browser.
 */
export async function embed(data: unknown): Promise<string> {
  // Off the main thread: it takes seconds for a large run, and Ctrl-C must work meanwhile.
  return (await promisify(gzip)(JSON.stringify(data), { level: 6 })).toString('base64');
}
