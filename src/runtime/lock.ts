import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdtemp, open, readFile, readlink, rm, rmdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../domain/errors.ts';

/** How often a holder shows that it lives, and after which silence one that cannot be asked is taken for dead. */
const SIGN_OF_LIFE_MS = 20_000;
export const SILENT_MINUTES = 5;
/** Nobody takes longer to write who it is; a lock that still does not say was left by a crash. */
const NAMELESS_MS = 10_000;
const RETRY_MS = 25;
const NAMELESS_RETRY_MS = 250;

/** Who holds a lock. */
export interface Holder {
  host: string;
  pid: number;
  /** When it was taken, UTC ISO-8601. */
  since: string;
}

interface Written extends Holder {
  /** Where that pid means something: of containers on one machine each counts its own. */
  pids: string;
  /** When the process started, as the system counts: another process may get the same number. */
  started: string | null;
  /** Tells two locks of one process apart. */
  token: string;
}

/** Somebody else holds the lock. */
export class Locked extends Error {
  override name = 'Locked';
  /** Null where it does not say. */
  readonly holder: Holder | null;

  constructor(path: string, holder: Holder | null) {
    super(`${path} is held by ${holder === null ? 'somebody' : `process ${holder.pid} on ${holder.host}`}.`);
    this.holder = holder;
  }
}

/** A lock that this process holds. */
export interface Lock {
  /** False when somebody took it for left behind: this process was frozen for minutes. */
  isHeld(): Promise<boolean>;
  /** May be called twice. */
  release(): Promise<void>;
}

/**
 * Takes the lock at `path`, a file that is there while somebody holds it; waits up to `patienceMs` for that. Throws
 * {@link Locked} where it is held for longer. The lock of a process of this machine that is gone counts for nothing; one that
 * does not say whose it is, is waited for: its holder is about to write that, or was killed before it did.
 * Of another machine or container nobody can tell: there the lock counts until it shows no sign of life for
 * {@link SILENT_MINUTES} minutes, by the clock of the file system.
 */
export async function takeLock(path: string, { patienceMs = 0 } = {}): Promise<Lock> {
  const mine: Written = {
    host: hostname(),
    pids: await pidNamespace(),
    pid: process.pid,
    started: await startOf(process.pid),
    since: new Date().toISOString(),
    token: randomUUID(),
  };
  const text = JSON.stringify(mine);
  for (const deadline = Date.now() + patienceMs; ; ) {
    const file = await create(path);
    if (file !== null) return writeHolder(path, file, text);
    const theirs = await readFile(path, 'utf8').catch(ifMissing);
    if (theirs === null) continue;
    const holder = parseHolder(theirs);
    // Who has ended since it was read has released it: only what is still there was left behind.
    const isThere = async () => (await readFile(path, 'utf8').catch(ifMissing)) === theirs;
    if ((await isLeftBehind(path, holder, mine)) && (await isThere())) await breakLock(path, theirs);
    else if (holder === null) await sleep(NAMELESS_RETRY_MS);
    else if (Date.now() >= deadline) throw new Locked(path, holder);
    else await sleep(RETRY_MS * (1 + Math.random()));
  }
}

/** Null where it is there already. */
async function create(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return null;
    throw error;
  }
}

async function writeHolder(path: string, file: FileHandle, text: string): Promise<Lock> {
  try {
    await file.write(text, 0);
    return hold(path, file, text);
  } catch (error) {
    // A full disk makes a file and takes nothing into it.
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
}

function hold(path: string, file: FileHandle, text: string): Lock {
  // Written, not touched: so the time is that of the file system, which all machines share.
  const timer = setInterval(() => void file.write(text, 0).catch(() => {}), SIGN_OF_LIFE_MS).unref();
  let isOpen = true;
  const isHeld = async () => {
    if (!isOpen) return false;
    const [there, here] = [await stat(path).catch(ifMissing), await file.stat()];
    return there !== null && there.ino === here.ino && there.dev === here.dev;
  };
  return {
    isHeld,
    async release() {
      clearInterval(timer);
      if (!isOpen) return;
      if (await isHeld()) await rm(path, { force: true });
      isOpen = false;
      await file.close();
    },
  };
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function parseHolder(text: string): Written | null {
  try {
    const holder = JSON.parse(text) as Written;
    return typeof holder?.host === 'string' && Number.isInteger(holder.pid) ? holder : null;
  } catch {
    return null;
  }
}

async function isLeftBehind(path: string, holder: Written | null, here: Written): Promise<boolean> {
  if (holder?.host === here.host && holder.pids === here.pids) return !(await isRunning(holder));
  return (await silenceOf(path)) > (holder === null ? NAMELESS_MS : SILENT_MINUTES * 60_000);
}

/** How long ago the file was written, or got a name, by the clock that stamps files there. */
async function silenceOf(path: string, since: 'mtimeMs' | 'ctimeMs' = 'mtimeMs'): Promise<number> {
  const probe = await mkdtemp(join(dirname(path), '.now-'));
  try {
    const [now, then] = [await stat(probe), await stat(path).catch(ifMissing)];
    return then === null ? 0 : now.mtimeMs - then[since];
  } finally {
    await rmdir(probe);
  }
}

/**
 * Removes a lock that was left behind, and never the one that somebody took since. A second name of the file, made of its
 * token, is the right to remove it: one process gets it, and sees by it what the file is.
 */
async function breakLock(path: string, stale: string): Promise<void> {
  const right = `${path}-${digestOf(stale)}`;
  try {
    await link(path, right);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    // Some file systems know no second names: there two breakers may meet.
    if (!hasCode(error, 'EEXIST')) return rm(path, { force: true });
    // Somebody is at it; whoever was killed at it is not.
    if ((await silenceOf(right, 'ctimeMs')) > NAMELESS_MS) await rm(right, { force: true });
    else await sleep(RETRY_MS);
    return;
  }
  try {
    if ((await readFile(right, 'utf8')) === stale) await rm(path, { force: true });
  } finally {
    await rm(right, { force: true });
  }
}

async function isRunning({ pid, started }: Written): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Not ours to signal: it lives.
    if (!hasCode(error, 'EPERM')) return false;
  }
  const now = await startOf(pid);
  return started === null || now === null || started === now;
}

/** Start time of a process in clock ticks, field 22 of Linux's /proc; null elsewhere. Empty for one that has ended. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field, the name, is in brackets and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // Killed, and nobody has asked how it ended.
    return fields[0] === 'Z' ? '' : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function pidNamespace(): Promise<string> {
  return readlink('/proc/self/ns/pid').catch(() => '');
}

function ifMissing(error: unknown): null {
  if (hasCode(error, 'ENOENT')) return null;
  throw error;
}
