import { expect, test } from 'vitest';
import { minutesBefore, World } from '../../support/world.ts';

const INTERNAL = { group_type: 'internal' } as const;

/** A person tied by an id to a user of the store of the same name, whose id is the name. */
function tied(world: World, name: string, appUser = {}, status = 'ACTIVE'): string {
  const email = `${name}@example.com`;
  const opti = world.optiUser({ opti_user_id: name, email });
  return world.person({ okta_user_id: `00u-${name}`, email, status }, { external_id: opti, ...appUser });
}

/** A pushed group with somebody missing, somebody unexpected and some who are neither. */
function driftedGroup(): World {
  const world = new World();
  const members = [
    tied(world, 'both'),
    tied(world, 'missing'),
    tied(world, 'moving-in', { sync_state: 'SYNCING' }),
    tied(world, 'suspended', {}, 'SUSPENDED'),
    world.person({ okta_user_id: '00u-fresh', email: 'fresh@example.com' }),
  ];
  tied(world, 'extra');
  tied(world, 'moving-out', { last_updated: minutesBefore(5) });
  world.optiUser({ opti_user_id: 'partner', email: 'partner@example.org', home_organization_id: 'org-2' });
  world.mapping(world.oktaGroup('Sales', members, { okta_group_id: '00gSales' }));
  world.optiGroup('Sales', ['both', 'suspended', 'extra', 'moving-out', 'partner'], {
    ...INTERNAL,
    opti_group_id: 'sales',
  });
  const changing = world.oktaGroup('Changing', members, { last_membership_updated: minutesBefore(5) });
  world.mapping(changing);
  world.optiGroup('Changing', [], INTERNAL);
  return world;
}

test('after the cutover lists who is missing and who is unexpected in the group that a push made, but not what is on its way', async () => {
  const { memberships, groups } = await driftedGroup().analyse('drift');
  expect(memberships.map(({ change, email, reason }) => [change, email, reason])).toEqual([
    ['missing', 'fresh@example.com', 'in the Okta group, not in Opti ID at all'],
    ['missing', 'missing@example.com', 'in the Okta group, not in the Opti ID group'],
    ['unexpected', 'extra@example.com', 'not in the Okta group'],
    ['unexpected', 'partner@example.org', 'collaborator from another organization'],
  ]);
  expect(memberships[1]).toEqual({
    change: 'missing',
    group_name: 'Sales',
    email: 'missing@example.com',
    okta_group_id: '00gSales',
    opti_group_id: 'sales',
    okta_user_id: '00u-missing',
    opti_user_id: 'missing',
    reason: 'in the Okta group, not in the Opti ID group',
  });
  // The counts of a group are those of the moment, with what is on its way.
  expect(groups.find((row) => row.opti_group_id === 'sales')).toMatchObject({
    members_okta: 5,
    members_opti: 5,
    members_lost: 3,
    members_gained: 3,
  });
});

test('before the cutover says nothing of a group that a push made', async () => {
  const { memberships, groups } = await driftedGroup().analyse('precutover');
  expect(memberships).toEqual([]);
  expect(groups.map((row) => row.members_lost)).toEqual([null, null]);
});

test('after the cutover lists nobody when the mappings, which tell the groups apart, were not read to their end', async () => {
  const world = driftedGroup();
  world.scope('00gSales');
  world.setState('okta.groupPushMappings', 'partial', 'HTTP 500');
  expect((await world.analyse('drift')).memberships).toEqual([]);
});
