import { auditRun, PLAIN_AUDIT } from '../../src/audit/audit.ts';
import { READ_ALL } from '../../src/collect/plan-collection.ts';
import { bothSides } from '../../src/collect/sources.ts';
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
  const yesterday = new Date(now.getTime() - DAY_MS);
  const eve = sampleWorld(now);
  // The night before is where the second audit knows from what is new, and what groups used to grant.
  const nightBefore = healthyNight(yesterday);
  const tonight = troubledNight(now);

  const store = await startStoreSandbox(eve.store);
  // Two orgs: each audit has a history of its own.
  const orgs = await Promise.all([eve, nightBefore].map(({ okta }) => startOktaSandbox(okta)));
  const [before, after] = orgs as [(typeof orgs)[number], (typeof orgs)[number]];
  try {
    await audit('precutover', eve, before, { flags, context });
    await store.fill(nightBefore.store);
    await audit('drift', nightBefore, after, {
      flags: { ...flags, quiet: true, json: false },
      context: { ...context, now: () => new Date(context.now().getTime() - DAY_MS) },
    });
    Object.assign(after.okta, tonight.okta);
    await store.fill(tonight.store);
    await audit('drift', tonight, after, { flags, context });
  } catch (error) {
    // Its org is gone with it, so there is nothing to go on with.
    throw error instanceof Interruption ? new Interruption('Run the command again.') : error;
  } finally {
    await Promise.all(orgs.map((org) => org.close()));
    await store.close();
  }
  return 0;

  async function audit(
    job: Job,
    world: SandboxWorld,
    okta: { url: string; token: string },
    how: { flags: CommonFlags; context: RunContext },
  ): Promise<void> {
    const reportsDir = flags.out ?? 'reports';
    const written = await auditRun(
      {
        job,
        from: {
          sources: bothSides(
            { orgUrl: okta.url, credentials: { mode: 'SSWS', token: okta.token }, budgetPercent: 50 },
            { databaseUrl: store.url, schema: 'opti_id', organizationId: world.organizationId },
          ),
          audit: { ...world.settings, lagMinutes: 60, logDays: 7, reportsDir },
          reading: READ_ALL,
        },
        reportsDir,
        ...PLAIN_AUDIT,
        failOn: 'error',
        brakes: loadConfig({}, { okta: false, store: false }).brakes,
      },
      unlessQuiet(how.flags, how.context),
    );
    printRun(written, how.flags, how.context);
  }
}
