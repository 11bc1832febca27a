import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diff, listRuns } from '../../cli/commands/runs.ts';
import type { Difference } from '../../src/report/text/runs-text.ts';
import { sampleFinding } from '../report/sample-run.ts';
import { leaveRun } from '../support/leave-run.ts';
import { World } from '../support/world.ts';
import { Desk, expectRefusal } from './support/cli.ts';
import { jsonOf } from './support/json.ts';

const HOSTILE = 'Ops\u001b[2A\u202e\n## Approved';

/** An org of three people and two pushed groups, with what a night may change. */
function orgWorld(
  change: (world: World, ids: Record<'ada' | 'bob' | 'editors', string>) => void = () => {},
  idsBefore = 0,
): World {
  const world = new World();
  for (let at = 0; at < idsBefore; at += 1) world.id('00u');
  const [ada, bob] = [world.person({ email: 'ada@example.com' }), world.person({ email: 'bob@example.com' })];
  world.pushedGroup('Editors', [ada, bob]);
  const inStore = world.optiUser({ email: 'ada@example.com', first_name: 'Ada' });
  const editors = world.optiGroup('Editors', [inStore]);
  world.grant(editors, 'CMS', 'Website', 'Editor');
  change(world, { ada, bob, editors });
  return world;
}

describe('runs diff', () => {
  let desk: Desk;
  const folder = (name: string) => join(desk.folder, name);
  const ask = (a: string | undefined, b: string | undefined, flags: Parameters<typeof diff>[2] = {}) =>
    desk.within((context) => diff(a, b, { out: desk.reports, ...flags }, context));
  const asData = async (...[a, b, flags]: Parameters<typeof ask>) => {
    const ending = await ask(a, b, { ...flags, json: true });
    expect(ending).toMatchObject({ code: 0, stderr: '' });
    return jsonOf('runs diff', ending.stdout);
  };
  const partOf = ({ data }: Pick<Difference, 'data'>, part: string) =>
    data?.find((each) => each.part === part);

  beforeAll(async () => {
    desk = await Desk.open();
    await orgWorld().seal(folder('before'));
    await orgWorld((world) => {
      const eve = world.person({ email: 'eve@example.com' });
      world.pushedGroup(HOSTILE, [eve]);
      const late = world.optiUser({ email: 'late@example.com' });
      world.grant(world.optiGroup('Late', [late]), 'CMS', 'Website', 'Editor');
    }).seal(folder('after'));
    // The same people under other ids.
    await orgWorld(undefined, 7).seal(folder('other'));
    const manifest = join(folder('other'), 'manifest.json');
    const sealed = readFileSync(manifest, 'utf8');
    writeFileSync(manifest, sealed.replace('"example.okta.com"', '"other.okta.com"'));
    const partial = orgWorld();
    partial.setState('optiId.users', 'partial', 'the connection broke');
    await partial.seal(folder('partial'));
  });

  afterAll(async () => {
    await desk?.close();
  });

  it('lists people, groups and memberships that two snapshots do not share, offline', async () => {
    const found = await asData(folder('before'), folder('after'));
    expect(partOf(found, 'okta-people')).toMatchObject({
      added: 1,
      gone: 0,
      changed: 0,
      rows: [{ change: 'added', subject: 'eve@example.com' }],
    });
    expect(partOf(found, 'okta-groups')?.rows).toEqual([{ change: 'added', subject: HOSTILE, values: [] }]);
    expect(partOf(found, 'opti-people')?.rows).toMatchObject([
      { change: 'added', subject: 'late@example.com' },
    ]);
    expect(partOf(found, 'opti-groups')?.rows).toMatchObject([{ change: 'added', subject: 'Late' }]);
    expect(partOf(found, 'opti-memberships')?.rows).toMatchObject([
      { change: 'added', subject: 'late@example.com → Late' },
    ]);
    // The group is pushed in one of them only, so its members were read there alone.
    expect(partOf(found, 'okta-memberships')).toMatchObject({ added: 0, rows: [] });
    const back = await asData(folder('after'), folder('before'));
    expect(partOf(back, 'opti-people')).toMatchObject({ added: 0, gone: 1 });
  });

  it('says of what is in both which values moved', async () => {
    const moved = orgWorld((world, { bob, editors }) => {
      const row = world.rows['okta.users'].find(({ okta_user_id }) => okta_user_id === bob);
      Object.assign(row ?? {}, { status: 'SUSPENDED', email: 'bob.b@example.com' });
      Object.assign(world.rows['optiId.groups'][0] ?? {}, { name: 'Editors of old' });
      world.grant(editors, 'CMS', 'Website', 'Admin');
    });
    await moved.seal(folder('moved'));
    const found = await asData(folder('before'), folder('moved'));
    expect(partOf(found, 'okta-people')?.rows).toEqual([
      {
        change: 'changed',
        subject: 'bob.b@example.com',
        values: [
          { column: 'email', before: 'bob@example.com', after: 'bob.b@example.com' },
          { column: 'status', before: 'ACTIVE', after: 'SUSPENDED' },
        ],
      },
    ]);
    expect(partOf(found, 'opti-groups')?.rows[0]?.values).toEqual([
      { column: 'name', before: 'Editors', after: 'Editors of old' },
      {
        column: 'grants',
        before: 'CMS / Website: Editor',
        after: 'CMS / Website: Admin; CMS / Website: Editor',
      },
    ]);
    expect(partOf(found, 'opti-memberships')).toMatchObject({ added: 0, gone: 0 });
  });

  it('does not call gone what a partial list leaves out', async () => {
    const found = await asData(folder('before'), folder('partial'));
    expect(partOf(found, 'opti-people')).toMatchObject({
      added: 0,
      gone: null,
      changed: null,
      missing: ['optiId.users was read partially in the later one: the connection broke'],
    });
    expect((await ask(folder('before'), folder('partial'))).stdout).toMatch(
      /People in Opti ID +0 +not known/u,
    );
  });

  it('compares other orgs only if told so, and then by name', async () => {
    const refused = await ask(folder('before'), folder('other'));
    expectRefusal(refused);
    expect(refused.stderr).toContain('--other-org');
    const found = await asData(folder('before'), folder('other'), { otherOrg: true });
    expect(found.data?.map(({ added, gone, changed }) => [added, gone, changed])).toEqual(
      Array.from({ length: 6 }, () => [0, 0, 0]),
    );
    expect(found).not.toHaveProperty('added');
    expect(found.missing).toHaveLength(2);
  });

  it('takes runs by name, by the beginning of it, or the last two; findings of other orgs by rule and subject', async () => {
    const at = (day: string) => new Date(`2026-11-${day}T03:00:00.000Z`);
    const same = sampleFinding({ finding_id: 'a000000000000001', subject: 'Editors' });
    const gone = sampleFinding({ finding_id: 'a000000000000002', subject: 'Writers' });
    const runs = { reportsDir: desk.reports };
    const first = await leaveRun({ ...runs, started: at('20'), findings: [same, gone] });
    const last = await leaveRun({ ...runs, started: at('21'), findings: [same] });
    const byDefault = await asData(undefined, undefined);
    expect(byDefault).toMatchObject({ before: first.name, after: last.name, same: 1 });
    expect(await asData('20261120', last.dir)).toEqual(byDefault);
    const ambiguous = await ask('202611', undefined);
    expectRefusal(ambiguous);
    expect(ambiguous.stderr).toContain(`acme.okta.com/${first.name} or acme.okta.com/${last.name}`);

    const elsewhere = { ...same, finding_id: 'b000000000000001' };
    const other = await leaveRun({ ...runs, org: 'b.okta.com', started: at('22'), findings: [elsewhere] });
    const found = await asData(last.name, other.name, { otherOrg: true });
    expect(found).toMatchObject({ added: [], same: 1 });
  });

  it('shows hostile names as text', async () => {
    const { stdout } = await ask(folder('before'), folder('after'));
    expect(stdout).toContain('added: Ops\\u{1b}[2A\\u{202e}\\u{a}## Approved');
    for (const hidden of ['\u001b', '\u202e', '\n## Approved']) expect(stdout).not.toContain(hidden);
  });
});

describe('runs', () => {
  it('fails on a folder that is not there', async () => {
    const desk = await Desk.open();
    try {
      const ending = await desk.within((context) => listRuns({ out: join(desk.folder, 'nowhere') }, context));
      expectRefusal(ending);
      expect(ending.stderr).toContain('There is no folder ');
    } finally {
      await desk.close();
    }
  });
});
