/** A table of the analysis: what a row is, and the one statement that makes it. */
export interface DerivedTable {
  name: string;
  /** What one row is. */
  means: string;
  sql: string;
}

/** A list of texts for SQL's `in`. */
export function sqlList(texts: readonly string[]): string {
  return `(${texts.map((text) => `'${text}'`).join(', ')})`;
}
