import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { type Fleet, readFleet } from '../../../src/fleet/fleet-file.ts';
import { builtProgram } from '../../support/built-program.ts';
import { leaveRun } from '../../support/leave-run.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';

/** An organization whose audit is a stand-in (see `stand-in.mjs`). */
export interface StandIn {
  org: string;
  /** How long its first try takes. */
  seconds: number;
  /** It takes memory until it is ended. */
  eats?: 'heap' | 'buffers';
  /** What `fleet.yaml` says of it. */
  more?: Record<string, unknown>;
}

/** What a stand-in wrote down. `at`: ms. */
export interface StandInEvent {
  org: string;
  event: 'began' | 'stopped' | 'ended';
  pid: number;
  parent: number;
  at: number;
}

export interface StandInFleet {
  folder: string;
  fleet: Fleet;
  queue: TestPostgres;
  events(): StandInEvent[];
  /** A worker as a process; its log is JSON. */
  work(slots: number, memoryMb: number, untilDone?: boolean): { child: ChildProcess; log: () => string };
  close(): Promise<void>;
}

const WORKER = fileURLToPath(new URL('stand-in-worker.mjs', import.meta.url));

/** A fleet with a real queue, real workers, and stand-ins in the place of audits. */
export async function startStandIns(
  standIns: readonly StandIn[],
  queueSettings: Record<string, unknown>,
): Promise<StandInFleet | { unavailable: string }> {
  const queue = await startPostgres();
  if ('unavailable' in queue) return queue;
  const build = dirname(dirname(builtProgram()));
  const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-stand-ins-'));
  const home = join(folder, 'stand-ins');
  mkdirSync(home);
  const organizations: Record<string, object> = {};
  const entries: Record<string, object> = {};
  for (const { org, seconds, eats, more = {} } of standIns) {
    const host = `${org}.okta.com`;
    const { dir } = await leaveRun({ reportsDir: join(home, 'runs'), org: host, started: new Date() });
    organizations[host] = { org, seconds, eats, run: dir };
    entries[org] = {
      ...more,
      settings: { OKTA_CLIENT_ORGURL: `https://${host}`, OPTIID_ORGANIZATION: org },
    };
  }
  writeFileSync(join(home, 'stand-ins.json'), JSON.stringify({ build, organizations }));
  const file = join(folder, 'fleet.yaml');
  const defaults = {
    memory_mb: 512,
    window: '00:00-23:59',
    settings: { OKTA_CLIENT_TOKEN: 'env:OKTA_TOKEN', OPTIID_DATABASE_URL: 'env:STORE_URL' },
  };
  writeFileSync(file, stringify({ runs: 'runs', queue: queueSettings, defaults, organizations: entries }));
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: tmpdir(),
    FLEET_DATABASE_URL: queue.url,
    OKTA_TOKEN: '00token-of-a-stand-in-that-opens-nothing-00',
    STORE_URL: 'postgresql://reader:nobody@store.example.com:5432/opti',
  };
  const workers: ChildProcess[] = [];
  return {
    folder,
    fleet: await readFleet(file),
    queue,
    events() {
      const log = join(home, 'log.ndjson');
      const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    },
    work(slots, memoryMb, untilDone = false) {
      const args = [
        WORKER,
        build,
        file,
        String(slots),
        String(memoryMb),
        ...(untilDone ? ['until-done'] : []),
      ];
      const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
      workers.push(child);
      let log = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
      return { child, log: () => log };
    },
    async close() {
      for (const child of workers) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const ended = once(child, 'close');
        child.kill('SIGKILL');
        await ended;
      }
      await queue.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
