import type { StoreSettings } from '../../config/config.ts';
import type { DatasetRow, SnapshotSink } from '../../domain/dataset.ts';
import { IncompleteRead } from '../../domain/errors.ts';
import {
  hasId,
  MOST_TEXT_CHARACTERS,
  STORE_VIEWS,
  type StoreColumn,
  type StoreView,
  selectFrom,
  selectRepeatedIds,
} from '../store-contract.ts';
import { requireContract } from './check-store.ts';
import { openStore, type StoreConnection, type StoreTimeouts } from './connection.ts';
import { explainQueryFailure } from './store-failure.ts';

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
      return Array.isArray(raw) && raw.every((item) => typeof item === 'string' && !isTooLong(item))
        ? raw.map((item) => item.toWellFormed())
        : undefined;
    default: {
      if (typeof raw !== 'string' || isTooLong(raw) || (column.isKey && raw === '')) return undefined;
      return column.values?.includes(raw) === false ? undefined : raw.toWellFormed();
    }
  }
}

/** PostgreSQL counts characters, JavaScript counts a rare one as two. */
function isTooLong(text: string): boolean {
  return text.length > MOST_TEXT_CHARACTERS && [...text].length > MOST_TEXT_CHARACTERS;
}

/**
 * What a null stands for: nothing, or an empty list or text. Undefined where it is an unknown value, which is no
 * value at all.
 */
function readNull(
  { isNullable, type, emptyWhen: state }: StoreColumn,
  raw: Record<string, unknown>,
): unknown {
  if (isNullable) return null;
  if (type === 'text[]') return [];
  return state !== undefined && raw[state.column] === state.is ? '' : undefined;
}

/**
 * A row of the store as a row of the snapshot.
 *
 * @throws IncompleteRead for a value that is unknown (null) or means nothing to the audit: a guess in its place
 * would be taken for a fact by every rule
 */
function readRow(view: StoreView, raw: Record<string, unknown>): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const column of view.columns) {
    if (column.as === null) continue;
    const value = raw[column.as] ?? null;
    const read = value === null ? readNull(column, raw) : readValue(column, value);
    if (read === undefined) {
      const keys = view.columns.filter(({ isKey }) => isKey);
      const named = keys.map((one) => `${one.column} ${shown(raw[one.as ?? ''])}`).join(', ');
      throw new IncompleteRead(
        `${view.name}.${column.column} ${whyUnreadable(column, value)} in the row with ${named}.`,
      );
    }
    row[column.as] = read;
  }
  return row;
}

function whyUnreadable({ values, type, isKey }: StoreColumn, value: unknown): string {
  if (value === null) return 'is null';
  if (value === '' && isKey) return 'is empty';
  if ([value].flat().some((text) => typeof text === 'string' && isTooLong(text))) {
    return `has more than ${MOST_TEXT_CHARACTERS} characters`;
  }
  return values === undefined
    ? `is ${shown(value)}, which is not a value of type ${type},`
    : `is ${shown(value)}, which is none of ${values.join(', ')},`;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? '').slice(0, 80);
}

/** An id that two rows have names neither: which of them counts would be a guess. */
async function refuseRepeatedIds(
  connection: StoreConnection,
  schema: string,
  view: StoreView,
  values: readonly unknown[],
): Promise<void> {
  if (!hasId(view)) return;
  const ids: string[] = [];
  for await (const batch of connection.stream(selectRepeatedIds(schema, view), values)) {
    ids.push(...batch.map(({ id }) => shown(id)));
  }
  if (ids.length === 0) return;
  throw new IncompleteRead(
    `${view.name} has several rows with the same id (${ids.join(', ')}): an id must name one row. Correct the view.`,
  );
}

async function readViews(
  connection: StoreConnection,
  store: StoreSettings,
  sink: SnapshotSink,
  present: readonly StoreView[],
): Promise<void> {
  for (const view of STORE_VIEWS) {
    const { dataset } = view;
    if (!present.includes(view)) {
      sink.notApplicable(dataset, `the store has no view ${view.name}, which is optional`);
      continue;
    }
    if (connection.failure !== null) {
      sink.unread(dataset, `Not read, because ${connection.failure}.`);
      continue;
    }
    await sink.collect(dataset, async (writer) => {
      writer.countRequest();
      const values = view.scope === 'all' ? [] : [store.organizationId];
      for await (const batch of connection.stream(selectFrom(store.schema, view), values)) {
        for (const raw of batch) {
          // The compiler proved the columns, readRow the values.
          await writer.write(readRow(view, raw) as unknown as DatasetRow<typeof dataset>);
        }
      }
      await refuseRepeatedIds(connection, store.schema, view, values);
    });
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
  timeouts,
}: {
  store: StoreSettings;
  sink: SnapshotSink;
  timeouts?: StoreTimeouts;
}): Promise<void> {
  const connection = await openStore(store.databaseUrl, timeouts);
  try {
    const present = await requireContract(connection, store).catch((error: unknown) => {
      throw explainQueryFailure(error, connection.shown);
    });
    await readViews(connection, store, sink, present);
  } finally {
    await connection.close();
  }
}
