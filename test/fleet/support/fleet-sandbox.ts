import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { stringify } from 'yaml';
import type { FleetReport } from '../../../src/domain/fleet.ts';
import { generateWorld } from '../../../src/sandbox/generate-world.ts';
import type { SandboxStore, SandboxWorld } from '../../../src/sandbox/model.ts';
import { type OktaSandbox, startOktaSandbox } from '../../../src/sandbox/okta-server.ts';
import { sandboxDdl, seedStore } from '../../../src/sandbox/store.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';

/** An organization of the sandbox: its Okta stand-in, and what stands in `fleet.yaml`. */
export interface SandboxOrganization {
  name: string;
  users: number;
  world: SandboxWorld;
  okta: OktaSandbox;
  /** Every request with its time. */
  entry: Record<string, unknown> & { settings: Record<string, string> };
}

export interface FleetSandbox {
  folder: string;
  file: string;
  runs: string;
  /** What a worker has in its environment: the queue, and secrets of all organizations. */
  env: Record<string, string>;
  organizations: SandboxOrganization[];
  queue: TestPostgres;
  /** A query of the queue's database, on a connection of its own: the server may have been restarted. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Settings of an audit by hand. */
  settingsOf(organization: SandboxOrganization): Record<string, string>;
  /** Writes `fleet.yaml` again, after an entry was changed. */
  write(more?: Record<string, unknown>): void;
  close(): Promise<void>;
}

export interface SandboxSize {
  name: string;
  users: number;
  /** What `fleet.yaml` says of it beyond its settings. */
  more?: Record<string, unknown>;
  latencyMs?: number;
}

