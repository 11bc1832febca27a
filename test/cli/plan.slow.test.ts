import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from '@cdktf/hcl2json';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { World } from '../support/world.ts';
import { Desk, expectRefusal, filesBelow, readRun } from './support/cli.ts';
import { jsonOf } from './support/json.ts';

/** A world with one group to delete first, collected at the given moment. */
async function collectedAt(desk: Desk, name: string, began: string): Promise<string> {
  const world = new World();
  world.began = new Date(began);
  const ada = world.person({ email: 'ada@example.com' });
  world.pushedGroup('Editors', [ada]);
  const editors = world.optiGroup('Editors', [world.optiUser({ email: 'ada@example.com' })]);
  world.grant(editors, 'CMS', 'Website', 'Editor');
  const door = world.optiUser({ email: 'door@example.com', local_login: true });
  world.grant(world.optiGroup('Keepers', [door]), 'Admin Center', 'Admin Center', 'Super Admin');
  const folder = join(desk.folder, name);
  await world.seal(folder);
  return folder;
}

describe('plan', () => {
  let desk: Desk;
  let older: string;
  let newer: string;

  beforeAll(async () => {
    desk = await Desk.open();
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
    for (const [name, began] of [
      ['first', hoursAgo(30)],
      ['second', hoursAgo(3)],
    ] as const) {
      const snapshot = await collectedAt(desk, name, began);
      expect((await desk.run(['precutover', '--snapshot', snapshot, '--quiet'])).code).toBe(1);
    }
    const home = join(desk.reports, 'example.okta.com');
    const runs = filesBelow(home).filter((file) => /^[^/]+-precutover\/run\.json$/u.test(file));
    const byAge = runs
      .map((file) => join(home, file.replace('/run.json', '')))
      .sort((a, b) => (readRun(a).snapshot.began < readRun(b).snapshot.began ? -1 : 1));
    expect(byAge).toHaveLength(2);
    [older, newer] = byAge as [string, string];
  });

  afterAll(async () => {
    await desk?.close();
  });

  it('prints the Okta steps for Terraform, or writes them next to the plan; Opti ID is in comments', async () => {
    const printed = await desk.run(['plan', '--format', 'terraform']);
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    const { resource } = (await parse('plan.tf', printed.stdout)) as {
      resource: { okta_push_group: Record<string, object[]> };
    };
    expect(Object.values(resource.okta_push_group)).toMatchObject([[{ status: 'ACTIVE' }]]);
    expect(printed.stdout).toMatch(
      /^# Step \d+, by hand, Opti ID admin: Delete the group\n# {3}- Editors: /mu,
    );
    const out = join(desk.folder, 'terraform');
    const wrote = await desk.run(['plan', basename(newer), '--format', 'terraform', '--out', out]);
    expect(wrote.code).toBe(0);
    const withoutAge = (text: string) => text.replace(/, \d+ (?:hours|minutes) ago/u, '');
    expect(withoutAge(readFileSync(join(out, 'plan.tf'), 'utf8'))).toBe(withoutAge(printed.stdout));
    expectRefusal(await desk.run(['plan', '--format', 'terraform', '--who', 'Opti ID admin']));
  });

  it('prints the plan of the newest run, which is the one that the run left', async () => {
    const ending = await desk.run(['plan']);
    expect(ending).toMatchObject({ code: 0, stderr: '' });
    // Only who reads it now can say how old the data is.
    expect(ending.stdout).toMatch(/, (?:2|3) hours ago|, \d+ minutes ago/u);
    expect(ending.stdout.replace(/, \d+ (?:hours|minutes) ago/u, '')).toBe(
      readFileSync(join(newer, 'plan.md'), 'utf8'),
    );
    const byName = await desk.run(['plan', basename(newer), '--json']);
    expect(byName.stdout).toBe(readFileSync(join(newer, 'plan.json'), 'utf8'));
    expect(ending.stdout).toContain(readRun(newer).snapshot.hash);
  });

  it('proves that the group to delete is no blocker afterwards', async () => {
    const { stdout } = await desk.run(['plan', '--run', newer, '--json']);
    const { proof, steps } = jsonOf('plan', stdout);
    expect(proof).toMatchObject({ before: { blockers: 1 }, after: { blockers: 0, errors: 0 } });
    expect(steps.some(({ irreversible, subject }) => irreversible && subject.includes('Editors'))).toBe(true);
  });

  it('refuses a snapshot that is not the newest of its org', async () => {
    const ending = await desk.run(['plan', '--run', older]);
    expectRefusal(ending);
    expect(ending.stderr).toContain('is not the newest of example.okta.com');
    expect(ending.stderr).toContain('--stale');
  });

  it('plans from an old snapshot with --stale, and says so in the plan', async () => {
    const ending = await desk.run(['plan', '--run', older, '--stale']);
    expect(ending.code, ending.stderr).toBe(0);
    expect(ending.stdout).toContain('**Stale.**');
    expect(ending.stdout).toMatch(/OLD DATA: it was read 30 hours ago/u);
  });

  it('refuses data that is older than the plan may be, the newest too', async () => {
    const ending = await desk.run(['plan', newer], { AUDIT_PLAN_HOURS: '1' });
    expectRefusal(ending);
    expect(ending.stderr).toContain('may be followed for 1 hour');
    expect(ending.stderr).toContain('--stale');
  });

  it('prints the sheet of one role, and of one phase', async () => {
    const mine = await desk.run(['plan', newer, '--who', 'Opti ID admin']);
    expect(mine.stdout).toContain('Delete the group');
    expect(mine.stdout).not.toContain('Push the group');
    const switching = await desk.run(['plan', newer, '--phase', 'the switch']);
    expect(switching.stdout).toContain('Switch the organization from JIT to SCIM');
    expect(switching.stdout).not.toMatch(/^###.*Delete the group/mu);
  });

  it('writes its three files into a folder, and never over others', async () => {
    const folder = join(desk.folder, 'plan');
    expect((await desk.run(['plan', '--run', newer, '--out', folder])).code).toBe(0);
    expect(filesBelow(folder).sort()).toEqual(['plan.csv', 'plan.json', 'plan.md']);
    expectRefusal(await desk.run(['plan', '--run', newer, '--out', folder]));
  });

  it('refuses what is no run', async () => {
    expectRefusal(await desk.run(['plan', '--run', join(desk.folder, 'nowhere')]));
  });
});
