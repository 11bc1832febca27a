import { describe, expect, test } from 'vitest';
import { World } from '../../support/world.ts';

async function expected(world: World) {
  const rows = await world.query(
    'select okta_group_id, okta_user_id from expected_member join okta_group using (okta_group_no) join okta_user using (okta_user_no) order by okta_group_id, okta_user_id',
  );
  return rows.map((row) => `${row.okta_group_id} ${row.okta_user_id}`);
}

async function delta(world: World) {
  const rows = await world.query(
    `select change, okta_group_id, opti_group_id, okta_user_id, opti_user_id
     from membership_delta order by all`,
  );
  return rows.map((row) => Object.values(row).join(' '));
}

const group = { okta_group_id: '00gSales' };

describe('the expected members of a pushed group', () => {
  test.concurrent('are its members who are assigned and active in Okta', async () => {
    const world = new World();
    const active = ['ACTIVE', 'LOCKED_OUT', 'PASSWORD_EXPIRED', 'RECOVERY'];
    const others = ['STAGED', 'PROVISIONED', 'SUSPENDED', 'DEPROVISIONED'];
    const people = [...active, ...others].map((status) => world.person({ okta_user_id: status, status }));
    const unassigned = ['UNASSIGNED', 'REVOKED', 'INACTIVE', 'DEPROVISIONED'].map((status) =>
      world.person({ okta_user_id: `app user ${status}` }, { status }),
    );
    world.pushedGroup('Sales', [...people, ...unassigned, world.oktaUser()], group);
    world.person();
    expect(await expected(world)).toEqual([...active].sort().map((id) => `00gSales ${id}`));
  });

  test.concurrent("are none of a group out of scope, and none of Okta's own Everyone", async () => {
    const world = new World();
    const person = world.person();
    world.oktaGroup('Sales', [person]);
    world.pushedGroup('Everyone', [person], { type: 'BUILT_IN' });
    world.pushedGroup('Marketing', [person], { okta_group_id: '00gMarketing' });
    expect(await expected(world)).toEqual([`00gMarketing ${person}`]);
  });

  test.concurrent('are those assigned to the SSO app while it stands in', async () => {
    const world = new World();
    world.noScimApp();
    world.ssoApp();
    const person = world.assignToSso(world.oktaUser());
    world.pushedGroup('Sales', [person, world.oktaUser()], group);
    expect(await expected(world)).toEqual([`00gSales ${person}`]);
  });
});

describe('memberships change', () => {
  test.concurrent('by who is lost and who is gained when a group is taken', async () => {
    const world = new World();
    const both = world.person({ okta_user_id: '00uBoth', email: 'both@example.com' });
    const fresh = world.person({ okta_user_id: '00uNew', email: 'new@example.com' });
    const there = world.person({ okta_user_id: '00uThere', email: 'there@example.com' });
    world.person({ okta_user_id: '00uLost', email: 'lost@example.com' });
    const [inBoth, lost, stranger] = ['both', 'lost', 'stranger'].map((name) =>
      world.optiUser({ opti_user_id: name, email: `${name}@example.com` }),
    );
    world.optiUser({ opti_user_id: 'there', email: 'there@example.com' });
    const deleted = world.optiUser({ status: 'deleted' });
    world.pushedGroup('Sales', [both, fresh, there], group);
    world.optiGroup('SALES', [inBoth, lost, stranger, deleted] as string[], { opti_group_id: 'taken' });
    expect(await delta(world)).toEqual([
      'gained 00gSales taken 00uNew ',
      'gained 00gSales taken 00uThere there',
      'lost 00gSales taken 00uLost lost',
      'lost 00gSales taken  stranger',
    ]);
  });

  test.concurrent('for a suspended or staged member, who is not pushed', async () => {
    const world = new World();
    const people = ['SUSPENDED', 'STAGED'].map((status) =>
      world.person({ okta_user_id: status, status, email: `${status}@example.com` }),
    );
    const users = ['suspended', 'staged'].map((name) =>
      world.optiUser({ opti_user_id: name, email: `${name}@example.com` }),
    );
    world.pushedGroup('Sales', people, group);
    world.optiGroup('Sales', users, { opti_group_id: 'taken' });
    expect(await delta(world)).toEqual([
      'lost 00gSales taken STAGED staged',
      'lost 00gSales taken SUSPENDED suspended',
    ]);
  });

  test.concurrent('once for each custom group of the name, and once for a group that is taken and linked', async () => {
    const world = new World();
    const source = world.oktaGroup('Sales', [], group);
    world.mapping(source);
    const user = world.optiUser({ opti_user_id: 'user' });
    world.optiGroup('Sales', [user], { opti_group_id: 'taken-1' });
    world.optiGroup('sales', [user], { opti_group_id: 'taken-2' });
    expect(await delta(world)).toEqual(['lost 00gSales taken-1  user', 'lost 00gSales taken-2  user']);
    expect(
      await world.query('select opti_group_id, relation from compared_group order by opti_group_id'),
    ).toEqual([
      { opti_group_id: 'taken-1', relation: 'taken' },
      { opti_group_id: 'taken-2', relation: 'taken' },
    ]);
  });

  test.concurrent('between a pushed group and the group that its push made', async () => {
    const world = new World();
    world.mapping(world.oktaGroup('Sales', [world.person({ okta_user_id: '00uNew' })], group));
    world.optiGroup('Sales', [], { opti_group_id: 'made', group_type: 'internal' });
    expect(await delta(world)).toEqual(['gained 00gSales made 00uNew ']);
    expect(await world.query('select relation from compared_group order by all')).toEqual([
      { relation: 'pushed' },
    ]);
  });

  test.concurrent("never for a mapped group out of scope, whose members nobody read, nor for Okta's own Everyone", async () => {
    const world = new World();
    const user = world.optiUser();
    world.mapping(world.oktaGroup('Sales'));
    world.optiGroup('Sales', [user], { group_type: 'internal' });
    world.pushedGroup('Everyone', [], { type: 'BUILT_IN' });
    world.optiGroup('Everyone', [user]);
    expect(await delta(world)).toEqual([]);
  });
});
