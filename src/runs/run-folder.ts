import { chmod, lstat, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AuditError } from '../domain/errors.ts';
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

export interface RunFolderOptions<Run extends Summary = RunSummary> {
  reportsDir: string;
  /** Okta host, a port joined by `_`. */
  org: string;
  started: Date;
  job: Job | 'collect';
  /** Folder of an unfinished run to go on in, one of {@link abandonedRuns}; a new one unless given. */
  resume?: string;
  /** Writes every file but `run.json` into `work.run`, and returns what that says. */
  write: (work: WorkFolder) => Promise<Omit<Run, 'files'>>;
  /** True when what was read so far outlives this failure. Nothing does unless given. */
  keeps?: (error: unknown) => boolean;
}

export interface WrittenRun<Run extends Summary = RunSummary> {
  dir: string;
  run: Run;
}

/**
 * Leaves a run under `<reports>/<org>/<start>-<job>/`, complete or not at all: it is built in a hidden folder
 * beside and renamed. Where the name is taken, the next free second is. What `write` throws passes
 * through, but for a full or failing disk, which becomes an {@link AuditError}.
 */
export async function writeRun<Run extends Summary = RunSummary>(
  options: RunFolderOptions<Run>,
): Promise<WrittenRun<Run>> {
  const home = homeOf(options);
  const made = await explainWriting(home, () => mkdir(home, { recursive: true, mode: 0o700 }));
  await removeLeftovers(home, options.started);
  const work = await explainWriting(home, () => workFolderFor(home, options.resume));
  try {
    const summary = await options.write(work);
    const files = await closeToOthers(work.run);
    const run = { ...summary, files: [...files, RUN_FILE].sort() } as unknown as Run;
    await explainWriting(home, () => writeDurably(join(work.run, RUN_FILE), runText(run)));
    const dir = await explainWriting(home, () => renameToFreeSecond(work.run, home, options));
    await leaveWorkFolder(work, { keep: false });
    return { dir, run };
  } catch (error) {
    const keep = options.keeps?.(error) === true;
    await leaveWorkFolder(work, { keep });
    if (!keep && made !== undefined) await removeEmpty(home, made);
    throw hasCode(error, ...DISK_CODES) ? cannotWrite(home, error) : error;
  }
}

/** Unfinished runs of an org that no process works on, the last begun first. */
export function abandonedRuns(
  where: Pick<RunFolderOptions, 'reportsDir' | 'org'>,
): Promise<{ dir: string; checkpoint: string }[]> {
  return abandonedIn(homeOf(where));
}

/** Removes an unfinished run that is of no more use. */
export async function removeAbandoned(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}

function homeOf({ reportsDir, org }: Pick<RunFolderOptions, 'reportsDir' | 'org'>): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/u.test(org)) {
    throw new Error('The name of the org is not fit for a folder.');
  }
  return join(reportsDir, org);
}

async function workFolderFor(home: string, resume: string | undefined): Promise<WorkFolder> {
  if (resume === undefined) return makeWorkFolder(home);
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
  options: Pick<RunFolderOptions<Summary>, 'started' | 'job'>,
): Promise<string> {
  for (let seconds = 0; ; seconds += 1) {
    const dir = join(home, runName(new Date(options.started.getTime() + seconds * 1000), options.job));
    // An empty folder would be replaced by the rename, so its being there is asked first.
    if (await exists(dir)) continue;
    try {
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

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if (hasCode(error, 'ENOENT')) return false;
      throw error;
    },
  );
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
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
