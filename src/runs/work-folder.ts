import { lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isCheckpoint } from '../snapshot/checkpoint.ts';

const UNFINISHED = '.unfinished-';
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

/** Makes a work folder among the runs of an org. */
export async function makeWorkFolder(home: string): Promise<WorkFolder> {
  return begin(workFolder(await mkdtemp(join(home, UNFINISHED))));
}

/** Takes over what an unfinished run left, but for its half-written files. */
export function takeWorkFolder(dir: string): Promise<WorkFolder> {
  return begin(workFolder(dir));
}

/** Gives up a work folder: with its checkpoint where that is to be kept, else as a whole. */
export function leaveWorkFolder(work: WorkFolder, { keep }: { keep: boolean }): Promise<void> {
  return keep ? removeHalfWritten(work) : remove(work.dir);
}

/**
 * Removes what crashed runs left, apart from checkpoints younger than a day. Whoever calls it is alone in the folder: what
 * is unfinished there is nobody's. Links are nothing that a run left.
 */
export async function removeLeftovers(home: string, now: Date): Promise<void> {
  for (const dir of await unfinishedIn(home)) {
    try {
      const work = workFolder(dir);
      const isYoung = now.getTime() - (await lastTouched(dir)) <= DAY_MS;
      await leaveWorkFolder(work, { keep: isYoung && (await isCheckpoint(work.checkpoint)) });
    } catch {
      // It belongs to somebody else: no reason to fail this run.
    }
  }
}

/** Unfinished runs of an org, the last begun first, for whoever is alone in its folder. */
export async function abandonedIn(home: string): Promise<{ dir: string; checkpoint: string }[]> {
  const found: { dir: string; checkpoint: string; began: number }[] = [];
  for (const dir of await unfinishedIn(home)) {
    const { checkpoint } = workFolder(dir);
    if (!(await isCheckpoint(checkpoint))) continue;
    found.push({ dir, checkpoint, began: (await lstat(checkpoint)).birthtimeMs });
  }
  return found.sort((a, b) => b.began - a.began).map(({ dir, checkpoint }) => ({ dir, checkpoint }));
}

/** Folders alone: what a link of such a name leads to is somebody else's. */
async function unfinishedIn(home: string): Promise<string[]> {
  const entries = await readdir(home, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && entry.name.startsWith(UNFINISHED))
    .map(({ name }) => join(home, name));
}

async function begin(work: WorkFolder): Promise<WorkFolder> {
  await removeHalfWritten(work);
  await mkdir(work.run, { mode: 0o700 });
  await mkdir(work.spill, { mode: 0o700 });
  return work;
}

async function lastTouched(path: string): Promise<number> {
  const stats = await lstat(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  const inside = await Promise.all((await readdir(path)).map((name) => lastTouched(join(path, name))));
  return Math.max(stats.mtimeMs, ...inside);
}
