import { dirname, join, resolve } from 'node:path';
import { readBaseline, readGoneAccounts } from '../analysis/describe/baseline.ts';
import type { EarlierCollections } from '../collect/plan-collection.ts';
import { AuditError } from '../domain/errors.ts';
import type { Finding } from '../domain/finding.ts';
import type { EarlierRun, TrendPoint } from '../domain/history.ts';
import type { Baseline, Memory } from '../domain/memory.ts';
import type { Job } from '../domain/rule.ts';
import { type RefusedHistory, refusedSentence, refusedSentences } from '../domain/run.ts';
import type { Reports } from '../domain/seal.ts';
import { auditsBefore, jobOf, newestRun, runsOfOrg } from '../runs/find-runs.ts';
import type { OrgFolder } from '../runs/org-folder.ts';
import {
  type AuditFolder,
  auditIn,
  isAudit,
  isRefused,
  openAudit,
  openRunSnapshot,
  type RefusedRun,
  readFindings,
  readRunFolder,
  runIn,
} from '../runs/read-run.ts';
import { removeFolder } from '../runs/remove-run.ts';
import { abandonedRuns } from '../runs/write-run.ts';
import { type CollectionAbout, readCheckpoint } from '../snapshot/checkpoint.ts';
import { openForeignSnapshot, type Snapshot } from '../snapshot/open-snapshot.ts';

/** What earlier runs below the reports folder say to a snapshot. */
export interface EarlierRuns {
  /**
   * The last complete run of the same org and job: what `new`, `known` and `resolved` are told against, and what
   * datasets may have shrunk against. A cutover changes too much for the other job's runs to say that.
   */
  previous: EarlierRun | null;
  memory: Memory;
  /** Runs that would have served and are not believed, the last first. */
  refused: RefusedHistory[];
  /** The last runs of the same org and job, complete or not, oldest first. */
  trend: TrendPoint[];
}

/** Two months of nights. */
const LONGEST_TREND = 60;

/** A run that serves as baseline: what its groups granted, and its folder; null where it is not believed. */
export interface NamedBaseline {
  folder: AuditFolder | null;
  baseline: Baseline;
}

