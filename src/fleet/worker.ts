import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../domain/errors.ts';
import { orgOf, type RunSummary } from '../domain/run.ts';
import { withoutOwners } from '../domain/waiver.ts';
import { runsOfOrg } from '../runs/find-runs.ts';
import { type AuditFolder, isAudit, readFindings } from '../runs/read-run.ts';
import { type RunContext, warning } from '../runtime/run-context.ts';
import { hideSecrets, resolveOrganization } from './check-fleet.ts';
import { type Child, childEnvironment, startChild, type ThisProgram } from './child.ts';
import { connectAlone, queueFailure } from './connect.ts';
import { enqueueNight } from './enqueue.ts';
import { readEntries } from './entries.ts';
import type { Fleet, Organization } from './fleet-file.ts';
import { type Answer, noteAnswer, noteBegin, noteProgress } from './fleet-runs.ts';
import { type LockSession, openLocks } from './locks.ts';
import { endOfNight } from './night.ts';
import { classOf, memoryOf, openQueue, type Queue, type TakenJob } from './queue.ts';
import { openStorage, type RunStorage } from './run-storage.ts';

/** What happens to audits, for whoever counts it. */
export interface WorkerWatch {
  onBegin: () => void;
  /** `code`: null for a try that came to nothing. */
  onEnd: (ending: { code: number | null; seconds: number }) => void;
}

export interface WorkerOptions {
  fleet: Fleet;
  queueUrl: string;
  slots: number;
  /** What all audits at once may need. */
  memoryMb: number;
  program: ThisProgram;
  /** Ends once every organization has its answer, or is given up. */
  untilDone: boolean;
  /** The verdict of a run in words. */
  verdictOf: (left: AuditFolder) => string[];
  /** Called once the worker takes jobs. */
  onReady?: (worker: RunningWorker) => Promise<WorkerWatch | undefined>;
}

/** A worker at work, as metrics see it. */
export interface RunningWorker {
  name: string;
  queue: Queue;
  slots: number;
  busy: () => number;
  memoryMb: () => number;
}

/** An audit that this worker has in hand. */
interface Slot {
  job: TakenJob;
  /** Null before it begins and after it ends. */
  child: Child | null;
  /** Why this worker stops it; null while it does not. */
  stopping: string | null;
  /** Its lock: the Okta org. Null while it holds none. */
  lock: string | null;
}

const STOPPED = 'the worker stops';
const POLL_MS = 1_000;
/** When somebody else has the organization, this is asked again. */
const HELD_SECONDS = 15;
const UNTIL_DONE_EVERY_MS = 3_000;
/** An audit needs up to 15 s to stop, and the database a moment. */
const STOP_WITHIN_MS = 40_000;
/** A program that is told to stop ends itself within that. */
const CHILD_ENDS_MS = 10_000;
/** Clocks of this machine and of Okta. */
const CLOCKS_DIFFER_MS = 120_000;

/** Takes jobs until it is told to stop. */
export async function runWorker(options: WorkerOptions, context: RunContext): Promise<void> {
  context.stopWithin?.(STOP_WITHIN_MS);
  const { fleet, queueUrl } = options;
  const name = `${hostname()}:${process.pid}`;
  const storage = await openStorage(fleet, context.env);
  const queue = await openQueue({ url: queueUrl, fleet, isWorker: true, name }, context);
  let locks: LockSession | null = null;
  let desk: string | null = null;
  try {
    const heartbeatMs = fleet.queue.heartbeat_seconds * 1_000;
    locks = await openLocks({
      connect: () => connectAlone(queueUrl, `optiid-audit fleet locks ${name}`),
      // By then the audits of a worker that stands still have ended.
      silenceMs: heartbeatMs * 1.5 + CHILD_ENDS_MS,
    }).catch((error: unknown) => {
      throw queueFailure(error);
    });
    // Audits work in an empty folder: no .env of anybody is read.
    desk = await mkdtemp(join(tmpdir(), 'optiid-audit-fleet-'));
    await new Worker({ ...options, name, queue, storage, locks, desk }, context).work();
  } finally {
    await locks?.close();
    await queue.close().catch(() => {});
    if (desk !== null) await rm(desk, { recursive: true, force: true });
  }
}

interface Parts extends WorkerOptions {
  name: string;
  queue: Queue;
  storage: RunStorage;
  locks: LockSession;
  /** Folder in which audits work. */
  desk: string;
}

class Worker {
  readonly #parts: Parts;
  readonly #context: RunContext;
  readonly #slots = new Set<Slot>();
  readonly #organizations: ReadonlyMap<string, Organization>;
  #watch: WorkerWatch | undefined;
  /** Wakes whoever waits for a free slot. */
  #wake = () => {};
  #isQueueReached = true;

