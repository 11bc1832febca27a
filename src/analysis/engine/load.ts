import type { Column } from '../../domain/column.ts';
import { DATASET_NAMES, DATASETS, type DatasetName, snapshotTable } from '../../domain/dataset.ts';
import { AuditError } from '../../domain/errors.ts';
import type { Snapshot } from '../../snapshot/open-snapshot.ts';
import type { Database, DatabaseOptions, Sql, SqlRow } from './database.ts';
import { bound, fixed } from './statement.ts';

/** Below this many rows threads wait for each other longer than they work: whole statements run side by side instead. */
const ROWS_FOR_THREADS = 200_000;
const LANES_OF_SMALL = 2;

/** DuckDB options fit for the size of a snapshot, under those given. */
export function databaseOptionsFor({ manifest }: Snapshot, given: DatabaseOptions = {}): DatabaseOptions {
  const rows = DATASET_NAMES.reduce((sum, name) => sum + manifest.datasets[name].rows, 0);
  return { ...(rows < ROWS_FOR_THREADS ? { threads: 1, lanes: LANES_OF_SMALL } : {}), ...given };
}

/** Loads datasets of the snapshot, each into its own table; one that was not read becomes an empty table. */
export async function loadSnapshot(
  database: Database,
  snapshot: Snapshot,
  names: readonly DatasetName[] = DATASET_NAMES,
): Promise<void> {
  await database.run('create schema snapshot');
  // The longest first: it alone takes as long as all others.
  const longestFirst = [...names].sort(
    (a, b) => snapshot.manifest.datasets[b].rows - snapshot.manifest.datasets[a].rows,
  );
  await database.runSideBySide(longestFirst.map((name) => createTable(snapshot, name))).catch((error) => {
    throw unreadable(snapshot, error);
  });
  await requireRows(database, snapshot, names);
  // From here on nothing outside the loaded tables can be read, whatever a query says.
  await database.run('set enable_external_access = false');
  await database.run('set lock_configuration = true');
}

/** What the engine cannot read of a file is not the run's fault, but that of the file; its memory or disk are another matter. */
function unreadable({ dir }: Snapshot, error: unknown): unknown {
  if (!(error instanceof Error) || !/^(?:Invalid Input|Conversion) Error/u.test(error.message)) return error;
  return damaged(`The snapshot ${dir} is damaged: a row of it cannot be loaded.`, error);
}

/**
 * The engine must have found as many rows as were written: what a file does not give would count as not there. A listing
 * that shifts while it is read, or that had to start again, brings some rows twice: each key is kept once. One number
 * for two ids would give somebody another's memberships: once in millions of runs, and then not silently.
 */
async function requireRows(
  database: Database,
  { dir, manifest }: Snapshot,
  names: readonly DatasetName[],
): Promise<void> {
  for (const { name, rows, keys } of await countRows(database, manifest, names)) {
    const said = manifest.datasets[name].rows;
    if (rows !== said) {
      throw damaged(
        `The snapshot ${dir} is damaged: ${name} holds ${rows} rows, and its manifest counts ${said}.`,
      );
    }
    if (rows === keys) continue;
    const kept = await keepOneRowPerKey(database, name);
    if (NAMED_BY_NUMBER.includes(name) && kept !== keys) {
      throw new Error(`Two ids of ${name} have the same number, so memberships cannot be told apart.`);
    }
  }
}

interface Counted {
  name: DatasetName;
  rows: number;
  /** Keys by a number of each, of half the size: that two share one costs a look at all of them, and nothing else. */
  keys: number;
}

/** In one statement, but for datasets so large that they would not fit side by side. */
async function countRows(
  database: Database,
  { datasets }: Snapshot['manifest'],
  names: readonly DatasetName[],
): Promise<Counted[]> {
  const isLarge = (name: DatasetName) => datasets[name].rows >= ROWS_FOR_THREADS;
  const lots = [names.filter((name) => !isLarge(name)), ...names.filter(isLarge).map((name) => [name])];
  const counted: SqlRow[] = [];
  for (const lot of lots.filter(({ length }) => length > 0)) {
    const counts = lot.map(
      (name) =>
        `select '${name}' as name, count(*) as rows, ${datasets[name].rows < 2 ? 'count(*)' : `count(distinct hash(${keysOf(name)}))`} as keys from ${snapshotTable(name)}`,
    );
    counted.push(...(await database.all(`${counts.join(' union all ')} order by name`)));
  }
  return counted as unknown as Counted[];
}

function damaged(message: string, cause?: unknown): AuditError {
  return new AuditError(message, { hint: 'Copy the snapshot again from where it was collected.', cause });
}

/** Datasets of memberships: nothing but ids, which are loaded as numbers (see `DerivedTable`). */
const NUMBERED: readonly DatasetName[] = ['okta.groupMembers', 'optiId.groupMembers'];

/** Whose ids memberships name by number. */
const NAMED_BY_NUMBER: readonly DatasetName[] = [
  'okta.users',
  'okta.groups',
  'optiId.users',
  'optiId.groups',
];

interface LoadedColumn {
  column: string;
  type: string;
  means: string;
  /** The expression that makes it of the written column. */
  value: string;
  isKey: boolean;
}

/** What a table of the loaded dataset has for each of the dataset's columns. */
export function loadedColumns(name: DatasetName): LoadedColumn[] {
  return Object.entries<Column>(DATASETS[name].columns).map(([written, { type, means, isKey = false }]) =>
    NUMBERED.includes(name)
      ? {
          column: written.replace(/_id$/u, '_no'),
          type: 'UBIGINT',
          means: `${means}, as a number`,
          value: `id_no(${written})`,
          isKey,
        }
      : { column: written, type, means, value: written, isKey },
  );
}

/** The columns that name a row, as a list. */
function keysOf(name: DatasetName): string {
  const keys = loadedColumns(name).filter(({ isKey }) => isKey);
  return keys.map(({ column }) => column).join(', ');
}

function createTable(snapshot: Snapshot, name: DatasetName): Sql {
  const loaded = loadedColumns(name);
  const table = snapshotTable(name);
  const dataset = snapshot.manifest.datasets[name];
  if (dataset.sha256 === null) {
    return `create table ${table} (${loaded.map(({ column, type }) => `${column} ${type}`).join(', ')})`;
  }
  const values = loaded.map(({ column, value }) => `${value} as ${column}`).join(', ');
  const written = Object.entries<Column>(DATASETS[name].columns)
    .map(([column, { type }]) => `${column}: '${type}'`)
    .join(', ');
  return bound`create table ${fixed(table)} as
     select ${fixed(values)}
     from read_json(${snapshot.path(name)},
       format = 'newline_delimited', compression = 'gzip', maximum_object_size = 67108864,
       columns = {${fixed(written)}})`;
}

/** How many rows are left. */
async function keepOneRowPerKey(database: Database, name: DatasetName): Promise<number> {
  const table = snapshotTable(name);
  const columns = loadedColumns(name).map(({ column }) => column);
  await database.run(
    `create or replace table ${table} as
     select * from ${table}
     qualify row_number() over (partition by ${keysOf(name)} order by ${columns.join(', ')}) = 1`,
  );
  const [kept] = await database.all(`select count(*) as rows from ${table}`);
  return Number(kept?.rows);
}
