import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DATASET_NAMES } from '../../src/domain/dataset.ts';
import type { Finding } from '../../src/domain/finding.ts';
import {
  type CollectSummary,
  type RunResult,
  type RunSummary,
  summarizeCollection,
  summarizePlan,
  summarizeRun,
} from '../../src/domain/run.ts';
import type { SealKey } from '../../src/domain/seal.ts';
import { enterOrgFolder } from '../../src/runs/org-folder.ts';
import { RUN_FILE, sealRun } from '../../src/runs/seal.ts';
import { beginRun } from '../../src/runs/write-run.ts';
import { createSnapshot } from '../../src/snapshot/write-snapshot.ts';
import { NO_PLAN, sampleManifest, sampleResult } from '../report/sample-run.ts';

/** A run to leave, without an audit: its summary, its findings, and a snapshot without rows. */
export interface LeftRun extends Partial<Omit<RunResult, 'findings'>> {
  reportsDir: string;
  started: Date;
  org?: string;
  organization?: string;
  /** When its snapshot began, where that is not when it started. */
  began?: string;
  findings?: readonly Finding[];
  sealKey?: SealKey | null;
}

/** Leaves a sealed run; returns its folder and the name of it. */
export async function leaveRun({
  reportsDir,
  started,
  org = 'acme.okta.com',
  organization = 'org-1',
  began = started.toISOString(),
  sealKey = null,
  findings = [],
  ...result
}: LeftRun): Promise<{ dir: string; name: string }> {
  const { job = 'drift' } = result;
  const run = await beginRun(await enterOrgFolder({ reportsDir, org, sealKey }), { started, job });
  const { manifest, hash } = await leaveSnapshot(run.work.run, { began, org, organization });
  const files = {
    'findings.ndjson': findings.map((finding) => `${JSON.stringify(finding)}\n`).join(''),
    'findings.csv': 'x'.repeat(1000),
    'plan.json': JSON.stringify(NO_PLAN),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(run.work.run, name), text);
  const judged = summarizeRun(sampleResult({ ...result, job, manifest, snapshotHash: hash, findings }));
  const { dir } = await run.finish<RunSummary>({ ...judged, plan: summarizePlan(NO_PLAN) });
  return { dir, name: basename(dir) };
}

/** Leaves a sealed run that only collected; returns its folder. */
export async function leaveCollection(reportsDir: string, started: Date): Promise<string> {
  const org = 'acme.okta.com';
  const run = await beginRun(await enterOrgFolder({ reportsDir, org, sealKey: null }), {
    started,
    job: 'collect',
  });
  const about = { began: started.toISOString(), org, organization: 'org-1' };
  const { manifest, hash } = await leaveSnapshot(run.work.run, about);
  const { dir } = await run.finish<CollectSummary>(
    summarizeCollection(manifest, hash, { notes: [], ignored: [] }),
  );
  return dir;
}

/** A snapshot without rows in the folder of a run. */
async function leaveSnapshot(
  run: string,
  { began, org, organization }: { began: string; org: string; organization: string },
) {
  const snapshot = createSnapshot({ folder: join(run, 'snapshot'), clock: () => new Date(began) });
  for (const name of DATASET_NAMES) await snapshot.collect(name, async () => {});
  const { tool, settings } = sampleManifest();
  return snapshot.seal({ tool, org, opti_organization_id: organization, settings });
}

/** Seals a run again after its files, or with `change` what it says, were changed: as somebody does who knows how. */
export async function sealAgain(
  dir: string,
  change: (run: Record<string, unknown>) => void = () => {},
  sealKey: SealKey | null = null,
): Promise<void> {
  const run = JSON.parse(await readFile(join(dir, RUN_FILE), 'utf8')) as RunSummary;
  const { files: _files, sha256: _sha256, seal: _seal, ...summary } = run;
  change(summary as unknown as Record<string, unknown>);
  await rm(join(dir, RUN_FILE));
  await sealRun<RunSummary>(dir, summary, sealKey);
}
