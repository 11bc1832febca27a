import pg from 'pg';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { examineStore, StoreContractError } from '../../../src/opti-id/database/check-store.ts';
import { openStore } from '../../../src/opti-id/database/connection.ts';
import { collectStore } from '../../../src/opti-id/database/read-store.ts';
import { STORE_VIEWS } from '../../../src/opti-id/store-contract.ts';
import { sandboxDdl, seedStore } from '../../../src/sandbox/store.ts';
import { MemorySink } from '../../support/memory-sink.ts';
import { expectBrokenOff } from '../support/broken-off.ts';
import { startProxy } from '../support/proxy.ts';
import { ACME, MANY_PEOPLE, type RealStore, realStore, twoOrganizations } from '../support/stores.ts';

const real = await realStore();
const unavailable = typeof real === 'string' ? real : null;

// What only a server with roles and several sessions can show.
describe.skipIf(unavailable !== null)(unavailable ?? 'a real PostgreSQL', () => {
  const store = real as RealStore;
  afterAll(() => store.close());
  beforeEach(() => store.fill(twoOrganizations()));

  const settings = (databaseUrl = store.url) => ({ databaseUrl, schema: 'opti_id', organizationId: ACME });

  describe('whose role lacks a privilege', () => {
    let role = '';
    let url = '';
    beforeEach(async () => {
      const created = await store.createRole();
      role = created.role;
      url = store.urlOf(role, created.password);
    });

    const problems = async () => {
      const error = await collectStore({ store: settings(url), sink: new MemorySink() }).catch((e) => e);
      expect(error).toBeInstanceOf(StoreContractError);
      return {
        hint: (error as StoreContractError).hint,
        lines: (error as StoreContractError).problems.map(
          (p) => `${p.subject}: expected ${p.expected}, found ${p.found}`,
        ),
      };
    };
    const grantAll = async () => {
      await store.query(`grant usage on schema opti_id to ${role}`);
      await store.query(`grant select on all tables in schema opti_id to ${role}`);
    };

    it('reads with no more than the grants of the hint', async () => {
      const { hint } = await examineStore(settings(url));
      const grants = hint.split('\n').filter((line) => line.startsWith('grant '));
      expect(grants).toHaveLength(2);
      for (const grant of grants) await store.query(grant);
      const sink = new MemorySink();
      await collectStore({ store: settings(url), sink });
      expect([...sink.states.values()].every(({ completeness }) => completeness === 'complete')).toBe(true);
      expect(sink.states.size).toBe(STORE_VIEWS.length);
    });

    it('tells a denied schema and denied views from missing ones', async () => {
      const { lines, hint } = await problems();
      expect(lines).toEqual([
        `opti_id: expected USAGE granted to ${role}, found no privilege`,
        ...STORE_VIEWS.map(
          ({ name }) => `opti_id.${name}: expected SELECT granted to ${role}, found no privilege`,
        ),
      ]);
      expect(hint).toContain(`grant usage on schema opti_id to ${role};`);
      expect(hint).not.toContain('create view');
    });

    it('names one denied view', async () => {
      await grantAll();
      await store.query(`revoke select on opti_id.users from ${role}`);
      expect((await problems()).lines).toEqual([
        `opti_id.users: expected SELECT granted to ${role}, found no privilege`,
      ]);
    });

    it('names denied columns', async () => {
      await grantAll();
      await store.query(`revoke select on opti_id.roles from ${role}`);
      await store.query(`grant select (id, product, name) on opti_id.roles to ${role}`);
      expect((await problems()).lines).toEqual([
        `opti_id.roles.kind: expected SELECT granted to ${role}, found no privilege`,
      ]);
    });

    it('names denied and missing together', async () => {
      await grantAll();
      await store.query(`revoke select on opti_id.users from ${role}`);
      await store.query('drop view opti_id.invitations');
      expect((await problems()).lines).toEqual([
        `opti_id.users: expected SELECT granted to ${role}, found no privilege`,
        'opti_id.invitations: expected a view or table, found none',
      ]);
    });

    it('names every view whose owner may not read what is behind it', async () => {
      const owner = await store.createRole();
      await grantAll();
      await store.query(`alter view opti_id.roles owner to ${owner.role}`);
      await store.query(`alter view opti_id.invitations owner to ${owner.role}`);
      const { lines } = await problems();
      await store.query('drop schema opti_id cascade');
      expect(lines).toEqual([
        'opti_id.roles: expected a view that can be read, found permission denied for table role (42501)',
        'opti_id.invitations: expected a view that can be read, found permission denied for table invitation (42501)',
      ]);
    });

    it('refuses to read past row level security, which would hide rows and look complete', async () => {
      await store.query('drop view opti_id.invitations');
      await store.query(
        'create table opti_id.invitations (id text, organization_id text, email text, status text, created_at timestamptz)',
      );
      await store.query(
        `insert into opti_id.invitations values ('n1', '${ACME}', 'a@b.test', 'pending', now())`,
      );
      await store.query('alter table opti_id.invitations enable row level security');
      await grantAll();
      const { lines, hint } = await problems();
      expect(lines).toEqual([
        'opti_id.invitations: expected a view that can be read, found query would be affected by row-level security policy for table "invitations" (42501)',
      ]);
      expect(hint).toContain('row level security');
    });

    it('says who is refused when the role may not connect', async () => {
      const [row] = await store.query('select current_database() as name');
      await store.query(`revoke connect on database ${row?.name} from public`);
      await expect(openStore(url)).rejects.toThrow(/does not let this user connect/);
      await store.query(`grant connect on database ${row?.name} to public`);
    });
  });

  it('shows one moment: what others write meanwhile is in no dataset', async () => {
    const sink = new MemorySink(async (name, rows) => {
      if (name !== 'optiId.users' || rows !== 1) return;
      await store.query(
        `insert into identity.user_group values ('late', '${ACME}', 'Late', null, 'CUSTOM', 1, now(), now())`,
      );
      await store.query(`insert into identity.membership values ('g1', 'u3'), ('late', 'u1')`);
      await store.query(`delete from identity.invitation`);
    });
    await collectStore({ store: settings(), sink });
    expect(sink.rows('optiId.groups').map((g) => g.opti_group_id)).not.toContain('late');
    expect(sink.rows('optiId.groupMembers')).toHaveLength(3);
    expect(sink.rows('optiId.invitations')).toHaveLength(1);

    const next = new MemorySink();
    await collectStore({ store: settings(), sink: next });
    expect(next.rows('optiId.groupMembers')).toHaveLength(5);
  });

  it('calls the dataset partial and the rest unread when its session is ended by an administrator', async () => {
    await store.query(MANY_PEOPLE);
    const sink = new MemorySink(async (name, rows) => {
      if (name !== 'optiId.users' || rows !== 2500) return;
      await store.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'optiid-audit' and datname = current_database()`);
    });
    await collectStore({ store: settings(), sink });
    expectBrokenOff(sink, 'the connection to the store was lost');
  });

  it('gives up on a store that falls silent', async () => {
    await store.query(MANY_PEOPLE);
    const proxy = await startProxy(store.url);
    const sink = new MemorySink((name, rows) => {
      if (name === 'optiId.users' && rows === 2500) proxy.freeze();
    });
    const timeouts = { connectMs: 10_000, statementMs: 1000, graceMs: 1000 };
    await collectStore({ store: settings(proxy.url), sink, timeouts });
    expectBrokenOff(sink, 'no answer for 2 seconds');
    await proxy.close();
  });

  it('calls the dataset unread when the store cancels its query before the first row', async () => {
    await store.query('drop view opti_id.roles');
    await store.query(`create view opti_id.roles as
      select 'r'::text as id, 'p'::text as product, 'n'::text as name, pg_sleep(10)::text as kind`);
    const sink = new MemorySink();
    const timeouts = { connectMs: 10_000, statementMs: 300, graceMs: 10_000 };
    await collectStore({ store: settings(), sink, timeouts });
    const why = 'the store cancelled the query: canceling statement due to statement timeout.';
    expect([...sink.states].slice(-4)).toEqual([
      ['optiId.roles', { completeness: 'unread', reason: `While it was read, ${why}` }],
      ['optiId.groupInstanceRoles', { completeness: 'unread', reason: `Not read, because ${why}` }],
      ['optiId.invitations', { completeness: 'unread', reason: `Not read, because ${why}` }],
      ['optiId.teams', { completeness: 'unread', reason: `Not read, because ${why}` }],
    ]);
  });

  it('leaves no session behind, whether it could read or not', async () => {
    await collectStore({ store: settings(), sink: new MemorySink() });
    await store.query('drop view opti_id.roles');
    await collectStore({ store: settings(), sink: new MemorySink() }).catch(() => {});
    await expect
      .poll(() =>
        store.query(`select count(*)::int as n from pg_stat_activity
          where application_name = 'optiid-audit' and datname = current_database()`),
      )
      .toEqual([{ n: 0 }]);
  });

  describe('whose views give what is no row', () => {
    /** Puts another view in the place of one, made from the rows of the one before. */
    const change = async (view: string, select: string) => {
      await store.query(`alter view opti_id.${view} rename to ${view}_before`);
      await store.query(
        `create view opti_id.${view} as ${select.replace('BEFORE', `opti_id.${view}_before`)}`,
      );
    };
    const incomplete = async (databaseUrl = store.url) => {
      const sink = new MemorySink();
      await collectStore({ store: settings(databaseUrl), sink });
      return [...sink.states].filter(([, { completeness }]) => completeness !== 'complete');
    };

    it.each([
      [
        'groups',
        `select * from BEFORE as g cross join generate_series(1, 2) as twice (n)`,
        '"g1", "g2"',
        'optiId.groups',
      ],
      [
        'users',
        `select * from BEFORE union all select * from BEFORE where id = 'u2'`,
        '"u2"',
        'optiId.users',
      ],
      [
        'roles',
        `select * from BEFORE union all select 'r1', 'CMS', 'Viewer', 'system'`,
        '"r1"',
        'optiId.roles',
      ],
    ])('says that an id of %s names several rows', async (view, select, ids, dataset) => {
      const columns = await store.query(
        `select string_agg(quote_ident(attname), ', ' order by attnum) as list from pg_attribute
         where attrelid = 'opti_id.${view}'::regclass and attnum > 0`,
      );
      await change(
        view,
        select.replaceAll('*', String(columns[0]?.list)).replaceAll('BEFORE', `opti_id.${view}_before`),
      );
      expect(await incomplete()).toEqual([
        [
          dataset,
          {
            completeness: 'partial',
            reason: `${view} has several rows with the same id (${ids}): an id must name one row. Correct the view.`,
          },
        ],
      ]);
    });

    it('takes an id of another organization for its own', async () => {
      await store.query(
        `insert into identity.user_group values ('g9x', 'org-globex', 'X', null, 'CUSTOM', 1, now(), now())`,
      );
      await change(
        'groups',
        `select case when id = 'g9x' then 'g1' else id end as id, organization_id, name, description, group_type, user_count, created_at, modified_at from BEFORE`,
      );
      expect(await incomplete()).toEqual([]);
    });

    it('reads no text and no list that is longer than any is', async () => {
      await change(
        'groups',
        `select id, organization_id, name, repeat('ä', case id when 'g2' then 3000000 else 65536 end) as description,
           group_type, user_count, created_at, modified_at from BEFORE`,
      );
      await change(
        'sso_connections',
        `select id, organization_id, name, protocol, scim_enabled,
           array_fill('acme.test'::text, array[300000]) as domains from BEFORE`,
      );
      const before = process.memoryUsage.rss();
      expect(await incomplete()).toEqual([
        [
          'optiId.ssoConnections',
          {
            completeness: 'unread',
            reason: 'sso_connections.domains has more than 65536 characters in the row with id "sso-1".',
          },
        ],
        [
          'optiId.groups',
          {
            completeness: 'partial',
            reason: 'groups.description has more than 65536 characters in the row with id "g2".',
          },
        ],
      ]);
      expect(process.memoryUsage.rss() - before).toBeLessThan(100_000_000);
    });

    it('reads the other datasets where one holds bytes that are no text', async () => {
      const name = `ascii_${process.pid}`;
      await store.query(`drop database if exists ${name}`);
      await store.query(
        `create database ${name} encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0`,
      );
      const url = new URL(store.url);
      url.pathname = `/${name}`;
      const client = new pg.Client(url.href);
      await client.connect();
      try {
        const query = async (sql: string, values: unknown[] = []) => (await client.query(sql, values)).rows;
        for (const statement of sandboxDdl('opti_id')) await query(statement);
        await seedStore(query, twoOrganizations());
        await query(
          String.raw`update identity.person set given_name = convert_from('\xe4', 'SQL_ASCII') where person_id = 'u2'`,
        );
        expect(await incomplete(url.href)).toEqual([
          [
            'optiId.users',
            {
              completeness: expect.stringMatching(/^(?:partial|unread)$/u),
              reason: expect.stringMatching(
                /^While it was read, the store answered 22021: invalid byte sequence for encoding "UTF8"/u,
              ),
            },
          ],
        ]);
      } finally {
        await client.end();
        await store.query(`drop database ${name}`);
      }
    });
  });

  describe('that refuses the connection', () => {
    /** The refusal; and proof that nothing shows the password and no connection is left open. */
    const refused = async (url: string) => {
      const proxy = await startProxy(url);
      const error = await openStore(proxy.url).catch((e) => e);
      await expect.poll(() => proxy.held(), { timeout: 2000 }).toBe(0);
      await proxy.close();
      for (let at = error; at instanceof Error; at = at.cause) {
        expect(`${at.message} ${JSON.stringify(at)} ${at.stack}`).not.toMatch(/s3cret/);
      }
      return error;
    };

    it('says that user name or password are wrong, without showing either', async () => {
      const error = await refused(store.urlOf('postgres', 's3cret'));
      expect(error.message).toMatch(
        /^The Opti ID store at 127\.0\.0\.1:\d+\/optiid_audit_test_\w+ refused the user name or the password\.$/,
      );
    });

    it('says that a password is missing', async () => {
      const url = new URL(store.url);
      url.password = '';
      const error = await refused(url.href);
      expect(error.message).toContain('asks for a password, and OPTIID_DATABASE_URL holds none.');
    });

    it('says that the database does not exist', async () => {
      const url = new URL(store.url);
      url.pathname = '/nowhere';
      const error = await refused(url.href);
      expect(error.message).toMatch(/^The database "nowhere" does not exist at /);
    });

    it('is reached with or without encryption when the URL only prefers it', async () => {
      const url = new URL(store.url);
      url.searchParams.set('sslmode', 'prefer');
      const connection = await openStore(url.href);
      expect(await connection.query('select 1 as one')).toEqual([{ one: 1 }]);
      await connection.close();
    });
  });
});
