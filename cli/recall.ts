import { join } from 'node:path';
import { AuditError } from '../src/domain/errors.ts';
import type { EarlierRun } from '../src/domain/history.ts';
import type { Baseline, Memory } from '../src/domain/memory.ts';
import type { Job } from '../src/domain/rule.ts';
import type { Snapshot } from '../src/snapshot/open-snapshot.ts';
import { type AuditFolder, auditIn, lastCompleteRun, openAudit, readFindings } from './runs.ts';

/** What earlier runs below the reports folder say to a snapshot. */
export interface Recollection {
  /**
   * The last complete run of the same org and job: what `new`, `known` and `resolved` are told against, and what
   * datasets may have shrunk against. A cutover changes too much for the other job's runs to say that.
   */
  previous: EarlierRun | null;
  memory: Memory;
}

/** Looks up what earlier runs know. `baseline` is the folder that `--baseline` names, or null. */
export async function recall(
  snapshot: Snapshot,
  job: Job,
  { reportsDir, baseline }: { reportsDir: string; baseline: string | null },
): Promise<Recollection> {
  const { org, opti_organization_id: organizationId, began } = snapshot.manifest;
  const wanted = { reportsDir, org, organizationId, began };
  const [ofJob, ofOrg] = await Promise.all([
    lastCompleteRun({ ...wanted, job }),
    lastCompleteRun({ ...wanted, job: null }),
  ]);
  const baselineFolder =
    baseline !== null
      ? await openBaseline(baseline, snapshot, reportsDir)
      : job === 'drift'
        ? (ofJob?.folder ?? null)
        : null;
  return {
    previous: ofJob?.earlier ?? null,
    memory: {
      groupPairs: ofOrg?.folder.run.group_pairs ?? {},
      baseline: baselineFolder && (await grantsOf(baselineFolder, baseline !== null)),
    },
  };
}

/** The run that the user names, by its folder or by its folder's name among the runs of the org. */
async function openBaseline(folder: string, snapshot: Snapshot, reportsDir: string): Promise<AuditFolder> {
  const { org, opti_organization_id: organizationId } = snapshot.manifest;
  const found = (await auditIn(join(reportsDir, org, folder))) ?? (await openAudit(folder, '--baseline'));
  const { run } = found;
  if (run.org !== org || run.opti_organization?.id !== organizationId) {
    throw new AuditError(
      `--baseline: ${folder} is a run of ${run.opti_organization?.id} on ${run.org}, not of ${organizationId} on ${org}.`,
      { hint: 'Give a run of the same Okta org and the same Opti ID organization.' },
    );
  }
  return found;
}

/** What the groups of a run granted. One that the user did not name and that lacks its snapshot is none. */
async function grantsOf(folder: AuditFolder, isAskedFor: boolean): Promise<Baseline | null> {
  const [{ openSnapshot }, { readBaseline }] = await Promise.all([
    import('../src/snapshot/open-snapshot.ts'),
    import('../src/analysis/baseline.ts'),
  ]);
  try {
    const [snapshot, findings] = await Promise.all([
      openSnapshot(folder.dir),
      readFindings(folder.dir).catch(() => []),
    ]);
    // Who names a run as baseline means what its groups grant, and no more.
    const missing = isAskedFor
      ? []
      : [...findings, ...(folder.run.held ?? [])].filter(({ state }) => state !== 'resolved');
    return await readBaseline(folder.name, snapshot, missing);
  } catch (error) {
    if (isAskedFor || !(error instanceof AuditError)) throw error;
    return null;
  }
}
