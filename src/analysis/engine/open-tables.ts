import type { Manifest } from '../../domain/manifest.ts';
import { type Memory, NO_MEMORY } from '../../domain/memory.ts';
import type { Job } from '../../domain/rule.ts';
import type { Snapshot } from '../../snapshot/open-snapshot.ts';
import { deriveTables, deriveViews, tablesReadBy } from '../derived/derive.ts';
import { DERIVED_TABLES } from '../derived/index.ts';
import { type Facts, readFacts } from '../judge/facts.ts';
import { type Database, type DatabaseOptions, openDatabase } from './database.ts';
import { databaseOptionsFor, loadSnapshot } from './load.ts';

/** A snapshot as tables: its datasets, what is derived from them, and the facts that rules are judged by. */
export interface OpenTables {
  database: Database;
  manifest: Manifest;
  facts: Facts;
}

/**
 * Loads a sealed snapshot and derives the tables that the job's rules stand on, or those that `queries` name, and
 * views in place of the others. Whoever opens it closes its database.
 */
export async function openTables(
  snapshot: Snapshot,
  job: Job,
  options: DatabaseOptions & { memory?: Memory; queries?: readonly string[] } = {},
): Promise<OpenTables> {
  const { manifest } = snapshot;
  const { memory = NO_MEMORY, queries } = options;
  const database = await openDatabase(databaseOptionsFor(snapshot, options));
  try {
    await loadSnapshot(database, snapshot);
    const tables =
      queries === undefined
        ? DERIVED_TABLES.filter(({ onlyFor = job }) => onlyFor === job)
        : tablesReadBy(queries);
    await deriveTables(database, manifest, { job, memory }, tables);
    await deriveViews(database, tables);
    return { database, manifest, facts: await readFacts(database, manifest, { job, memory }) };
  } catch (error) {
    await database.close();
    throw error;
  }
}
