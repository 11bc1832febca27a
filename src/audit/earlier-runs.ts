import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readBaseline, readGoneAccounts } from '../analysis/describe/baseline.ts';
import type { EarlierCollections } from '../collect/plan-collection.ts';
import { AuditError } from '../domain/errors.ts';
import type { Finding } from '../domain/finding.ts';
import type { EarlierRun, TrendPoint } from '../domain/history.ts';
import type { Baseline, Memory } from '../domain/memory.ts';
import type { Job } from '../domain/rule.ts';
import { auditsBefore, firstReadable, newestFirst, runsOfOrg } from '../runs/find-runs.ts';
import { type AuditFolder, auditIn, openAudit, readFindings } from '../runs/read-run.ts';
import { removeFolder } from '../runs/remove-run.ts';
import { abandonedRuns } from '../runs/write-run.ts';
import { type CollectionAbout, readCheckpoint } from '../snapshot/checkpoint.ts';
import { openSnapshot, type Snapshot } from '../snapshot/open-snapshot.ts';

/** What earlier runs below the reports folder say to a snapshot. */
export interface EarlierRuns {
  /**
   * The last complete run of the same org and job: what `new`, `known` and `resolved` are told against, and what
   * datasets may have shrunk against. A cutover changes too much for the other job's runs to say that.
   */
  previous: EarlierRun | null;
  memory: Memory;
  /** The last runs of the same org and job, complete or not, oldest first. */
  trend: TrendPoint[];
}

/** Two months of nights. */
const LONGEST_TREND = 60;

/** What `--baseline` names: what its groups granted, and the folder of the run. */
export interface NamedBaseline {
  folder: AuditFolder;
  baseline: Baseline;
}

/** Looks up what earlier runs know. `named` is what `--baseline` names, or null. */
export async function readEarlierRuns(
  snapshot: Snapshot,
  job: Job,
  { reportsDir, named }: { reportsDir: string; named: NamedBaseline | null },
): Promise<EarlierRuns> {
  const { org, opti_organization_id: organizationId, began } = snapshot.manifest;
  const audits = await auditsBefore({ reportsDir, org, organizationId, began });
  const runs = audits.filter(({ run }) => run.complete === true);
  const ofJob = await firstReadable(runs.filter(({ run }) => run.job === job));
  const baseline = named ?? (job === 'drift' && ofJob ? await defaultBaseline(ofJob.folder) : null);
  const earlier = ofJob?.earlier ?? null;
  const ofJobs = audits.filter(({ run }) => run.job === job);
  return {
    previous: earlier,
    memory: {
      groupPairs: runs[0]?.run.group_pairs ?? {},
      // Before the cutover no account has been made anew by SCIM.
      baseline: baseline && (job === 'drift' ? await withAccounts(baseline, snapshot) : baseline.baseline),
      known: new Set([...(earlier?.findings ?? []), ...(earlier?.held ?? [])].map((one) => one.finding_id)),
      // Of the last run, complete or not: each passes on what it could not look at.
      inFlight: new Map((ofJobs[0]?.run.in_flight ?? []).map((one) => [one.finding_id, one])),
    },
    trend: ofJobs
      .filter(({ run }) => run.counts?.state !== undefined)
      .slice(0, LONGEST_TREND)
      .map(asTrendPoint)
      .reverse(),
  };
}

function asTrendPoint({ name, run }: AuditFolder): TrendPoint {
  const { new: fresh, known, resolved } = run.counts.state;
  return { run: name, began: run.snapshot.began, complete: run.complete, new: fresh, known, resolved };
}

/** A snapshot that is looked at once more, as its run looked at it. */
interface ReopenedRun {
  folder: string;
  snapshot: Snapshot;
  job: Job;
  /** Null where the folder holds a snapshot, or a collection, and not an audit's run. */
  run: AuditFolder | null;
  memory: Memory;
  /** All that earlier runs say to it, the memory among it. */
  earlier: EarlierRuns;
}

/**
 * Opens the snapshot in a folder, or that of the newest run below the reports folder. `ofJob` in place of the job
 * that the folder says. Throws an {@link AuditError} where there is none.
 */
