/**
 * A table of the analysis: what a row is, and the one statement that makes it. Columns that end in `_no` are ids as
 * numbers: memberships are so many that their ids as texts would neither fit nor be compared in time.
 */
export interface DerivedTable {
  name: string;
  /** What one row is. */
  means: string;
  sql: string;
  /** A view where the rows are too many to be kept: each query makes those that it asks for. */
  isView?: true;
}

/** A list of texts for SQL's `in`. */
export function sqlList(texts: readonly string[]): string {
  return `(${texts.map((text) => `'${text}'`).join(', ')})`;
}
