import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/domain/plan.ts';
import { World } from '../support/world.ts';
import { Desk, expectRefusal, filesBelow, readRun } from './support/cli.ts';

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
    for (const [name, began] of [
      ['first', '2026-11-20T03:00:00.000Z'],
      ['second', '2026-11-21T03:00:00.000Z'],
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

  it('prints the plan of the newest run, which is the one that the run left', async () => {
    const ending = await desk.run(['plan', '--run', newer]);
    expect(ending).toMatchObject({ code: 0, stderr: '' });
    expect(ending.stdout).toBe(readFileSync(join(newer, 'plan.md'), 'utf8'));
    expect(ending.stdout).toContain(readRun(newer).snapshot.hash);
  });

  it('proves that the group to delete is no blocker afterwards', async () => {
    const { stdout } = await desk.run(['plan', '--run', newer, '--json']);
    const { proof, steps } = JSON.parse(stdout) as Plan;
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
  });

  it('writes its three files into a folder, and never over others', async () => {
    const folder = join(desk.folder, 'plan');
    expect((await desk.run(['plan', '--run', newer, '--out', folder])).code).toBe(0);
    expect(filesBelow(folder).sort()).toEqual(['plan.csv', 'plan.json', 'plan.md']);
    expectRefusal(await desk.run(['plan', '--run', newer, '--out', folder]));
  });

  it('refuses what is no run', async () => {
    expectRefusal(await desk.run(['plan', '--run', join(desk.folder, 'nowhere')]));
    expect((await desk.run(['plan'])).code).toBe(2);
  });
});
