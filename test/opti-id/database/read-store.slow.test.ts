import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DatasetName } from '../../../src/domain/dataset.ts';
import { AuditError } from '../../../src/domain/errors.ts';
import { openStore } from '../../../src/opti-id/database/connection.ts';
import { collectStore } from '../../../src/opti-id/database/read-store.ts';
import { STORE_VIEWS } from '../../../src/opti-id/store-contract.ts';
import { MemorySink } from '../../support/memory-sink.ts';
import { EMPTY } from '../../support/one-store.ts';
import { expectBrokenOff } from '../support/broken-off.ts';
import { startProxy } from '../support/proxy.ts';
import {
  ACME,
  aGroup,
  aUser,
  embeddedStore,
  MANY_PEOPLE,
  realStore,
  type TestStore,
  twoOrganizations,
} from '../support/stores.ts';

const AT = '2026-01-02T03:04:05.678Z';
const real = await realStore();

const sorted = <Row>(rows: Row[]) =>
  [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

describe.each([
  { name: 'the embedded store', open: embeddedStore, unavailable: null },
  {
    name: 'a real PostgreSQL',
    open: async () => real as TestStore,
    unavailable: typeof real === 'string' ? real : null,
  },
])('reading $name', ({ open, unavailable }) => {
  describe.skipIf(unavailable !== null)(unavailable ?? 'in one transaction', () => {
    let store: TestStore;

    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store?.close());
    beforeEach(() => store.fill(twoOrganizations()));

    const settings = (changes: { schema?: string; organizationId?: string } = {}) => ({
      databaseUrl: store.url,
      schema: 'opti_id',
      organizationId: ACME,
      ...changes,
    });
    const collect = async (sink = new MemorySink(), changes = {}) => {
      await collectStore({ store: settings(changes), sink });
      return sink;
    };
    const incomplete = (sink: MemorySink) =>
      [...sink.states].filter(([, { completeness }]) => completeness !== 'complete');

    it('reads every dataset, row by row, and only the rows of the organization', async () => {
      const sink = await collect();
      expect(incomplete(sink)).toEqual([]);
      expect(sink.rows('optiId.organizations')).toEqual([
        { opti_organization_id: ACME, name: 'Acme', provisioning_mode: 'jit' },
      ]);
      expect(sink.rows('optiId.ssoConnections')).toEqual([
        {
          opti_connection_id: 'sso-1',
          name: 'Okta',
          protocol: 'saml',
          scim_enabled: true,
          domains: ['acme.test', 'acme.example'],
        },
      ]);
      const person = {
        home_organization_id: ACME,
        external_id: null,
        first_name: 'Ada',
        last_name: 'Lovelace',
        local_login: false,
        last_login_at: null,
        created_at: AT,
        modified_at: AT,
      };
      expect(sink.rows('optiId.users')).toEqual([
        {
          ...person,
          opti_user_id: 'u1',
          external_id: '00u1',
          email: 'u1@acme.test',
          status: 'active',
          last_login_at: '2026-11-20T10:00:00.000Z',
        },
        { ...person, opti_user_id: 'u2', email: 'u2@acme.test', status: 'deleted' },
        {
          ...person,
          opti_user_id: 'u3',
          home_organization_id: 'org-globex',
          email: 'u3@acme.test',
          status: 'invited',
          local_login: true,
        },
      ]);
      expect(sink.rows('optiId.groups')).toEqual([
        {
          opti_group_id: 'g1',
          name: 'Editors',
          description: 'Writes',
          group_type: 'custom',
          user_count: 2,
          created_at: AT,
          modified_at: AT,
        },
        {
          opti_group_id: 'g2',
          name: 'Everyone',
          description: null,
          group_type: 'internal',
          user_count: null,
          created_at: AT,
          modified_at: AT,
        },
      ]);
      // Members are read through their group, whatever organization the user belongs to.
      expect(sorted(sink.rows('optiId.groupMembers'))).toEqual([
        { opti_group_id: 'g1', opti_user_id: 'u1' },
        { opti_group_id: 'g1', opti_user_id: 'u2' },
        { opti_group_id: 'g2', opti_user_id: 'u9' },
      ]);
      expect(sink.rows('optiId.productInstances')).toEqual([
        { opti_instance_id: 'i1', product: 'CMS', nickname: 'Production' },
      ]);
      expect(sink.rows('optiId.roles')).toEqual([
        { opti_role_id: 'r1', product: 'CMS', name: 'Editor', kind: 'system' },
        { opti_role_id: 'r2', product: 'Admin Center', name: 'Super Admin', kind: 'system' },
      ]);
      expect(sink.rows('optiId.groupInstanceRoles')).toEqual([
        { opti_group_id: 'g1', opti_instance_id: 'i1', opti_role_id: 'r1' },
      ]);
      expect(sink.rows('optiId.invitations')).toEqual([
        { opti_invitation_id: 'n1', email: 'new@acme.test', status: 'pending', created_at: AT },
      ]);
      expect(sink.rows('optiId.teams')).toEqual([
        { opti_team_id: 't1', name: 'Studio', opti_instance_id: 'i1' },
      ]);
      expect([...sink.requests.values()]).toEqual(STORE_VIEWS.map(() => 1));
    });

    it('does without the optional view of teams', async () => {
      await store.query('drop view opti_id.teams');
      const sink = await collect();
      expect(sink.states.get('optiId.teams')).toEqual({
        completeness: 'not_applicable',
        reason: 'the store has no view teams, which is optional',
      });
      expect(sink.states.get('optiId.invitations')?.completeness).toBe('complete');
    });

    it('reads an organization without users, groups or connections to its end', async () => {
      await store.fill({
        ...EMPTY,
        organizations: [{ id: ACME, name: 'Acme', provisioning_mode: 'scim' }],
      });
      const sink = await collect();
      expect(incomplete(sink)).toEqual([]);
      expect(sink.states.size).toBe(STORE_VIEWS.length);
      expect(sink.rows('optiId.users')).toEqual([]);
    });

    it('keeps names as they are stored: quotes, newlines, other scripts, composed or not', async () => {
      const names = [
        `O'Brien "the" \\ one`,
        'two\nlines\ttab',
        'İstanbul ı ß ſ',
        'Ame\u0301lie',
        'Amélie',
        '\u200bzero\u00a0width ',
        '😀 資料',
        '=cmd|calc',
        '',
        'x'.repeat(65_536),
      ];
      await store.fill({
        ...EMPTY,
        organizations: [{ id: ACME, name: 'Ácme "Ltd"', provisioning_mode: 'jit' }],
        groups: names.map((name, i) => aGroup(`g${i}`, { name })),
      });
      const sink = await collect();
      expect(sink.rows('optiId.groups').map(({ name }) => name)).toEqual(names);
    });

    it('takes an organization id with quotes and question marks as a value, never as SQL', async () => {
      const id = `'; drop schema opti_id cascade; -- ? $1`;
      await store.fill({
        ...EMPTY,
        organizations: [{ id, name: 'Odd', provisioning_mode: 'jit' }],
        users: [aUser('u1', { organization_id: id })],
      });
      const sink = await collect(new MemorySink(), { organizationId: id });
      expect(sink.rows('optiId.users').map(({ opti_user_id }) => opti_user_id)).toEqual(['u1']);
    });

    it('reads a schema whose name needs quotes', async () => {
      await store.query('drop schema if exists "Opti.ID ?" cascade');
      await store.query('alter schema opti_id rename to "Opti.ID ?"');
      const sink = await collect(new MemorySink(), { schema: 'Opti.ID ?' });
      expect(incomplete(sink)).toEqual([]);
      await store.query('drop schema "Opti.ID ?" cascade');
    });

    it('writes times in UTC and takes those that no calendar shows for never', async () => {
      await store.query(`update identity.person set last_seen = v.t from (values
        ('u1', 'infinity'::timestamptz), ('u2', '-infinity'), ('u3', '2026-03-01 00:30:00.1239+02')) as v(id, t)
        where person_id = v.id`);
      const sink = await collect();
      const times = sink.rows('optiId.users').map((u) => [u.opti_user_id, u.last_login_at]);
      expect(times.sort()).toEqual([
        ['u1', null],
        ['u2', null],
        ['u3', '2026-02-28T22:30:00.123Z'],
      ]);
    });

    it('reads the sentinels 0001-01-01 and 9999-12-31 as the times they are, and the year 10000 as never', async () => {
      await store.query(`update identity.person set last_seen = v.t from (values
        ('u1', '0001-01-01 00:00:00+00'::timestamptz), ('u2', '9999-12-31 23:59:59+00'),
        ('u3', '10000-01-01 00:00:00+00')) as v(id, t) where person_id = v.id`);
      const sink = await collect();
      const times = sink.rows('optiId.users').map((u) => [u.opti_user_id, u.last_login_at]);
      expect(times.sort()).toEqual([
        ['u1', '0001-01-01T00:00:00.000Z'],
        ['u2', '9999-12-31T23:59:59.000Z'],
        ['u3', null],
      ]);
    });

    it('takes domains that are null for none', async () => {
      await store.query('update identity.sso set domain_list = null');
      const sink = await collect();
      expect(sink.rows('optiId.ssoConnections').map(({ domains }) => domains)).toEqual([[]]);
    });

    it('takes the e-mail of a deleted user as empty where it was erased', async () => {
      await store.query(`update identity.person set mail = null where person_id = 'u2'`);
      const sink = await collect();
      expect(sink.states.get('optiId.users')?.completeness).toBe('complete');
      expect(sink.rows('optiId.users').map(({ email }) => email)).toContain('');
    });

    it.each<[string, DatasetName, string, string]>([
      [
        'an e-mail',
        'optiId.users',
        `update identity.person set mail = null where person_id = 'u1'`,
        'users.email is null in the row with id "u1".',
      ],
      [
        'an e-mail of an invited user',
        'optiId.users',
        `update identity.person set mail = null where person_id = 'u3'`,
        'users.email is null in the row with id "u3".',
      ],
      [
        'a user id',
        'optiId.users',
        `update identity.person set person_id = null where person_id = 'u1'`,
        'users.id is null in the row with id null.',
      ],
      [
        'a user status',
        'optiId.users',
        `update identity.person set state = null where person_id = 'u1'`,
        'users.status is null in the row with id "u1".',
      ],
      [
        'local_login',
        'optiId.users',
        `update identity.person set local = null where person_id = 'u1'`,
        'users.local_login is null in the row with id "u1".',
      ],
      [
        'scim_enabled',
        'optiId.ssoConnections',
        'update identity.sso set scim = null',
        'sso_connections.scim_enabled is null in the row with id "sso-1".',
      ],
      [
        'a domain in the list',
        'optiId.ssoConnections',
        `update identity.sso set domain_list = '{a,NULL}'`,
        'sso_connections.domains is ["a",null], which is not a value of type text[], in the row with id "sso-1".',
      ],
      [
        'a group name',
        'optiId.groups',
        `update identity.user_group set title = null where group_id = 'g1'`,
        'groups.name is null in the row with id "g1".',
      ],
      [
        'a member',
        'optiId.groupMembers',
        `update identity.membership set person_id = null where group_id = 'g1'`,
        'group_members.user_id is null in the row with group_id "g1", user_id null.',
      ],
      [
        'a provisioning mode',
        'optiId.organizations',
        'update identity.organization set mode = null',
        'organizations.provisioning_mode is null in the row with id "org-acme".',
      ],
      [
        'an invitation status',
        'optiId.invitations',
        'update identity.invitation set state = null',
        'invitations.status is null in the row with id "n1".',
      ],
    ])(
      'leaves the dataset incomplete and reads the others when %s is null',
      async (_, dataset, damage, reason) => {
        await store.query(damage);
        const sink = await collect();
        expect(incomplete(sink).map(([name]) => name)).toEqual([dataset]);
        expect(sink.states.get(dataset)?.reason).toBe(reason);
      },
    );

    it.each<[string, DatasetName, string, string]>([
      [
        'group type',
        'optiId.groups',
        `update identity.user_group set kind = 'dynamic' where group_id = 'g1'`,
        'groups.group_type is "dynamic", which is none of custom, internal, product, in the row with id "g1".',
      ],
      [
        'user status',
        'optiId.users',
        `update identity.person set state = 'locked' where person_id = 'u3'`,
        'users.status is "locked", which is none of active, invited, deleted, in the row with id "u3".',
      ],
      [
        'provisioning mode',
        'optiId.organizations',
        `update identity.organization set mode = 'manual'`,
        'organizations.provisioning_mode is "manual", which is none of jit, scim, in the row with id "org-acme".',
      ],
    ])('leaves the dataset incomplete when a %s is unknown', async (_, dataset, damage, reason) => {
      await store.query(damage);
      const sink = await collect();
      expect(incomplete(sink).map(([name]) => name)).toEqual([dataset]);
      expect(sink.states.get(dataset)?.reason).toBe(reason);
    });

    it('keeps other values that it does not know, since nothing is decided by them', async () => {
      await store.query(`update identity.invitation set state = 'bounced'`);
      await store.query(`update identity.sso set kind = 'wsfed'`);
      await store.query(`update identity.role set kind = 'legacy'`);
      const sink = await collect();
      expect(incomplete(sink)).toEqual([]);
      expect(sink.rows('optiId.invitations').map(({ status }) => status)).toEqual(['bounced']);
    });

    it('does not take an empty id for an id', async () => {
      await store.query(`update identity.person set person_id = '' where person_id = 'u1'`);
      const sink = await collect();
      expect(sink.states.get('optiId.users')?.reason).toBe('users.id is empty in the row with id "".');
    });

    it('does not squeeze a count that is too large into the snapshot', async () => {
      await store.query('drop view opti_id.groups');
      await store.query(`create view opti_id.groups as
        select group_id::text as id, org_id::text as organization_id, title::text as name, description,
          lower(kind) as group_type, 3000000000 as user_count, created as created_at, modified as modified_at
        from identity.user_group`);
      const sink = await collect();
      expect(sink.states.get('optiId.groups')?.reason).toContain('groups.user_count is "3000000000"');
    });

    it('names some organizations when it does not know the one it was given', async () => {
      const error = await collect(new MemorySink(), { organizationId: 'acme' }).catch((e) => e);
      expect(error).toBeInstanceOf(AuditError);
      expect(error.message).toBe('The Opti ID store knows no organization "acme".');
      expect(error.hint).toBe(
        'OPTIID_ORGANIZATION takes the id, for instance: org-acme (Acme), org-globex (Globex).',
      );
    });

    it('says so when the store holds no organization at all', async () => {
      await store.fill(EMPTY);
      await expect(collect()).rejects.toMatchObject({ hint: expect.stringContaining('holds no row at all') });
    });

    it('writes nothing into the sink before the store has proved fit', async () => {
      const sink = new MemorySink();
      await store.query('drop view opti_id.invitations');
      await expect(collect(sink)).rejects.toBeInstanceOf(AuditError);
      expect(sink.states.size).toBe(0);
    });

    it('passes an error of the sink on, and the store serves the next reader', async () => {
      const broken = new MemorySink((name) => {
        if (name === 'optiId.users') throw new Error('disk full');
      });
      await expect(collect(broken)).rejects.toThrow('disk full');
      expect(incomplete(await collect())).toEqual([]);
    });

    it('cannot write: neither rows, nor tables, nor after asking for it', async () => {
      const connection = await openStore(store.url);
      const refusal = /cannot execute (INSERT|UPDATE|CREATE TABLE|DROP SCHEMA) in a read-only transaction/;
      for (const sql of [
        `insert into identity.role values ('r3', 'CMS', 'x', 'SYSTEM')`,
        `update identity.person set mail = 'x'`,
        'create table opti_id.t (id int)',
        'drop schema opti_id cascade',
      ]) {
        await connection.query('savepoint s');
        await expect(connection.query(sql)).rejects.toThrow(refusal);
        await connection.query('rollback to savepoint s');
      }
      await expect(connection.query('set transaction read write')).rejects.toThrow(/read-write mode/);
      await connection.close();
    });

    it('is read-only by default in its session and leaves no such setting behind', async () => {
      const connection = await openStore(store.url);
      const [row] = await connection.query(
        `select current_setting('default_transaction_read_only') as writes, current_setting('transaction_isolation') as isolation,
          current_setting('row_security') as rls, current_setting('statement_timeout') as timeout`,
      );
      expect(row).toEqual({ writes: 'on', isolation: 'repeatable read', rls: 'off', timeout: '10min' });
      await connection.close();
      expect(await store.query('show default_transaction_read_only')).toEqual([
        { default_transaction_read_only: 'off' },
      ]);
    });

    it('streams a hundred thousand rows', { timeout: 120_000 }, async () => {
      await store.query(MANY_PEOPLE);
      const sink = await collect();
      expect(new Set(sink.rows('optiId.users').map((u) => u.opti_user_id)).size).toBe(100_003);
      expect(sink.states.get('optiId.users')).toEqual({ completeness: 'complete', reason: '' });
    });

    it('asks the store for no more rows while the sink is busy', { timeout: 120_000 }, async () => {
      await store.query(MANY_PEOPLE);
      const proxy = await startProxy(store.url);
      const received: number[] = [];
      const sink = new MemorySink(async (name, rows) => {
        if (name !== 'optiId.users' || (rows !== 1 && rows !== 50_000)) return;
        await new Promise((resolve) => setTimeout(resolve, 300));
        received.push(proxy.received());
      });
      await collectStore({ store: { ...settings(), databaseUrl: proxy.url }, sink });
      const [atFirst = 0, atHalf = 0] = received;
      // A batch of a thousand rows is about 0.15 MB, all of them 15 MB.
      expect(proxy.received()).toBeGreaterThan(8_000_000);
      expect(atFirst).toBeLessThan(500_000);
      expect(atHalf).toBeLessThan(proxy.received() * 0.6);
      await proxy.close();
    });

    it('calls the dataset partial and the rest unread when the connection breaks', async () => {
      await store.query(MANY_PEOPLE);
      const proxy = await startProxy(store.url);
      const sink = new MemorySink((name, rows) => {
        if (name === 'optiId.users' && rows === 2500) proxy.cut();
      });
      await collectStore({ store: { ...settings(), databaseUrl: proxy.url }, sink });
      expectBrokenOff(sink, 'the connection to the store was lost');
      await proxy.close();
    });
  });
});
