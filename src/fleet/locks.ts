import type { Client } from 'pg';

/** Keeps our locks apart from those of others in the same database. */
const SEED = 7_303_014;

/** Advisory locks of one worker, on a session of its own: they end with the worker, whatever ends it. */
export interface LockSession {
  /** False where somebody else holds it, or the database cannot be reached. */
  take(key: string): Promise<boolean>;
  release(key: string): Promise<void>;
  /**
   * Shows the server that this worker lives, and takes up a session that was lost with all its locks. `held`: false while
   * there is none, and nothing is known. `lost`: keys that somebody else took meanwhile.
   */
  keep(): Promise<{ held: boolean; lost: string[] }>;
  close(): Promise<void>;
}

export interface LockOptions {
  connect: () => Promise<Client>;
  /** After this silence the server ends the session, and with it the locks of a worker that stands still. */
  silenceMs: number;
}

/** Opens the session. */
export async function openLocks({ connect, silenceMs }: LockOptions): Promise<LockSession> {
  const keys = new Set<string>();
  let client: Client | null = null;
  /** One query at a time: the driver takes no more of one connection. */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };

  const open = async () => {
    const opened = await connect();
    const drop = () => {
      if (client === opened) client = null;
    };
    opened.on('error', drop);
    opened.on('end', drop);
    // PostgreSQL 13 does not know it: there a worker that stands still keeps its locks until it goes on or ends.
    await opened.query(`set idle_session_timeout = ${Math.round(silenceMs)}`).catch(() => {});
    client = opened;
    return opened;
  };
  const tryLock = async (on: Client, key: string) => {
    const { rows } = await on.query('select pg_try_advisory_lock(hashtextextended($1, $2)) as taken', [
      key,
      SEED,
    ]);
    return rows[0]?.taken === true;
  };
  await open();
  return {
    take: (key) =>
      inTurn(async () => {
        if (client === null || keys.has(key)) return false;
        try {
          if (!(await tryLock(client, key))) return false;
        } catch {
          return false;
        }
        keys.add(key);
        return true;
      }),
    release: (key) =>
      inTurn(async () => {
        if (!keys.delete(key) || client === null) return;
        await client
          .query('select pg_advisory_unlock(hashtextextended($1, $2))', [key, SEED])
          .catch(() => {});
      }),
    keep: () =>
      inTurn(async () => {
        try {
          if (client !== null) {
            await client.query('select 1');
            return { held: true, lost: [] };
          }
        } catch {
          client = null;
        }
        let opened: Client | null = null;
        try {
          opened = await open();
          const lost: string[] = [];
          for (const key of keys) if (!(await tryLock(opened, key))) lost.push(key);
          for (const key of lost) keys.delete(key);
          return { held: true, lost };
        } catch {
          // A session with some of the locks is none.
          client = null;
          opened?.end().catch(() => {});
          return { held: false, lost: [] };
        }
      }),
    async close() {
      const last = client;
      client = null;
      await last?.end().catch(() => {});
    },
  };
}
