import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/settings.ts';
import { startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { sampleWorld } from '../../src/sandbox/sample-world.ts';
import { startStoreSandbox } from '../../src/sandbox/store.ts';
import { auditRun, PLAIN_AUDIT } from '../compose.ts';

/** The moment of the sample: fixed, so that its files change only when the product does. */
const MOMENT = new Date('2026-11-24T03:15:00.000Z');

/** Files of the demo's run that depend on nothing but the sample org and the rules. */
const SAMPLE_FILES = [
  'findings.csv',
  'findings.ndjson',
  'rules.csv',
  'groups.csv',
  'users.csv',
  'memberships.csv',
  'access.csv',
  'configuration.csv',
  'plan.csv',
] as const;

/** Runs the demo's audit at a fixed moment and returns its files by their path below the project's root. */
export async function sampleRunFiles(): Promise<Record<string, string>> {
  const world = sampleWorld(MOMENT);
  const reportsDir = await mkdtemp(join(tmpdir(), 'optiid-audit-sample-'));
  const okta = await startOktaSandbox(world.okta);
  const store = await startStoreSandbox(world.store);
  try {
    const { dir } = await auditRun(
      {
        job: 'precutover',
        from: {
          sources: {
            okta: {
              orgUrl: okta.url,
              credentials: { mode: 'SSWS', token: okta.token },
              budgetPercent: 100,
            },
            store: { databaseUrl: store.url, schema: 'opti_id', organizationId: world.organizationId },
            org: 'sample',
            organizationId: world.organizationId,
          },
          audit: { ...world.settings, lagMinutes: 60, logDays: 7, reportsDir },
        },
        reportsDir,
        ...PLAIN_AUDIT,
        failOn: 'error',
        brakes: loadConfig({}, { okta: false, store: false }).brakes,
        speech: { quiet: true },
      },
      {
        env: {},
        cwd: reportsDir,
        now: () => MOMENT,
        stdout: () => {},
        stderr: () => {},
        color: false,
        signal: new AbortController().signal,
        hide: () => {},
      },
    );
    const files: Record<string, string> = {};
    for (const file of SAMPLE_FILES) {
      files[`reports/sample/${file}`] = await readFile(join(dir, file), 'utf8');
    }
    return files;
  } finally {
    await store.close();
    await okta.close();
    await rm(reportsDir, { recursive: true, force: true });
  }
}
