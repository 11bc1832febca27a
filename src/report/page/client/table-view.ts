import type { PackedColumn, PackedTable, PageCell } from '../page-data.ts';

/** What somebody wants to see of a table. */
export interface TableFilter {
  /** Words, all of which must occur in a row. */
  search: string;
  /** By column, the one value that a row must have there. */
  filters: Readonly<Record<string, string>>;
  sort: { column: string; descending: boolean } | null;
}

export const NO_FILTER: TableFilter = { search: '', filters: {}, sort: null };

/** The cell of a row; null where it is empty. */
export function cellOf(table: PackedTable, column: string, row: number): PageCell {
  const packed = table.columns[column];
  if (!packed) return null;
  return packed.values[placeOf(packed, row)] ?? null;
}

/** Where the value of a row is among those of its column. */
function placeOf({ at }: PackedColumn, row: number): number {
  return at ? (at[row] as number) : row;
}

/** The positions of the rows that are filtered for, in the order filtered for. */
export function filteredRows(table: PackedTable, { search, filters, sort }: TableFilter): number[] {
  let rows = Array.from({ length: table.rows }, (_, row) => row);
  for (const [column, value] of Object.entries(filters)) {
    rows = rows.filter((row) => String(cellOf(table, column, row) ?? '') === value);
  }
  for (const word of search.toLowerCase().split(/\s+/u)) {
    if (word !== '') rows = rowsWithWord(table, rows, word);
  }
  return sort === null ? rows : sorted(table, rows, sort);
}

/** Each different value of a column is looked at once. */
function rowsWithWord(table: PackedTable, rows: readonly number[], word: string): number[] {
  const hits = Object.values(table.columns).map((column) => ({
    column,
    has: column.values.map((value) => value !== null && String(value).toLowerCase().includes(word)),
  }));
  return rows.filter((row) => hits.some(({ column, has }) => has[placeOf(column, row)]));
}

/** Worst, newest or first things first: the words of these columns have an order of their own. */
const ORDERS: Readonly<Record<string, readonly string[]>> = {
  severity: ['blocker', 'error', 'warning', 'info'],
  state: ['new', 'known', 'waived', 'resolved'],
  outcome: ['fail', 'unknown', 'skipped', 'pass'],
};

function sorted(
  table: PackedTable,
  rows: readonly number[],
  { column, descending }: NonNullable<TableFilter['sort']>,
): number[] {
  const packed = table.columns[column];
  if (!packed) return [...rows];
  const ranks = ranksOf(packed, ORDERS[column]);
  const rankOf = (row: number) => ranks[placeOf(packed, row)] as number;
  const sign = descending ? -1 : 1;
  // Rows with equal values keep the order of the file.
  return [...rows].sort((a, b) => sign * (rankOf(a) - rankOf(b)) || a - b);
}

/** The place of each value among its column's values. */
function ranksOf({ values }: PackedColumn, order: readonly string[] | undefined): number[] {
  const keys = values.map((value) => sortKey(value, order));
  const places = keys.map((_, position) => position).sort((a, b) => compareKeys(keys[a], keys[b]));
  const ranks = new Array<number>(values.length);
  let rank = 0;
  places.forEach((position, place) => {
    if (place > 0 && compareKeys(keys[places[place - 1] as number], keys[position]) !== 0) rank += 1;
    ranks[position] = rank;
  });
  return ranks;
}

function sortKey(value: PageCell, order: readonly string[] | undefined): PageCell {
  if (order && typeof value === 'string') return order.indexOf(value);
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** What is empty comes first, numbers before texts. */
function compareKeys(a: PageCell | undefined, b: PageCell | undefined): number {
  const kind = (key: PageCell | undefined) =>
    key === null || key === undefined ? 0 : typeof key === 'number' ? 1 : 2;
  if (kind(a) !== kind(b)) return kind(a) - kind(b);
  if (a === b || a === null || b === null || a === undefined || b === undefined) return 0;
  return a < b ? -1 : 1;
}

/** The different values of a column in their order, empty ones left out. */
export function choicesOf(table: PackedTable, column: string): string[] {
  const packed = table.columns[column];
  if (!packed) return [];
  const order = ORDERS[column];
  const choices = new Set(packed.values.filter((value) => value !== null && value !== '').map(String));
  return [...choices].sort((a, b) => compareKeys(sortKey(a, order), sortKey(b, order)));
}
