import { basename, dirname, join, resolve } from 'node:path';
import { AuditError, EXIT } from '../../src/domain/errors.ts';
import type { Reports } from '../../src/domain/seal.ts';
import { renderVerified, type VerifiedRun } from '../../src/report/text/runs-text.ts';
import { allRuns } from '../../src/runs/find-runs.ts';
import {
  isRefused,
  openRunSnapshot,
  problemsOf,
  type RefusedRun,
  type RunFolder,
  readRunFolder,
  runFolderOf,
} from '../../src/runs/read-run.ts';
import { unlistedFiles } from '../../src/runs/seal.ts';
import { untilStopped } from '../../src/runtime/cancellation.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import { openForeignSnapshot } from '../../src/snapshot/open-snapshot.ts';
import type { CommonFlags } from './options.ts';
import { print } from './print.ts';
import { existingReports, reportsFolder } from './reports.ts';

/** Checks the seals of a run or a snapshot, or of every run below the reports folder. Ends with 1 where one is broken. */
export async function verify(
  name: string | undefined,
  flags: CommonFlags,
  context: RunContext,
): Promise<number> {
  const reports = await (name === undefined ? existingReports : reportsFolder)(flags, context);
  const checking = name === undefined ? verifyAll(reports) : verifyNamed(name, reports);
  const verified = await untilStopped(context.signal, checking);
  print('runs verify', verified, () => renderVerified(verified, reports.reportsDir), flags, context);
  return verified.every(({ sealed }) => sealed) ? EXIT.clean : EXIT.findings;
}

async function verifyAll(reports: Reports): Promise<VerifiedRun[]> {
  const { runs, refused } = await allRuns(reports);
  const verified: VerifiedRun[] = refused.map(verifyRefused);
  for (const folder of runs) verified.push(await verifyRun(folder));
  return verified.sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

async function verifyNamed(name: string, reports: Reports): Promise<VerifiedRun[]> {
  for (const folder of [name, join(reports.reportsDir, name)]) {
    const found = await readRunFolder(runFolderOf(folder), reports.sealKey);
    if (found) return [isRefused(found) ? verifyRefused(found) : await verifyRun(found)];
  }
  const { runs, refused } = await allRuns(reports);
  const named = [...runs, ...refused].filter((folder) => folder.name === name);
  if (named.length > 0) {
    return Promise.all(
      named.map((folder) => (isRefused(folder) ? verifyRefused(folder) : verifyRun(folder))),
    );
  }
  return [await verifySnapshot(name)];
}

async function verifyRun(folder: RunFolder): Promise<VerifiedRun> {
  const { dir, run } = folder;
  const problems: string[] = [];
  for await (const problem of problemsOf(folder)) problems.push(problem);
  // Its files are whole: now what is in them.
  if (problems.length === 0)
    problems.push(...(await problemsOfSnapshot(() => openRunSnapshot(folder, { isForeign: true }))));
  return {
    folder: dir,
    org: run.org,
    sealed: problems.length === 0,
    signed_by: run.seal.signature?.key ?? null,
    problems,
    unlisted: await unlistedFiles(dir, run),
  };
}

function verifyRefused({ dir, refusal }: RefusedRun): VerifiedRun {
  const org = basename(dirname(resolve(dir)));
  return { folder: dir, org, sealed: false, signed_by: null, problems: [refusal], unlisted: [] };
}

/** A snapshot without a run is sealed by its manifest alone. */
async function verifySnapshot(folder: string): Promise<VerifiedRun> {
  const snapshot = await openForeignSnapshot(folder);
  const { org } = snapshot.manifest;
  return { folder: snapshot.dir, org, sealed: true, signed_by: null, problems: [], unlisted: [] };
}

async function problemsOfSnapshot(open: () => Promise<unknown>): Promise<string[]> {
  try {
    await open();
    return [];
  } catch (error) {
    if (error instanceof AuditError) return [error.message.replace(/\.$/u, '')];
    throw error;
  }
}
