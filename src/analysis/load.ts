import { DATASET_NAMES, DATASETS, type DatasetName } from '../domain/dataset.ts';
import type { Snapshot } from '../snapshot/open-snapshot.ts';
import { type Database, type DatabaseOptions, sqlText } from './database.ts';

/** Table of a dataset as it was read: `okta.groupPushMappings` is `snapshot.okta_group_push_mappings`. */
export function snapshotTable(name: DatasetName): string {
  const table = name.replace('.', '_').replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
  return `snapshot.${table}`;
}

/** Below this many rows threads wait for each other longer than they work. */
const ROWS_FOR_THREADS = 200_000;

/** DuckDB options fit for the size of a snapshot, under those given. */
export function databaseOptionsFor({ manifest }: Snapshot, given: DatabaseOptions = {}): DatabaseOptions {
  const rows = DATASET_NAMES.reduce((sum, name) => sum + manifest.datasets[name].rows, 0);
  return { ...(rows < ROWS_FOR_THREADS ? { threads: 1 } : {}), ...given };
}

/** Loads datasets of the snapshot, each into its own table; one that was not read becomes an empty table. */
export async function loadSnapshot(
  database: Database,
  snapshot: Snapshot,
  names: readonly DatasetName[] = DATASET_NAMES,
): Promise<void> {
  await database.run('create schema snapshot');
  for (const name of names) await loadDataset(database, snapshot, name);
  // From here on nothing outside the loaded tables can be read, whatever a query says.
  await database.run('set enable_external_access = false');
}

async function loadDataset(database: Database, snapshot: Snapshot, name: DatasetName): Promise<void> {
  const definition = DATASETS[name];
  const columns = Object.entries<string>(definition.columns);
  const table = snapshotTable(name);
  const dataset = snapshot.manifest.datasets[name];
  if (dataset.sha256 === null || dataset.rows === 0) {
    await database.run(
      `create table ${table} (${columns.map(([column, type]) => `${column} ${type}`).join(', ')})`,
    );
    return;
  }
  const columnList = columns.map(([column, type]) => `${column}: ${sqlText(type)}`).join(', ');
  await database.run(
    `create table ${table} as select * from read_json(${sqlText(snapshot.path(name))},
       format = 'newline_delimited', compression = 'gzip', maximum_object_size = 67108864,
       columns = {${columnList}})`,
  );
  await keepOneRowPerKey(
    database,
    table,
    definition.key,
    columns.map(([column]) => column),
  );
}

/** A listing that shifts while it is read, or that had to start again, brings some rows twice. */
async function keepOneRowPerKey(
  database: Database,
  table: string,
  key: readonly string[],
  columns: readonly string[],
): Promise<void> {
  const keys = key.join(', ');
  const [twice] = await database.all(
    `select 1 as found from ${table} group by ${keys} having count(*) > 1 limit 1`,
  );
  if (!twice) return;
  await database.run(
    `create or replace table ${table} as
     select * from ${table}
     qualify row_number() over (partition by ${keys} order by ${columns.join(', ')}) = 1`,
  );
}
