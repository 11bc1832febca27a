import type { JobWithMetadata, PgBoss } from 'pg-boss';
import { AuditError } from '../domain/errors.ts';
import { note, type RunContext, warning } from '../runtime/run-context.ts';
import { connectionString, queueFailure } from './connect.ts';
import type { Fleet, Organization } from './fleet-file.ts';
import { installFleetRuns, noteFailure, noteWaiting, type Sql } from './fleet-runs.ts';
import type { Night } from './night.ts';

/** pg-boss's tables; ours are in the schema `fleet`. */
const SCHEMA = 'fleet_queue';
const DEAD = 'dead';
export const NIGHTLY = 'nightly';

/** An audit that is asked for. Whoever takes it finds everything else in its own `fleet.yaml`. */
export interface AuditJob {
  org: string;
  night: Night;
  /** Tries before this job was put back. */
  tries: number;
  /** What a try before it read may be there. */
  resume: boolean;
}

export type TakenJob = JobWithMetadata<AuditJob>;

/** Jobs wait by the memory that they need: so a worker takes none that does not fit. */
function queueOf(memoryMb: number): string {
  return `audit-${classOf(memoryMb)}`;
}

/** Memory is counted in powers of two. */
export function classOf(memoryMb: number): number {
  return 2 ** Math.ceil(Math.log2(memoryMb));
}

export function memoryOf({ name }: Pick<TakenJob, 'name'>): number {
  return Number(name.slice('audit-'.length));
}

/** The fleet's queue. */
export interface Queue {
  sql: Sql;
  /** Puts jobs of one night into the queue; returns the organizations that were not there yet. */
  enqueue(
    jobs: readonly { organization: Organization; night: Night; due: Date; priority: number }[],
  ): Promise<string[]>;
  /** The next job that fits into so much memory, the largest first. */
  take(memoryMb: number): Promise<TakenJob | null>;
  /** Shows that jobs are worked on. */
  touch(jobs: readonly TakenJob[]): Promise<void>;
  /**
   * Ends a job for good, with what `record` writes in the same transaction. What is recorded counts even where the job was
   * given to somebody else meanwhile.
   */
  complete(job: TakenJob, record: (sql: Sql) => Promise<unknown>): Promise<void>;
  /** A try came to nothing: the job comes back after a while, or goes to the dead ones. */
  fail(job: TakenJob, why: string): Promise<'failed' | 'dead' | 'not ours'>;
  /** Trying again is no use: the job goes to the dead ones. */
  bury(job: TakenJob, why: string): Promise<void>;
  /** Puts a job back, without counting it as a try. */
  putBack(job: TakenJob, back: { seconds: number; resume: boolean; why: string }): Promise<void>;
  /** Jobs that nobody tries any more, and why. */
  dead(): Promise<{ org: string; night: Night; id: string; why: string }[]>;
  /** Brings a dead job back; false where there is none. */
  redrive(organization: Organization, night: Night): Promise<boolean>;
  /** The nightly enqueueing by pg-boss's own clock, at these local times; none: no longer. */
  schedule(at: readonly { cron: string; zone: string }[]): Promise<void>;
  /** Does the nightly enqueueing where it is due: one worker does it, and another one where that one fails. */
  nightly(enqueue: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export interface QueueOptions {
  url: string;
  fleet: Fleet;
  /** Workers also watch over the queue: they give lost jobs to others, and keep the clock. */
  isWorker: boolean;
  name: string;
}

const NODE_ASKED_FOR = [22, 12] as const;

/** pg-boss asks for a newer Node than this program; it is tested on ours. */
function noteNode(context: Pick<RunContext, 'say'>): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > NODE_ASKED_FOR[0] || (major === NODE_ASKED_FOR[0] && minor >= NODE_ASKED_FOR[1])) return;
  context.say(
    note(
      `The queue (pg-boss) asks for Node ${NODE_ASKED_FOR.join('.')} or newer, and this is ${process.versions.node}. It is tested on Node 20, too.`,
    ),
  );
}

