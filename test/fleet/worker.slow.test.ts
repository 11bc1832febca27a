import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FleetEntry } from '../../src/domain/fleet.ts';
import { connectAlone } from '../../src/fleet/connect.ts';
import { enqueueNight } from '../../src/fleet/enqueue.ts';
import { readEntries } from '../../src/fleet/entries.ts';
import { noteAnswer } from '../../src/fleet/fleet-runs.ts';
import { type LockSession, openLocks } from '../../src/fleet/locks.ts';
import { openQueue, type Queue } from '../../src/fleet/queue.ts';
import { type StandInEvent, type StandInFleet, startStandIns } from './support/stand-ins.ts';

/** A machine with other work is slow; a worker that waits in vain is none. */
vi.setConfig({ testTimeout: 120_000 });

/** The least that `fleet.yaml` takes. */
const HEARTBEAT_SECONDS = 10;
/** For longer an audit does not go on without a word from its worker. */
const LEASE_SECONDS = (HEARTBEAT_SECONDS * 2) / 3;
const FOR_EVER = 300;

const first = { expected_minutes: 100 };
const last = { expected_minutes: 1 };
const started = await startStandIns(
  [
    { org: 'killed', seconds: FOR_EVER, more: first },
    { org: 'frozen', seconds: FOR_EVER, more: first },
    // Longer than the heartbeat.
    { org: 'long', seconds: HEARTBEAT_SECONDS + 4, more: { expected_minutes: 90 } },
    { org: 'heap', seconds: 0, eats: 'heap', more: { expected_minutes: 80 } },
    { org: 'buffers', seconds: 0, eats: 'buffers', more: { expected_minutes: 70 } },
    { org: 'locked', seconds: 0 },
    { org: 'answered', seconds: 0 },
    { org: 'taken', seconds: FOR_EVER, more: last },
    { org: 'cut-off', seconds: FOR_EVER, more: last },
  ],
  { tries: 2, retry_seconds: 1, heartbeat_seconds: HEARTBEAT_SECONDS },
);
const standIns = started as StandInFleet;