/** Looks up what earlier runs know. `named` is what `--baseline` names, or null. */
export async function readEarlierRuns(
  snapshot: Snapshot,
  job: Job,
  { named, ...reports }: Reports & { named: NamedBaseline | null },
): Promise<EarlierRuns> {
  const { org, opti_organization_id: organizationId, began } = snapshot.manifest;
  const { audits, latest, previous, refused } = await auditsBefore({
    ...reports,
    org,
    organizationId,
    began,
    job,
  });
  const last = previous?.folder ?? null;
  const baseline = named ?? (job === 'drift' ? await defaultBaseline(last, refused) : null);
  const earlier = previous?.earlier ?? null;
  const ofJobs = audits.filter(({ run }) => run.job === job);
  return {
    previous: earlier,
    memory: {
      groupPairs: latest?.run.group_pairs ?? {},
      // Before the cutover no account has been made anew by SCIM.
      baseline: baseline && (job === 'drift' ? await withAccounts(baseline, snapshot) : baseline.baseline),
      known: new Set([...(earlier?.findings ?? []), ...(earlier?.held ?? [])].map((one) => one.finding_id)),
      // Of the last run, complete or not: each passes on what it could not look at.
      inFlight: new Map((ofJobs[0]?.run.in_flight ?? []).map((one) => [one.finding_id, one])),
    },
    refused: refused.map(({ name, refusal }) => ({ run: name, reason: refusal })),
    trend: ofJobs.slice(0, LONGEST_TREND).map(asTrendPoint).reverse(),
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
  /** Runs that are not believed and would have been chosen, or told to this one; a sentence each. */
  warnings: string[];
}

/**
 * Opens the snapshot in a folder, or that of the newest run below the reports folder. `ofJob` in place of the job
 * that the folder says; `isForeign` says whether the user named the folder, and every row is to be looked at. Throws an
 * {@link AuditError} where there is none, or it is not believed.
 */
export async function reopenRun(
  folder: string | undefined,
  reports: Reports,
  { ofJob, isForeign = folder !== undefined }: { ofJob?: Job | undefined; isForeign?: boolean } = {},
): Promise<ReopenedRun> {
  const { chosen, passedOver } = await chooseRun(folder, reports);
  const run = await runIn(chosen, 'The snapshot', reports.sealKey);
  const snapshot = await (run === null ? openForeignSnapshot(chosen) : openRunSnapshot(run, { isForeign }));
  const audit = run && isAudit(run) ? run : null;
  // A collection, and a snapshot without a run, are looked at before the cutover.
  const job = ofJob ?? audit?.run.job ?? 'precutover';
  const earlier = await readEarlierRuns(snapshot, job, await placesOf(audit, reports));
  const warnings = [
    ...passedOver.map((passed) => refusedSentence({ run: passed.name, reason: passed.refusal })),
    ...refusedSentences(earlier.refused),
  ];
  const { memory } = earlier;
  return { folder: chosen, snapshot, job, run: audit, memory, earlier, warnings: [...new Set(warnings)] };
}

async function chooseRun(
  folder: string | undefined,
  reports: Reports,
): Promise<{ chosen: string; passedOver: RefusedRun[] }> {
  if (folder !== undefined) return { chosen: folder, passedOver: [] };
  const { found, refused } = await newestRun(reports);
  if (found !== null) return { chosen: found.dir, passedOver: refused };
  const [first] = refused;
  throw new AuditError(
    first
      ? `No run in ${reports.reportsDir} is believed. ${refusedSentence({ run: first.name, reason: first.refusal })}`
      : `No run in ${reports.reportsDir} has a snapshot.`,
    { hint: 'Name one with --snapshot, or the reports folder with --out or AUDIT_REPORTS_DIR.' },
  );
}

/** Where the run found what earlier runs know. */
async function placesOf(
  run: AuditFolder | null,
  reports: Reports,
): Promise<Reports & { named: NamedBaseline | null }> {
  if (run === null) return { ...reports, named: null };
  const home = dirname(resolve(run.dir));
  const places = { reportsDir: dirname(home), sealKey: reports.sealKey };
  const { baseline, org, opti_organization, previous } = run.run;
  // The one that serves by default is looked up as it was for the run.
  if (baseline === null || baseline === previous?.run) return { ...places, named: null };
  const dir = join(home, baseline);
  const found = await readRunFolder(dir, reports.sealKey);
  if (found === null || isRefused(found)) return { ...places, named: null };
  const about = { org, organizationId: opti_organization.id, ...places };
  return { ...places, named: await readNamedBaseline(dir, about) };
}

/**
 * What the groups granted in the run that the user names, by its folder or by its folder's name among the runs
 * of the org: what that run's snapshot says, and no more.
 */
export async function readNamedBaseline(
  folder: string,
  { org, organizationId, reportsDir, sealKey }: Reports & { org: string; organizationId: string },
): Promise<NamedBaseline> {
  const what = '--baseline';
  const found =
    (await auditIn(join(reportsDir, org, folder), what, sealKey)) ?? (await openAudit(folder, what, sealKey));
  const { run } = found;
  if (run.org !== org || run.opti_organization.id !== organizationId) {
    throw new AuditError(
      `--baseline: ${folder} is a run of ${run.opti_organization.id} on ${run.org}, not of ${organizationId} on ${org}.`,
      { hint: 'Give a run of the same Okta org and the same Opti ID organization.' },
    );
  }
  return grantsOf(found, [], true);
}

/**
 * What the groups granted in the last complete run of drift and what that run found missing. Where another one should have
 * served and is not believed, nobody knows what they granted.
 */
async function defaultBaseline(
  last: AuditFolder | null,
  refused: readonly RefusedRun[],
): Promise<NamedBaseline | null> {
  const doubted = refused.find((run) => jobOf(run) !== 'precutover');
  if (doubted) return unbelieved(doubted.name, doubted.refusal);
  if (last === null) return null;
  const findings = [...(await readFindings(last)), ...last.run.held];
  try {
    return await grantsOf(
      last,
      findings.filter(({ state }) => state !== 'resolved'),
    );
  } catch (error) {
    if (error instanceof AuditError) return unbelieved(last.name, error.message.replace(/\.$/u, ''));
    throw error;
  }
}

function unbelieved(run: string, refusal: string): NamedBaseline {
  return { folder: null, baseline: { run, grants: null, accounts: null, refusal } };
}

async function grantsOf(
  folder: AuditFolder,
  missing: readonly Finding[],
  isForeign = false,
): Promise<NamedBaseline> {
  const snapshot = await openRunSnapshot(folder, { isForeign });
  return { folder, baseline: await readBaseline(folder.name, snapshot, missing) };
}

async function withAccounts({ folder, baseline }: NamedBaseline, present: Snapshot): Promise<Baseline> {
  if (folder === null) return baseline;
  return { ...baseline, accounts: await readGoneAccounts(await openRunSnapshot(folder), present) };
}

/** What a collection may resume or carry over. Removes what a run left that was killed after it was in place. */
export async function readEarlierCollections(home: OrgFolder): Promise<EarlierCollections> {
  const { runs: finished } = await runsOfOrg(home.path, home.sealKey);
  const inPlace = new Set(finished.map(({ run }) => `${run.job} ${run.snapshot.began}`));
  const unfinished: { dir: string; about: CollectionAbout }[] = [];
  for (const { dir, checkpoint } of await abandonedRuns(home)) {
    const about = await readCheckpoint(checkpoint);
    if (about === null) continue;
    if (inPlace.has(`${about.job} ${about.began}`)) await removeFolder(dir);
    else unfinished.push({ dir, about });
  }
  return { finished, unfinished };
}
