import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectAlone } from '../../src/fleet/connect.ts';
import { enqueueNight } from '../../src/fleet/enqueue.ts';
import { readEntries } from '../../src/fleet/entries.ts';
import { type Fleet, parseFleet } from '../../src/fleet/fleet-file.ts';
import { noteAnswer, noteBegin } from '../../src/fleet/fleet-runs.ts';
import { openLocks } from '../../src/fleet/locks.ts';
import { openQueue, type Queue, type TakenJob } from '../../src/fleet/queue.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const started = await startPostgres();
const postgres = started as TestPostgres;

const FLEET = `runs: runs
queue: { tries: 2, retry_seconds: 1, heartbeat_seconds: 10 }
defaults: { window: "00:00-23:59", memory_mb: 512 }
organizations:
  acme: { expected_minutes: 5 }
  globex: { expected_minutes: 50 }
  huge: { memory_mb: 3000 }
`;
const ANSWER = {
  exit_code: 0,
  verdict: 'go',
  verdict_lines: ['CLEAN: nothing at or above error was found.', 'Run it again tomorrow night.'],
  new_blockers: 0,
  severity: { blocker: 0 },
  rules: { 'group-orphaned': 2 },
  run: 'acme/run',
  seconds: 12,
  peak_mb: 300,
};

