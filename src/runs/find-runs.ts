import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AuditError } from '../domain/errors.ts';
import { byCodeUnit, type Finding } from '../domain/finding.ts';
import { type EarlierRun, outstanding } from '../domain/history.ts';
import type { Plan } from '../domain/plan.ts';
import { JOBS, type Job } from '../domain/rule.ts';
import type { CollectSummary, RunSummary } from '../domain/run.ts';
import type { Snapshot } from '../snapshot/open-snapshot.ts';

/** A folder that holds a run. */
export interface RunFolder {
  dir: string;
  /** Name of the folder: when the run began, and its job. */
  name: string;
  run: RunSummary | CollectSummary;
}

/** A run that judged. */
export interface AuditFolder extends RunFolder {
  run: RunSummary;
}

export function isAudit(folder: RunFolder): folder is AuditFolder {
  return JOBS.some((job) => job === folder.run.job);
}

/** The run in a folder, or null where there is none, or one that is being written or damaged. */
export async function readRunFolder(dir: string): Promise<RunFolder | null> {
  try {
    const run = JSON.parse(await readFile(join(dir, 'run.json'), 'utf8')) as RunSummary | CollectSummary;
    const isRun = typeof run.job === 'string' && typeof run.org === 'string';
    if (!isRun || typeof run.snapshot?.began !== 'string') return null;
    return { dir, name: basename(resolve(dir)), run };
  } catch {
    return null;
  }
}

/** The audit's run in a folder, or that holds the `snapshot/` named; null where there is none. */
export async function auditIn(folder: string): Promise<AuditFolder | null> {
  const holder = basename(resolve(folder)) === 'snapshot' ? dirname(resolve(folder)) : folder;
  const found = await readRunFolder(holder);
  return found && isAudit(found) ? found : null;
}

/** The run in a folder that the user names, or that holds the `snapshot/` named. */
export async function openAudit(folder: string, what: string): Promise<AuditFolder> {
  const found = await auditIn(folder);
  if (found) return found;
  throw new AuditError(`${what}: ${folder} is no folder of an audit's run.`, {
    hint: 'Name a folder that holds a run.json of precutover or drift; optiid-audit runs lists them.',
  });
}

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

/** The findings of a run, resolved ones included. Throws where they cannot be read. */
export async function readFindings(dir: string): Promise<Finding[]> {
  const text = await readFile(join(dir, 'findings.ndjson'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Finding);
}

/** The findings of a run that the user named. Throws an {@link AuditError} where they cannot be read. */
export function readNamedFindings(dir: string): Promise<Finding[]> {
  return readFindings(dir).catch((cause: unknown) => {
    throw new AuditError(`The findings of ${dir} cannot be read.`, {
      hint: 'The run is damaged; name another one.',
      cause,
    });
  });
}

/** The plan of a run. Throws where it cannot be read. */
export async function readPlan(dir: string): Promise<Plan> {
  const plan = JSON.parse(await readFile(join(dir, 'plan.json'), 'utf8')) as Plan;
  if (!Array.isArray(plan?.steps)) throw new Error(`plan.json of ${dir} holds no steps.`);
  return plan;
}

/** What an earlier run must have to be compared with. */
export interface EarlierThan {
  reportsDir: string;
  org: string;
  organizationId: string;
  /** When the snapshot at hand began, UTC ISO-8601. */
  began: string;
}

/**
 * The audits before a snapshot, of the same org and organization, the last first: by when their snapshots began, not by
 * when they were judged, so that judging an old snapshot again says what it said then.
 */
export async function auditsBefore(wanted: EarlierThan): Promise<AuditFolder[]> {
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

/** The job of a run's folder; a collection, and a snapshot without a run, are looked at before the cutover. */
export async function jobOfRun(folder: string): Promise<Job> {
  for (const candidate of [folder, dirname(resolve(folder))]) {
    const job = (await readRunFolder(candidate))?.run.job;
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
  const newer = new Set<string>();
  for (const home of new Set([dirname(run), resolve(reportsDir, org)])) {
    for (const { name, run: other } of await runsOfOrg(home)) {
      if (other.org === org && other.snapshot.began > began) newer.add(name);
    }
  }
  return [...newer].sort();
}