/** Organizations of every size with one store, as Optimizely has it, and a queue of their own. */
export async function startFleetSandbox(
  sizes: readonly SandboxSize[],
  fleet: Record<string, unknown>,
): Promise<FleetSandbox | { unavailable: string }> {
  const [queue, store] = await Promise.all([startPostgres(), startPostgres()]);
  if ('unavailable' in queue) return queue;
  if ('unavailable' in store) return store;
  const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-fleet-'));
  const env: Record<string, string> = { FLEET_DATABASE_URL: queue.url, STORE_URL: store.url };
  for (const statement of sandboxDdl('opti_id')) await store.query(statement);
  const organizations: SandboxOrganization[] = [];
  for (const [at, { name, users, more = {}, latencyMs = 0 }] of sizes.entries()) {
    const world = withOwnIds(generateWorld({ seed: 7, users, groups: 2, now: new Date().toISOString() }), at);
    await seedStore((sql, values) => store.query(sql, values), world.store);
    const okta = await startOktaSandbox(world.okta, {
      token: `00token-of-${name}-${at}`,
      rateWindowMs: 2_000,
      ...(latencyMs === 0 ? {} : { latencyMs }),
    });
    const variable = `TOKEN_OF_${at}`;
    env[variable] = okta.token;
    organizations.push({
      name,
      users,
      world,
      okta,
      entry: {
        ...more,
        settings: {
          OKTA_CLIENT_ORGURL: okta.url,
          OKTA_CLIENT_TOKEN: `env:${variable}`,
          OPTIID_ORGANIZATION: world.organizationId,
        },
      },
    });
  }
  await store.query('analyze');
  const file = join(folder, 'fleet.yaml');
  const write: FleetSandbox['write'] = (again = {}) => {
    const content = {
      runs: 'runs',
      ...fleet,
      ...again,
      defaults: {
        memory_mb: 512,
        window: '00:00-23:59',
        ...((fleet.defaults as object | undefined) ?? {}),
        settings: { OPTIID_DATABASE_URL: 'env:STORE_URL', AUDIT_OKTA_BUDGET: 100 },
      },
      organizations: Object.fromEntries(organizations.map(({ name, entry }) => [name, entry])),
    };
    writeFileSync(file, stringify(content));
  };
  write();
  return {
    folder,
    file,
    runs: join(folder, 'runs'),
    env,
    organizations,
    queue,
    async query(sql) {
      const client = new pg.Client({ connectionString: queue.url });
      await client.connect();
      try {
        return (await client.query(sql)).rows;
      } finally {
        await client.end();
      }
    },
    settingsOf: ({ okta, world }) => ({
      OKTA_CLIENT_ORGURL: okta.url,
      OKTA_CLIENT_TOKEN: okta.token,
      OPTIID_DATABASE_URL: store.url,
      OPTIID_ORGANIZATION: world.organizationId,
      AUDIT_OKTA_BUDGET: '100',
    }),
    write,
    async close() {
      for (const { okta } of organizations) await okta.close();
      await Promise.all([queue.close().catch(() => {}), store.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The same company once more, with ids of its own in the store, which all of them share. */
function withOwnIds(world: SandboxWorld, at: number): SandboxWorld {
  const ids = [
    ...world.store.organizations,
    ...world.store.sso_connections,
    ...world.store.users,
    ...world.store.groups,
    ...world.store.product_instances,
  ].map(({ id }) => id);
  const roles = at === 0 ? world.store.roles : [];
  let text = JSON.stringify({ ...world, store: { ...world.store, roles: [] } });
  for (const id of ids) text = text.replaceAll(`"${id}"`, `"${id}-${at}"`);
  const own = JSON.parse(text) as SandboxWorld;
  const store: SandboxStore = { ...own.store, roles };
  return { ...own, store, organizationId: `${world.organizationId}-${at}` };
}

/** A command of the fleet as a process. */
export interface FleetProcess {
  child: ChildProcess;
  pid: number;
  output: { stdout: string; stderr: string };
  ended: Promise<number | null>;
  /** Resolves once stderr holds the text. */
  said(text: string): Promise<void>;
}

/** Starts `fleet …` of the program given, `[path]` or with what Node needs to run it. */
export function startFleet(
  program: readonly string[],
  sandbox: Pick<FleetSandbox, 'folder' | 'env'>,
  args: readonly string[],
): FleetProcess {
  const child = spawn(process.execPath, [...program, 'fleet', ...args], {
    cwd: sandbox.folder,
    env: { PATH: process.env.PATH, HOME: sandbox.folder, TMPDIR: tmpdir(), ...sandbox.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  return {
    child,
    pid: child.pid ?? 0,
    output,
    ended: once(child, 'close').then(([code]) => code as number | null),
    async said(text) {
      while (!output.stderr.includes(text)) {
        if (child.exitCode !== null) throw new Error(`It ended without "${text}":\n${output.stderr}`);
        await sleep(50);
      }
    },
  };
}

/** Runs a command of the fleet to its end. */
export async function runFleet(
  program: readonly string[],
  sandbox: Pick<FleetSandbox, 'folder' | 'env'>,
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const started = startFleet(program, sandbox, args);
  const code = await started.ended;
  return { code, ...started.output };
}

/** The roll-up, as `fleet status --json` says it. */
export async function statusOf(program: readonly string[], sandbox: FleetSandbox): Promise<FleetReport> {
  const { stdout, stderr } = await runFleet(program, sandbox, ['status', '--json']);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as FleetReport;
}

/** Ends the server at once, as a restart does, and starts it again on the same port. Returns what ends the new one. */
export async function restartPostgres(postgres: TestPostgres): Promise<() => Promise<void>> {
  const admin = new pg.Client({ connectionString: postgres.url });
  admin.on('error', () => {});
  await admin.connect();
  const { rows } = await admin.query('show data_directory');
  const data = rows[0].data_directory as string;
  const command = readFileSync(join(data, 'postmaster.opts'), 'utf8');
  const [binary = '', ...args] = [...command.matchAll(/"([^"]*)"|(\S+)/gu)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  );
  const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  await admin.end().catch(() => {});
  process.kill(pid, 'SIGINT');
  const isThere = () => {
    try {
      return statSync(join(data, 'postmaster.pid')).isFile();
    } catch {
      return false;
    }
  };
  while (isThere()) await sleep(50);
  const { uid, gid } = statSync(data);
  const owner = process.getuid?.() === 0 ? { uid, gid } : {};
  const server = spawn(binary, args, {
    ...owner,
    cwd: data,
    stdio: 'ignore',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  });
  const exited = once(server, 'exit');
  for (;;) {
    const client = new pg.Client({ connectionString: postgres.url });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      break;
    } catch {
      await sleep(100);
    }
  }
  return async () => {
    server.kill('SIGINT');
    await exited;
  };
}
