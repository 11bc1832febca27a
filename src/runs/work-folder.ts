import { lstat, mkdir, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { hasCode } from '../domain/errors.ts';

const UNFINISHED = '.unfinished-';
const OWNER_FILE = 'owner.json';
const DAY_MS = 24 * 60 * 60 * 1000;

/** Where an unfinished run lives, hidden next to the finished ones. */
export interface WorkFolder {
  /** The folder itself, removed when the run is finished. */
  dir: string;
  /** Becomes the run. */
  run: string;
  /** What was read so far: outlives a crash, so that the run can be resumed. */
  checkpoint: string;
  /** What does not fit into memory. */
  spill: string;
}

function workFolder(dir: string): WorkFolder {
  return { dir, run: join(dir, 'run'), checkpoint: join(dir, 'checkpoint'), spill: join(dir, 'spill') };
}

/** Removes a file or a folder. Tried again while somebody still writes there, or has a file of it open. */
export function remove(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 3 });
}

async function removeHalfWritten({ run, spill }: WorkFolder): Promise<void> {
  await remove(run);
  await remove(spill);
}

/** Makes a work folder among the runs of an org, and owns it. */
export async function makeWorkFolder(home: string): Promise<WorkFolder> {
  const work = workFolder(await mkdtemp(join(home, UNFINISHED)));
  await own(work.dir);
  await begin(work);
  return work;
}

/** Takes over what an unfinished run left, but for its half-written files; null where another run has it. */
export async function takeWorkFolder(dir: string): Promise<WorkFolder | null> {
  const work = workFolder(dir);
  if ((await ownerOf(dir)) !== 'nobody') return null;
  await remove(join(dir, OWNER_FILE));
  if (!(await own(dir))) return null;
  await begin(work);
  return work;
}

/** Gives up a work folder: with its checkpoint where that is to be kept, else as a whole. */
export async function leaveWorkFolder(work: WorkFolder, { keep }: { keep: boolean }): Promise<void> {
  if (!keep) return remove(work.dir);
  await removeHalfWritten(work);
  await remove(join(work.dir, OWNER_FILE));
}

/**
 * Removes what crashed runs left: half-written runs and spilled data at once, checkpoints after a day, and after a day
 * everything whose process cannot be asked for. What a living process works on stays.
 */
export async function removeLeftovers(home: string, now: Date): Promise<void> {
  for (const dir of await unfinishedIn(home)) {
    try {
      const owner = await ownerOf(dir);
      if (owner === 'running') continue;
      if (now.getTime() - (await lastTouched(dir)) > DAY_MS) await remove(dir);
      else if (owner === 'nobody') await removeHalfWritten(workFolder(dir));
    } catch {
      // It went away meanwhile, or belongs to somebody else: no reason to fail this run.
    }
  }
}

/** Unfinished runs of an org that no process works on, the last begun first. */
export async function abandonedIn(home: string): Promise<{ dir: string; checkpoint: string }[]> {
  const found: { dir: string; checkpoint: string; began: number }[] = [];
  for (const dir of await unfinishedIn(home)) {
    const { checkpoint } = workFolder(dir);
    const stats = await lstat(checkpoint).catch(() => null);
    if (stats?.isDirectory() && (await ownerOf(dir)) === 'nobody') {
      found.push({ dir, checkpoint, began: stats.birthtimeMs });
    }
  }
  return found.sort((a, b) => b.began - a.began).map(({ dir, checkpoint }) => ({ dir, checkpoint }));
}

async function unfinishedIn(home: string): Promise<string[]> {
  const names = await readdir(home).catch(() => []);
  return names.filter((name) => name.startsWith(UNFINISHED)).map((name) => join(home, name));
}

async function begin(work: WorkFolder): Promise<void> {
  await removeHalfWritten(work);
  await mkdir(work.run, { mode: 0o700 });
  await mkdir(work.spill, { mode: 0o700 });
}

interface Owner {
  host: string;
  pid: number;
  /** When the process started, as the system counts: another process may get the same number. */
  started: string | null;
}

/** False where somebody else was first. */
async function own(dir: string): Promise<boolean> {
  const owner: Owner = { host: hostname(), pid: process.pid, started: await startOf(process.pid) };
  try {
    const file = await open(join(dir, OWNER_FILE), 'wx', 0o600);
    await file.writeFile(JSON.stringify(owner));
    await file.close();
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** `elsewhere`: on another machine, or it does not say; nobody can tell whether that process lives. */
async function ownerOf(dir: string): Promise<'running' | 'nobody' | 'elsewhere'> {
  let owner: Owner;
  try {
    owner = JSON.parse(await readFile(join(dir, OWNER_FILE), 'utf8')) as Owner;
  } catch {
    // Given up with its checkpoint; or being made at this moment, and then without one.
    const hasCheckpoint = await lstat(workFolder(dir).checkpoint).then(
      () => true,
      () => false,
    );
    return hasCheckpoint ? 'nobody' : 'elsewhere';
  }
  if (owner.host !== hostname()) return 'elsewhere';
  return (await isRunning(owner)) ? 'running' : 'nobody';
}

async function isRunning({ pid, started }: Owner): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Not ours to signal: it lives.
    if (!hasCode(error, 'EPERM')) return false;
  }
  const now = await startOf(pid);
  return started === null || now === null || started === now;
}

/** Start time of a process in clock ticks, field 22 of Linux's /proc; null elsewhere, and for a zombie. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field, the name, is in brackets and may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

async function lastTouched(path: string): Promise<number> {
  const stats = await lstat(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  const inside = await Promise.all((await readdir(path)).map((name) => lastTouched(join(path, name))));
  return Math.max(stats.mtimeMs, ...inside);
}
