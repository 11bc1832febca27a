import type { Database } from './database.ts';
import { bound, fixed } from './statement.ts';

/** A table of a run's report: the columns with their types, and its rows as the report has them. */
export interface ReportRows {
  name: string;
  columns: Readonly<Record<string, string>>;
  rows: readonly object[];
}

/** Rows of one statement: more make a text that the engine takes long to read. */
const ROWS_AT_ONCE = 10_000;

/** Makes a table of a report next to those of the snapshot. What is empty in the report is null. */
export async function addReportTable(database: Database, { name, columns, rows }: ReportRows): Promise<void> {
  const typed = Object.entries(columns).map(([column, type]) => `"${column}" ${type}`);
  await database.run(`create table ${name} (${typed.join(', ')})`);
  const struct = fixed(typed.join(', '));
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    const some = rows.slice(at, at + ROWS_AT_ONCE).map(withNulls);
    await database.run(
      bound`insert into ${fixed(name)}
         select unnest(${JSON.stringify(some)}::json::struct(${struct})[], max_depth := 2)`,
    );
  }
}

function withNulls(row: object): object {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [column, value === '' ? null : value]),
  );
}
