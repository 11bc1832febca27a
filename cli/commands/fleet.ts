import { totalmem } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import pLimit from 'p-limit';
import { fleetDatabaseUrl } from '../../src/config/read-config.ts';
import { AuditError, EXIT, SettingsError } from '../../src/domain/errors.ts';
import { type FleetReport, rollUp } from '../../src/domain/fleet.ts';
import { checkFleet, hideSecrets, type ResolvedOrganization } from '../../src/fleet/check-fleet.ts';
import { childEnvironment, startChild, type ThisProgram } from '../../src/fleet/child.ts';
import { enqueueNight, schedulesOf } from '../../src/fleet/enqueue.ts';
import { readEntries } from '../../src/fleet/entries.ts';
import { type Fleet, readFleet } from '../../src/fleet/fleet-file.ts';
import { fleetJsonSchema } from '../../src/fleet/fleet-schema.ts';
import { type MetricsAddress, serveMetrics } from '../../src/fleet/metrics.ts';
import { nightAt } from '../../src/fleet/night.ts';
import { openQueue, type Queue, requireQueueUrl } from '../../src/fleet/queue.ts';
import { runWorker } from '../../src/fleet/worker.ts';
import { renderFleetReport, renderStatus } from '../../src/report/fleet/fleet-text.ts';
import { FLEET_FILES, writeFleetReport } from '../../src/report/fleet/write-fleet-report.ts';
import { Interruption, sleepUntil } from '../../src/runtime/cancellation.ts';
import { type RunContext, unlessQuiet, warning } from '../../src/runtime/run-context.ts';
import { print, shownPath, unknownName } from './print.ts';
import { verdictOf } from './reports.ts';

interface FleetFlags {
  file: string;
  json?: boolean;
  quiet?: boolean;
}

function fleetOf({ file }: FleetFlags, { cwd }: RunContext): Promise<Fleet> {
  return readFleet(resolve(cwd, file));
}

/** This program, for its children. */
function thisProgram(): ThisProgram {
  return { path: process.argv[1] ?? '', execArgv: process.execArgv };
}

/** Opens the queue, does something with it, and closes it. */
async function withQueue<Result>(
  fleet: Fleet,
  flags: FleetFlags,
  context: RunContext,
  work: (queue: Queue) => Promise<Result>,
): Promise<Result> {
  const url = requireQueueUrl(await fleetDatabaseUrl(context));
  const options = { url, fleet, isWorker: false, name: 'command' };
  const queue = await openQueue(options, unlessQuiet(flags, context));
  try {
    return await work(queue);
  } finally {
    await queue.close();
  }
}

/** Doctors at once. */
const DOCTORS = 3;

export async function check(
  flags: FleetFlags & { deep?: boolean; schema?: boolean },
  context: RunContext,
): Promise<number> {
  if (flags.schema) {
    context.stdout(fleetJsonSchema());
    return EXIT.clean;
  }
  const fleet = await fleetOf(flags, context);
  const { organizations, mistakes } = await checkFleet(fleet, context.env, await fleetDatabaseUrl(context));
  for (const { env } of organizations) hideSecrets(env, context);
  if (mistakes.length > 0) throw new SettingsError(mistakes);
  const examined = flags.deep ? await examineAll(organizations, context) : [];
  const failed = examined.filter(({ problems }) => problems.length > 0);
  print(
    'fleet check',
    { organizations: organizations.length, examined },
    () =>
      [
        ...failed.flatMap(({ org, problems }) => problems.map((problem) => `${org}: ${problem}\n`)),
        `${organizations.length} organizations are in order${flags.deep ? '' : ' as far as this file goes; --deep asks each of them'}.\n`.replace(
          'are in order',
          failed.length === 0 ? 'are in order' : `checked, ${failed.length} not in order`,
        ),
      ].join(''),
    flags,
    context,
  );
  return failed.length === 0 ? EXIT.clean : EXIT.failed;
}

interface Examined {
  org: string;
  problems: string[];
}

/** Each organization's doctor, a few at a time, each in a process with its own secrets alone. */
function examineAll(
  organizations: readonly ResolvedOrganization[],
  context: RunContext,
): Promise<Examined[]> {
  const limit = pLimit(DOCTORS);
  return Promise.all(
    organizations.map(({ organization: { name }, env }) =>
      limit(async (): Promise<Examined> => {
        if (context.signal.aborted) throw new Interruption();
        const child = startChild(thisProgram(), ['doctor', '--json'], {
          env: childEnvironment(context.env, env),
          cwd: context.cwd,
        });
        const stop = () => child.stop();
        context.signal.addEventListener('abort', stop, { once: true });
        const { code, stdout, error } = await child.ended;
        context.signal.removeEventListener('abort', stop);
        if (code === EXIT.clean) return { org: name, problems: [] };
        try {
          const { checks } = JSON.parse(stdout) as {
            checks: { title: string; found: string; outcome: string }[];
          };
          const problems = checks.filter(({ outcome }) => outcome === 'failed');
          return { org: name, problems: problems.map(({ title, found }) => `${title}: ${found}`) };
        } catch {
          return { org: name, problems: [error ?? `its doctor ended with code ${code}`] };
        }
      }),
    ),
  );
}

