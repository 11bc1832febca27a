import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditRun, PLAIN_AUDIT } from '../../src/audit/audit.ts';
import { READ_ALL } from '../../src/collect/plan-collection.ts';
import { loadConfig } from '../../src/config/settings.ts';
import type { Job } from '../../src/domain/rule.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import type { SandboxWorld } from '../../src/sandbox/model.ts';
import { startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { healthyNight, troubledNight } from '../../src/sandbox/sample-nights.ts';
import { sampleWorld } from '../../src/sandbox/sample-world.ts';
import { type StoreSandbox, startStoreSandbox } from '../../src/sandbox/store.ts';
import type { GeneratedFiles } from './rule-files.ts';

/** The moment of the samples: fixed, so that their files change only when the product does. */
export const MOMENT = new Date('2026-11-24T03:15:00.000Z');
export const NIGHT_BEFORE = new Date('2026-11-23T03:15:00.000Z');

/** Files of a run that depend on nothing but the sample org and the rules. */
const SAMPLE_FILE = /\.csv$|^findings\.ndjson$/u;

/**
 * Runs the demo's audits of a job at a fixed moment and returns the files of the last that it shows, by their path below
 * the project's root.
 */
export async function sampleRunFiles(job: Job): Promise<GeneratedFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-sample-'));
  const nights = [
    [healthyNight(NIGHT_BEFORE), NIGHT_BEFORE],
    [troubledNight(MOMENT), MOMENT],
  ] as const;
  const worlds = job === 'drift' ? nights : [[sampleWorld(MOMENT), MOMENT] as const];
  const store = await startStoreSandbox(worlds[0][0].store);
  try {
    let last = '';
    for (const [world, now] of worlds) last = await auditWorld(job, world, now, store, folder);
    return await filesOf(last, job === 'drift' ? 'reports/sample/drift' : 'reports/sample');
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function filesOf(dir: string, shownAs: string): Promise<GeneratedFiles> {
  const files: GeneratedFiles = {};
  for (const file of (await readdir(dir)).filter((name) => SAMPLE_FILE.test(name)).sort()) {
    files[`${shownAs}/${file}`] = await readFile(join(dir, file), 'utf8');
  }
  return files;
}

/** Audits a world at a moment, by the whole road; returns the folder of the run. */
export async function auditWorld(
  job: Job,
  world: SandboxWorld,
  now: Date,
  store: StoreSandbox,
  reportsDir: string,
): Promise<string> {
  await store.fill(world.store);
  const okta = await startOktaSandbox(world.okta);
  try {
    const { dir } = await auditRun(
      {
        job,
        from: {
          sources: {
            okta: { orgUrl: okta.url, credentials: { mode: 'SSWS', token: okta.token }, budgetPercent: 100 },
            store: { databaseUrl: store.url, schema: 'opti_id', organizationId: world.organizationId },
            org: 'sample',
            organizationId: world.organizationId,
          },
          audit: { ...world.settings, lagMinutes: 60, logDays: 7, reportsDir },
          reading: READ_ALL,
        },
        reportsDir,
        ...PLAIN_AUDIT,
        failOn: 'error',
        brakes: loadConfig({}, { okta: false, store: false }).brakes,
      },
      { ...silently(reportsDir), now: () => now },
    );
    return dir;
  } finally {
    await okta.close();
  }
}

/** RunContext of a command that nobody watches. */
export function silently(cwd: string): RunContext {
  return {
    env: {},
    cwd,
    now: () => new Date(),
    stdout: () => {},
    say: () => {},
    onEvent: () => {},
    color: false,
    signal: new AbortController().signal,
    hide: () => {},
    redact: (text) => text,
  };
}
