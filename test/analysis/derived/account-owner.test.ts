import { expect, test } from 'vitest';
import { World } from '../../support/world.ts';

/** `store user: owner (tie)`, and whoever else points to it. */
async function owners(world: World): Promise<string[]> {
  const rows = await world.query(
    'select opti_user_id, okta_user_id, tie, other_profiles from account_owner order by opti_user_id',
  );
  return rows.map(
    ({ opti_user_id, okta_user_id, tie, other_profiles }) =>
      `${opti_user_id}: ${okta_user_id ?? 'nobody'} (${tie})${(other_profiles as string[]).map((other) => `, ${other}`).join('')}`,
  );
}

test('the strongest tie decides: an id before an e-mail, assigned before not assigned', async () => {
  const world = new World();
  const account = world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com', external_id: '00uOld' });
  world.oktaUser({ okta_user_id: '00uOld', email: 'x@example.com', status: 'DEPROVISIONED' });
  world.oktaUser({ okta_user_id: '00uMail', email: 'ada@example.com' });
  expect(await owners(world)).toEqual(['user-a: 00uOld (4), 00uMail (ACTIVE)']);
  world.person({ okta_user_id: '00uName', email: 'y@example.com' }, { user_name: 'Ada@example.com' });
  expect((await owners(world))[0]).toMatch(/^user-a: 00uName \(3\)/u);
  world.assign('00uOld');
  expect((await owners(world))[0]).toMatch(/^user-a: 00uOld \(2\)/u);
  world.person({ okta_user_id: '00uNew', email: 'z@example.com' }, { external_id: account });
  expect((await owners(world))[0]).toMatch(/^user-a: 00uNew \(1\)/u);
});

test('of several on one tie the active profile goes first, then one not yet active, a suspended, a deprovisioned one', async () => {
  const world = new World();
  world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
  const named = { DEPROVISIONED: '00u1', SUSPENDED: '00u2', STAGED: '00u3', LOCKED_OUT: '00u4' };
  const order: string[] = [];
  for (const [status, okta_user_id] of Object.entries(named)) {
    world.person({ okta_user_id, status, email: 'ada@example.com' });
    order.unshift(`${okta_user_id} (${status})`);
    const [first = '', ...others] = order;
    expect(await owners(world)).toEqual([[`user-a: ${first.replace(/\(.*/u, '(3)')}`, ...others].join(', ')]);
  }
});

test('of two assigned, active people on one tie nobody owns the account, whoever has a weaker one', async () => {
  const world = new World();
  world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
  world.person({ okta_user_id: '00u1', email: 'x@example.com' }, { user_name: 'ada@example.com' });
  world.person({ okta_user_id: '00u2', email: 'ada@example.com' });
  world.oktaUser({ okta_user_id: '00u3', email: 'ada@example.com' });
  expect(await owners(world)).toEqual(
    ['user-a: nobody (3), 00u1 (ACTIVE), 00u2 (ACTIVE), 00u3 (ACTIVE)'].map((text) =>
      text.replace('00u1 (ACTIVE), ', ''),
    ),
  );
  const ambiguous = await world.query(
    "select okta_user_id from ambiguous_user where code = 'shared_store_user' order by okta_user_id",
  );
  expect(ambiguous.map(({ okta_user_id }) => okta_user_id)).toEqual(['00u1', '00u2']);
});

test('whoever points to the account of somebody else and owns none is another profile', async () => {
  const world = new World();
  world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
  world.person({ okta_user_id: '00uNew', email: 'ada@example.com' });
  world.person({ okta_user_id: '00uOld', email: 'ada@example.com', status: 'SUSPENDED' });
  world.oktaUser({ okta_user_id: '00uElse', email: 'bo@example.com' });
  expect(await world.query('select okta_user_id from other_profile')).toEqual([{ okta_user_id: '00uOld' }]);
});