export async function reopenRun(
  folder: string | undefined,
  reportsDir: string,
  ofJob?: Job,
): Promise<ReopenedRun> {
  const chosen = folder ?? (await newestSnapshot(reportsDir));
  const snapshot = await openSnapshot(chosen);
  const run = await auditIn(chosen);
  // A collection, and a snapshot without a run, are looked at before the cutover.
  const job = ofJob ?? run?.run.job ?? 'precutover';
  const earlier = await readEarlierRuns(snapshot, job, await placesOf(run, reportsDir));
  return { folder: chosen, snapshot, job, run, memory: earlier.memory, earlier };
}

async function newestSnapshot(reportsDir: string): Promise<string> {
  for (const { dir } of await newestFirst(reportsDir)) {
    if (existsSync(join(dir, 'snapshot', 'manifest.json'))) return dir;
  }
  throw new AuditError(`No run in ${reportsDir} has a snapshot.`, {
    hint: 'Name one with --snapshot, or the reports folder with --out or AUDIT_REPORTS_DIR.',
  });
}

/** Where the run found what earlier runs know. */
async function placesOf(
  run: AuditFolder | null,
  reportsDir: string,
): Promise<{ reportsDir: string; named: NamedBaseline | null }> {
  if (run === null) return { reportsDir, named: null };
  const home = dirname(resolve(run.dir));
  const places = { reportsDir: dirname(home), named: null };
  const { baseline, org, opti_organization, previous } = run.run;
  // The one that serves by default is looked up as it was for the run.
  if (baseline === null || baseline === previous?.run) return places;
  if ((await auditIn(join(home, baseline))) === null) return places;
  const about = { org, organizationId: opti_organization.id, reportsDir: places.reportsDir };
  return { ...places, named: await readNamedBaseline(join(home, baseline), about) };
}

/**
 * What the groups granted in the run that the user names, by its folder or by its folder's name among the runs
 * of the org: what that run's snapshot says, and no more.
 */
export async function readNamedBaseline(
  folder: string,
  { org, organizationId, reportsDir }: { org: string; organizationId: string; reportsDir: string },
): Promise<NamedBaseline> {
  const found = (await auditIn(join(reportsDir, org, folder))) ?? (await openAudit(folder, '--baseline'));
  const { run } = found;
  if (run.org !== org || run.opti_organization?.id !== organizationId) {
    throw new AuditError(
      `--baseline: ${folder} is a run of ${run.opti_organization?.id} on ${run.org}, not of ${organizationId} on ${org}.`,
      { hint: 'Give a run of the same Okta org and the same Opti ID organization.' },
    );
  }
  return grantsOf(found, []);
}

/** What the groups granted in a run and what that run found missing; null where its snapshot is gone. */
async function defaultBaseline(folder: AuditFolder): Promise<NamedBaseline | null> {
  const findings = [...(await readFindings(folder.dir).catch(() => [])), ...(folder.run.held ?? [])];
  try {
    return await grantsOf(
      folder,
      findings.filter(({ state }) => state !== 'resolved'),
    );
  } catch (error) {
    if (error instanceof AuditError) return null;
    throw error;
  }
}

async function grantsOf(folder: AuditFolder, missing: readonly Finding[]): Promise<NamedBaseline> {
  return { folder, baseline: await readBaseline(folder.name, await openSnapshot(folder.dir), missing) };
}

async function withAccounts({ folder, baseline }: NamedBaseline, present: Snapshot): Promise<Baseline> {
  return { ...baseline, accounts: await readGoneAccounts(await openSnapshot(folder.dir), present) };
}

/** What a collection may resume or carry over. Removes what a run left that was killed after it was in place. */
export async function readEarlierCollections(where: {
  reportsDir: string;
  org: string;
}): Promise<EarlierCollections> {
  const finished = await runsOfOrg(join(where.reportsDir, where.org));
  const inPlace = new Set(finished.map(({ run }) => `${run.job} ${run.snapshot.began}`));
  const unfinished: { dir: string; about: CollectionAbout }[] = [];
  for (const { dir, checkpoint } of await abandonedRuns(where)) {
    const about = await readCheckpoint(checkpoint);
    if (about === null) continue;
    if (inPlace.has(`${about.job} ${about.began}`)) await removeFolder(dir);
    else unfinished.push({ dir, about });
  }
  return { finished, unfinished };
}
