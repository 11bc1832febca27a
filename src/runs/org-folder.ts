import type { Stats } from 'node:fs';
import { lstat, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AuditError } from '../domain/errors.ts';
import type { Reports } from '../domain/seal.ts';
import { type Holder, type Lock, Locked, SILENT_MINUTES, takeLock } from '../runtime/lock.ts';
import { makeFolder } from '../runtime/make-folder.ts';
import { explainWriting } from './explain-writing.ts';

/** Hidden in the folder of an org while a run of it is made. */
const LOCK_FILE = '.lock';

/** The folder of an org below the reports, in which this process alone makes a run. */
export interface OrgFolder extends Reports {
  /** Okta host, a port joined by `_`. */
  org: string;
  path: string;
  /** What is odd about the folder and does not stand in the way, each a sentence. */
  warnings: string[];
  /** Throws an {@link AuditError} when another process has taken over. */
  requireAlone(): Promise<void>;
  /** Lets others in, and removes the folder where this run made it and nothing is in it. May be called twice. */
  leave(): Promise<void>;
}

/** The folder of an org; throws on a name that could lead somewhere else. */
export function orgFolderPath({ reportsDir, org }: { reportsDir: string; org: string }): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/u.test(org)) {
    throw new Error('The name of the org is not fit for a folder.');
  }
  return join(reportsDir, org);
}

/**
 * Enters the folder of an org to make a run in it. One run of an org is made at a time. Throws an {@link AuditError}
 * where another one is under way, where others could put something into the folder, and where it cannot be signed.
 */
export async function enterOrgFolder(where: Reports & { org: string }): Promise<OrgFolder> {
  const { reportsDir, org, sealKey } = where;
  const path = orgFolderPath(where);
  if (sealKey !== null && sealKey.sign === null) {
    throw new AuditError(
      'AUDIT_SEAL_KEY holds no private key: runs can be verified with it, and not signed.',
      {
        hint: 'Name the file of the private key where runs are made.',
      },
    );
  }
  const made = await explainWriting(path, () => makeFolder(path));
  const removeMade = async () => {
    if (made !== undefined) await removeEmpty(path, made);
  };
  let lock: Lock;
  let warnings: string[];
  try {
    warnings = await examineFolders(reportsDir, path);
    lock = await lockOrgFolder(path);
  } catch (error) {
    await removeMade();
    throw error;
  }
  return {
    ...where,
    path,
    warnings,
    async requireAlone() {
      if (await lock.isHeld()) return;
      throw new AuditError(`Another run of ${org} has taken over while this one stood still.`, {
        hint: 'Nothing is left of this run; the other one goes on.',
      });
    },
    async leave() {
      await lock.release();
      await removeMade();
    },
  };
}

/**
 * Takes the lock of an org's folder, for whoever removes runs from it: a run under way may build on one of them. Throws an
 * {@link AuditError} where one is.
 */
export async function lockOrgFolder(path: string): Promise<Lock> {
  const file = join(path, LOCK_FILE);
  try {
    return await explainWriting(path, () => takeLock(file));
  } catch (error) {
    throw error instanceof Locked ? underWay(basename(path), file, error.holder) : error;
  }
}

function underWay(org: string, file: string, holder: Holder | null): AuditError {
  const who =
    holder === null
      ? 'its lock does not say whose'
      : `process ${holder.pid} on ${holder.host}, since ${holder.since}`;
  return new AuditError(`A run of ${org} is under way already: ${who}.`, {
    hint: `Wait until it has ended. What a process of this machine left behind is no obstacle; of another machine it is none after ${SILENT_MINUTES} minutes. The lock is ${file}.`,
    again: 'later',
  });
}

/** What may be wrong with a folder that history is taken from. */
export interface FolderVerdict {
  refusal: string | null;
  warning: string | null;
}

/** Judges a folder by its owner and mode; systems without them have nothing to judge. */
export function judgeFolder(path: string, stats: Pick<Stats, 'mode' | 'uid'>): FolderVerdict {
  const me = process.getuid?.();
  if (me === undefined) return { refusal: null, warning: null };
  const isForAll = (stats.mode & 0o002) !== 0;
  return {
    refusal: isForAll ? `${path} can be written to by everybody on this machine` : null,
    warning:
      stats.uid === me || stats.uid === 0
        ? null
        : `${path} belongs to another user (uid ${stats.uid}), who can change what runs are compared with`,
  };
}

export const CLOSE_FOLDER_HINT =
  'Take that right away (chmod o-w), or name another folder with AUDIT_REPORTS_DIR or --out.';

/** Throws for what nobody should take history from; returns what is odd. */
async function examineFolders(reportsDir: string, home: string): Promise<string[]> {
  if ((await lstat(home)).isSymbolicLink()) {
    throw new AuditError(`${home} is a link; runs are left in folders alone.`, {
      hint: 'Replace it by the folder itself, or name the folder that it is in with AUDIT_REPORTS_DIR or --out.',
    });
  }
  const warnings: string[] = [];
  for (const folder of [reportsDir, home]) {
    const { refusal, warning } = judgeFolder(folder, await stat(folder));
    if (refusal !== null) {
      throw new AuditError(`${refusal}: anybody could put a false run there.`, { hint: CLOSE_FOLDER_HINT });
    }
    if (warning !== null) warnings.push(`${warning}.`);
  }
  return warnings;
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
