import { Socket } from 'node:net';
import type { Knex } from 'knex';
import type { Client } from 'pg';
import type QueryStream from 'pg-query-stream';
import { IncompleteRead } from '../../domain/errors.ts';
import { driverError, explainFailure, reasonOf } from './store-failure.ts';
import { parseStoreUrl, type StoreUrl } from './store-url.ts';

export interface StoreTimeouts {
  connectMs: number;
  /** For one answer of the store: a short query, or one batch of a long one. */
  statementMs: number;
  /** How much longer than the store itself we wait for its time-out: a dead network sends no error. */
  graceMs: number;
}

const TIMEOUTS: StoreTimeouts = { connectMs: 10_000, statementMs: 600_000, graceMs: 30_000 };

const BATCH_ROWS = 1000;

/** Bytes of one answer. A batch has a few hundred kilobytes; a server that sends on and on is none. */
const MOST_ANSWER_BYTES = 64 * 1024 * 1024;
const LOOK_EVERY_MS = 20;

type StoreRow = Record<string, unknown>;

/** One read-only transaction on the Opti ID store, and with it one unchanging view of the store. */
export interface StoreConnection {
  /** Host, port and database. */
  readonly shown: string;
  /** A short query; `?` stands for a value. */
  query(sql: string, values?: readonly unknown[]): Promise<StoreRow[]>;
  /**
   * The rows of a long query, in batches; the next batch is fetched when the last one has been taken.
   *
   * @throws IncompleteRead when the store stops before the end; the transaction is then of no more use, unless it was a
   * value that the store itself cannot read
   */
  stream(sql: string, values?: readonly unknown[]): AsyncGenerator<StoreRow[], void, undefined>;
  /** Why the transaction can no longer read, or null while it can. */
  readonly failure: string | null;
  /** Rolls back and disconnects. Never throws. */
  close(): Promise<void>;
}

const SILENT = { debug() {}, warn() {}, error() {}, deprecate() {} };

/** Resolves to `late` when the promise takes too long; leaves no timer behind. */
async function within<T, L>(ms: number, promise: Promise<T>, late: L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<L>((resolve) => {
    timer = setTimeout(() => resolve(late), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

const LATE = Symbol('late');

/** The answer, unless the server sends more for it than any answer has: then the connection is closed. */
async function bounded<T>(sockets: readonly Socket[], answer: Promise<T>): Promise<T> {
  const received = () => sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  const before = received();
  let timer: NodeJS.Timeout | undefined;
  const flooded = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      if (received() - before <= MOST_ANSWER_BYTES) return;
      for (const socket of sockets) socket.destroy();
      const what = `one answer had more than ${MOST_ANSWER_BYTES / 1024 / 1024} MB`;
      reject(Object.assign(new Error(what), { code: 'EMSGSIZE' }));
    }, LOOK_EVERY_MS);
  });
  answer.catch(() => {});
  try {
    return await Promise.race([answer, flooded]);
  } finally {
    clearInterval(timer);
  }
}

/** What is wrong with a value, and not with the connection (PostgreSQL's class 22): a byte that is no text, for one. */
function isAboutData(error: unknown): boolean {
  return /^22/u.test(driverError(error).code ?? '');
}

interface OpenedStore {
  url: StoreUrl;
  db: Knex;
  trx: Knex.Transaction;
  client: Client;
  /** Resolves when the connection has ended, whoever ended it. */
  gone: Promise<void>;
  sockets: readonly Socket[];
  timeouts: StoreTimeouts;
  newStream: typeof QueryStream;
}

class ReadOnlyStore implements StoreConnection {
  readonly #opened: OpenedStore;
  #failure: string | null = null;

  constructor(opened: OpenedStore) {
    this.#opened = opened;
  }

  get shown(): string {
    return this.#opened.url.shown;
  }

  get failure(): string | null {
    return this.#failure;
  }

  async query(sql: string, values: readonly unknown[] = []): Promise<StoreRow[]> {
    const raw = this.#opened.trx.raw(sql, values as Knex.RawBinding[]);
    try {
      return ((await this.#inTime(Promise.resolve(raw))) as { rows: StoreRow[] }).rows;
    } catch (error) {
      // knex writes the statement before the message; people are to read the message.
      const statement = `${raw.toSQL().toNative().sql} - `;
      if (error instanceof Error && error.message.startsWith(statement)) {
        error.message = error.message.slice(statement.length);
      }
      throw error;
    }
  }

  async *stream(sql: string, values: readonly unknown[] = []): AsyncGenerator<StoreRow[], void, undefined> {
    const native = this.#opened.trx
      .raw(sql, values as Knex.RawBinding[])
      .toSQL()
      .toNative();
    await this.#inTime(Promise.resolve(this.#opened.trx.raw('savepoint before_rows'))).catch(
      (error: unknown) => {
        throw this.#lost(error);
      },
    );
    // Batches are taken from the stream's cursor. As a Readable it would end its life with a message to the
    // server and wait for the answer, which never comes from a connection that is gone.
    const { cursor } = this.#opened.client.query(
      new this.#opened.newStream(native.sql, [...native.bindings], { batchSize: BATCH_ROWS }),
    );
    let isOpen = true;
    try {
      while (true) {
        isOpen = false;
        const batch = await this.#nextBatch(cursor.read(BATCH_ROWS));
        if (batch.length === 0) return;
        isOpen = true;
        yield batch;
      }
    } finally {
      // Left early: an open portal would keep the next query waiting. One that failed is closed, and would not answer.
      if (isOpen && this.#failure === null) {
        await within(
          this.#opened.timeouts.graceMs,
          Promise.race([cursor.close(), this.#opened.gone]),
          undefined,
        );
      }
    }
  }

  async #nextBatch(answer: Promise<StoreRow[]>): Promise<StoreRow[]> {
    try {
      return await this.#inTime(answer);
    } catch (error) {
      if (!isAboutData(error)) throw this.#lost(error);
      await this.#inTime(Promise.resolve(this.#opened.trx.raw('rollback to savepoint before_rows'))).catch(
        (again: unknown) => {
          throw this.#lost(again);
        },
      );
      throw new IncompleteRead(`While it was read, ${reasonOf(error)}.`, error);
    }
  }

