import { chmod, lstat, mkdir, open, readdir, rename, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AuditError, hasCode } from '../domain/errors.ts';
import type { Job } from '../domain/rule.ts';
import type { CollectSummary, RunSummary } from '../domain/run.ts';
import {
  abandonedIn,
  leaveWorkFolder,
  makeWorkFolder,
  removeLeftovers,
  takeWorkFolder,
  type WorkFolder,
} from './work-folder.ts';

/** Name of the file that makes a folder a run. Written last. */
export const RUN_FILE = 'run.json';

/** What a disk says that takes no more, whichever file it happens to hit. */
const DISK_CODES = ['ENOSPC', 'EDQUOT', 'EROFS', 'EFBIG', 'EIO'];

type Summary = RunSummary | CollectSummary;

/** Where a run is to be left, and as what. */
export interface RunPlace {
  reportsDir: string;
  /** Okta host, a port joined by `_`. */
  org: string;
  started: Date;
  job: Job | 'collect';
  /** Folder of an unfinished run to resume, one of {@link abandonedRuns}; a new one unless given. */
  resume?: string | null;
}

/** The folder of a run that is being made: ended by `finish`, or by `abandon` where anything fails, `finish` included. */
export interface UnfinishedRun {
  /** Every file but `run.json` is written into `work.run`. */
  work: WorkFolder;
  /** Writes `run.json` and puts the run in its place. */
  finish<Run extends Summary>(summary: Omit<Run, 'files'>): Promise<{ dir: string; run: Run }>;
  /**
   * Leaves nothing, or with `keep` what was read so far. Returns the error as it is to be told: that of a full or
   * failing disk becomes an {@link AuditError}.
   */
  abandon(error: unknown, how?: { keep: boolean }): Promise<unknown>;
}

/**
 * Begins a run under `<reports>/<org>/<start>-<job>/`, which is there complete or not at all: it is built in a hidden
 * folder next to the finished ones and renamed. Where the name is taken, the next free second is.
 */
export async function beginRun(place: RunPlace): Promise<UnfinishedRun> {
  const home = homeOf(place);
  const made = await explainWriting(home, () => mkdir(home, { recursive: true, mode: 0o700 }));
  await removeLeftovers(home, place.started);
  const work = await explainWriting(home, () => workFolderFor(home, place.resume ?? null));
  return {
    work,
    async finish<Run extends Summary>(summary: Omit<Run, 'files'>) {
      const files = await closeToOthers(work.run);
      const run = { ...summary, files: [...files, RUN_FILE].sort() } as unknown as Run;
      await explainWriting(home, () => writeDurably(join(work.run, RUN_FILE), runText(run)));
      const dir = await explainWriting(home, () => renameToFreeSecond(work.run, home, place));
      await leaveWorkFolder(work, { keep: false });
      return { dir, run };
    },
    async abandon(error, { keep } = { keep: false }) {
      await leaveWorkFolder(work, { keep });
      if (!keep && made !== undefined) await removeEmpty(home, made);
      return hasCode(error, ...DISK_CODES) ? cannotWrite(home, error) : error;
    },
  };
}

/** Unfinished runs of an org that no process works on, the last begun first. */
export function abandonedRuns(
  where: Pick<RunPlace, 'reportsDir' | 'org'>,
): Promise<{ dir: string; checkpoint: string }[]> {
  return abandonedIn(homeOf(where));
}

function homeOf({ reportsDir, org }: Pick<RunPlace, 'reportsDir' | 'org'>): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/u.test(org)) {
    throw new Error('The name of the org is not fit for a folder.');
  }
  return join(reportsDir, org);
}

async function workFolderFor(home: string, resume: string | null): Promise<WorkFolder> {
  if (resume === null) return makeWorkFolder(home);
  const work = await takeWorkFolder(resume);
  if (work) return work;
  throw new AuditError(`${resume} is being worked on by another run.`, {
    hint: 'Wait for that run to end, or run again without --resume.',
  });
}

/** Removes folders that this run made and nobody else has used since, from `inner` up to `outer`. */
async function removeEmpty(inner: string, outer: string): Promise<void> {
  try {
    for (let folder = resolve(inner); ; folder = dirname(folder)) {
      await rmdir(folder);
      if (folder === resolve(outer)) return;
    }
  } catch {
    // Another run came to live there: the folder stays.
  }
}

/** The bytes of `run.json`: two spaces, keys in the order in which the summary was made, a line end. */
export function runText(run: Summary): string {
  return `${JSON.stringify(run, null, 2)}\n`;
}

/** `20261124T031500Z-precutover`. */
export function runName(started: Date, job: Job | 'collect'): string {
  return `${started.toISOString().replace(/\.\d+/u, '').replace(/[-:]/gu, '')}-${job}`;
}

async function renameToFreeSecond(
  building: string,
  home: string,
  { started, job }: RunPlace,
): Promise<string> {
  for (let seconds = 0; ; seconds += 1) {
    const dir = join(home, runName(new Date(started.getTime() + seconds * 1000), job));
    try {
      // The rename would replace an empty folder, so look first.
      if (await lstat(dir).catch(ifMissing)) continue;
      await rename(building, dir);
      return dir;
    } catch (error) {
      // Another run took the name since: the rename fails on a folder that holds something.
      if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
    }
  }
}

/** Sets every file to 0600 and folder to 0700, whoever wrote it, and lists the files below `dir`. */
async function closeToOthers(dir: string, below = ''): Promise<string[]> {
  const files: string[] = [];
  await chmod(dir, 0o700);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    const name = `${below}${entry.name}`;
    if (entry.isDirectory()) files.push(...(await closeToOthers(path, `${name}/`)));
    else if (entry.isFile()) {
      await chmod(path, 0o600);
      files.push(name);
    } else throw new Error(`A run cannot hold ${name}: it is neither a file nor a folder.`);
  }
  return files;
}

function ifMissing(error: unknown): null {
  if (hasCode(error, 'ENOENT')) return null;
  throw error;
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function explainWriting<Result>(path: string, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? cannotWrite(path, error) : error;
  }
}

function cannotWrite(path: string, cause: unknown): AuditError {
  return new AuditError(
    `Cannot write to ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      hint: 'Check that the reports folder (AUDIT_REPORTS_DIR or --out) is writable and that its disk has room.',
      cause,
    },
  );
}
