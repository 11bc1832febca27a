import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { query } from '../../cli/commands/query.ts';
import { DERIVED_TABLES } from '../../src/analysis/derived/index.ts';
import { describeTables } from '../../src/analysis/engine/tables.ts';
import { DATASET_NAMES } from '../../src/domain/dataset.ts';
import { World } from '../support/world.ts';
import { Desk, type Ending, expectRefusal, filesBelow } from './support/cli.ts';

const HOSTILE = '=HYPERLINK("http://evil.example")\u001b[2J\u202e';

/** A sealed world with one pushed group of two, a group of a hostile name, and an event. */
async function sealWorld(folder: string, began: string): Promise<void> {
  const world = new World();
  world.began = new Date(began);
  const ada = world.person({ email: 'ada@example.com', first_name: null });
  const bob = world.person({ email: 'bob@example.com' });
  world.pushedGroup('Editors', [ada, bob]);
  world.optiGroup(HOSTILE, [world.optiUser({ email: 'ada@example.com' })]);
  world.logEvent('user.session.start', {
    targets: [{ id: ada, type: 'User', alternate_id: 'ada@example.com', display_name: 'Ada' }],
  });
  await world.seal(folder);
}

describe('query', () => {
  let desk: Desk;
  let snapshot: string;

  const ask = (
    sql: string | undefined,
    flags: Partial<Parameters<typeof query>[1]> = {},
    given?: Parameters<Desk['within']>[1],
  ): Promise<Ending> =>
    desk.within((context) => query(sql, { snapshot, format: 'table', ...flags }, context), given);
  const rowsOf = async (sql: string): Promise<unknown> => {
    const { stdout, stderr } = await ask(sql, { format: 'json' });
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };

  beforeAll(async () => {
    desk = await Desk.open();
    snapshot = join(desk.folder, 'snapshot');
    await sealWorld(snapshot, '2026-11-20T03:00:00.000Z');
  });

  afterAll(async () => {
    await desk?.close();
  });

  it('answers from what was read and from what is derived, names and all', async () => {
    expect(await rowsOf('select email from snapshot.okta_users order by email')).toEqual([
      { email: 'ada@example.com' },
      { email: 'bob@example.com' },
    ]);
    expect(
      await rowsOf(
        `select name, email from expected_member
         join okta_group using (okta_group_no) join okta_user using (okta_user_no) order by all`,
      ),
    ).toEqual([
      { name: 'Editors', email: 'ada@example.com' },
      { name: 'Editors', email: 'bob@example.com' },
    ]);
  });

  it('has every table, whatever the query names', async () => {
    const listed = (await rowsOf('show all tables')) as { schema: string; name: string }[];
    const names = listed.map(({ schema, name }) => (schema === 'main' ? name : `${schema}.${name}`));
    expect(names.sort()).toEqual((await describeTables()).map(({ name }) => name).sort());
    // Not named in a way that anybody could see before: the views in place of the tables answer.
    expect(await rowsOf(`select count(*) as n from query('from user_' || 'pair')`)).toEqual([{ n: 1 }]);
  });

  it('refuses what would write, and what would read elsewhere, with what may be asked', async () => {
    const writing = await ask('delete from snapshot.okta_users');
    expectRefusal(writing);
    expect(writing.stderr).toContain('DELETE');
    expectRefusal(await ask("select * from read_text('/etc/passwd')"));
  });

  it('says with what DuckDB says where a query is wrong, and where the tables are', async () => {
    const ending = await ask('select email\nfrom okta_user\nwhere statsu = 1');
    expectRefusal(ending);
    expect(ending.stderr).toContain('LINE 3: where statsu = 1');
    expect(ending.stderr).toMatch(/^Hint: .*query --tables.*src\/analysis\/README\.md/mu);
    expect((await ask('selec 1')).stderr).toContain('syntax error');
    // Wrong only once it runs.
    expectRefusal(await ask("select cast('x' as integer)"));
  });

  it.each([
    ['table', 'name\n=HYPERLINK("http://evil.example")\\u{1b}[2J\\u{202e}\n'],
    ['csv', `\ufeffname\r\n"'=HYPERLINK(""http://evil.example"")\\u{1b}[2J\\u{202e}"\r\n`],
    ['json', `[\n${JSON.stringify({ name: HOSTILE }).replace('\u202e', '\\u202e')}\n]\n`],
  ] as const)('prints the rows as %s', async (format, text) => {
    expect((await ask('select name from snapshot.opti_id_groups', { format })).stdout).toBe(text);
  });

  it('stops when nobody reads any longer', async () => {
    let pieces = 0;
    const { code } = await ask(
      'select range from range(100000000000)',
      { format: 'csv' },
      {
        stdout: () => {
          pieces += 1;
        },
        drained: async () => pieces < 3,
      },
    );
    expect([code, pieces]).toEqual([0, 3]);
  });

  it('ends a long query at once when it is interrupted', async () => {
    const stopping = new AbortController();
    const before = performance.now();
    let at = 0;
    setTimeout(() => {
      at = performance.now();
      stopping.abort();
    }, 1_500);
    const ending = await ask(
      'select sum(a.range * b.range) from range(10000000) as a, range(10000000) as b',
      {},
      { signal: stopping.signal },
    );
    expectRefusal(ending);
    expect(ending.stderr).toContain('Interrupted.');
    expect(at).toBeGreaterThan(before);
    expect(performance.now() - at).toBeLessThan(1_500);
  });

  it('says what was not read to its end: no row is no proof', async () => {
    const world = new World();
    world.person();
    world.setState('okta.users', 'partial', 'the connection broke');
    const folder = join(desk.folder, 'partial');
    await world.seal(folder);
    const sql = 'select count(*) from okta_user';
    expect((await ask(sql, { snapshot: folder })).stderr).toContain(
      'Note: okta.users was read in part (1 rows): the connection broke\n',
    );
    expect((await ask(sql, { snapshot: folder, quiet: true })).stderr).toBe('');
  });

  it('shows the values that a query stumbles over as text', async () => {
    const ending = await ask('select cast(name as integer) from snapshot.opti_id_groups');
    expectRefusal(ending);
    expect(ending.stderr).toContain('\\u{1b}[2J\\u{202e}');
    expect(ending.stderr).not.toContain('\u001b');
  });

  it('derives for the job that is asked for', async () => {
    const job = async (given?: 'precutover' | 'drift') =>
      (
        await ask(
          'select job from audit_context',
          given === undefined ? { format: 'csv' } : { format: 'csv', job: given },
        )
      ).stdout;
    expect(await job()).toContain('precutover');
    expect(await job('drift')).toContain('drift');
  });

  it('takes the newest run that has a snapshot, and says which', async () => {
    const none = await ask('select 1', { snapshot: undefined, out: desk.reports } as never);
    expectRefusal(none);
    expect(none.stderr).toContain('has a snapshot');
    const later = join(desk.folder, 'later');
    await sealWorld(later, '2026-11-21T03:00:00.000Z');
    await desk.audit('precutover', {}, { snapshot: later, quiet: true });
    await desk.audit('drift', {}, { snapshot, quiet: true });
    const home = join(desk.reports, 'example.okta.com');
    const newest = filesBelow(home).find((name) => name.endsWith('-precutover')) ?? '';
    const fromNewest = () =>
      ask('select job, began from audit_context', { snapshot: undefined, out: desk.reports } as never);
    const ending = await fromNewest();
    const named = { snapshot: newest, out: desk.reports, quiet: true } as never;
    const findings = readFileSync(join(home, newest, 'findings.ndjson'), 'utf8')
      .trim()
      .split('\n');
    const asked = await ask(
      `select count(*) as n, count(evidence) as evidence, max(first_seen) as seen from findings`,
      { ...(named as object), format: 'json' },
    );
    expect(JSON.parse(asked.stdout)).toEqual([
      { n: findings.length, evidence: findings.length, seen: '2026-11-21T03:00:00.000Z' },
    ]);
    // The reports' own rows, without what guards them from spreadsheets; numbers are numbers.
    const groups = await ask(
      `select okta_group_name, opti_group_name, members_okta + 1 as n from groups
       where okta_group_name = 'Editors' or opti_group_name like '=%' order by all`,
      { ...(named as object), format: 'json' },
    );
    expect(JSON.parse(groups.stdout)).toEqual([
      { okta_group_name: 'Editors', opti_group_name: null, n: 3 },
      {
        okta_group_name: null,
        opti_group_name: HOSTILE.replace('\u001b', '\\u{1b}').replace('\u202e', '\\u{202e}'),
        n: null,
      },
    ]);
    for (const table of ['rules', 'users', 'memberships', 'access', 'configuration', 'confirmations', 'plan'])
      expect((await ask(`select * from ${table}`, named)).code).toBe(0);
    const bare = await ask('select * from findings');
    expectRefusal(bare);
    expect(bare.stderr).toContain('is not the run of an audit, so it has no reports: findings.');
    expect(ending.stderr).toBe(`Note: the snapshot of ${join(home, newest)}, looked at as precutover.\n`);
    expect(ending.stdout).toContain('2026-11-21T03:00:00.000Z');
    rmSync(join(home, newest, 'snapshot'), { recursive: true });
    const { stderr } = await fromNewest();
    expect(stderr).toContain('-drift, looked at as drift.');
    expect(stderr).toMatch(/^Warning: The run \S+-precutover is not believed: snapshot\/\S+ is missing\.$/mu);
    expectRefusal(await ask('select 1', { snapshot: join(home, newest) }));
    expect(
      (await ask('select 1', { snapshot: undefined, out: desk.reports, quiet: true } as never)).stderr,
    ).toBe('');
  });

  it('lists the tables with what a row is, and the columns of one', async () => {
    const list = await ask(undefined, { tables: true });
    for (const { name } of DERIVED_TABLES) expect(list.stdout).toMatch(new RegExp(`^${name} +\\S`, 'mu'));
    expect(list.stdout.match(/^snapshot\./gmu)).toHaveLength(DATASET_NAMES.length);
    const one = await ask(undefined, { tables: 'USER_PAIR' });
    expect(one.stdout).toMatch(/^matched_by +VARCHAR +By what/mu);
    expect((await ask(undefined, { tables: 'okta_app_users' })).stdout).toContain('snapshot.okta_app_users');
    const wrong = await ask(undefined, { tables: 'user_par' });
    expectRefusal(wrong);
    expect(wrong.stderr).toContain('Did you mean user_pair?');
    expectRefusal(await ask('select 1', { tables: true }));
    expectRefusal(await ask(undefined));
  });

  it('documents every table and every column', async () => {
    const undocumented = (await describeTables()).flatMap(({ name, means, columns }) => [
      ...(means === '' || columns.length === 0 ? [name] : []),
      ...columns.filter((column) => column.means === '').map((column) => `${name}.${column.name}`),
    ]);
    expect(undocumented).toEqual([]);
  });

  describe('the executable', () => {
    const start = (args: readonly string[]) =>
      spawn(process.execPath, desk.commandLine(['query', '--snapshot', snapshot, ...args]), {
        cwd: desk.folder,
        env: { PATH: process.env.PATH },
        stdio: 'pipe',
      });

    it('reads the query from stdin', async () => {
      const child = start(['-', '--format', 'csv']);
      child.stdin.end('select count(*) as users from okta_user');
      const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
      // Whoever decodes it takes the byte order mark off.
      expect(said).toBe('users\r\n2\r\n');
    });

    it('writes for as long as somebody reads', async () => {
      const child = start(['select range from range(10000000000)', '--format', 'csv']);
      const complaint = text(child.stderr);
      await once(child.stdout, 'data');
      child.stdout.destroy();
      const [code] = await once(child, 'close');
      expect([code, await complaint]).toEqual([0, '']);
    });

    it('ends with 2 when it is interrupted, and leaves nothing behind', async () => {
      const spills = join(desk.folder, 'spills');
      mkdirSync(spills);
      const running = desk.start(
        ['query', 'select range from range(10000000000) order by hash(range) desc'],
        {
          TMPDIR: spills,
        },
      );
      await running.said('looked at as');
      setTimeout(() => running.interrupt(), 1_000);
      const ending = await running.ended;
      expect(ending).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Interrupted.') });
      expect(filesBelow(spills)).toEqual([]);
    });
  });
});