describe.skipIf('unavailable' in started)('the queue', () => {
  const fleet: Fleet = parseFleet(FLEET, '/fleet/fleet.yaml');
  const context = { say: () => {} };
  const now = new Date();
  let queue: Queue;

  beforeAll(async () => {
    queue = await openQueue({ url: postgres.url, fleet, isWorker: false, name: 'test' }, context);
  });
  afterAll(async () => {
    await queue?.close();
    await postgres.close();
  });
  beforeEach(async () => {
    await postgres.query('delete from fleet.fleet_run');
    await postgres.query('delete from fleet_queue.job');
  });

  const enqueue = () => enqueueNight(fleet, queue, { now, atOnce: true });
  const take = async (memoryMb = 512) => (await queue.take(memoryMb)) as TakenJob;
  const entries = async () => {
    const all = await readEntries(fleet, queue, { now });
    return Object.fromEntries(all.map((entry) => [entry.org, entry]));
  };
  const begun = ({ data }: TakenJob) => ({ ...data, job: 'drift', worker: 'w', tries: 1 });

  it('holds each organization once however often and by however many it is asked', async () => {
    const all = await Promise.all([enqueue(), enqueue(), enqueue()]);
    expect(
      all
        .flat()
        .flatMap(({ added }) => added)
        .sort(),
    ).toEqual(['acme', 'globex', 'huge']);
    expect((await enqueue()).map(({ added }) => added)).toEqual([[]]);
    expect(Object.values(await entries()).map(({ state }) => state)).toEqual([
      'waiting',
      'waiting',
      'waiting',
    ]);
  });

  it('gives the longest first, and nothing that does not fit', async () => {
    await enqueue();
    expect((await take()).data.org).toBe('globex');
    expect((await take()).data.org).toBe('acme');
    expect(await queue.take(3_000)).toBeNull();
    expect((await queue.take(4_096))?.data.org).toBe('huge');
  });

  it('records an answer with the completion, once, and does not ask again', async () => {
    await enqueue();
    const job = await take();
    expect(await noteBegin(queue.sql, begun(job))).not.toBeNull();
    await queue.complete(job, (sql) => noteAnswer(sql, begun(job), ANSWER));
    expect((await entries()).globex).toMatchObject({
      state: 'done',
      exit_code: 0,
      rules: ANSWER.rules,
      verdict_lines: ANSWER.verdict_lines,
      tries: 1,
    });
    expect((await enqueue())[0]?.added).toEqual([]);
    expect(await noteBegin(queue.sql, begun(job))).toBeNull();
    expect(await noteAnswer(queue.sql, begun(job), { ...ANSWER, exit_code: 3 })).toBe(false);
    expect((await entries()).globex?.exit_code).toBe(0);
  });

  it('keeps neither of the two where one fails', async () => {
    await enqueue();
    const job = await take();
    const broken = queue.complete(job, async (sql) => {
      await noteAnswer(sql, begun(job), ANSWER);
      throw new Error('the disk is full');
    });
    await expect(broken).rejects.toThrow('the disk is full');
    expect((await entries()).globex?.state).not.toBe('done');
    expect(await queue.fail(job, 'again')).toBe('failed');
  });

  it('gives a failed job out again after a while, and then to the dead ones, from where it comes back', async () => {
    await enqueue();
    const job = await take();
    await noteBegin(queue.sql, begun(job));
    expect(await queue.fail(job, 'Okta is away.')).toBe('failed');
    expect((await entries()).globex).toMatchObject({ state: 'waiting', note: 'Okta is away.' });
    let again: TakenJob | null = null;
    for (let tries = 0; again?.data.org !== 'globex' && tries < 100; tries += 1) {
      again = (await queue.take(512)) ?? again;
      await sleep(100);
    }
    expect(again).toMatchObject({ data: { org: 'globex' }, retryCount: 1 });
    // The first attempt has nothing to say any more.
    expect(await queue.fail(job, 'late')).toBe('not ours');
    expect(await queue.fail(again as TakenJob, 'Okta is still away.')).toBe('dead');
    expect((await entries()).globex).toMatchObject({ state: 'dead', note: 'Okta is still away.' });
    const globex = fleet.organizations[1] as Fleet['organizations'][number];
    expect((await enqueue())[0]?.added).not.toContain('globex');
    expect(await queue.redrive(globex, job.data.night)).toBe(true);
    expect(await queue.redrive(globex, job.data.night)).toBe(false);
    expect((await entries()).globex?.state).toBe('waiting');
    expect((await take()).data).toMatchObject({ org: 'globex', resume: true });
  });

  it('buries at once what is no use to try again', async () => {
    await enqueue();
    const job = await take();
    await noteBegin(queue.sql, begun(job));
    await queue.bury(job, 'Okta refused the token.');
    expect((await entries()).globex).toMatchObject({ state: 'dead', note: 'Okta refused the token.' });
    expect(await queue.dead()).toMatchObject([{ org: 'globex', why: 'Okta refused the token.' }]);
  });

  it('puts a job back without counting it as a try', async () => {
    await enqueue();
    for (let round = 0; round < 4; round += 1) {
      const job = await take();
      expect(job).toMatchObject({
        data: { org: 'globex', tries: 0, resume: round > 0 },
        retryCount: 0,
        retryLimit: 1,
      });
      await queue.putBack(job, { seconds: 0, resume: true, why: 'its worker stopped' });
    }
  });

  it('leaves the nightly enqueueing to its own clock, one schedule for each begin of a window', async () => {
    await queue.schedule([{ cron: '0 22 * * *', zone: 'Europe/Berlin' }]);
    await queue.schedule([{ cron: '30 1 * * *', zone: 'UTC' }]);
    const rows = await postgres.query('select cron, timezone from fleet_queue.schedule');
    expect(rows).toEqual([{ cron: '30 1 * * *', timezone: 'UTC' }]);
    await queue.schedule([]);
    expect(await postgres.query('select cron from fleet_queue.schedule')).toEqual([]);
  });

  describe('its locks', () => {
    const open = (silenceMs = 60_000) =>
      openLocks({ connect: () => connectAlone(postgres.url, 'locks'), silenceMs });

    it('are held by one worker at a time, by key, and end with its session', async () => {
      const [one, other] = [await open(), await open()];
      expect([
        await one.take('acme'),
        await one.take('acme'),
        await other.take('acme'),
        await other.take('globex'),
      ]).toEqual([true, false, false, true]);
      await one.release('acme');
      expect(await other.take('acme')).toBe(true);
      await other.close();
      expect(await one.take('acme')).toBe(true);
      await one.close();
    });

    it('are taken up again when the server ends the session, unless somebody else was faster', async () => {
      const [one, other] = [await open(), await open()];
      await one.take('acme');
      await one.take('globex');
      await postgres.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'locks' and pid in
         (select pid from pg_locks where locktype = 'advisory')`,
      );
      while (!(await other.take('acme'))) await sleep(20);
      expect(await one.keep()).toEqual({ held: true, lost: ['acme'] });
      expect(await other.take('globex')).toBe(false);
      await Promise.all([one.close(), other.close()]);
    });

    it('end when a worker stands still', async () => {
      const [one, other] = [await open(300), await open()];
      await one.take('acme');
      await sleep(700);
      expect(await other.take('acme')).toBe(true);
      expect(await one.keep()).toEqual({ held: true, lost: ['acme'] });
      await Promise.all([one.close(), other.close()]);
    });
  });
});
