import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { byCodeUnit, type Finding } from '../domain/finding.ts';
import { type EarlierRun, outstanding } from '../domain/history.ts';
import type { Job } from '../domain/rule.ts';
import type { Reports, SealKey } from '../domain/seal.ts';
import type { Snapshot } from '../snapshot/open-snapshot.ts';
import {
  type AuditFolder,
  isAudit,
  isRefused,
  type RefusedRun,
  RUN_NAME,
  type RunFolder,
  readFindings,
  readRunFolder,
  refusalOf,
  runFolderOf,
} from './read-run.ts';

/** The runs that were found, and those that are not believed. */
export interface FoundRuns {
  runs: RunFolder[];
  refused: RefusedRun[];
}

/** Runs in the folder of one org, oldest snapshot first; links are none. */
export async function runsOfOrg(home: string, sealKey: SealKey | null): Promise<FoundRuns> {
  const found: FoundRuns = { runs: [], refused: [] };
  for (const name of await foldersIn(home)) {
    if (name.startsWith('.')) continue;
    const folder = await readRunFolder(join(home, name), sealKey);
    if (folder === null) continue;
    if (isRefused(folder)) found.refused.push(folder);
    else found.runs.push(folder);
  }
  const key = ({ run, name }: RunFolder) => `${run.snapshot.began} ${name}`;
  found.runs.sort((a, b) => byCodeUnit(key(a), key(b)));
  return found;
}

/** Names of folders, sorted; links are none. */
async function foldersIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Folders below the reports folder, which hold the runs of an org each, sorted. */
export async function orgFolders(reportsDir: string): Promise<string[]> {
  return (await foldersIn(reportsDir)).map((name) => join(reportsDir, name));
}

/** Runs of every org below the reports folder, by org and oldest snapshot first. */
export async function allRuns({ reportsDir, sealKey }: Reports): Promise<FoundRuns> {
  const homes = await orgFolders(reportsDir);
  const found = await Promise.all(homes.map((home) => runsOfOrg(home, sealKey)));
  return { runs: found.flatMap(({ runs }) => runs), refused: found.flatMap(({ refused }) => refused) };
}

/** Runs of every org below the reports folder, the newest snapshot first; of one snapshot the last judged first. */
export async function newestFirst(reports: Reports): Promise<FoundRuns> {
  const { runs, refused } = await allRuns(reports);
  runs.reverse().sort((a, b) => byCodeUnit(b.run.snapshot.began, a.run.snapshot.began));
  return { runs, refused };
}

/** The newest run that serves, and those that would have come before it and are not believed. */
export interface NewestRun<Run> {
  found: Run | null;
  refused: RefusedRun[];
}

/** The first of these runs, the newest first, of which `take` gives something, and which is believed as a whole. */
async function firstWhole<Run extends RunFolder, Taken>(
  runs: readonly Run[],
  take: (run: Run) => Promise<Taken | null>,
  refusalOfRun = refusalOf,
): Promise<NewestRun<{ folder: Run; taken: Taken }>> {
  const refused: RefusedRun[] = [];
  for (const folder of runs) {
    // What cannot be read, the check of the whole says as well.
    const taken = await take(folder).catch(() => undefined);
    if (taken === null) continue;
    const refusal = await refusalOfRun(folder);
    if (refusal !== null) refused.push(asRefused(folder, refusal));
    else if (taken !== undefined) return { found: { folder, taken }, refused };
  }
  return { found: null, refused };
}

function asRefused({ dir, name, run }: RunFolder, refusal: string): RefusedRun {
  return { dir, name, refusal, claims: run };
}

/** The newest run of any org. */
export async function newestRun(reports: Reports): Promise<NewestRun<RunFolder>> {
  const { runs, refused } = await newestFirst(reports);
  const first = await firstWhole(runs, async () => true);
  const found = first.found?.folder ?? null;
  return { found, refused: [...refused.filter((run) => isAfter(run, found)), ...first.refused] };
}

/** The findings that are wanted, of the newest run of any org that has one. */
export async function findFindings(
  isWanted: (finding: Finding) => boolean,
  reports: Reports,
): Promise<NewestRun<{ folder: AuditFolder; findings: Finding[] }>> {
  const { runs, refused } = await newestFirst(reports);
  const { found, refused: broken } = await firstWhole(runs.filter(isAudit), async (folder) => {
    const all = await readFindings(folder);
    const findings = all.filter(isWanted);
    return findings.length === 0 ? null : findings;
  });
  return {
    found: found && { folder: found.folder, findings: found.taken },
    refused: [...refused.filter((run) => isAfter(run, found?.folder ?? null)), ...broken],
  };
}

/** What earlier audits of an org are to a snapshot: all of them by when their snapshots began, not by when they were
 * judged, so that judging an old snapshot again says what it said then. */