/** Opens the queue, and makes or updates its tables. */
export async function openQueue(options: QueueOptions, context: Pick<RunContext, 'say'>): Promise<Queue> {
  const { url, fleet, isWorker, name } = options;
  noteNode(context);
  const { PgBoss: Boss } = await import('pg-boss');
  const everySeconds = Math.max(1, Math.floor(fleet.queue.heartbeat_seconds / 5));
  const boss = new Boss({
    connectionString: connectionString(url),
    schema: SCHEMA,
    application_name: 'optiid-audit fleet',
    instanceName: name,
    registerInstance: isWorker,
    supervise: isWorker,
    schedule: isWorker,
    superviseIntervalSeconds: everySeconds,
    monitorIntervalSeconds: everySeconds,
    max: 4,
    connectionTimeoutMillis: 10_000,
  });
  let lastProblem = 0;
  // Whatever the queue cannot do it tries again; a line a minute is enough.
  boss.on('error', (error) => {
    if (Date.now() - lastProblem < 60_000) return;
    lastProblem = Date.now();
    context.say(warning(`The queue is not reached: ${error.message}.`, 'queue'));
  });
  try {
    await boss.start();
    await inTransaction(boss, installFleetRuns);
    await boss.createQueue(DEAD, { policy: 'standard' });
    await boss.createQueue(NIGHTLY, { policy: 'exclusive', retryLimit: 3, retryDelay: 30 });
    for (const queue of queuesOf(fleet))
      await boss.createQueue(queue, { policy: 'exclusive', deadLetter: DEAD });
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => {});
    throw queueFailure(error);
  }
  return queueOn(boss, fleet);
}

/** The largest first: their audits take longest. */
function queuesOf(fleet: Fleet): string[] {
  const classes = new Set(fleet.organizations.map(({ memoryMb }) => classOf(memoryMb)));
  return [...classes].sort((a, b) => b - a).map(queueOf);
}

