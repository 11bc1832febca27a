import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { JOBS, type Job } from '../src/domain/rule.ts';
import type { Snapshot } from '../src/snapshot/open-snapshot.ts';

interface KnownRun {
  job?: unknown;
  org?: unknown;
  snapshot?: { began?: unknown; hash?: unknown };
}

async function readRun(folder: string): Promise<KnownRun | null> {
  try {
    return JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as KnownRun;
  } catch {
    // No run, or one that is being written: it says nothing.
    return null;
  }
}

/** The job of a run's folder; a collection, and a snapshot without a run, are looked at before the cutover. */
export async function jobOfRun(folder: string): Promise<Job> {
  for (const candidate of [folder, dirname(resolve(folder))]) {
    const job = (await readRun(candidate))?.job;
    if (JOBS.some((known) => known === job)) return job as Job;
  }
  return 'precutover';
}

/** Runs of the same org with a snapshot that began later, by the names of their folders. */
export async function newerSnapshots(
  snapshot: Snapshot,
  runFolder: string,
  reportsDir: string,
): Promise<string[]> {
  const { org, began } = snapshot.manifest;
  const run = basename(resolve(runFolder)) === 'snapshot' ? dirname(resolve(runFolder)) : resolve(runFolder);
  const homes = new Set([dirname(run), resolve(reportsDir, org)]);
  const newer = new Set<string>();
  for (const home of homes) {
    for (const name of await readdir(home).catch(() => [])) {
      const other = await readRun(join(home, name));
      const otherBegan = other?.snapshot?.began;
      if (other?.org === org && typeof otherBegan === 'string' && otherBegan > began) newer.add(name);
    }
  }
  return [...newer].sort();
}