  constructor(parts: Parts, context: RunContext) {
    this.#parts = parts;
    this.#context = context;
    this.#organizations = new Map(parts.fleet.organizations.map((each) => [each.name, each]));
  }

  async work(): Promise<void> {
    const { fleet, slots, memoryMb, name, queue, onReady } = this.#parts;
    const { signal } = this.#context;
    this.#watch = await onReady?.({
      name,
      queue,
      slots,
      busy: () => this.#slots.size,
      memoryMb: () => this.#memoryInUse(),
    });
    for (const { name: org, memoryMb: needed } of fleet.organizations) {
      if (classOf(needed) > memoryMb) {
        this.#warn(
          `${org} needs ${classOf(needed)} MB, and this worker has ${memoryMb}: another one must take it.`,
        );
      }
    }
    this.#say('worker-began', `takes jobs: ${slots} at once, ${memoryMb} MB in all`);
    const everyMs = (fleet.queue.heartbeat_seconds * 1_000) / 3;
    const ticking = setInterval(() => void this.#tick(), everyMs);
    const nightly = setInterval(() => void this.#enqueueNightly(), 10_000);
    const stopAll = () => {
      for (const slot of this.#slots) this.#stop(slot, STOPPED);
      this.#wake();
    };
    signal.addEventListener('abort', stopAll, { once: true });
    try {
      await this.#takeJobs();
    } finally {
      clearInterval(nightly);
      while (this.#slots.size > 0) await this.#someSlotFree();
      clearInterval(ticking);
      signal.removeEventListener('abort', stopAll);
    }
    this.#say('worker-ended', 'takes no more jobs');
  }

  async #takeJobs(): Promise<void> {
    const { slots, memoryMb, untilDone } = this.#parts;
    const { signal } = this.#context;
    let lookedAt = 0;
    while (!signal.aborted) {
      const room = memoryMb - this.#memoryInUse();
      const job = this.#slots.size < slots ? await this.#take(room) : null;
      if (job !== null) {
        void this.#run({ job, child: null, stopping: null, lock: null });
        continue;
      }
      if (untilDone && this.#slots.size === 0 && Date.now() - lookedAt >= UNTIL_DONE_EVERY_MS) {
        lookedAt = Date.now();
        if (await this.#isDone()) return;
      }
      await Promise.race([this.#someSlotFree(), sleep(POLL_MS)]);
    }
  }

  async #take(room: number): Promise<TakenJob | null> {
    try {
      const job = await this.#parts.queue.take(room);
      this.#isQueueReached = true;
      return job;
    } catch (error) {
      if (this.#isQueueReached)
        this.#warn(`The queue is not reached: ${messageOf(error)}. It is asked again.`);
      this.#isQueueReached = false;
      return null;
    }
  }

  async #isDone(): Promise<boolean> {
    const { fleet, queue } = this.#parts;
    try {
      const entries = await readEntries(fleet, queue, { now: this.#context.now() });
      return entries.every(({ state }) => state === 'done' || state === 'dead' || state === 'not enqueued');
    } catch {
      return false;
    }
  }

  #memoryInUse(): number {
    return [...this.#slots].reduce((sum, { job }) => sum + memoryOf(job), 0);
  }

  #someSlotFree(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /**
   * Shows that this worker lives. Audits go on only while it holds their locks: without a word from here they end by
   * themselves, before anybody else can begin.
   */
  async #tick(): Promise<void> {
    const { fleet, locks, queue, name } = this.#parts;
    const { held, lost } = await locks.keep();
    for (const slot of this.#slots) {
      if (slot.lock !== null && lost.includes(slot.lock)) this.#stop(slot, 'another worker took it over');
    }
    if (held) for (const { child } of this.#slots) child?.mayGoOn(leaseMs(fleet));
    try {
      await queue.touch([...this.#slots].map(({ job }) => job));
      const running = [...this.#slots].flatMap(({ job: { data }, child }) =>
        child === null
          ? []
          : [{ org: data.org, night: data.night, note: child.progress(), peak_mb: child.peakMb() }],
      );
      await noteProgress(queue.sql, name, running);
    } catch {
      // Told by whoever takes jobs.
    }
  }

  async #enqueueNightly(): Promise<void> {
    const { fleet, queue } = this.#parts;
    try {
      await queue.nightly(async () => {
        const nights = await enqueueNight(fleet, queue, { now: this.#context.now(), atOnce: false });
        for (const { night, added } of nights) {
          this.#say('enqueued', `enqueued ${added.length} organizations for the night of ${night}`);
        }
      });
    } catch (error) {
      this.#warn(`The night was not enqueued: ${messageOf(error)}. It is tried again.`);
    }
  }

  #stop(slot: Slot, why: string): void {
    slot.stopping ??= why;
    slot.child?.stop();
  }

  async #run(slot: Slot): Promise<void> {
    this.#slots.add(slot);
    const { job } = slot;
    const { org } = job.data;
    try {
      await this.#audit(slot);
    } catch (error) {
      // Of the fleet, not of the audit: a storage that is not there, a bug.
      this.#warn(`${org}: ${messageOf(error)}`);
      await this.#settle(slot, () => this.#parts.queue.fail(job, messageOf(error)));
    } finally {
      this.#slots.delete(slot);
      this.#wake();
    }
  }

  async #audit(slot: Slot): Promise<void> {
    const { fleet, queue, storage, locks, name } = this.#parts;
    const { job } = slot;
    const { org, night, tries } = job.data;
    const organization = this.#organizations.get(org);
    if (organization === undefined) {
      this.#warn(`${org} is not in ${fleet.path} any more: its job is dropped.`);
      return this.#settle(slot, () => queue.complete(job, async () => {}));
    }
    if (this.#context.now() >= endOfNight(night, organization.window)) {
      this.#warn(`The night of ${night} is over for ${org}: its job is dropped.`);
      return this.#settle(slot, () => queue.complete(job, async () => {}));
    }
    const { env, mistakes, orgUrl } = await resolveOrganization(
      fleet,
      organization,
      this.#context.env,
      this.#parts.queueUrl,
    );
    hideSecrets(env, this.#context);
    const [mistake] = mistakes;
    if (mistake !== undefined || orgUrl === null) {
      const why =
        mistake === undefined ? 'OKTA_CLIENT_ORGURL is wrong.' : `${mistake.where}: ${mistake.what}`;
      this.#warn(`${org}: ${why}`);
      return this.#settle(slot, () => queue.bury(job, why));
    }
    const key = orgOf(orgUrl);
    if (!(await locks.take(key))) {
      const why = 'another worker has it';
      return this.#settle(slot, () => queue.putBack(job, { seconds: HELD_SECONDS, resume: true, why }));
    }
    slot.lock = key;
    try {
      const number = tries + job.retryCount + 1;
      const begun = { org, night, job: organization.job, worker: name, tries: number };
      const first = await noteBegin(queue.sql, begun);
      if (first === null) return await this.#settle(slot, () => queue.complete(job, async () => {}));
      await storage.prepare(key);
      const left =
        number === 1 && !job.data.resume
          ? null
          : await storage.findSince(
              key,
              organization.job,
              new Date(first.first.getTime() - CLOCKS_DIFFER_MS),
            );
      if (left !== null) {
        this.#say('adopted', `${org}: a run was left by a worker that was lost`, { org });
        return await this.#answer(slot, { org: key, begun, left, seconds: null, peakMb: null });
      }
      await this.#auditInChild(slot, { organization, key, env, begun });
    } finally {
      slot.lock = null;
      await locks.release(key);
    }
  }

  async #auditInChild(
    slot: Slot,
    about: {
      organization: Organization;
      key: string;
      env: Record<string, string>;
      begun: Parameters<typeof noteBegin>[1];
    },
  ): Promise<void> {
    const { fleet, queue, storage, program, desk } = this.#parts;
    const { organization, key, env, begun } = about;
    const { job } = slot;
    const { org } = job.data;
    const isAgain = job.data.resume || job.retryCount > 0;
    const args = [
      organization.job,
      '--json',
      '--out',
      storage.folder,
      '--fail-on',
      organization.failOn,
      ...(organization.waivers === null ? [] : ['--waivers', organization.waivers]),
      ...(isAgain ? ['--resume'] : []),
    ];
    if (slot.stopping !== null) return this.#giveBack(slot);
    const settings = childEnvironment(this.#context.env, env);
    const child = startChild(program, args, { env: settings, cwd: desk, memoryMb: memoryOf(job) });
    slot.child = child;
    // The next tick may be a while away.
    child.mayGoOn(leaseMs(fleet));
    this.#watch?.onBegin();
    this.#say('audit-began', `${org}: ${organization.job}, try ${begun.tries}`, { org, try: begun.tries });
    const limit = setTimeout(
      () => this.#stop(slot, `it took longer than ${organization.limitMinutes} minutes`),
      organization.limitMinutes * 60_000,
    );
    const ending = await child.ended;
    clearTimeout(limit);
    slot.child = null;
    const { code, seconds } = ending;
    const isAnswer = code === EXIT.clean || code === EXIT.findings || code === EXIT.incomplete;
    const left = isAnswer ? await this.#runOf(key, ending.stdout) : null;
    this.#watch?.onEnd({ code: left === null ? null : code, seconds });
    if (left !== null) {
      this.#say('audit-ended', `${org}: ended with ${code} after ${seconds.toFixed(1)} s`, {
        org,
        code,
        seconds,
      });
      return this.#answer(slot, { org: key, begun, left, seconds, peakMb: child.peakMb() });
    }
    if (slot.stopping === STOPPED) {
      return this.#giveBack(slot);
    }
    const ended =
      code === null ? `it was ended by ${ending.signal ?? 'the system'}` : `it ended with code ${code}`;
    const why = slot.stopping ?? ending.error ?? ended;
    if (ending.again === 'later') {
      // A run by hand, or what a machine that is gone has left behind.
      this.#say('put-back', `${org}: ${why}`, { org });
      return this.#settle(slot, () => queue.putBack(job, { seconds: HELD_SECONDS, resume: true, why }));
    }
    if (ending.again === 'no-use') {
      this.#warn(`${org}: ${why} Trying again is no use.`);
      return this.#settle(slot, () => queue.bury(job, why));
    }
    await this.#settle(slot, async () => {
      const next = await queue.fail(job, why);
      const then = {
        failed: 'It is tried again.',
        dead: 'It is not tried again.',
        'not ours': 'Another worker has it.',
      };
      this.#warn(`${org}: ${why} ${then[next]}`);
    });
  }

  #giveBack(slot: Slot): Promise<void> {
    const { queue } = this.#parts;
    const back = { seconds: 0, resume: true, why: 'put back: its worker stopped' };
    return this.#settle(slot, () => queue.putBack(slot.job, back));
  }

  /** The run that an audit said it left, by its seal. */
  async #runOf(org: string, stdout: string): Promise<AuditFolder | null> {
    let said: RunSummary;
    try {
      said = JSON.parse(stdout) as RunSummary;
    } catch {
      return null;
    }
    const { runs } = await runsOfOrg(join(this.#parts.storage.folder, org), null);
    const found = runs.reverse().find(({ run }) => run.seal.sha256 === said.seal?.sha256);
    return found !== undefined && isAudit(found) ? found : null;
  }

  async #answer(
    slot: Slot,
    given: {
      org: string;
      begun: Parameters<typeof noteBegin>[1];
      left: AuditFolder;
      seconds: number | null;
      peakMb: number | null;
    },
  ): Promise<void> {
    const { queue, storage, verdictOf } = this.#parts;
    const { org, begun, left, peakMb } = given;
    const { run } = left;
    const findings = await readFindings(left);
    const kept = await storage.keep(org, left.name);
    const { began, ended } = run.snapshot;
    const answer: Answer = {
      exit_code: run.exit_code,
      verdict: run.verdict,
      // The fleet's database keeps nobody's name.
      verdict_lines: verdictOf({
        ...left,
        run: { ...run, waived_blockers: withoutOwners(run.waived_blockers) },
      }),
      new_blockers: findings.filter(({ state, severity }) => state === 'new' && severity === 'blocker')
        .length,
      severity: run.counts.severity,
      rules: Object.fromEntries(
        Object.entries(run.rules)
          .filter(([, { findings: found }]) => found > 0)
          .map(([rule, { findings: found }]) => [rule, found]),
      ),
      run: kept,
      // Of an adopted run only the reading is known.
      seconds: given.seconds ?? (new Date(ended).getTime() - new Date(began).getTime()) / 1_000,
      peak_mb: peakMb,
    };
    await this.#settle(slot, () => queue.complete(slot.job, (sql) => noteAnswer(sql, begun, answer)));
  }

  /** Writes what became of a job, again and again while the database is away: what an audit took an hour for is not lost. */
  async #settle(slot: Slot, write: () => Promise<unknown>): Promise<void> {
    const { signal } = this.#context;
    const stopAt = () => (signal.aborted ? 5 : 600);
    for (let failures = 0; ; failures += 1) {
      try {
        await write();
        return;
      } catch (error) {
        if (failures >= stopAt()) {
          this.#warn(
            `${slot.job.data.org}: its end could not be written: ${messageOf(error)}. Another worker does it.`,
          );
          return;
        }
        await sleep(1_000);
      }
    }
  }

  #say(event: string, message: string, fields = {}): void {
    this.#context.say({ level: 'info', event, message, fields: { worker: this.#parts.name, ...fields } });
  }

  #warn(message: string): void {
    this.#context.say(warning(this.#context.redact(message), 'fleet'));
  }
}

/** For how long audits may go on without a word from their worker: they end before its jobs go to others. */
function leaseMs({ queue }: Fleet): number {
  return (queue.heartbeat_seconds * 1_000 * 2) / 3;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
