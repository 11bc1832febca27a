import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Check } from '../../../src/domain/check.ts';
import { checkStore } from '../../../src/opti-id/database/store-checks.ts';
import { STORE_VIEWS, storeGrants } from '../../../src/opti-id/store-contract.ts';
import {
  ACME,
  embeddedStore,
  type RealStore,
  realStore,
  type TestStore,
  twoOrganizations,
} from '../support/stores.ts';

const real = await realStore();

const settings = (url: string, changes = {}) => ({
  databaseUrl: url,
  schema: 'opti_id',
  organizationId: ACME,
  ...changes,
});
const of = (checks: readonly Check[], id: string): Check => {
  const found = checks.find((check) => check.id === `opti-id.${id}`);
  if (!found) throw new Error(`There is no check ${id}.`);
  return found;
};
const ids = (checks: readonly Check[], outcome: Check['outcome']) =>
  checks.filter((check) => check.outcome === outcome).map(({ id }) => id.replace('opti-id.', ''));
const VIEW_IDS = STORE_VIEWS.map(({ name }) => `view.${name}`);

describe('the checks of the embedded store', () => {
  let store: TestStore;

  beforeAll(async () => {
    store = await embeddedStore();
  });
  afterAll(() => store?.close());
  beforeEach(() => store.fill(twoOrganizations()));

  it('are all proved but for its one role, which may do everything', async () => {
    const checks = await checkStore(settings(store.url));
    expect(ids(checks, 'ok')).toEqual(['store', 'server', 'schema', ...VIEW_IDS, 'organization']);
    expect(of(checks, 'read-only')).toMatchObject({
      outcome: 'warning',
      found: 'postgres could write: it is a superuser',
      who: 'owner of the store',
    });
    expect(of(checks, 'organization').found).toBe(`${ACME} (Acme)`);
  });

  it('name each view that is missing or wrong, with the statement that makes it and no other', async () => {
    await store.query('drop view opti_id.invitations');
    await store.query('drop view opti_id.roles');
    await store.query(`create view opti_id.roles as select 1 as id, ''::text as product, ''::text as name`);
    const checks = await checkStore(settings(store.url));
    expect(ids(checks, 'failed')).toEqual(['view.roles', 'view.invitations']);
    const roles = of(checks, 'view.roles');
    expect(roles.found).toBe(
      'opti_id.roles.id: expected text, found integer; opti_id.roles.kind: expected text, found no such column',
    );
    expect(roles.how?.match(/create view (\S+)/g)).toEqual(['create view opti_id.roles']);
    expect(of(checks, 'view.invitations').found).toContain('found none');
    // A view that was not read in the end is not said to be readable.
    expect(of(checks, 'view.users').found).not.toContain('can be read');
    expect(of(checks, 'organization').outcome).toBe('unknown');
  });

  it('take the view of teams for optional', async () => {
    await store.query('drop view opti_id.teams');
    expect(of(await checkStore(settings(store.url)), 'view.teams')).toMatchObject({
      outcome: 'ok',
      found: 'not there; it is optional',
    });
    await store.query(`create view opti_id.teams as select 1 as id`);
    expect(of(await checkStore(settings(store.url)), 'view.teams').outcome).toBe('failed');
  });

  it('name a schema that is not there, and another one that holds the views', async () => {
    await store.query('alter schema opti_id rename to elsewhere');
    const checks = await checkStore(settings(store.url));
    await store.query('drop schema elsewhere cascade');
    expect(ids(checks, 'failed')).toEqual(['schema']);
    expect(of(checks, 'schema').how).toContain('is OPTIID_SCHEMA=elsewhere meant?');
    expect(ids(checks, 'unknown')).toEqual([...VIEW_IDS, 'organization']);
  });

  it.each([
    ['the name in place of the id', 'globex', 'org-globex (Globex)'],
    ['the id in other letters', 'ORG-GLOBEX', 'org-globex (Globex)'],
  ])('name the organization that is meant first: %s', async (_what, organizationId, first) => {
    const checks = await checkStore(settings(store.url, { organizationId }));
    expect(of(checks, 'organization')).toMatchObject({ outcome: 'failed', who: 'operator of this machine' });
    expect(of(checks, 'organization').how).toMatch(
      new RegExp(`for instance: ${first.replace(/[()]/g, '\\$&')}`),
    );
  });

  it('know who is to look where the views hold no organization at all', async () => {
    await store.query('delete from identity.organization');
    expect(of(await checkStore(settings(store.url)), 'organization')).toMatchObject({
      outcome: 'failed',
      who: 'owner of the store',
    });
  });

  describe('behind a network that dies in the middle', () => {
    let proxy: Server;
    let dies = '';
    const sockets = new Set<Socket>();

    beforeAll(async () => {
      const { port } = new URL(store.url);
      proxy = createServer((client) => {
        const server = connect(Number(port), '127.0.0.1');
        let isDead = false;
        for (const socket of [client, server]) {
          sockets.add(socket);
          socket.on('error', () => {});
        }
        client.on('data', (data) => {
          isDead ||= dies !== '' && data.includes(dies);
          if (!isDead) server.write(data);
        });
        server.on('data', (data) => client.write(data));
        client.on('close', () => server.destroy());
      }).listen(0, '127.0.0.1');
      await once(proxy, 'listening');
    });
    afterAll(async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    });

    const throughProxy = async (text: string) => {
      dies = text;
      const url = new URL(store.url);
      url.port = String((proxy.address() as { port: number }).port);
      const began = Date.now();
      const checks = await checkStore(settings(url.href), {
        connectMs: 1_000,
        statementMs: 400,
        graceMs: 100,
      });
      expect(Date.now() - began).toBeLessThan(5_000);
      return checks;
    };

    it('end before there is a transaction', async () => {
      const checks = await throughProxy('BEGIN');
      expect(of(checks, 'store')).toMatchObject({
        outcome: 'failed',
        found: expect.stringContaining('did not answer within'),
      });
    });

    it('end all the same', async () => {
      const checks = await throughProxy('server_version_num');
      expect(ids(checks, 'failed')).toEqual(['store']);
      expect(of(checks, 'store').found).toContain('no answer for');
      expect(ids(checks, 'ok')).toEqual([]);
    });

    it('keep what was known before', async () => {
      const checks = await throughProxy('pg_has_role');
      expect(ids(checks, 'failed')).toEqual([]);
      expect(of(checks, 'read-only')).toMatchObject({ outcome: 'unknown', who: 'owner of the store' });
      expect(of(checks, 'organization').outcome).toBe('ok');
    });
  });
});

