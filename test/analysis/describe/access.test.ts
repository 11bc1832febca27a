import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeAccess } from '../../../src/analysis/describe/access.ts';
import { allOf, withAnalysis } from '../../support/analyse.ts';
import { World } from '../../support/world.ts';

test('lists the same, in the same order, however many people are looked at at once', async () => {
  const world = new World();
  const names = ['ada', 'bob', 'Cyd', 'dan', 'eve'];
  const people = names.map((name) => world.person({ email: `${name}@example.com` }));
  const accounts = names.map((name) => world.optiUser({ email: `${name}@example.com` }));
  world.pushedGroup('Sales', people.slice(0, 3));
  world.pushedGroup('Marketing', []);
  for (const name of ['Sales', 'Marketing', 'Stays']) {
    world.grant(
      world.optiGroup(name, name === 'Stays' ? accounts.slice(4) : accounts),
      'CMS',
      'Web',
      'Editor',
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-access-'));
  try {
    const snapshot = await world.seal(join(folder, 'snapshot'));
    await withAnalysis([snapshot, 'precutover', { threads: 1 }], async ({ database }) => {
      const whole = await allOf(describeAccess(database, snapshot.manifest));
      expect(whole.map(({ email, via_group, loss }) => `${email} ${via_group} ${loss}`)).toEqual([
        'Cyd@example.com Marketing interrupted',
        'Cyd@example.com Sales interrupted',
        'ada@example.com Marketing interrupted',
        'ada@example.com Sales interrupted',
        'bob@example.com Marketing interrupted',
        'bob@example.com Sales interrupted',
        'dan@example.com Marketing for_good',
        'dan@example.com Sales for_good',
        'eve@example.com Marketing none',
        'eve@example.com Sales none',
      ]);
      for (const atOnce of [1, 2, 3, 5]) {
        expect(await allOf(describeAccess(database, snapshot.manifest, atOnce))).toEqual(whole);
      }
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
