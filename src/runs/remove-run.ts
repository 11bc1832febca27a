import { lstat, readdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AuditError, hasCode } from '../domain/errors.ts';
import { RUN_NAME } from './read-run.ts';
import { RUN_FILE } from './seal.ts';
import { remove } from './work-folder.ts';

const REMOVED = '.removed-';

/**
 * True for a folder that a run was left in under its own name: no link, no unfinished run, nothing of others. A folder that
 * somebody named otherwise is somebody's to remove.
 */
export async function isRunFolder(dir: string): Promise<boolean> {
  if (!RUN_NAME.test(basename(dir))) return false;
  const [folder, file] = await Promise.all([statOrNull(dir), statOrNull(join(dir, RUN_FILE))]);
  return folder?.isDirectory() === true && file?.isFile() === true;
}

/** Bytes of all files below a folder; links are not followed. */
export async function bytesBelow(dir: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(dir, { withFileTypes: true }).catch(() => [])) {
    const path = join(dir, entry.name);
    bytes += entry.isDirectory() ? await bytesBelow(path) : ((await statOrNull(path))?.size ?? 0);
  }
  return bytes;
}

/**
 * Removes a run: hidden under another name first, so that no half run is ever seen, then file by file. False where
 * somebody else removed it first. Throws an {@link AuditError} where it cannot be removed.
 */
export async function removeRun(dir: string): Promise<boolean> {
  const hidden = join(dirname(dir), `${REMOVED}${basename(dir)}`);
  try {
    await rename(dir, hidden);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw cannotRemove(dir, error);
  }
  await removeFolder(hidden);
  return true;
}

/** True where the folder of an org holds anything that may be removed. */
export async function holdsRuns(home: string): Promise<boolean> {
  const names = await readdir(home).catch(() => []);
  return names.some((name) => RUN_NAME.test(name.startsWith(REMOVED) ? name.slice(REMOVED.length) : name));
}

/** Hidden folders that an interrupted removal left among the runs of an org. */
export async function halfRemovedRuns(home: string): Promise<string[]> {
  const entries = await readdir(home, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && entry.name.startsWith(REMOVED))
    .filter(({ name }) => RUN_NAME.test(name.slice(REMOVED.length)))
    .map(({ name }) => join(home, name));
}

/** Removes what is left of a run. Throws an {@link AuditError} where that cannot be done. */
export async function removeFolder(dir: string): Promise<void> {
  await remove(dir).catch((error: unknown) => {
    throw cannotRemove(dir, error);
  });
}

function statOrNull(path: string) {
  return lstat(path).catch(() => null);
}

function cannotRemove(dir: string, cause: unknown): AuditError {
  return new AuditError(`Cannot remove ${dir}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    hint: 'Run it as the user who owns the reports folder, and check that its disk is not mounted read-only.',
    cause,
  });
}
