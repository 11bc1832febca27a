import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { byCodeUnit, type Finding } from '../domain/finding.ts';
import { type EarlierRun, outstanding } from '../domain/history.ts';
import type { Snapshot } from '../snapshot/open-snapshot.ts';
import {
  type AuditFolder,
  isAudit,
  type RunFolder,
  readFindings,
  readRunFolder,
  runFolderOf,
} from './read-run.ts';

/** Runs of one org, oldest snapshot first. */
export async function runsOfOrg(home: string): Promise<RunFolder[]> {
  const found: RunFolder[] = [];
  for (const name of await readdir(home).catch(() => [])) {
    if (name.startsWith('.')) continue;
    const folder = await readRunFolder(join(home, name));
    if (folder) found.push(folder);
  }
  const key = ({ run, name }: RunFolder) => `${run.snapshot.began} ${name}`;
  return found.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Folders below the reports folder, which hold the runs of an org each, sorted; links are none. */
export async function orgFolders(reportsDir: string): Promise<string[]> {
  const entries = await readdir(reportsDir, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return names.sort().map((name) => join(reportsDir, name));
}

/** Runs of every org below the reports folder, by org and oldest snapshot first. */
export async function allRuns(reportsDir: string): Promise<RunFolder[]> {
  return (await Promise.all((await orgFolders(reportsDir)).map(runsOfOrg))).flat();
}

/** Runs of every org below the reports folder, the newest snapshot first; of one snapshot the last judged first. */
export async function newestFirst(reportsDir: string): Promise<RunFolder[]> {
  const runs = (await allRuns(reportsDir)).reverse();
  return runs.sort((a, b) => byCodeUnit(b.run.snapshot.began, a.run.snapshot.began));
}

/** The findings whose id begins so, of the newest run of any org that has one; null where no run has. */
export async function findFindings(
  beginning: string,
  reportsDir: string,
): Promise<{ folder: AuditFolder; findings: Finding[] } | null> {
  for (const folder of (await newestFirst(reportsDir)).filter(isAudit)) {
    const all = await readFindings(folder.dir).catch(() => []);
    const findings = all.filter(({ finding_id }) => finding_id.startsWith(beginning));
    if (findings.length > 0) return { folder, findings };
  }
  return null;
}

/**
 * The audits before a snapshot, of the same org and organization, the last first: by when their snapshots began, not by
 * when they were judged, so that judging an old snapshot again says what it said then.
 */
export async function auditsBefore(wanted: {
  reportsDir: string;
  org: string;
  organizationId: string;
  began: string;
}): Promise<AuditFolder[]> {
  const runs = (await runsOfOrg(join(wanted.reportsDir, wanted.org))).filter(isAudit).reverse();
  return runs.filter(
    ({ run }) =>
      run.org === wanted.org &&
      run.opti_organization?.id === wanted.organizationId &&
      run.snapshot.began < wanted.began,
  );
}

/** What the first of these runs that can be read says to a later one. */
export async function firstReadable(
  runs: readonly AuditFolder[],
): Promise<{ folder: AuditFolder; earlier: EarlierRun } | null> {
  for (const folder of runs) {
    try {
      return { folder, earlier: asEarlier(folder, await readFindings(folder.dir)) };
    } catch {
      // Its findings are gone or damaged: it says nothing, an older one may.
    }
  }
  return null;
}

function asEarlier({ name, run }: AuditFolder, findings: readonly Finding[]): EarlierRun {
  return {
    run: name,
    began: run.snapshot.began,
    findings: outstanding(findings),
    held: run.held ?? [],
    rows: Object.fromEntries(Object.entries(run.datasets).map(([dataset, { rows }]) => [dataset, rows])),
  };
}

/** Runs of the same org with a snapshot that began later, by the names of their folders. */
export async function newerSnapshots(
  snapshot: Snapshot,
  runFolder: string,
  reportsDir: string,
): Promise<string[]> {
  const { org, began } = snapshot.manifest;
  const newer = new Set<string>();
  for (const home of new Set([dirname(resolve(runFolderOf(runFolder))), resolve(reportsDir, org)])) {
    for (const { name, run: other } of await runsOfOrg(home)) {
      if (other.org === org && other.snapshot.began > began) newer.add(name);
    }
  }
  return [...newer].sort();
}
