import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { AuditError } from '../../../src/domain/errors.ts';
import { openStore } from '../../../src/opti-id/database/connection.ts';
import { checkStore } from '../../../src/opti-id/database/store-checks.ts';
import { connectionNote } from '../../../src/opti-id/database/store-url.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';

/** Leads to this machine and is no name of it, as the tool sees it: the certificate's name, too. */
const AWAY = '0.0.0.0';

const folder = mkdtempSync(join(tmpdir(), 'optiid-audit-tls-'));
const path = (name: string) => join(folder, name);

/** An authority, and a key with a certificate of it for this host. */
function makeCertificate(name: string, host: string): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const days = ['-days', '2', '-newkey', 'rsa:2048', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...days,
    '-keyout',
    `${name}-ca.key`,
    '-out',
    `${name}-ca.crt`,
    '-subj',
    `/CN=${name} authority`,
  );
  openssl(
    'req',
    '-x509',
    ...days,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.crt`,
    '-subj',
    '/CN=store',
    '-CA',
    `${name}-ca.crt`,
    '-CAkey',
    `${name}-ca.key`,
    '-addext',
    `subjectAltName=IP:${host}`,
    '-addext',
    'basicConstraints=critical,CA:FALSE',
  );
}

makeCertificate('own', AWAY);
const started = await startPostgres({ tls: { certificate: path('own.crt'), key: path('own.key') } });
const postgres = started as TestPostgres;

afterAll(async () => {
  await (started as Partial<TestPostgres>).close?.();
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf('unavailable' in started)('a store on another machine', () => {
  const urlTo = (host: string, parameters = '') => {
    const url = new URL(postgres.url);
    url.hostname = host;
    return `${url.href}${parameters}`;
  };
  const encryption = async (url: string): Promise<unknown> => {
    const store = await openStore(url);
    try {
      const [row] = await store.query(
        `select (select ssl from pg_catalog.pg_stat_ssl where pid = pg_catalog.pg_backend_pid()) as ssl,
           pg_catalog.current_setting('search_path') as path`,
      );
      return row;
    } finally {
      await store.close();
    }
  };
  const refusal = (url: string): Promise<AuditError> =>
    openStore(url).then(
      () => null,
      (e) => e,
    ) as never;

  it('is reached by TLS, its certificate checked, without a word in the URL', async () => {
    const root = `?sslrootcert=${path('own-ca.crt')}`;
    expect(await encryption(urlTo(AWAY, root))).toEqual({ ssl: true, path: '""' });
    expect(await encryption(urlTo(AWAY, `${root}&sslmode=require`))).toMatchObject({ ssl: true });
    const { message, hint } = await refusal(urlTo(AWAY));
    expect(message).toContain('The certificate of the Opti ID store');
    expect(hint).toContain('sslrootcert=FILE');
  });

  it('is not believed with a certificate of somebody else, or for another host', async () => {
    makeCertificate('other', AWAY);
    for (const mode of ['', '&sslmode=require', '&sslmode=verify-ca', '&sslmode=prefer']) {
      const { message } = await refusal(urlTo(AWAY, `?sslrootcert=${path('other-ca.crt')}${mode}`));
      expect(message, mode).toContain('The certificate of');
    }
    const { message } = await refusal(
      urlTo('127.0.0.1', `?sslrootcert=${path('own-ca.crt')}&sslmode=verify-full`),
    );
    expect(message).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('is reached as the URL says, where it says that', async () => {
    expect(await encryption(urlTo(AWAY, '?sslmode=no-verify'))).toMatchObject({ ssl: true });
    expect(await encryption(urlTo(AWAY, '?sslmode=disable'))).toMatchObject({ ssl: false });
    expect(await encryption(urlTo('127.0.0.1'))).toMatchObject({ ssl: false });
  });

  it('is said not to be proved where the URL asks for less, by doctor and by the run', async () => {
    for (const [parameters, says] of [
      [`?sslrootcert=${path('own-ca.crt')}`, null],
      ['?sslmode=no-verify', /the certificate is not checked \(sslmode=no-verify\)/u],
      ['?sslmode=disable', /need not be encrypted \(sslmode=disable\)/u],
    ] as const) {
      const databaseUrl = urlTo(AWAY, parameters);
      const note = connectionNote(databaseUrl);
      const store = { databaseUrl, schema: 'opti_id', organizationId: 'org-1' };
      const [reached] = await checkStore(store);
      expect(reached?.outcome).toBe(says === null ? 'ok' : 'warning');
      if (says === null) expect(note).toBeNull();
      else for (const text of [note, reached?.found]) expect(text).toMatch(says);
    }
    expect(connectionNote(urlTo('127.0.0.1'))).toBeNull();
  });

  it('does not run functions and tables that somebody put into a schema of the search path', async () => {
    const { role, password } = await postgres.createRole();
    await postgres.query(`create schema trap`);
    await postgres.query(
      `create function trap.lower(text) returns text language sql as $$ select 'trapped' $$;`,
    );
    await postgres.query(`grant usage on schema trap to public`);
    await postgres.query(`alter role ${role} set search_path = trap, pg_catalog`);
    const store = await openStore(postgres.urlOf(role, password));
    try {
      expect(await store.query(`select lower('AB') as plain`)).toEqual([{ plain: 'ab' }]);
    } finally {
      await store.close();
    }
  });
});

it.each(['', '?sslmode=prefer', '?sslmode=require'])(
  'a server that offers no TLS is sent neither the user nor the password (%s)',
  async (parameters) => {
    let heard = '';
    const sockets: Socket[] = [];
    // As a rogue server does: no encryption, then the password in plain text, please.
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.on('data', (data) => {
        heard += data.toString('latin1');
        socket.write(data.length === 8 ? 'N' : Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
      });
    }).listen(0, AWAY);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const url = `postgresql://us3r:s3cret@${AWAY}:${port}/opti${parameters}`;
    const error: AuditError = (await openStore(url).then(
      () => null,
      (e) => e,
    )) as never;
    for (const socket of sockets) socket.destroy();
    server.close();
    expect(error.message).toContain('does not offer encrypted connections');
    expect(error.hint).toContain('sslmode=disable');
    expect(sockets.length).toBeGreaterThan(0);
    expect(heard).not.toMatch(/us3r|s3cret/u);
  },
);
