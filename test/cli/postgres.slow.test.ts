import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SandboxWorld } from '../../src/sandbox/model.ts';
import { type OktaSandbox, startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { healthyTwin, sampleWorld } from '../../src/sandbox/sample-world.ts';
import { type RealStore, realStore } from '../opti-id/support/stores.ts';
import { borrowStore } from '../support/one-store.ts';
import { Desk, expectRefusal, readCsv, readRun, type Settings } from './support/cli.ts';
import { expectNoFalsePass } from './support/no-false-pass.ts';
import { auditSettings, oktaSettings, SHORT_WINDOW, storeSettings } from './support/sides.ts';

const PATIENCE_MS = 240_000;
vi.setConfig({ testTimeout: PATIENCE_MS });

const started = await realStore();
const store = started as RealStore;

describe.skipIf(typeof started === 'string')('over HTTP and a real PostgreSQL', () => {
  const now = new Date();
  const world = sampleWorld(now);
  const healthy = healthyTwin(now);
  let okta: OktaSandbox;
  let healthyOkta: OktaSandbox;
  let reader: { role: string; password: string };
  let desk: Desk;

  /** As a role that may read the views and nothing else. */
  function settingsFor(of: SandboxWorld, org: OktaSandbox): Settings {
    return {
      ...oktaSettings(org),
      ...storeSettings(store.urlOf(reader.role, reader.password), of),
      ...auditSettings(of),
    };
  }

  async function fill(of: SandboxWorld): Promise<void> {
    await store.fill(of.store);
    await store.query(`grant usage on schema opti_id to ${reader.role}`);
    await store.query(`grant select on all tables in schema opti_id to ${reader.role}`);
  }

  beforeAll(async () => {
    reader = await store.createRole();
    okta = await startOktaSandbox(world.okta, { ...SHORT_WINDOW, pageSizeCap: 20 });
    healthyOkta = await startOktaSandbox(healthy.okta, { ...SHORT_WINDOW, pageSizeCap: 20 });
    await fill(world);
  }, PATIENCE_MS);

  afterAll(async () => {
    await okta?.close();
    await healthyOkta?.close();
    await store.query('drop schema if exists opti_id cascade');
    await store.close();
  }, PATIENCE_MS);

  beforeEach(async () => {
    desk = await Desk.open();
    return () => desk.close();
  });

  it(
    'the sample has the findings that it has over the embedded store, and the store is not written',
    async () => {
      const before = await fingerprint();
      expect((await desk.run(['precutover', '--quiet'], settingsFor(world, okta))).code).toBe(1);
      expect(await fingerprint()).toEqual(before);
      expect([...new Set(okta.requests.map(({ method }) => method))]).toEqual(['GET']);

      const embedded = await borrowStore(world.store);
      const other = await Desk.open();
      const settings = { ...settingsFor(world, okta), OPTIID_DATABASE_URL: embedded.url };
      expect((await other.run(['precutover', '--quiet'], settings)).code).toBe(1);
      await embedded.close();
      expect(readCsv(desk.onlyRun(), 'findings').length).toBeGreaterThan(50);
      for (const name of ['findings', 'rules', 'groups', 'users', 'memberships', 'access', 'configuration']) {
        const [real, small] = [desk, other].map((at) =>
          // When it was first seen is when the run began.
          readCsv(at.onlyRun(), name).map(({ first_seen: _, ...row }) => row),
        );
        expect(real, name).toEqual(small);
      }
      await other.close();
    },
    PATIENCE_MS,
  );

  describe('a store that does not fit is refused, with what is expected', () => {
    it('an unknown organization: the ones there are', async () => {
      const said = await refusal({ OPTIID_ORGANIZATION: 'no-such-organization' });
      expect(said).toContain('knows no organization "no-such-organization"');
      for (const { id, name } of world.store.organizations) expect(said).toContain(`${id} (${name})`);
    });

    it('a wrong password', async () => {
      const said = await refusal({ OPTIID_DATABASE_URL: store.urlOf(reader.role, 'not-the-password') });
      expect(said).toContain('refused the user name or the password');
      expect(said).not.toContain('not-the-password');
    });

    it('no server', async () => {
      const url = new URL(store.urlOf(reader.role, reader.password));
      url.port = '1';
      const said = await refusal({ OPTIID_DATABASE_URL: url.href });
      expect(said).toContain('127.0.0.1:1');
      expect(said).toContain('was refused');
      expect(said).not.toContain(reader.password);
    });

    it('a view missing, a column missing and a wrong type: all named at once, with their DDL', async () => {
      await store.query('drop view opti_id.invitations');
      await store.query('alter view opti_id.roles rename column kind to sort');
      await store.query('drop view opti_id.product_instances');
      await store.query(
        `create view opti_id.product_instances as select 7 as id, org_id::text as organization_id,
           product::text as product, nickname::text as nickname from identity.instance`,
      );
      await store.query(`grant select on opti_id.product_instances to ${reader.role}`);
      try {
        const said = await refusal({});
        expect(said).toContain('in 3 places');
        expect(said).toContain('opti_id.invitations: expected a view or table, found none');
        expect(said).toContain('opti_id.roles.kind: expected text, found no such column');
        expect(said).toContain('opti_id.product_instances.id: expected text, found integer');
        expect(said).toMatch(/create (or replace )?view opti_id\.invitations/iu);
      } finally {
        await fill(world);
      }
    });

    it('a view denied: the grant that is missing', async () => {
      await store.query(`revoke select on opti_id.users from ${reader.role}`);
      try {
        const said = await refusal({});
        expect(said).toContain(
          `opti_id.users: expected SELECT granted to ${reader.role}, found no privilege`,
        );
        expect(said).toMatch(/grant select/iu);
      } finally {
        await fill(world);
      }
    });

    async function refusal(changed: Settings): Promise<string> {
      const ending = await desk.run(['precutover'], { ...settingsFor(world, okta), ...changed });
      expectRefusal(ending);
      expect(desk.leftBehind()).toEqual([]);
      return ending.stderr;
    }
  });

  it(
    'the connection is killed in the middle: code 3, what came before is kept, what depends on the rest is unknown',
    async () => {
      const whole = await Desk.open();
      expect((await whole.run(['precutover', '--quiet'], settingsFor(world, okta))).code).toBe(1);
      await store.query(
        `create or replace view opti_id.groups as
           select group_id::text as id, org_id::text as organization_id, title::text as name, description,
             lower(kind) as group_type, users::integer as user_count, created as created_at, modified as modified_at
           from identity.user_group where pg_sleep(120) is not null`,
      );
      try {
        const running = desk.start(['precutover'], settingsFor(world, okta));
        await killOnceAsleep();
        const ending = await running.ended;
        expect(ending.code, ending.stderr).toBe(3);
        expect(ending.stdout).toContain('optiId.groups was not read: ');
        const { gaps, unknown } = expectNoFalsePass(desk.onlyRun(), readRun(whole.onlyRun()));
        expect(gaps).toEqual(
          expect.arrayContaining(['optiId.groups', 'optiId.groupMembers', 'optiId.invitations']),
        );
        expect(unknown).toContain('group-name-taken');
        const { datasets } = readRun(desk.onlyRun());
        expect(datasets['optiId.users'].completeness).toBe('complete');
        expect(datasets['okta.groups'].completeness).toBe('complete');
      } finally {
        await fill(world);
        await whole.close();
      }
    },
    PATIENCE_MS,
  );

  it(
    'the healthy twin has no finding',
    async () => {
      await fill(healthy);
      const ending = await desk.run(['precutover', '--fail-on', 'info'], settingsFor(healthy, healthyOkta));
      expect(readCsv(desk.onlyRun(), 'findings')).toEqual([]);
      expect(ending.code).toBe(0);
      expect(ending.stdout).toMatch(/^GO: nothing at or above info was found\./mu);
    },
    PATIENCE_MS,
  );

  /** Every row of the store with the transaction that wrote it, and every relation there is. */
  async function fingerprint(): Promise<unknown[]> {
    const relations = await store.query(
      `select n.nspname || '.' || c.relname as name, c.relkind::text as kind from pg_class c
       join pg_namespace n on n.oid = c.relnamespace where n.nspname !~ '^pg_' order by 1`,
    );
    const tables = relations.filter(({ name, kind }) => kind === 'r' && String(name).startsWith('identity.'));
    expect(tables.length).toBeGreaterThan(5);
    const contents: unknown[] = [];
    for (const { name } of tables) {
      const rows = `select count(*), md5(string_agg(t.xmin || ':' || t, ',' order by t.ctid)) from ${name} t`;
      contents.push(await store.query(rows));
    }
    return [relations, contents];
  }

  async function killOnceAsleep(): Promise<void> {
    for (;;) {
      const killed = await store.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'optiid-audit' and wait_event = 'PgSleep'`,
      );
      if (killed.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
});
