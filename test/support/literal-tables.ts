import { createHash } from 'node:crypto';
import { deriveTables, tablesReadBy } from '../../src/analysis/derived/derive.ts';
import { type Database, openDatabase, sqlText } from '../../src/analysis/engine/database.ts';
import { loadedColumns, loadSnapshot, snapshotTable } from '../../src/analysis/engine/load.ts';
import { DATASET_NAMES, DATASETS, type DatasetName } from '../../src/domain/dataset.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import type { Memory } from '../../src/domain/memory.ts';
import type { Job } from '../../src/domain/rule.ts';

/** What a world is judged with, and the query whose tables it needs. */
export interface Asked {
  job: Job;
  memory: Memory;
  sql: string;
}

interface Tables {
  database: Database;
  /** What each table was made of; one that would be made of the same is not made again. */
  madeOf: Map<string, string>;
}

/**
 * One database for all worlds of a test process. Opening one, writing a snapshot for it and loading that takes four
 * times as long as what a rule case is about.
 */
let tables: Promise<Tables> | undefined;

/** Ends when the world that was last asked for is done with: there is one database, so one world at a time. */
let before: Promise<unknown> = Promise.resolve();

/** Puts the rows of a world into the process's database, derives what the query reads, and asks. */
export function inTables<Answer>(
  rows: Readonly<Record<DatasetName, readonly unknown[]>>,
  manifest: Manifest,
  asked: Asked,
  ask: (database: Database) => Promise<Answer>,
): Promise<Answer> {
  const turn = before.then(async () => {
    tables ??= openEmpty(manifest);
    const { database, madeOf } = await tables;
    try {
      await fill(database, madeOf, rows);
      await derive(database, madeOf, manifest, asked);
      return await ask(database);
    } catch (error) {
      // Nobody knows how far it came.
      tables = undefined;
      await database.close();
      throw error;
    }
  });
  before = turn.catch(() => undefined);
  return turn;
}

/** The tables of a snapshot in which nothing was read. */
async function openEmpty(manifest: Manifest): Promise<Tables> {
  // Worlds are small: more threads would only wait for each other.
  const database = await openDatabase({ threads: 1 });
  const datasets = Object.fromEntries(
    DATASET_NAMES.map((name) => [name, { ...manifest.datasets[name], rows: 0, sha256: null }]),
  ) as Manifest['datasets'];
  const path = () => {
    throw new Error('Nothing was read.');
  };
  await loadSnapshot(database, { dir: '', hash: '', path, manifest: { ...manifest, datasets } });
  return { database, madeOf: new Map() };
}

/** As JSON, which the database reads by the same code as the files of a snapshot. */
async function fill(
  database: Database,
  madeOf: Map<string, string>,
  rows: Readonly<Record<DatasetName, readonly unknown[]>>,
): Promise<void> {
  const statements: string[] = [];
  for (const name of DATASET_NAMES) {
    const table = snapshotTable(name);
    const json = JSON.stringify(rows[name]);
    if (!becomes(madeOf, table, json)) continue;
    const keys = rows[name].map((row) =>
      DATASETS[name].key.map((column) => (row as never)[column]).join('\0'),
    );
    if (new Set(keys).size < keys.length) throw new Error(`${name} has a row twice: seal that world.`);
    statements.push(`truncate ${table}`);
    if (rows[name].length === 0) continue;
    const written = Object.entries<string>(DATASETS[name].columns).map(
      ([column, type]) => `${column} ${type}`,
    );
    statements.push(
      `insert into ${table} by name
       select ${loadedColumns(name).map(({ column, value }) => `${value} as ${column}`)}
       from (select unnest(${sqlText(json)}::json::struct(${written})[], max_depth := 2))`,
    );
  }
  if (statements.length > 0) await database.run(statements.join(';\n'));
}

/** Makes the tables that the query reads, except those that stand on the rows on which they stood before. */
async function derive(
  database: Database,
  madeOf: Map<string, string>,
  manifest: Manifest,
  { job, memory, sql }: Asked,
): Promise<void> {
  const context = JSON.stringify([job, memory, manifest.began, manifest.settings]);
  const needed = tablesReadBy([sql]).filter((table) => {
    const words = new Set(table.sql.match(/[a-z_]+/gu));
    const standsOn = [...madeOf].filter(([name]) => words.has(name.replace('snapshot.', '')));
    return becomes(madeOf, table.name, JSON.stringify([context, ...standsOn]));
  });
  await deriveTables(database, manifest, { job, memory }, needed);
}

/** Whether the table is to be made of this now, and was made of something else before. */
function becomes(madeOf: Map<string, string>, table: string, of: string): boolean {
  const hash = createHash('sha1').update(of).digest('hex');
  if (madeOf.get(table) === hash) return false;
  madeOf.set(table, hash);
  return true;
}
