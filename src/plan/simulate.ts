import { deriveAgain } from '../analysis/derived/derive.ts';
import { DERIVED_TABLES } from '../analysis/derived/index.ts';
import type { Database } from '../analysis/engine/database.ts';
import type { Statement } from '../analysis/engine/statement.ts';
import type { DatasetName } from '../domain/dataset.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Effect } from '../domain/plan.ts';
import { tablesBehind } from '../rules/needs.ts';
import { ACTIONS } from './actions.ts';

/** The table of the snapshot that a statement writes. */
const WRITES = /^\s*(?:insert into|update|delete from) (snapshot\.\w+)/u;

const readBy = new Map<string, ReadonlySet<string>>();

/** What a query reads, without what stands behind the changes in flight: those stay as they were. */
function tablesReadBy(query: string): ReadonlySet<string> {
  const read = readBy.get(query) ?? tablesBehind([query], (table) => table !== 'in_flight');
  readBy.set(query, read);
  return read;
}

/** The tables of an analysis, which the steps of a plan are done to. */
export class Simulation {
  /** The manifest as it would be: an app that a step adds has datasets of its own. */
  readonly manifest: Manifest;
  readonly #database: Database;
  /** How often something was changed, when each table of the snapshot last was, and when each other was made. */
  #changes = 0;
  readonly #changedAt = new Map<string, number>();
  readonly #madeAt = new Map<string, number>();

  /** The database holds the loaded snapshot and all derived tables, and is changed from here on. */
  constructor(database: Database, manifest: Manifest) {
    this.#database = database;
    this.manifest = { ...manifest, datasets: structuredClone(manifest.datasets) };
  }

  /**
   * Does to the datasets what the steps of a phase do: all that is of one kind at once, in the order of the table of
   * actions. The derived tables follow on `derive`.
   */
  async apply(effects: readonly Effect[]): Promise<void> {
    for (const [kind, { needs = '', completes = [], simulate }] of Object.entries(ACTIONS)) {
      const those = effects.filter((effect) => effect.kind === kind);
      if (those.length === 0) continue;
      if (needs !== '') await this.derive([needs]);
      for (const name of completes) this.#complete(name);
      await this.#run((simulate as (effects: readonly Effect[]) => readonly Statement[])(those));
    }
  }

  /** Makes the derived tables that queries read again, where something has changed since they were made. */
  async derive(queries: readonly string[]): Promise<void> {
    const read = new Set(queries.flatMap((query) => [...tablesReadBy(query)]));
    const stale = DERIVED_TABLES.filter(
      ({ name }) => read.has(name) && this.#hasChangedSince(this.#madeAt.get(name) ?? 0, name),
    );
    await deriveAgain(this.#database, stale);
    for (const { name } of stale) this.#madeAt.set(name, this.#changes);
  }

  /** True where a table that a query reads, or one behind it, is not as it was before the first step. */
  hasChanged(query: string): boolean {
    return this.#hasChangedSince(0, query);
  }

  #hasChangedSince(changes: number, query: string): boolean {
    if (changes === this.#changes) return false;
    return [...tablesReadBy(query)].some((table) => (this.#changedAt.get(table) ?? 0) > changes);
  }

  async #run(statements: readonly Statement[]): Promise<void> {
    this.#changes += 1;
    for (const statement of statements) {
      await this.#database.run(statement);
      const table = WRITES.exec(statement.texts.join(' '))?.[1];
      if (table !== undefined) this.#changedAt.set(table, this.#changes);
    }
  }

  #complete(name: DatasetName): void {
    const dataset = this.manifest.datasets[name];
    if (dataset.completeness === 'complete') return;
    this.manifest.datasets[name] = { ...dataset, completeness: 'complete', reason: '' };
  }
}