export async function enqueue(
  flags: FleetFlags & { now?: boolean; schedule?: boolean; unschedule?: boolean },
  context: RunContext,
): Promise<number> {
  const fleet = await fleetOf(flags, context);
  return withQueue(fleet, flags, context, async (queue) => {
    if (flags.schedule || flags.unschedule) {
      const at = flags.unschedule ? [] : schedulesOf(fleet);
      await queue.schedule(at);
      const text = at.map(({ cron, zone }) => `every night: ${cron} (${zone})\n`).join('');
      print('fleet enqueue', { schedules: at }, () => text || 'No schedule any more.\n', flags, context);
      return EXIT.clean;
    }
    const nights = await enqueueNight(fleet, queue, { now: context.now(), atOnce: flags.now === true });
    print(
      'fleet enqueue',
      nights,
      () =>
        nights
          .map(
            ({ night, organizations, added }) =>
              `Night of ${night}: ${added.length} of ${organizations} organizations enqueued, the others were already.\n`,
          )
          .join(''),
      flags,
      context,
    );
    return EXIT.clean;
  });
}

/** What an audit may use of this machine, or of the container: the rest is the system's. */
function memoryToUse(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  const total = constrained > 0 && constrained < totalmem() ? constrained : totalmem();
  return Math.floor((total / 1024 / 1024) * 0.8);
}

export async function work(
  flags: FleetFlags & { slots: number; memory?: number; metrics?: MetricsAddress; untilDone?: boolean },
  context: RunContext,
): Promise<number> {
  const fleet = await fleetOf(flags, context);
  const queueUrl = requireQueueUrl(await fleetDatabaseUrl(context));
  const shown = unlessQuiet(flags, context);
  const { slots, metrics } = flags;
  const memoryMb = flags.memory ?? memoryToUse();
  if (flags.memory !== undefined && flags.memory > totalmem() / 1024 / 1024) {
    shown.say(
      warning(`--memory says more than this machine has (${Math.floor(totalmem() / 1024 / 1024)} MB).`),
    );
  }
  let served: Awaited<ReturnType<typeof serveMetrics>> | null = null;
  try {
    await runWorker(
      {
        fleet,
        queueUrl,
        slots,
        memoryMb,
        program: thisProgram(),
        untilDone: flags.untilDone === true,
        verdictOf,
        async onReady(worker) {
          if (metrics === undefined) return undefined;
          served = await serveMetrics(metrics, worker, fleet, context.now);
          shown.say({
            level: 'info',
            event: 'metrics',
            message: `metrics at http://${metrics.host}:${served.port}/metrics`,
          });
          return served.watch;
        },
      },
      shown,
    );
  } finally {
    await (served as Awaited<ReturnType<typeof serveMetrics>> | null)?.close();
  }
  return EXIT.clean;
}

async function readReport(
  fleet: Fleet,
  queue: Queue,
  { now }: RunContext,
  night?: string,
): Promise<FleetReport> {
  const at = now();
  return rollUp(await readEntries(fleet, queue, { now: at, ...(night === undefined ? {} : { night }) }), at);
}

const WATCH_MS = 2_000;
const CLEAR = '\u001B[H\u001B[2J';

export async function status(
  flags: FleetFlags & { watch?: boolean; night?: string },
  context: RunContext,
): Promise<number> {
  const fleet = await fleetOf(flags, context);
  return withQueue(fleet, flags, context, async (queue) => {
    for (;;) {
      const found = await readReport(fleet, queue, context, flags.night);
      if (flags.watch && context.color) context.stdout(CLEAR);
      print('fleet status', found, () => renderStatus(found, context.now()), flags, context);
      if (!flags.watch) return EXIT.clean;
      try {
        await sleepUntil(WATCH_MS, context.signal);
      } catch {
        return EXIT.clean;
      }
    }
  });
}

export async function report(
  flags: FleetFlags & { night?: string; out?: string },
  context: RunContext,
): Promise<number> {
  const fleet = await fleetOf(flags, context);
  return withQueue(fleet, flags, context, async (queue) => {
    const found = await readReport(fleet, queue, context, flags.night);
    if (flags.out !== undefined) {
      const dir = resolve(context.cwd, flags.out);
      await writeFleetReport(dir, found, (run) => linkTo(run, dir, fleet));
      context.say({
        level: 'info',
        event: 'report',
        message: `wrote ${FLEET_FILES.join(', ')} into ${shownPath(dir, context.cwd)}`,
      });
    }
    print('fleet report', found, () => renderFleetReport(found), flags, context);
    return found.exit_code;
  });
}

/** A run's page as seen from the report. */
function linkTo(run: string, dir: string, fleet: Fleet): string {
  if (/^https?:/u.test(run)) return `${run}/report.html`;
  const path = join(fleet.runs, run, 'report.html');
  const from = relative(dir, path);
  return from.split(/[\\/]/u).map(encodeURIComponent).join('/') || pathToFileURL(path).href;
}

export async function redrive(
  org: string,
  flags: FleetFlags & { night?: string },
  context: RunContext,
): Promise<number> {
  const fleet = await fleetOf(flags, context);
  const organization = fleet.organizations.find(({ name }) => name === org);
  if (organization === undefined) {
    const known = fleet.organizations.map(({ name }) => name);
    throw unknownName('organization', org, known, 'optiid-audit fleet status');
  }
  const night = flags.night ?? nightAt(context.now(), organization.window);
  return withQueue(fleet, flags, context, async (queue) => {
    if (!(await queue.redrive(organization, night))) {
      throw new AuditError(`${org} is not dead on the night of ${night}.`, {
        hint: 'optiid-audit fleet status says how far it is; fleet enqueue --now asks for what nobody asked for.',
      });
    }
    print('fleet redrive', { org, night }, () => `${org} is tried again.\n`, flags, context);
    return EXIT.clean;
  });
}
