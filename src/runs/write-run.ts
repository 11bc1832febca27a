import { lstat, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../domain/errors.ts';
import type { Job } from '../domain/rule.ts';
import type { SealedField } from '../domain/run.ts';
import { cannotWrite, explainWriting } from './explain-writing.ts';
import type { OrgFolder } from './org-folder.ts';
import { flushFolder, type Summary, sealRun } from './seal.ts';
import {
  abandonedIn,
  leaveWorkFolder,
  makeWorkFolder,
  removeLeftovers,
  takeWorkFolder,
  type WorkFolder,
} from './work-folder.ts';

/** What a disk says that takes no more, whichever file it happens to hit. */
const DISK_CODES = ['ENOSPC', 'EDQUOT', 'EROFS', 'EFBIG', 'EIO'];

/** As what a run is to be left. */
export interface NewRun {
  started: Date;
  job: Job | 'collect';
  /** Folder of an unfinished run to resume, one of {@link abandonedRuns}; a new one unless given. */
  resume?: string | null;
}

/** The folder of a run that is being made: ended by `finish`, or by `abandon` where anything fails, `finish` included. */
export interface UnfinishedRun {
  /** Every file but `run.json` is written into `work.run`. */
  work: WorkFolder;
  /** Seals the run and puts it in its place. */
  finish<Run extends Summary>(summary: Omit<Run, SealedField>): Promise<{ dir: string; run: Run }>;
  /**
   * Leaves nothing, or with `keep` what was read so far. Returns the error as it is to be told: that of a full or
   * failing disk becomes an {@link AuditError}.
   */
  abandon(error: unknown, how?: { keep: boolean }): Promise<unknown>;
}

/**
 * Begins a run under `<reports>/<org>/<start>-<job>/`, which is there complete or not at all: it is built in a hidden
 * folder next to the finished ones and renamed. Where the name is taken, the next free second is. Whoever entered the
 * org's folder leaves it again if this fails; after that the run does.
 */
export async function beginRun(home: OrgFolder, place: NewRun): Promise<UnfinishedRun> {
  const { path } = home;
  const { resume = null } = place;
  await removeLeftovers(path, place.started);
  const work = await explainWriting(path, () =>
    resume === null ? makeWorkFolder(path) : takeWorkFolder(resume),
  );
  return {
    work,
    async finish<Run extends Summary>(summary: Omit<Run, SealedField>) {
      const { run, dir } = await explainWriting(path, async () => {
        const run = await sealRun<Run>(work.run, summary, home.sealKey);
        await home.requireAlone();
        const dir = await renameToFreeSecond(work.run, path, place);
        await flushFolder(path);
        return { run, dir };
      });
      await leaveWorkFolder(work, { keep: false });
      await home.leave();
      return { dir, run };
    },
    async abandon(error, { keep } = { keep: false }) {
      await leaveWorkFolder(work, { keep });
      await home.leave();
      return hasCode(error, ...DISK_CODES) ? cannotWrite(path, error) : error;
    },
  };
}

/** Unfinished runs of an org, the last begun first. */
export function abandonedRuns(home: OrgFolder): Promise<{ dir: string; checkpoint: string }[]> {
  return abandonedIn(home.path);
}

/** `20261124T031500Z-precutover`. */
export function runName(started: Date, job: Job | 'collect'): string {
  return `${started.toISOString().replace(/\.\d+/u, '').replace(/[-:]/gu, '')}-${job}`;
}

async function renameToFreeSecond(building: string, home: string, { started, job }: NewRun): Promise<string> {
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

function ifMissing(error: unknown): null {
  if (hasCode(error, 'ENOENT')) return null;
  throw error;
}
