import type {
  DatasetName,
  DatasetRow,
  DatasetRows,
  DatasetState,
  DatasetWriter,
  SnapshotSink,
} from '../../src/domain/dataset.ts';
import { IncompleteRead } from '../../src/domain/errors.ts';

/** Keeps what readers write in memory. */
export class MemorySink implements SnapshotSink {
  readonly states = new Map<DatasetName, DatasetState>();
  readonly requests = new Map<DatasetName, number>();
  readonly #rows = new Map<DatasetName, unknown[]>();
  readonly #onWrite: (name: DatasetName, rows: number) => void | Promise<void>;

  /** @param onWrite waited for after each row: to slow a reader down, or to change the world meanwhile */
  constructor(onWrite: (name: DatasetName, rows: number) => void | Promise<void> = () => {}) {
    this.#onWrite = onWrite;
  }

  rows<Name extends DatasetName>(name: Name): DatasetRow<Name>[] {
    return (this.#rows.get(name) ?? []) as DatasetRow<Name>[];
  }

  /** The rows as they are read back from a file. */
  async *readBack<Name extends DatasetName>(name: Name): AsyncGenerator<DatasetRow<Name>, void, undefined> {
    yield* this.rows(name);
  }

  async collect<Name extends DatasetName>(
    name: Name,
    read: (writer: DatasetWriter<DatasetRows[Name]>) => Promise<void>,
  ): Promise<DatasetState> {
    if (this.states.has(name) || this.#rows.has(name)) throw new Error(`${name} is collected twice.`);
    const rows: unknown[] = [];
    this.#rows.set(name, rows);
    this.requests.set(name, 0);
    try {
      await read({
        write: async (row) => {
          rows.push(row);
          await this.#onWrite(name, rows.length);
        },
        countRequest: () => {
          this.requests.set(name, (this.requests.get(name) ?? 0) + 1);
        },
      });
      return this.#settle(name, { completeness: 'complete', reason: '' });
    } catch (error) {
      if (!(error instanceof IncompleteRead)) throw error;
      return this.#settle(name, {
        completeness: rows.length > 0 ? 'partial' : 'unread',
        reason: error.message,
      });
    }
  }

  notApplicable(name: DatasetName, reason: string): void {
    this.#settle(name, { completeness: 'not_applicable', reason });
  }

  unread(name: DatasetName, reason: string): void {
    this.#settle(name, { completeness: 'unread', reason });
  }

  downgrade(name: DatasetName, reason: string): void {
    const state = this.states.get(name);
    if (!state) throw new Error(`${name} is not settled.`);
    if (state.completeness === 'complete') this.states.set(name, { completeness: 'partial', reason });
  }

  #settle(name: DatasetName, state: DatasetState): DatasetState {
    if (this.states.has(name)) throw new Error(`${name} is settled twice.`);
    this.states.set(name, state);
    return state;
  }
}