it('a store that nobody listens at: told once, everything else unknown', async () => {
  const checks = await checkStore(settings('postgresql://audit:secret-word@127.0.0.1:9/opti'));
  expect(ids(checks, 'failed')).toEqual(['store']);
  expect(of(checks, 'store')).toMatchObject({
    found: expect.stringContaining('was refused'),
    who: 'operator of this machine',
  });
  expect(new Set(checks.slice(1).map(({ outcome }) => outcome))).toEqual(new Set(['unknown']));
  expect(JSON.stringify(checks)).not.toContain('secret-word');
});

describe.skipIf(typeof real === 'string')(
  `the role at a real PostgreSQL${typeof real === 'string' ? `: ${real}` : ''}`,
  () => {
    const store = real as RealStore;
    let role: string;
    let url: string;

    beforeAll(async () => {
      await store.fill(twoOrganizations());
      const created = await store.createRole();
      role = created.role;
      url = store.urlOf(created.role, created.password);
      const views = STORE_VIEWS.map(({ name }) => name);
      for (const statement of storeGrants('opti_id', role, views).split('\n')) await store.query(statement);
    });
    afterAll(() => store.close());

    const roleCheck = async () => of(await checkStore(settings(url)), 'read-only');

    it('may only read when it has the grants of the README, and then everything is proved', async () => {
      const checks = await checkStore(settings(url));
      expect(checks.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
      expect(of(checks, 'read-only').found).toBe(`${role} can write nowhere in this database`);
    });

    it.each([
      ['insert into a view', 'insert on opti_id.users', 'it may INSERT on opti_id.users'],
      [
        'update of one column',
        'update (title) on identity.user_group',
        'it may UPDATE on identity.user_group',
      ],
      ['delete from a table behind', 'delete on identity.person', 'it may DELETE on identity.person'],
      ['truncate', 'truncate on identity.membership', 'it may TRUNCATE on identity.membership'],
      ['create in the schema', 'create on schema opti_id', 'it may create in schema opti_id'],
    ])('%s: a warning with the statement that takes it away', async (_what, grant, words) => {
      await store.query(`grant ${grant} to ${role}`);
      const check = await roleCheck();
      await store.query(`revoke ${grant} from ${role}`);
      expect(check).toMatchObject({ outcome: 'warning', who: 'owner of the store' });
      expect(check.found).toContain(words);
      expect(check.how).toMatch(new RegExp(`^revoke .* from ${role};`, 'm'));
      expect((await roleCheck()).outcome).toBe('ok');
    });

    it('the statement takes away what it is said to', async () => {
      await store.query(`grant insert, delete on opti_id.users, opti_id.groups to ${role}`);
      await store.query('grant update (title) on identity.user_group to public');
      const { how } = await roleCheck();
      for (const statement of how?.match(/^revoke .*;$/gm) ?? []) await store.query(statement);
      expect((await roleCheck()).outcome).toBe('ok');
    });

    it('create in the database, which everybody may', async () => {
      const [row] = await store.query('select quote_ident(current_database()) as name');
      await store.query(`grant create on database ${row?.name} to public`);
      const check = await roleCheck();
      await store.query(`revoke create on database ${row?.name} from public`);
      expect(check.found).toContain(`it may create in database ${row?.name} (as everybody may)`);
      expect(check.how).toContain(`revoke create on database ${row?.name} from public;`);
    });

    it('a view of its own, and a membership that writes', async () => {
      await store.query(`create view opti_id.own as select 1 as one`);
      await store.query(`alter view opti_id.own owner to ${role}`);
      await store.query(`grant pg_write_all_data to ${role}`);
      const { found, how } = await roleCheck();
      await store.query('drop view opti_id.own');
      await store.query(`revoke pg_write_all_data from ${role}`);
      expect(found).toContain('it owns opti_id.own');
      expect(found).toContain('it is a member of pg_write_all_data');
      expect(how).toContain(`revoke pg_write_all_data from ${role};`);
    });

    it('what it could only do after SET ROLE counts as well', async () => {
      const { role: writer } = await store.createRole();
      await store.query(`grant insert on identity.person to ${writer}`);
      await store.query(`alter role ${role} noinherit`);
      await store.query(`grant ${writer} to ${role}`);
      const { found, how } = await roleCheck();
      await store.query(`revoke ${writer} from ${role}`);
      await store.query(`revoke insert on identity.person from ${writer}`);
      await store.query(`alter role ${role} inherit`);
      expect(found).toContain(`it may INSERT on identity.person (through the role ${writer})`);
      expect(how).toContain(`revoke ${writer} from ${role};`);
    });

    it('a view that is denied fails by itself, with the grant for it alone', async () => {
      await store.query(`revoke select on opti_id.users from ${role}`);
      const checks = await checkStore(settings(url));
      await store.query(`grant select on opti_id.users to ${role}`);
      expect(ids(checks, 'failed')).toEqual(['view.users']);
      expect(of(checks, 'view.users')).toMatchObject({
        found: `opti_id.users: expected SELECT granted to ${role}, found no privilege`,
        who: 'owner of the store',
        how: expect.stringContaining(`grant select on opti_id.users to ${role};`),
      });
    });
  },
);
