import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readGoneAccounts } from '../../../src/analysis/describe/baseline.ts';
import { World } from '../../support/world.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'optiid-audit-baseline-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Ada and Bo, each with a role through a group made by hand and another through one that SCIM made. */
function before(): World {
  const world = new World();
  world.oktaGroup('Everyone', [], { type: 'BUILT_IN' });
  const accounts = ['ada', 'bo'].map((name) => {
    const opti = world.optiUser({ opti_user_id: `user-${name}`, email: `${name}@example.com` });
    world.person({ okta_user_id: `00u${name}`, email: `${name}@example.com` }, { external_id: opti });
    return opti;
  });
  world.grant(world.optiGroup('Made by hand', accounts), 'CMS', 'Website', 'Editor');
  world.grant(world.optiGroup('Pushed', accounts, { group_type: 'internal' }), 'CMS', 'Website', 'Viewer');
  return world;
}

test('accounts that are gone are remembered with what no push brings back', async () => {
  const earlier = await before().seal(join(folder, 'earlier'));
  expect(await readGoneAccounts(earlier, earlier)).toEqual([]);

  const now = before();
  const ada = now.rows['optiId.users'].find(({ opti_user_id }) => opti_user_id === 'user-ada');
  if (ada) ada.status = 'deleted';
  const grants = [expect.objectContaining({ label: 'CMS / Website: Editor' })];
  expect(await readGoneAccounts(earlier, await now.seal(join(folder, 'now')))).toEqual([
    { okta_user_id: '00uada', opti_user_id: 'user-ada', grants },
  ]);

  now.setState('optiId.users', 'partial', 'connection lost');
  expect(await readGoneAccounts(earlier, await now.seal(join(folder, 'partial')))).toBeNull();
});