async function inTransaction<Result>(boss: PgBoss, work: (sql: Sql) => Promise<Result>): Promise<Result> {
  const transaction = await boss.getDb().beginTransaction?.();
  if (transaction === undefined) throw new TypeError('The pool of pg-boss begins no transactions.');
  try {
    const result = await work(transaction.db);
    await transaction.commit();
    return result;
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}

/** Long enough for a night, short enough to be gone when the next but one begins. */
const KEPT_SECONDS = 36 * 3_600;
/** Our own time limit comes first. */
const LIMIT_MARGIN_SECONDS = 900;

function jobOptions({ queue }: Fleet, { limitMinutes }: Organization) {
  return {
    retryLimit: queue.tries - 1,
    retryDelay: queue.retry_seconds,
    retryBackoff: true,
    heartbeatSeconds: queue.heartbeat_seconds,
    expireInSeconds: Math.ceil(limitMinutes * 60) + LIMIT_MARGIN_SECONDS,
    retentionSeconds: KEPT_SECONDS,
  };
}

/** Settled rows of a command; pg-boss's own type leaves them out. */
function affected(response: object): number {
  return (response as { affected?: number }).affected ?? 0;
}

function keyOf(org: string, night: Night): string {
  return `${org} ${night}`;
}

function attempt({ id, retryCount }: TakenJob) {
  return { id, retryCount };
}

function queueOn(boss: PgBoss, fleet: Fleet): Queue {
  const queues = queuesOf(fleet);
  const byName = new Map(fleet.organizations.map((organization) => [organization.name, organization]));
  const sql = boss.getDb();
  const deadJobs = async () => {
    const jobs = await boss.findJobs<AuditJob>(DEAD, { queued: true, limit: 100_000 });
    return jobs.map((job) => ({ job, why: whyDead(job) }));
  };
  return {
    sql,
    enqueue: (jobs) =>
      inTransaction(boss, async (db) => {
        const added: string[] = [];
        for (const queue of queues) {
          const own = jobs.filter(({ organization }) => queueOf(organization.memoryMb) === queue);
          if (own.length === 0) continue;
          const ids = await boss.insert(
            queue,
            own.map(({ organization, night, due, priority }) => ({
              data: { org: organization.name, night, tries: 0, resume: false } satisfies AuditJob,
              singletonKey: keyOf(organization.name, night),
              startAfter: due,
              priority,
              deadLetter: DEAD,
              ...jobOptions(fleet, organization),
            })),
            { db, returnId: true },
          );
          if (ids === null || ids.length === 0) continue;
          const { rows } = await db.executeSql(
            `select data->>'org' as org from ${SCHEMA}.job where name = $1 and id = any($2::uuid[]) order by 1`,
            [queue, ids],
          );
          added.push(...rows.map(({ org }) => org as string));
        }
        const asked = new Set(added);
        await noteWaiting(
          db,
          jobs
            .filter(({ organization }) => asked.has(organization.name))
            .map(({ organization, night, due }) => ({
              org: organization.name,
              night,
              job: organization.job,
              due,
            })),
        );
        return added;
      }),
    async take(memoryMb) {
      for (const queue of queues) {
        if (memoryOf({ name: queue }) > memoryMb) continue;
        const [job] = await boss.fetch<AuditJob>(queue, { includeMetadata: true });
        if (job !== undefined) return job;
      }
      return null;
    },
    async touch(jobs) {
      for (const queue of queues) {
        const own = jobs.filter(({ name }) => name === queue);
        if (own.length > 0) await boss.touch(queue, own.map(attempt));
      }
    },
    complete: (job, record) =>
      inTransaction(boss, async (db) => {
        await boss.complete(job.name, attempt(job), null, { db });
        await record(db);
      }),
    fail: (job, why) =>
      inTransaction(boss, async (db) => {
        const response = await boss.fail(job.name, attempt(job), { why }, { db });
        if (affected(response) === 0) return 'not ours' as const;
        const state = job.retryCount >= job.retryLimit ? 'dead' : 'failed';
        await noteFailure(db, { ...job.data, state, note: why });
        return state;
      }),
    bury: (job, why) =>
      inTransaction(boss, async (db) => {
        if (affected(await boss.complete(job.name, attempt(job), { why }, { db })) === 0) return;
        await boss.send(DEAD, { ...job.data, why }, { db, retentionSeconds: 14 * 86_400 });
        await noteFailure(db, { ...job.data, state: 'dead', note: why });
      }),
    putBack: (job, { seconds, resume, why }) =>
      inTransaction(boss, async (db) => {
        if (affected(await boss.complete(job.name, attempt(job), { why }, { db })) === 0) return;
        const organization = byName.get(job.data.org);
        if (organization === undefined) return;
        const data: AuditJob = {
          ...job.data,
          tries: job.data.tries + job.retryCount,
          resume: resume || job.data.resume || job.retryCount > 0,
        };
        await boss.send(job.name, data, {
          db,
          ...jobOptions(fleet, organization),
          retryLimit: Math.max(0, job.retryLimit - job.retryCount),
          startAfter: seconds,
          singletonKey: keyOf(data.org, data.night),
          priority: job.priority,
          deadLetter: DEAD,
        });
        await noteFailure(db, { ...data, state: 'waiting', note: why });
      }),
    dead: async () =>
      (await deadJobs()).map(({ job, why }) => ({
        org: job.data.org,
        night: job.data.night,
        id: job.id,
        why,
      })),
    async redrive(organization, night) {
      const { name } = organization;
      const own = (await deadJobs()).filter(({ job }) => job.data.org === name && job.data.night === night);
      if (own.length === 0) return false;
      await inTransaction(boss, async (db) => {
        await boss.deleteJob(
          DEAD,
          own.map(({ job }) => job.id),
          { db },
        );
        await boss.send(
          queueOf(organization.memoryMb),
          { org: name, night, tries: 0, resume: true } satisfies AuditJob,
          { db, ...jobOptions(fleet, organization), singletonKey: keyOf(name, night), deadLetter: DEAD },
        );
        await noteFailure(db, { org: name, night, state: 'waiting', note: 'brought back' });
      });
      return true;
    },
    async schedule(at) {
      const wanted = new Map(
        at.map(({ cron, zone }) => [`${cron} ${zone}`.replace(/[^\w.\-/]/gu, '_'), { cron, zone }]),
      );
      for (const { key } of await boss.getSchedules(NIGHTLY)) {
        if (!wanted.has(key)) await boss.unschedule(NIGHTLY, key);
      }
      for (const [key, { cron, zone }] of wanted) {
        await boss.schedule(NIGHTLY, cron, null, { tz: zone, key, missed: 'once' });
      }
    },
    async nightly(enqueue) {
      for (const job of await boss.fetch(NIGHTLY)) {
        try {
          await enqueue();
          await boss.complete(NIGHTLY, job.id);
        } catch (error) {
          await boss.fail(NIGHTLY, job.id, { why: error instanceof Error ? error.message : String(error) });
          throw error;
        }
      }
    },
    close: () => boss.stop({ graceful: false }),
  };
}

function whyDead(job: TakenJob): string {
  const given = (job.data as { why?: string }).why;
  const output = job.sourceOutput as { why?: string; value?: { message?: string }; message?: string } | null;
  return given ?? output?.why ?? output?.value?.message ?? output?.message ?? 'it was tried in vain';
}

/** The queue's database, or the failure that says what to set. */
export function requireQueueUrl(url: string | null): string {
  if (url !== null) return url;
  throw new AuditError('FLEET_DATABASE_URL is not set.', {
    hint: 'Set it to a PostgreSQL database of the fleet alone, for example postgresql://fleet:PASSWORD@queue.example.com:5432/fleet.',
  });
}
