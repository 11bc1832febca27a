import type { DatasetName } from '../../domain/dataset.ts';
import type { Job } from '../../domain/rule.ts';

/** What a table is, for whoever queries it. */
export interface TableMeaning {
  name: string;
  /** What one row is. */
  means: string;
  /** The dataset whose columns mean the same here. */
  reads?: DatasetName;
  /** What the columns are whose names do not say it everywhere alike. */
  columns?: Readonly<Record<string, string>>;
}

/**
 * A table of the analysis: what a row is, and the one statement that makes it. Columns that end in `_no` are ids as
 * numbers: memberships are so many that their ids as texts would neither fit nor be compared in time.
 */
export interface DerivedTable extends TableMeaning {
  sql: string;
  /** A view where the rows are too many to be kept: each query makes those that it asks for. */
  isView?: true;
  /** The job that reads it, where the other does not: a view there, for whoever asks for it all the same. */
  onlyFor?: Job;
}

/** A list of texts for SQL's `in`. */
export function sqlList(texts: readonly string[]): string {
  return `(${texts.map((text) => `'${text}'`).join(', ')})`;
}