export interface EarlierAudits {
  /** The last first, complete or not. */
  audits: AuditFolder[];
  /** The last complete one of any job. */
  latest: AuditFolder | null;
  /** The last complete one of the job, and what it says to a later run. */
  previous: { folder: AuditFolder; earlier: EarlierRun } | null;
  /** Those that would have been one of the two and are not believed, the last first. */
  refused: RefusedRun[];
}

/** The audits before a snapshot, of the same org and organization. */
export async function auditsBefore(
  wanted: Reports & { org: string; organizationId: string; began: string; job: Job },
): Promise<EarlierAudits> {
  const { org, organizationId, began, job } = wanted;
  const all = await runsOfOrg(join(wanted.reportsDir, org), wanted.sealKey);
  const before = all.runs.filter(({ run }) => run.snapshot.began < began).reverse();
  const audits = before
    .filter(isAudit)
    .filter(({ run }) => run.org === org && run.opti_organization.id === organizationId);
  const complete = audits.filter(({ run }) => run.complete);
  const checkOnce = once(refusalOf);
  const latest = await firstWhole(complete, async () => true, checkOnce);
  const ofJob = await firstWhole(
    complete.filter(({ run }) => run.job === job),
    readFindings,
    checkOnce,
  );
  const previous = ofJob.found && {
    folder: ofJob.found.folder,
    earlier: asEarlier(ofJob.found.folder, ofJob.found.taken),
  };
  const misplaced = before
    .filter(({ run }) => run.org !== org)
    .map((folder) => asRefused(folder, `it is a run of ${folder.run.org}`));
  const wouldHaveServed = (run: RefusedRun) => {
    const its = jobOf(run);
    if (its === 'collect' || !isBefore(run, began)) return false;
    return isAfter(run, (its === job || its === null ? previous?.folder : latest.found?.folder) ?? null);
  };
  const broken = new Map([...latest.refused, ...ofJob.refused].map((run) => [run.dir, run]));
  const refused = [...[...all.refused, ...misplaced].filter(wouldHaveServed), ...broken.values()];
  refused.sort((a, b) => byCodeUnit(beganOf(b), beganOf(a)));
  return { audits, latest: latest.found?.folder ?? null, previous, refused };
}

/** The check of a run, made once: mostly the last run of any job is the last one of the job. */
function once(check: typeof refusalOf): typeof refusalOf {
  const made = new Map<RunFolder, Promise<string | null>>();
  return (folder) => {
    const checked = made.get(folder) ?? check(folder);
    made.set(folder, checked);
    return checked;
  };
}

/** What a run claims, else what the name of its folder says. */
export function jobOf({ name, claims }: RefusedRun): string | null {
  return claims?.job ?? RUN_NAME.exec(name)?.[7] ?? null;
}

function beganOf({ name, claims }: RefusedRun): string {
  return claims?.snapshot?.began ?? beganByName(name) ?? '';
}

/** When the run began, by its name: UTC ISO-8601. Its snapshot may be older. */
function beganByName(name: string): string | null {
  const [, year, month, day, hour, minute, second] = RUN_NAME.exec(name) ?? [];
  return year === undefined ? null : `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
}

/** Whether a run may be of a time before this. What it claims is no more certain than its name; in doubt it is. */
function isBefore({ name, claims }: RefusedRun, began: string): boolean {
  const claimed = claims?.snapshot?.began;
  return claimed === undefined || claimed < began || (beganByName(name) ?? '9') < began;
}

/** Whether a run that is not believed would have come after this one, the last one that is. */
function isAfter({ name, claims }: RefusedRun, last: RunFolder | null): boolean {
  if (last === null) return true;
  const claimed = claims?.snapshot?.began;
  return claimed === undefined ? name > last.name : claimed > last.run.snapshot.began;
}

function asEarlier({ name, run }: AuditFolder, findings: readonly Finding[]): EarlierRun {
  return {
    run: name,
    began: run.snapshot.began,
    findings: outstanding(findings),
    held: run.held,
    rows: Object.fromEntries(Object.entries(run.datasets).map(([dataset, { rows }]) => [dataset, rows])),
    settings: run.settings ?? null,
  };
}

/** Runs of the same org with a snapshot that began later, by the names of their folders. */
export async function newerSnapshots(
  snapshot: Snapshot,
  runFolder: string,
  { reportsDir, sealKey }: Reports,
): Promise<string[]> {
  const { org, began } = snapshot.manifest;
  const newer = new Set<string>();
  for (const home of new Set([dirname(resolve(runFolderOf(runFolder))), resolve(reportsDir, org)])) {
    for (const { name, run: other } of (await runsOfOrg(home, sealKey)).runs) {
      if (other.org === org && other.snapshot.began > began) newer.add(name);
    }
  }
  return [...newer].sort();
}