  /** The transaction reads no more. */
  #lost(error: unknown): IncompleteRead {
    this.#failure = reasonOf(error);
    return new IncompleteRead(`While it was read, ${this.#failure}.`, error);
  }

  /** The answer, unless it is late: a dead network sends no error, and the store's own time limit nothing either. */
  async #inTime<T>(answer: Promise<T>): Promise<T> {
    const lateMs = this.#opened.timeouts.statementMs + this.#opened.timeouts.graceMs;
    const given = await bounded(this.#opened.sockets, within(lateMs, answer, LATE));
    if (given !== LATE) return given;
    answer.catch(() => {});
    // Drops the socket at once, since a query is under way; an orderly goodbye would wait for its end.
    this.#opened.client.end().catch(() => {});
    throw Object.assign(new Error(`no answer for ${Math.round(lateMs / 1000)} seconds`), {
      code: 'ETIMEDOUT',
    });
  }

  async close(): Promise<void> {
    await this.#opened.trx.rollback().catch(() => {});
    await this.#opened.db.destroy().catch(() => {});
  }
}

/**
 * Loads the drivers. Nothing else happens in this process for the time that takes: where others wait for an answer it is
 * to be done before.
 */
export async function loadDrivers() {
  const [
    // A CommonJS module: Node shows its default export alone, whatever its types and test runners say.
    {
      default: { knex },
    },
    { default: newStream },
  ] = await Promise.all([import('knex'), import('pg-query-stream'), import('pg')]);
  return { knex, newStream };
}

async function connect(url: StoreUrl, connectionString: string, timeouts: StoreTimeouts) {
  const { knex, newStream } = await loadDrivers();
  // A little more than the driver's own limit, so that the driver's message is the one that arrives.
  const acquireMs = timeouts.connectMs + 2000;
  const opened: { client?: Client; gone?: Promise<void> } = {};
  const sockets: Socket[] = [];
  const db = knex({
    client: 'pg',
    // Known to be new enough once checked; asked for by knex, it would be one more query outside of the transaction.
    version: '13',
    connection: {
      connectionString,
      application_name: 'optiid-audit',
      connectionTimeoutMillis: timeouts.connectMs,
      keepAlive: true,
      // Ours to close: the driver leaves the socket open when it gives up in the middle of signing in.
      stream() {
        const socket = new Socket();
        sockets.push(socket);
        return socket;
      },
    },
    pool: {
      min: 0,
      max: 1,
      afterCreate(client: Client, done: (error: Error | null, client: Client) => void) {
        opened.client = client;
        opened.gone = new Promise((resolve) => client.once('end', resolve));
        done(null, client);
      },
    },
    acquireConnectionTimeout: acquireMs,
    compileSqlOnError: false,
    log: SILENT,
  });
  let trx: Knex.Transaction | undefined;
  const begin = async (): Promise<Knex.Transaction> => {
    trx = await db.transaction(undefined, { isolationLevel: 'repeatable read', readOnly: true });
    // Whatever else the store holds, a name without its schema is PostgreSQL's own.
    await trx.raw(`set local search_path = ''`);
    // Set inside of the transaction, which always ends in a rollback: behind a transaction pooler the server
    // connection goes on to serve others, who must not inherit a read-only session. As startup parameters
    // poolers refuse them.
    await trx.raw('set default_transaction_read_only = on');
    await trx.raw(`set local statement_timeout = ${timeouts.statementMs}`);
    // Row level security that would hide rows from this role becomes an error: a silent gap looks complete.
    await trx.raw('set local row_security = off');
    return trx;
  };
  try {
    const begun = begin();
    begun.catch(() => {});
    // Until then the store has no time limit of its own, and the driver's ends with the signing in.
    const opening = await bounded(sockets, within(acquireMs + timeouts.graceMs, begun, LATE));
    if (opening === LATE) throw new Error('operation timed out');
    const { client, gone } = opened;
    if (client === undefined || gone === undefined)
      throw new Error('knex opened a transaction without a connection');
    return new ReadOnlyStore({ url, db, trx: opening, client, gone, sockets, timeouts, newStream });
  } catch (error) {
    for (const socket of sockets) socket.destroy();
    await trx?.rollback().catch(() => {});
    await db.destroy().catch(() => {});
    throw error;
  }
}

/**
 * Connects to the store and begins the one read-only transaction in which everything is read.
 *
 * @throws AuditError that says what to correct; it never holds the password
 */
export async function openStore(
  databaseUrl: string,
  timeouts: StoreTimeouts = TIMEOUTS,
): Promise<StoreConnection> {
  const url = parseStoreUrl(databaseUrl);
  let refused: unknown;
  for (const connectionString of url.connectionStrings) {
    try {
      return await connect(url, connectionString, timeouts);
    } catch (error) {
      refused = error;
      if (!/does not support SSL/.test(String(error))) break;
    }
  }
  throw explainFailure(refused, url, timeouts);
}
