import { createHash } from 'node:crypto';
import { deriveTables, tablesReadBy } from '../../src/analysis/derived/derive.ts';
import { DERIVED_TABLES } from '../../src/analysis/derived/index.ts';
import { type Database, openDatabase } from '../../src/analysis/engine/database.ts';
import { loadedColumns, loadSnapshot } from '../../src/analysis/engine/load.ts';
import { bound, fixed, type Statement } from '../../src/analysis/engine/statement.ts';
import type { Column } from '../../src/domain/column.ts';
import {
  DATASET_NAMES,
  DATASETS,
  type DatasetName,
  type DatasetState,
  snapshotTable,
} from '../../src/domain/dataset.ts';
import { MANIFEST_FORMAT, type Manifest, type ManifestDataset } from '../../src/domain/manifest.ts';
import type { Memory } from '../../src/domain/memory.ts';
import type { Job } from '../../src/domain/rule.ts';
import type { SnapshotMeta } from '../../src/snapshot/write-snapshot.ts';

/** What a snapshot holds, without a file: its rows, and a manifest that says the same of them. */
export interface UnsealedSnapshot {
  rows: Readonly<Record<DatasetName, readonly unknown[]>>;
  manifest: Manifest;
}

/** What a snapshot is judged with, and the query whose tables that needs; all tables unless given. */
export interface Asked {
  job: Job;
  memory: Memory;
  sql?: string;
}

/** What would be sealed of these rows and states. A dataset without a state is complete. */
export function unsealed(
  meta: SnapshotMeta,
  at: Date,
  rowsOf: (name: DatasetName) => readonly unknown[],
  states: ReadonlyMap<DatasetName, DatasetState>,
): UnsealedSnapshot {
  const began = at.toISOString();
  const read = DATASET_NAMES.map((name) => {
    const state = states.get(name) ?? { completeness: 'complete', reason: '' };
    const isPartOfNothing = state.completeness === 'partial' && rowsOf(name).length === 0;
    const completeness = isPartOfNothing ? 'unread' : state.completeness;
    const hasFile = completeness === 'complete' || completeness === 'partial';
    return { name, completeness, reason: state.reason, hasFile, rows: hasFile ? rowsOf(name) : [] };
  });
  const datasets = read.map(
    ({ name, completeness, reason, hasFile, rows }): [DatasetName, ManifestDataset] => [
      name,
      {
        file: DATASETS[name].file,
        completeness,
        reason,
        rows: rows.length,
        requests: 0,
        began: hasFile ? began : null,
        ended: hasFile ? began : null,
        sha256: hasFile ? '0'.repeat(64) : null,
      },
    ],
  );
  return {
    rows: Object.fromEntries(
      read.map(({ name, rows }) => [name, rows]),
    ) as unknown as UnsealedSnapshot['rows'],
    manifest: {
      ...meta,
      opti_id_source: meta.opti_id_source ?? 'database',
      format: MANIFEST_FORMAT,
      began,
      ended: began,
      carried_over: null,
      proofs: meta.proofs ?? null,
      datasets: Object.fromEntries(datasets) as Manifest['datasets'],
    },
  };
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

/** Ends when what was last put into the database is done with: there is one, so that nobody else may use it then. */
let before: Promise<unknown> = Promise.resolve();

/**
 * Puts the rows into the process's database, derives what the query reads, and asks. `madeOf` tells tables apart by what
 * they were made of.
 */
export function inTables<Answer>(
  { rows, manifest }: UnsealedSnapshot,
  asked: Asked,
  ask: (database: Database, madeOf: ReadonlyMap<string, string>) => Promise<Answer>,
): Promise<Answer> {
  const turn = before.then(async () => {
    tables ??= openEmpty(manifest);
    const { database, madeOf } = await tables;
    try {
      await fill(database, madeOf, rows);
      await derive(database, madeOf, manifest, asked);
      return await ask(database, madeOf);
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
  const statements: Statement[] = [];
  for (const name of DATASET_NAMES) {
    const table = snapshotTable(name);
    const json = JSON.stringify(rows[name]);
    if (!becomes(madeOf, table, json)) continue;
    const columns = Object.entries<Column>(DATASETS[name].columns);
    const key = columns.filter(([, { isKey }]) => isKey).map(([column]) => column);
    const keys = rows[name].map((row) => key.map((column) => (row as never)[column]).join('\0'));
    if (new Set(keys).size < keys.length) throw new Error(`${name} has a row twice: seal that world.`);
    statements.push(bound`truncate ${fixed(table)}`);
    if (rows[name].length === 0) continue;
    const written = columns.map(([column, { type }]) => `${column} ${type}`);
    statements.push(
      bound`insert into ${fixed(table)} by name
       select ${fixed(`${loadedColumns(name).map(({ column, value }) => `${value} as ${column}`)}`)}
       from (select unnest(${json}::json::struct(${fixed(`${written}`)})[], max_depth := 2))`,
    );
  }
  for (const statement of statements) await database.run(statement);
}

/** Makes the tables that the query reads, except those that stand on the rows on which they stood before. */
async function derive(
  database: Database,
  madeOf: Map<string, string>,
  manifest: Manifest,
  { job, memory, sql }: Asked,
): Promise<void> {
  const { opti_organization_id, opti_id_source, began, settings } = manifest;
  becomes(
    madeOf,
    'audit_context',
    JSON.stringify([opti_organization_id, opti_id_source, job, began, settings]),
  );
  becomes(madeOf, 'remembered_pair', JSON.stringify(memory.groupPairs));
  becomes(madeOf, 'baseline_grant', JSON.stringify(memory.baseline));
  becomes(madeOf, 'baseline_account', JSON.stringify(memory.baseline));
  const needed = sql === undefined ? DERIVED_TABLES : tablesReadBy([sql]);
  const changed = needed.filter((table) => {
    const words = new Set(table.sql.match(/[a-z_]+/gu));
    const standsOn = [...madeOf].filter(([name]) => words.has(name.replace('snapshot.', '')));
    return becomes(madeOf, table.name, JSON.stringify([table.sql, standsOn]));
  });
  await deriveTables(database, manifest, { job, memory }, changed);
}

/** Whether the table is to be made of this now, and was made of something else before. */
function becomes(madeOf: Map<string, string>, table: string, of: string): boolean {
  const hash = createHash('sha1').update(of).digest('hex');
  if (madeOf.get(table) === hash) return false;
  madeOf.set(table, hash);
  return true;
}
