import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { examineStore, StoreContractError } from '../../../src/opti-id/database/check-store.ts';
import { collectStore } from '../../../src/opti-id/database/read-store.ts';
import { NEEDED_VIEWS, STORE_VIEWS, storeDdl } from '../../../src/opti-id/store-contract.ts';
import { MemorySink } from '../../support/memory-sink.ts';
import { ACME, embeddedStore, realStore, type TestStore, twoOrganizations } from '../support/stores.ts';

const real = await realStore();

describe.each([
  { name: 'the embedded store', open: embeddedStore, unavailable: null },
  {
    name: 'a real PostgreSQL',
    open: async () => real as TestStore,
    unavailable: typeof real === 'string' ? real : null,
  },
])('checking $name', ({ open, unavailable }) => {
  describe.skipIf(unavailable !== null)(unavailable ?? 'against the contract', () => {
    let store: TestStore;

    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store?.close());
    beforeEach(async () => {
      for (const schema of ['other', 'Opti_ID', 'elsewhere']) {
        await store.query(`drop schema if exists "${schema}" cascade`);
      }
      await store.fill(twoOrganizations());
    });

    const settings = (changes = {}) => ({
      databaseUrl: store.url,
      schema: 'opti_id',
      organizationId: ACME,
      ...changes,
    });
    const refusal = async (changes = {}): Promise<StoreContractError> => {
      const error = await collectStore({ store: settings(changes), sink: new MemorySink() }).catch((e) => e);
      expect(error).toBeInstanceOf(StoreContractError);
      return error;
    };
    const lines = ({ problems }: StoreContractError) =>
      problems.map((p) => `${p.subject}: expected ${p.expected}, found ${p.found}`);
    /** Replaces a view by one with other columns; what the columns hold is of no matter. */
    const replaceView = async (view: string, columns: string) => {
      await store.query(`drop view opti_id.${view}`);
      await store.query(`create view opti_id.${view} as select ${columns}`);
    };

    it('finds nothing wrong with the views that the sandbox makes', async () => {
      expect(await examineStore(settings())).toMatchObject({
        problems: [],
        hint: '',
        organization: { id: ACME, name: 'Acme' },
        serverVersion: expect.stringMatching(/^\d+/),
        role: 'postgres',
      });
    });

    it('finds nothing wrong with the DDL that it shows, and that DDL fails until it is filled in', async () => {
      await store.query('create schema elsewhere');
      for (const { name, columns } of STORE_VIEWS) {
        await expect(store.query(storeDdl('elsewhere', [name]))).rejects.toThrow(
          `"your_${name}" does not exist`,
        );
        const list = columns.map(({ column, type }) => `${column} ${type}`);
        await store.query(`create table public.your_${name} (${list.join(', ')})`);
        await store.query(storeDdl('elsewhere', [name]));
      }
      expect((await examineStore(settings({ schema: 'elsewhere' }))).problems).toEqual([]);
      for (const { name } of STORE_VIEWS) await store.query(`drop table public.your_${name} cascade`);
    });

    it('names a missing view and shows its DDL and no other', async () => {
      await store.query('drop view opti_id.invitations');
      const error = await refusal();
      expect(error.message).toBe(
        'The Opti ID store differs from the contract: opti_id.invitations: expected a view or table, found none.',
      );
      expect(error.hint).toContain('create view opti_id.invitations as');
      expect(error.hint.match(/create view/g)).toHaveLength(1);
    });

    it('names a missing column', async () => {
      await replaceView('roles', `''::text as id, ''::text as product, ''::text as name`);
      expect(lines(await refusal())).toEqual(['opti_id.roles.kind: expected text, found no such column']);
    });

    it('names the column that is there in other letters', async () => {
      await replaceView('roles', `''::text as id, ''::text as product, ''::text as name, ''::text as "Kind"`);
      expect(lines(await refusal())).toEqual([
        'opti_id.roles.kind: expected text, found "Kind" (case matters)',
      ]);
    });

    it('names each column of a wrong type as PostgreSQL writes the type', async () => {
      await replaceView(
        'groups',
        `1::integer as id, gen_random_uuid() as organization_id, ''::text as name, '{}'::text[] as description,
         ''::text as group_type, 1::numeric(5,2) as user_count, now()::timestamp as created_at, now() as modified_at`,
      );
      expect(lines(await refusal())).toEqual([
        'opti_id.groups.id: expected text, found integer',
        'opti_id.groups.organization_id: expected text, found uuid',
        'opti_id.groups.description: expected text, found text[]',
        'opti_id.groups.user_count: expected integer, found numeric(5,2)',
        'opti_id.groups.created_at: expected timestamptz, found timestamp without time zone',
      ]);
    });

    it('names booleans kept as text and lists kept as one text', async () => {
      await replaceView(
        'sso_connections',
        `''::text as id, ''::text as organization_id, ''::text as name, ''::text as protocol,
         'yes'::text as scim_enabled, 'a,b'::text as domains`,
      );
      expect(lines(await refusal())).toEqual([
        'opti_id.sso_connections.scim_enabled: expected boolean, found text',
        'opti_id.sso_connections.domains: expected text[], found text',
      ]);
    });

    it('names all problems of all views at once', async () => {
      await store.query('drop view opti_id.users');
      await replaceView('roles', '1 as id');
      const error = await refusal();
      expect(lines(error)).toEqual([
        'opti_id.users: expected a view or table, found none',
        'opti_id.roles.id: expected text, found integer',
        'opti_id.roles.product: expected text, found no such column',
        'opti_id.roles.name: expected text, found no such column',
        'opti_id.roles.kind: expected text, found no such column',
      ]);
      expect(error.message).toContain('in 5 places:\n  - opti_id.users: expected');
      expect(error.hint.match(/create view (\S+)/g)).toEqual([
        'create view opti_id.users',
        'create view opti_id.roles',
      ]);
    });

    it('does not miss the optional view of teams, and holds one that is there to the contract', async () => {
      await store.query('drop view opti_id.teams');
      const { problems, absent } = await examineStore(settings());
      expect([problems, [...absent]]).toEqual([[], ['teams']]);
      await store.query(`create view opti_id.teams as select ''::text as id, ''::text as organization_id`);
      expect(lines(await refusal())).toEqual([
        'opti_id.teams.name: expected text, found no such column',
        'opti_id.teams.instance_id: expected text, found no such column',
      ]);
    });

    it('does not take a sequence for a view', async () => {
      await store.query('drop view opti_id.roles');
      await store.query('create sequence opti_id.roles');
      expect(lines(await refusal())).toEqual(['opti_id.roles: expected a view or table, found a sequence']);
    });

    it('names a missing schema and shows the DDL of every view', async () => {
      await store.query('drop schema opti_id cascade');
      const error = await refusal();
      expect(lines(error)).toEqual(['opti_id: expected a schema, found none']);
      expect(error.hint.match(/create view/g)).toHaveLength(NEEDED_VIEWS.length);
    });

    it.each(['other', 'Opti_ID'])('points at schema %s when it holds the views', async (schema) => {
      await store.query(`alter schema opti_id rename to "${schema}"`);
      const { hint } = await refusal();
      expect(hint).toContain(`Schema "${schema}" holds 9 of the 9: is OPTIID_SCHEMA=${schema} meant?`);
    });

    it('accepts tables, materialized views, varchar, char, domains, small and big integers', async () => {
      await store.query('create schema elsewhere');
      await store.query(`create domain elsewhere.short as varchar(40)`);
      await store.query(`create domain elsewhere.shorter as elsewhere.short check (length(value) < 30)`);
      await store.query('drop view opti_id.groups');
      await store.query(`create table opti_id.groups (
        id char(10), organization_id elsewhere.shorter, name varchar, description elsewhere.short, group_type char(12),
        user_count int8, created_at timestamptz, modified_at timestamptz(0))`);
      await store.query(
        `insert into opti_id.groups values ('g1', '${ACME}', 'Editors', null, 'custom', 7, '2026-01-01Z', null)`,
      );
      await store.query('drop view opti_id.sso_connections');
      await store.query(`create materialized view opti_id.sso_connections as
        select 's'::varchar as id, '${ACME}'::text as organization_id, 'n'::text as name, 'saml'::char(10) as protocol,
          true as scim_enabled, array['a.test']::elsewhere.shorter[] as domains`);
      const sink = new MemorySink();
      await collectStore({ store: settings(), sink });
      expect(sink.rows('optiId.groups')).toEqual([
        {
          opti_group_id: 'g1',
          name: 'Editors',
          description: null,
          group_type: 'custom',
          user_count: 7,
          created_at: '2026-01-01T00:00:00.000Z',
          modified_at: null,
        },
      ]);
      // The padding of char(n) would keep a member from its group.
      expect(sink.rows('optiId.groupMembers')).toHaveLength(2);
      expect(sink.rows('optiId.ssoConnections')).toMatchObject([{ protocol: 'saml', domains: ['a.test'] }]);
    });

    it('tells doctor the same, without throwing', async () => {
      await store.query('drop view opti_id.invitations');
      const examination = await examineStore(settings());
      expect(examination.problems.map(({ subject }) => subject)).toEqual(['opti_id.invitations']);
      expect(examination.hint).toContain('create view opti_id.invitations as');
      expect(examination.organization).toBeNull();
    });

    it('tells doctor which organizations there are when the id is unknown', async () => {
      expect(await examineStore(settings({ organizationId: 'acme' }))).toMatchObject({
        organization: null,
        organizations: [
          { id: ACME, name: 'Acme' },
          { id: 'org-globex', name: 'Globex' },
        ],
      });
    });
  });
});
