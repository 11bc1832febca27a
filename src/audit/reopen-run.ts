import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditError } from '../domain/errors.ts';
import type { Job } from '../domain/rule.ts';
import { newestFirst } from '../runs/find-runs.ts';
import { openSnapshot, type Snapshot } from '../snapshot/open-snapshot.ts';
import { type RunKnowledge, readRunKnowledge } from './earlier-runs.ts';

/** A snapshot that is looked at once more, with what its run knew. */
export interface ReopenedRun extends RunKnowledge {
  folder: string;
  snapshot: Snapshot;
}

/**
 * Opens the snapshot in a folder, or that of the newest run below the reports folder. `job` in place of the one that
 * the folder says. Throws an {@link AuditError} where there is none.
 */
export async function reopenRun(
  folder: string | undefined,
  reportsDir: string,
  job?: Job,
): Promise<ReopenedRun> {
  const chosen = folder ?? (await newestSnapshot(reportsDir));
  const snapshot = await openSnapshot(chosen);
  return { folder: chosen, snapshot, ...(await readRunKnowledge(snapshot, chosen, reportsDir, job)) };
}

async function newestSnapshot(reportsDir: string): Promise<string> {
  for (const { dir } of await newestFirst(reportsDir)) {
    const isThere = await access(join(dir, 'snapshot', 'manifest.json')).then(
      () => true,
      () => false,
    );
    if (isThere) return dir;
  }
  throw new AuditError(`No run in ${reportsDir} has a snapshot.`, {
    hint: 'Name one with --snapshot, or the reports folder with --out or AUDIT_REPORTS_DIR.',
  });
}
