import { chmod, lstat, mkdir, mkdtemp, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AuditError } from '../domain/errors.ts';
import type { Job } from '../domain/rule.ts';
import type { CollectSummary, RunSummary } from '../domain/run.ts';

/** Name of the file that makes a folder a run. Written last. */
export const RUN_FILE = 'run.json';

const UNFINISHED = '.unfinished-';
/** What a disk says that takes no more, whichever file it happens to hit. */
const DISK_CODES = ['ENOSPC', 'EDQUOT', 'EROFS', 'EFBIG', 'EIO'];
const DAY_MS = 24 * 60 * 60 * 1000;

type Summary = RunSummary | CollectSummary;

export interface RunFolderOptions<Run extends Summary = RunSummary> {
  reportsDir: string;
  /** Okta host, a port joined by `_`. */
  org: string;
  started: Date;
  job: Job | 'collect';
  /** Writes every file but `run.json` into `dir`, and returns what that says. */
  write: (dir: string) => Promise<Omit<Run, 'files'>>;
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
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/u.test(options.org)) {
    throw new Error('The name of the org is not fit for a folder.');
  }
  const home = join(options.reportsDir, options.org);
  const made = await explainWriting(home, () => mkdir(home, { recursive: true, mode: 0o700 }));
  await removeStale(home, options.started);
  const building = await explainWriting(home, () => mkdtemp(join(home, UNFINISHED)));
  try {
    const summary = await options.write(building);
    const files = await closeToOthers(building);
    const run = { ...summary, files: [...files, RUN_FILE].sort() } as unknown as Run;
    await explainWriting(home, () => writeDurably(join(building, RUN_FILE), runText(run)));
    const dir = await explainWriting(home, () => renameToFreeSecond(building, home, options));
    return { dir, run };
  } catch (error) {
    // Tried again where a reader that was left behind still writes.
    await rm(building, { recursive: true, force: true, maxRetries: 3 });
    if (made !== undefined) await removeEmpty(home, made);
    throw hasCode(error, ...DISK_CODES) ? cannotWrite(home, error) : error;
  }
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

/** Removes what crashed runs left more than a day ago. A long collection still touches its files. */
async function removeStale(home: string, now: Date): Promise<void> {
  for (const name of await readdir(home).catch(() => [])) {
    if (!name.startsWith(UNFINISHED)) continue;
    const path = join(home, name);
    try {
      if (now.getTime() - (await lastTouched(path)) > DAY_MS)
        await rm(path, { recursive: true, force: true });
    } catch {
      // It went away meanwhile, or belongs to somebody else: no reason to fail this run.
    }
  }
}

async function lastTouched(path: string): Promise<number> {
  const stats = await lstat(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  const inside = await Promise.all((await readdir(path)).map((name) => lastTouched(join(path, name))));
  return Math.max(stats.mtimeMs, ...inside);
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
