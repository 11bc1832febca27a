import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pc from 'picocolors';
import { type AuditedRun, auditRun, PLAIN_AUDIT } from '../../src/audit/audit.ts';
import { bothSides, READ_ALL } from '../../src/collect/collect-request.ts';
import type { OptiIdSettings } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/settings.ts';
import type { Job } from '../../src/domain/rule.ts';
import type { OptiIdSource } from '../../src/domain/source.ts';
import { visibleText } from '../../src/report/text/visible-text.ts';
import { isRunFolder, removeRun } from '../../src/runs/remove-run.ts';
import { Interruption } from '../../src/runtime/cancellation.ts';
import { type RunContext, unlessQuiet } from '../../src/runtime/run-context.ts';
import type { SandboxWorld } from '../../src/sandbox/model.ts';
import { startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { healthyNight, troubledNight } from '../../src/sandbox/sample-nights.ts';
import { sampleWorld } from '../../src/sandbox/sample-world.ts';
import { startScimSandbox } from '../../src/sandbox/scim-server.ts';
import { startStoreSandbox } from '../../src/sandbox/store.ts';
import type { CommonFlags } from './options.ts';
import { linked, print, printRun, shownPath } from './print.ts';

const HOUR_MS = 3_600_000;

/** Names the folder of the demo's runs, whichever ports the stand-ins listen on. */
const DEMO_ORG = 'fjordlight.okta.example';

/** What the org lives through, in hours before now: the plan of the eve is still one to follow. */
const HOURS_AGO = { eve: 20, nightBefore: 12 } as const;

/** What is printed above each of the two audits. */
const HEADINGS = {
  precutover: '1 of 2: before the cutover, as optiid-audit precutover prints it',
  drift: '2 of 2: a night after the cutover, as optiid-audit drift prints it',
} as const;

/** What `demo` is asked for. */
interface DemoFlags extends CommonFlags {
  optiId?: OptiIdSource;
}

/** The Opti ID side of a sample org, and how it is read. */
interface SampleOptiId {
  settings: OptiIdSettings;
  /** Shows another world from now on. */
  show(world: SandboxWorld): Promise<void>;
  close(): Promise<void>;
}

/** Starts the Opti ID side as a store or as a SCIM endpoint. */
async function startOptiId(
  source: OptiIdSource,
  { store, organizationId }: SandboxWorld,
): Promise<SampleOptiId> {
  if (source === 'scim') {
    const { url, token, fill, close } = await startScimSandbox(store, organizationId);
    const settings = { scimUrl: url, token, auth: 'header', organizationId } as const;
    return { settings, show: async (world) => fill(world.store), close };
  }
  const { url, fill, close } = await startStoreSandbox(store);
  const settings = { databaseUrl: url, schema: 'opti_id', organizationId };
  return { settings, show: (world) => fill(world.store), close };
}

/** The demo's own findings are what it is for, so it ends with code 0 unless it could not be run. */
export async function demo(flags: DemoFlags, context: RunContext): Promise<number> {
  const at = (hoursAgo: number): RunContext => ({
    ...context,
    now: () => new Date(context.now().getTime() - hoursAgo * HOUR_MS),
  });
  const [onTheEve, onTheNightBefore] = [at(HOURS_AGO.eve), at(HOURS_AGO.nightBefore)];
  const eve = sampleWorld(onTheEve.now());
  // The night before is where the second audit knows from what is new, and what groups used to grant.
  const nightBefore = healthyNight(onTheNightBefore.now());
  const tonight = troubledNight(context.now());
  const calm = { ...flags, quiet: true, json: false };

  await removeDemoRuns(flags);
  const store = await startOptiId(flags.optiId ?? 'database', eve);
  // A run goes by Okta's time, and the org lives through all three.
  let lived = onTheEve;
  const okta = await startOktaSandbox(eve.okta, { now: () => lived.now() });
  const show = async (world: SandboxWorld, then: RunContext) => {
    lived = then;
    Object.assign(okta.okta, world.okta);
    await store.show(world);
  };
  try {
    const first = await auditAndPrint('precutover', eve, onTheEve);
    await show(nightBefore, onTheNightBefore);
    await auditSample('drift', nightBefore, { okta, store }, calm, onTheNightBefore);
    await show(tonight, context);
    const second = await auditAndPrint('drift', tonight, context);
    if (flags.json) print('demo', [first.run, second.run], () => '', flags, context);
    else printWhatToOpen([first.dir, second.dir], flags, context);
  } catch (error) {
    // Its org is gone with it, so there is nothing to resume.
    throw error instanceof Interruption ? new Interruption('Run the command again.') : error;
  } finally {
    await okta.close();
    await store.close();
  }
  return 0;

  async function auditAndPrint(job: Job, world: SandboxWorld, then: RunContext) {
    printHeading(job, flags, context);
    const audited = await auditSample(job, world, { okta, store }, flags, then);
    // As JSON it is one value, at the end.
    if (!flags.json) printRun(audited, flags, then);
    return audited;
  }
}

/** Each demo begins anew: what an earlier one left would be known already, and resolved. */
async function removeDemoRuns(flags: CommonFlags): Promise<void> {
  const home = join(flags.out ?? 'reports', DEMO_ORG);
  for (const name of await readdir(home).catch(() => [])) {
    const dir = join(home, name);
    if (await isRunFolder(dir)) await removeRun(dir);
  }
}

function printHeading(job: Job, { json, quiet }: CommonFlags, { stdout, color }: RunContext): void {
  const { bold } = pc.createColors(color);
  const gap = job === 'precutover' ? '' : '\n';
  if (!json && !quiet) stdout(`${gap}${bold(`=== ${HEADINGS[job]} ===`)}\n\n`);
}

function printWhatToOpen(
  dirs: readonly string[],
  { json, quiet }: CommonFlags,
  { stdout, color, cwd }: RunContext,
): void {
  if (json || quiet) return;
  const { bold } = pc.createColors(color);
  const pages = dirs.map((dir) => {
    const page = join(dir, 'report.html');
    return `  ${linked(page, visibleText(shownPath(page, cwd)), { color })}`;
  });
  stdout(
    `\n${bold('Open in a browser, the eve of the cutover and a night after it:')}\n${pages.join('\n')}\n`,
  );
}

/** Audits a sample org, which its sandboxes hold already. */
export function auditSample(
  job: Job,
  { settings }: SandboxWorld,
  { okta, store }: { okta: { url: string; token: string }; store: { settings: OptiIdSettings } },
  flags: CommonFlags,
  context: RunContext,
): Promise<AuditedRun> {
  const reportsDir = flags.out ?? 'reports';
  const read = bothSides(
    { orgUrl: okta.url, credentials: { mode: 'SSWS', token: okta.token }, budgetPercent: 50 },
    store.settings,
  );
  const sources = { ...read, org: DEMO_ORG };
  const audit = { ...settings, lagMinutes: 60, logDays: 7, reportsDir, sealKey: null };
  const { plan } = loadConfig({}, { okta: false, store: false });
  const from = { sources, audit, reading: READ_ALL };
  const request = { job, from, reportsDir, ...PLAIN_AUDIT, failOn: 'error', plan } as const;
  return auditRun(request, unlessQuiet(flags, context));
}
