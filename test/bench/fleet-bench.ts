/**
 * `npm run bench:fleet`: the real queue and workers with stand-ins in the place of audits, and GNU parallel over a list of the
 * same; each once undisturbed and once with a `kill -9`. Writes its table into README.md. `-- --organizations 100` is smaller,
 * `-- --slots 8` are those of each of two workers, `-- --scale 20` divides the time that each audit takes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { enqueueNight } from '../../src/fleet/enqueue.ts';
import { openQueue } from '../../src/fleet/queue.ts';
import { type StandInEvent, type StandInFleet, startStandIns } from '../fleet/support/stand-ins.ts';
import { median, replaceBetween, table } from './support/tables.ts';

const README = fileURLToPath(new URL('README.md', import.meta.url));
const STAND_IN = fileURLToPath(new URL('../fleet/support/stand-in.mjs', import.meta.url));
const LEAST_SECONDS = 1;
const MOST_SECONDS = 60;
const HEARTBEAT_SECONDS = 10;

const { values } = parseArgs({
  options: {
    organizations: { type: 'string', default: '1000' },
    slots: { type: 'string', default: '8' },
    scale: { type: 'string', default: '20' },
  },
});
const [organizations, slots, scale] = [values.organizations, values.slots, values.scale].map(Number) as [
  number,
  number,
  number,
];
const allSlots = 2 * slots;

/** Evenly spread and the same each time. */
const audits = Array.from({ length: organizations }, (_, at) => {
  const share = ((at * 2_654_435_761) % 2 ** 32) / 2 ** 32;
  const seconds = LEAST_SECONDS + share * (MOST_SECONDS - LEAST_SECONDS);
  return { org: `org-${String(at).padStart(5, '0')}`, seconds: seconds / scale, minutes: Math.ceil(seconds) };
});
const work = audits.reduce((sum, { seconds }) => sum + seconds, 0);
const longest = Math.max(...audits.map(({ seconds }) => seconds));
/** No packing is faster. */
const ideal = Math.max(longest, work / allSlots);

interface Outcome {
  wall: number;
  /** CPU seconds of whoever hands out the work, the database included; null where nobody asked. */
  cpu: number | null;
  answered: number;
  /** Audits that were begun while another one of the same organization was underway. */
  atOnce: number;
  begun: number;
  /** Of what the killed one had in hand: seconds until it was begun again. */
  again: number[];
}

function log(text: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
}

