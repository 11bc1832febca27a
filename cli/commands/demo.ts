import { type AuditedRun, auditRun, PLAIN_AUDIT } from '../../src/audit/audit.ts';
import { bothSides, READ_ALL } from '../../src/collect/collect-request.ts';
import { loadConfig } from '../../src/config/settings.ts';
import type { Job } from '../../src/domain/rule.ts';
import { Interruption } from '../../src/runtime/cancellation.ts';
import { type RunContext, unlessQuiet } from '../../src/runtime/run-context.ts';
import type { SandboxWorld } from '../../src/sandbox/model.ts';
import { startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { healthyNight, troubledNight } from '../../src/sandbox/sample-nights.ts';
import { sampleWorld } from '../../src/sandbox/sample-world.ts';
import { startStoreSandbox } from '../../src/sandbox/store.ts';
import type { CommonFlags } from './options.ts';
import { printRun } from './print.ts';

const DAY_MS = 86_400_000;

/** The demo's own findings are what it is for, so it ends with code 0 unless it could not be run. */
export async function demo(flags: CommonFlags, context: RunContext): Promise<number> {
  const now = context.now();
  const eve = sampleWorld(now);
  // The night before is where the second audit knows from what is new, and what groups used to grant.
  const nightBefore = healthyNight(new Date(now.getTime() - DAY_MS));
  const tonight = troubledNight(now);
  const calm = { ...flags, quiet: true, json: false };
  const earlier = { ...context, now: () => new Date(context.now().getTime() - DAY_MS) };

  const store = await startStoreSandbox(eve.store);
  // A run goes by Okta's time: the second org lives through the night before and then through tonight.
  let nightly = earlier;
  // Two orgs: each audit has a history of its own.
  const before = await startOktaSandbox(eve.okta, { now: context.now });
  const after = await startOktaSandbox(nightBefore.okta, { now: () => nightly.now() });
  try {
    printRun(await auditSample('precutover', eve, { okta: before, store }, flags, context), flags, context);
    await store.fill(nightBefore.store);
    await auditSample('drift', nightBefore, { okta: after, store }, calm, earlier);
    nightly = context;
    Object.assign(after.okta, tonight.okta);
    await store.fill(tonight.store);
    printRun(await auditSample('drift', tonight, { okta: after, store }, flags, context), flags, context);
  } catch (error) {
    // Its org is gone with it, so there is nothing to resume.
    throw error instanceof Interruption ? new Interruption('Run the command again.') : error;
  } finally {
    await Promise.all([before, after].map((org) => org.close()));
    await store.close();
  }
  return 0;
}

/** Audits a sample org, which its sandboxes hold already. */
export function auditSample(
  job: Job,
  { organizationId, settings }: SandboxWorld,
  { okta, store }: { okta: { url: string; token: string }; store: { url: string } },
  flags: CommonFlags,
  context: RunContext,
): Promise<AuditedRun> {
  const reportsDir = flags.out ?? 'reports';
  const sources = bothSides(
    { orgUrl: okta.url, credentials: { mode: 'SSWS', token: okta.token }, budgetPercent: 50 },
    { databaseUrl: store.url, schema: 'opti_id', organizationId },
  );
  const audit = { ...settings, lagMinutes: 60, logDays: 7, reportsDir, sealKey: null };
  const { plan } = loadConfig({}, { okta: false, store: false });
  const from = { sources, audit, reading: READ_ALL };
  const request = { job, from, reportsDir, ...PLAIN_AUDIT, failOn: 'error', plan } as const;
  return auditRun(request, unlessQuiet(flags, context));
}