describe.skipIf('unavailable' in started)('workers', () => {
  let queue: Queue;
  let lock: LockSession;
  let night: string;
  const entries = async (): Promise<Record<string, FleetEntry>> => {
    const all = await readEntries(standIns.fleet, queue, { now: new Date() });
    return Object.fromEntries(all.map((entry) => [entry.org, entry]));
  };
  const until = async <Value>(look: () => Promise<Value | undefined> | Value | undefined): Promise<Value> => {
    for (;;) {
      const value = await look();
      if (value !== undefined) return value;
      await sleep(50);
    }
  };
  const event = (org: string, name: StandInEvent['event']) =>
    standIns.events().find((each) => each.org === org && each.event === name);
  beforeAll(async () => {
    const { fleet } = standIns;
    const url = standIns.queue.url;
    queue = await openQueue({ url, fleet, isWorker: false, name: 'test' }, { say: () => {} });
    const enqueued = await enqueueNight(fleet, queue, { now: new Date(), atOnce: true });
    night = enqueued[0]?.night ?? '';
    // Somebody else audits it.
    lock = await openLocks({ connect: () => connectAlone(url, 'test'), silenceMs: 600_000 });
    await lock.take('locked.okta.com');
    // It was answered, and the worker was lost before it could say so to the queue.
    const answer = {
      exit_code: 3,
      verdict: 'incomplete',
      verdict_lines: [],
      new_blockers: 0,
      severity: {},
      rules: {},
      run: 'answered.okta.com/run',
      seconds: 1,
      peak_mb: null,
    };
    await noteAnswer(queue.sql, { org: 'answered', night, job: 'drift', worker: 'lost', tries: 1 }, answer);
  });
  afterAll(async () => {
    await lock?.close();
    await queue?.close();
    await standIns.close();
  });

  it('lose nothing, do nothing twice, and keep every audit to its memory', async () => {
    const [one, two] = [standIns.work(1, 512), standIns.work(1, 512)];
    const byPid = (org: string) => until(() => event(org, 'began'));
    const [killed, frozen] = [await byPid('killed'), await byPid('frozen')];
    const workerOf = (audit: StandInEvent) =>
      [one, two].find(({ child }) => child.pid === audit.parent)?.child as typeof one.child;

    // kill -9: its audit ends with it.
    const dies = workerOf(killed);
    dies.kill('SIGKILL');
    const diedAt = Date.now();
    await once(dies, 'close');
    // At once: without that it would end as well, once it has heard nothing for a while.
    expect((await until(() => event('killed', 'stopped'))).at - diedAt).toBeLessThan(LEASE_SECONDS * 500);
    // A worker that stands still: its audit ends before its job can go to somebody else.
    const stands = workerOf(frozen);
    stands.kill('SIGSTOP');
    const stoodAt = Date.now();
    await until(() => event('frozen', 'stopped'));
    expect(Date.now() - stoodAt).toBeLessThan((LEASE_SECONDS + 2) * 1_000);

    const stays = standIns.work(4, 2_048);
    await until(async () => ((await entries()).locked?.note === 'another worker has it' ? true : undefined));
    await until(async () => {
      const { killed: a, frozen: b, long, heap, buffers } = await entries();
      const states = [a, b, long, heap, buffers].map((entry) => entry?.state);
      return states.every((state) => state === 'done' || state === 'dead') ? true : undefined;
    });
    stands.kill('SIGCONT');

    const after = await entries();
    const seen = Object.fromEntries(
      Object.values(after).map(({ org, state, tries, exit_code }) => [org, { state, tries, exit_code }]),
    );
    expect(seen).toEqual({
      killed: { state: 'done', tries: 2, exit_code: 0 },
      frozen: { state: 'done', tries: 2, exit_code: 0 },
      // A job that is worked on stays where it is, however long that takes.
      long: { state: 'done', tries: 1, exit_code: 0 },
      heap: { state: 'dead', tries: 2, exit_code: null },
      buffers: { state: 'dead', tries: 2, exit_code: null },
      locked: { state: 'waiting', tries: 0, exit_code: null },
      answered: { state: 'done', tries: 1, exit_code: 3 },
      taken: expect.anything(),
      'cut-off': expect.anything(),
    });
    const tooMuch = 'It needed more than the 512 MB of its slot. Give it more memory_mb.';
    expect([after.heap?.note, after.buffers?.note]).toEqual([tooMuch, tooMuch]);
    expect(stays.log()).toContain(`buffers: ${tooMuch} It is tried again.`);
    expect(after.buffers?.peak_mb ?? 0).toBeLessThan(700);

    // From the stand-ins' own log: who began, and that nobody else was there.
    const began = standIns.events().filter((each) => each.event === 'began');
    const times = (org: string) => began.filter((each) => each.org === org).length;
    expect(['killed', 'frozen', 'long', 'locked', 'answered'].map(times)).toEqual([2, 2, 1, 0, 0]);
    for (const org of ['killed', 'frozen']) {
      const own = standIns.events().filter((each) => each.org === org);
      expect(own.map((each) => each.event)).toEqual(['began', 'stopped', 'began', 'ended']);
    }
  });

  it('stop an audit whose lock somebody else took when the server ended the session', async () => {
    await until(() => event('taken', 'began'));
    await standIns.queue.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'optiid-audit fleet locks %'`,
    );
    await until(async () => (await lock.take('taken.okta.com')) || undefined);
    await until(() => event('taken', 'stopped'));
    await lock.release('taken.okta.com');
  });

  it('stop their audits when the queue is away for longer than that, and resume them', async () => {
    await until(() => event('cut-off', 'began'));
    const url = new URL(standIns.queue.url);
    const database = url.pathname.slice(1);
    url.pathname = '/postgres';
    const admin = await connectAlone(url.href, 'admin');
    const allow = (yes: boolean) => admin.query(`alter database ${database} allow_connections ${yes}`);
    await allow(false);
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
      database,
    ]);
    try {
      await until(() => event('cut-off', 'stopped'));
    } finally {
      await allow(true);
      await admin.end();
    }
  });

  it('end with one answer for each organization that can have one', async () => {
    // Those that had another one in the way, too.
    await lock.close();
    await until(async () => {
      const { 'cut-off': cutOff, taken, locked } = await entries();
      return [cutOff, taken, locked].every((entry) => entry?.state === 'done') || undefined;
    });
    const client = await connectAlone(standIns.queue.url, 'test');
    const { rows } = await client.query(
      `select count(*)::int as jobs from fleet_queue.job where name like 'audit-%' and state < 'completed'`,
    );
    await client.end();
    expect(rows).toEqual([{ jobs: 0 }]);
    expect(beganTwiceAtOnce(standIns.events())).toEqual([]);
  });
});

/** Organizations of which an audit began while another one was underway. */
function beganTwiceAtOnce(events: readonly StandInEvent[]): string[] {
  const underway = new Set<string>();
  const twice: string[] = [];
  for (const { org, event } of events) {
    // Those that eat memory are killed, and write no end.
    if (org === 'heap' || org === 'buffers') continue;
    if (event !== 'began') underway.delete(org);
    else if (underway.has(org)) twice.push(org);
    else underway.add(org);
  }
  return twice;
}
