import type { StoreSettings } from '../config/config.ts';
import type { DatasetRow, SnapshotSink } from '../domain/dataset.ts';
import { IncompleteRead } from '../domain/errors.ts';
import { requireContract } from './check-store.ts';
import { openStore, type StoreConnection, type StoreTimeouts } from './connection.ts';
import { STORE_VIEWS, type StoreDatasetName, type StoreView, selectFrom } from './store-contract.ts';
import { explainQueryFailure } from './store-failure.ts';

/** How far a dataset has been read; comes after each batch and once at its end. */
export interface StoreProgress {
  dataset: StoreDatasetName;
  rows: number;
  done: boolean;
}

type StoreColumn = StoreView['columns'][string];

const LARGEST_INTEGER = 2_147_483_647;

function readValue(column: StoreColumn, raw: unknown): unknown {
  switch (column.type) {
    case 'boolean':
      return typeof raw === 'boolean' ? raw : undefined;
    case 'integer': {
      const value = Number(raw);
      return Number.isInteger(value) && Math.abs(value) <= LARGEST_INTEGER ? value : undefined;
    }
    case 'text[]':
      return Array.isArray(raw) && raw.every((item) => typeof item === 'string')
        ? raw.map((item) => item.toWellFormed())
        : undefined;
    default: {
      if (typeof raw !== 'string') return undefined;
      if (column.values !== undefined && !column.values.includes(raw)) return undefined;
      return raw.toWellFormed();
    }
  }
}

/** Which row is meant: by the ids that it cannot do without. */
function nameRow(view: StoreView, raw: Record<string, unknown>): string {
  const ids = Object.entries(view.columns)
    .filter(([key, { nulls }]) => key.startsWith('opti_') && nulls === 'refused')
    .map(([key, { column }]) => `${column} ${JSON.stringify(raw[key])}`);
  return `the row with ${ids.join(', ')}`;
}

/**
 * A row of the store as a row of the snapshot.
 *
 * @throws IncompleteRead for a value that is unknown (null) or means nothing to the audit: a guess in its place
 * would be taken for a fact by every rule
 */
function readRow(view: StoreView, raw: Record<string, unknown>): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [key, column] of Object.entries(view.columns)) {
    if (key === 'organization_id') continue;
    const value = raw[key];
    const unreadable = (what: string) =>
      new IncompleteRead(`${view.name}.${column.column} ${what} in ${nameRow(view, raw)}.`);
    if (value === null || value === undefined) {
      const { nullAllowedWhen: state } = column;
      if (column.nulls === 'allowed') row[key] = null;
      else if (column.nulls === 'empty') row[key] = [];
      else if (state !== undefined && raw[state.column] === state.is) row[key] = '';
      else throw unreadable('is null');
      continue;
    }
    if (value === '' && key.startsWith('opti_')) throw unreadable('is empty');
    const read = readValue(column, value);
    if (read === undefined) {
      const shown = JSON.stringify(value).slice(0, 80);
      throw unreadable(
        column.values === undefined
          ? `is ${shown}, which is not a value of type ${column.type},`
          : `is ${shown}, which is none of ${column.values.join(', ')},`,
      );
    }
    row[key] = read;
  }
  return row;
}

async function readViews(
  connection: StoreConnection,
  store: StoreSettings,
  sink: SnapshotSink,
  onProgress: (progress: StoreProgress) => void,
): Promise<void> {
  for (const view of STORE_VIEWS) {
    const { dataset } = view;
    if (connection.failure !== null) {
      sink.unread(dataset, `Not read, because ${connection.failure}.`);
      continue;
    }
    let rows = 0;
    await sink.collect(dataset, async (writer) => {
      writer.countRequest();
      const values = view.scope === 'all' ? [] : [store.organizationId];
      for await (const batch of connection.stream(selectFrom(store.schema, view), values)) {
        for (const raw of batch) {
          // The compiler proved the columns, readRow the values.
          await writer.write(readRow(view, raw) as unknown as DatasetRow<typeof dataset>);
          rows += 1;
        }
        onProgress({ dataset, rows, done: false });
      }
    });
    onProgress({ dataset, rows, done: true });
  }
}

/**
 * Reads the Opti ID store into the snapshot: the contract is checked, then every dataset is streamed, all in one
 * read-only transaction, so that the datasets belong together.
 *
 * When the store stops in the middle, the dataset under way becomes partial or unread and the rest unread;
 * nothing is thrown. A value that cannot be understood ends its own dataset only.
 *
 * @throws AuditError when nothing can be read: no connection, views missing or denied, unknown organization
 */
export async function collectStore({
  store,
  sink,
  onProgress = () => {},
  timeouts,
}: {
  store: StoreSettings;
  sink: SnapshotSink;
  onProgress?: (progress: StoreProgress) => void;
  timeouts?: StoreTimeouts;
}): Promise<void> {
  const connection = await openStore(store.databaseUrl, timeouts);
  try {
    try {
      await requireContract(connection, store);
    } catch (error) {
      throw explainQueryFailure(error, connection.shown);
    }
    await readViews(connection, store, sink, onProgress);
  } finally {
    await connection.close();
  }
}