/** User and system time of a process without its children, in seconds; 0 where there is none. */
function cpuOf(pid: number): number {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return 0;
  const fields = readFileSync(path, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function summarize(events: readonly StandInEvent[], begun: number, killedAt: number | null) {
  const underway = new Map<string, Set<number>>();
  const inHand = new Set<string>();
  const again: number[] = [];
  let atOnce = 0;
  for (const { org, event, pid, at } of events.toSorted((a, b) => a.at - b.at)) {
    const own = underway.get(org) ?? new Set<number>();
    underway.set(org, own);
    if (event !== 'began') {
      own.delete(pid);
      continue;
    }
    if (own.size > 0) atOnce += 1;
    own.add(pid);
    if (killedAt !== null && at > killedAt && inHand.delete(org)) again.push((at - killedAt) / 1_000);
    if (killedAt === null || at <= killedAt) inHand.add(org);
  }
  const ended = events.filter(({ event }) => event === 'ended');
  const last = Math.max(...ended.map(({ at }) => at));
  return {
    wall: (last - begun) / 1_000,
    answered: new Set(ended.map(({ org }) => org)).size,
    begun: events.filter(({ event }) => event === 'began').length,
    atOnce,
    again,
  };
}

async function withStandIns<Result>(measure: (standIns: StandInFleet) => Promise<Result>): Promise<Result> {
  const standIns = await startStandIns(
    audits.map(({ org, seconds, minutes }) => ({
      org,
      seconds,
      more: { expected_minutes: minutes },
    })),
    { tries: 5, retry_seconds: 1, heartbeat_seconds: HEARTBEAT_SECONDS },
  );
  if ('unavailable' in standIns) throw new Error(standIns.unavailable);
  try {
    return await measure(standIns);
  } finally {
    await standIns.close();
  }
}

function hasBegun(standIns: StandInFleet, count: number): Promise<void> {
  return until(() => standIns.events().filter(({ event }) => event === 'began').length >= count);
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(50);
}

const isOver = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/** Two workers of the fleet; one is killed after a third of the organizations, and another one takes its place. */
function measureFleet(withKill: boolean): Promise<Outcome> {
  return withStandIns(async (standIns) => {
    const { url } = standIns.queue;
    const queue = await openQueue(
      { url, fleet: standIns.fleet, isWorker: false, name: 'bench' },
      { say: () => {} },
    );
    await enqueueNight(standIns.fleet, queue, { now: new Date(), atOnce: true });
    await queue.close();
    const [{ pid: postmaster = 0 } = {}] = await standIns.queue.query(
      `select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid`,
    );
    const database = () =>
      readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')
        .split(' ')
        .reduce((sum, pid) => sum + (pid === '' ? 0 : cpuOf(Number(pid))), 0);
    const start = () => standIns.work(slots, slots * 512, true).child;
    const workers = [start(), start()];
    let killedAt: number | null = null;
    let ours = new Set<string>();
    if (withKill) {
      await hasBegun(standIns, Math.floor(organizations / 3));
      const killed = workers[1] as ChildProcess;
      ours = openOf(standIns.events(), killed.pid ?? 0);
      killed.kill('SIGKILL');
      killedAt = Date.now();
      workers[1] = start();
    }
    let cpu = 0;
    const looking = setInterval(() => {
      cpu = database() + workers.reduce((sum, { pid }) => sum + cpuOf(pid ?? 0), 0);
    }, 500);
    await Promise.all(workers.map((child) => (isOver(child) ? null : once(child, 'close'))));
    clearInterval(looking);
    const events = standIns.events();
    const begun = Math.min(...events.map(({ at }) => at));
    const summary = summarize(events, begun, killedAt);
    return { ...summary, again: againOf(events, ours, killedAt), cpu: withKill ? null : cpu };
  });
}

/** Organizations that somebody has in hand. */
function openOf(events: readonly StandInEvent[], parent: number | null): Set<string> {
  const open = new Set<string>();
  for (const each of events) {
    if (each.event !== 'began') open.delete(each.org);
    else if (parent === null || each.parent === parent) open.add(each.org);
  }
  return open;
}

function againOf(
  events: readonly StandInEvent[],
  orgs: ReadonlySet<string>,
  killedAt: number | null,
): number[] {
  if (killedAt === null) return [];
  return [...orgs].flatMap((org) => {
    const next = events.find((each) => each.org === org && each.event === 'began' && each.at > killedAt);
    return next === undefined ? [] : [(next.at - killedAt) / 1_000];
  });
}

/** GNU parallel over the list, as a crontab has it; killed after a third, and started again by whoever sees it, with --resume. */
function measureParallel(withKill: boolean): Promise<Outcome> {
  return withStandIns(async (standIns) => {
    const jobs = join(standIns.folder, 'joblog');
    const list = audits.toSorted((a, b) => b.seconds - a.seconds).map(({ org }) => org);
    const start = () =>
      spawn(
        'parallel',
        [
          '--will-cite',
          '-j',
          String(allSlots),
          '--joblog',
          jobs,
          '--resume',
          `OKTA_CLIENT_ORGURL=https://{}.okta.com ${process.execPath} ${STAND_IN} --out ${join(standIns.folder, 'runs')} >/dev/null`,
          ':::',
          ...list,
        ],
        { env: { PATH: process.env.PATH, HOME: standIns.folder }, stdio: 'ignore' },
      );
    let child = start();
    let killedAt: number | null = null;
    let ours = new Set<string>();
    if (withKill) {
      await hasBegun(standIns, Math.floor(organizations / 3));
      child.kill('SIGKILL');
      await once(child, 'close');
      ours = openOf(standIns.events(), null);
      killedAt = Date.now();
      child = start();
    }
    await once(child, 'close');
    const events = standIns.events();
    const summary = summarize(events, Math.min(...events.map(({ at }) => at)), killedAt);
    return { ...summary, again: againOf(events, ours, killedAt), cpu: null };
  });
}

const row = (name: string, { wall, answered, begun, atOnce, again }: Outcome): string[] => [
  name,
  wall.toFixed(1),
  (wall / ideal).toFixed(2),
  `${(100 * (1 - work / (wall * allSlots))).toFixed(0)} %`,
  String(answered),
  String(begun - organizations),
  String(atOnce),
  again.length === 0 ? '' : `${median(again).toFixed(1)} (${again.length})`,
];

const loadBefore = loadavg()[0] ?? 0;
log('the fleet, undisturbed');
const fleet = await measureFleet(false);
log('the fleet, one of two workers killed');
const fleetKilled = await measureFleet(true);
log('GNU parallel, undisturbed');
const parallel = await measureParallel(false);
log('GNU parallel, killed');
const parallelKilled = await measureParallel(true);

const text = [
  `${organizations.toLocaleString('en-US')} organizations, audits of ${LEAST_SECONDS} to ${MOST_SECONDS} s, their time divided by ${scale}; ${allSlots} slots, heartbeat ${HEARTBEAT_SECONDS} s, not divided. No packing is faster than ${ideal.toFixed(1)} s. One run each (${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores, load ${loadBefore.toFixed(1)} before).`,
  '',
  table(
    [
      '',
      'wall s',
      '÷ ideal',
      'idle slots',
      'answered',
      'begun again',
      'two at once',
      'begun again after s (of those in hand)',
    ],
    [
      row(`the fleet, two workers of ${slots} slots`, fleet),
      row('… one killed (`kill -9`), another one started at once', fleetKilled),
      row(`GNU parallel, ${allSlots} jobs`, parallel),
      row('… killed, started again at once with `--resume`', parallelKilled),
    ],
  ),
  '',
  `Both workers and the database's processes took ${(((fleet.cpu ?? 0) * 1_000) / organizations).toFixed(0)} ms of a processor per job, their own start included.`,
].join('\n');
await writeFile(README, replaceBetween(await readFile(README, 'utf8'), 'fleet', text));
log(text);
