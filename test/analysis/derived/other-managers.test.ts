import { describe, expect, test } from 'vitest';
import { World } from '../../support/world.ts';

const INTERNAL = { group_type: 'internal' } as const;

const managers = (world: World) =>
  world.query('select label, users, groups from other_manager order by label');
const users = (world: World) =>
  world.query(
    'select okta_app_id, okta_user_id, opti_user_id from user_managed_elsewhere order by opti_user_id',
  );
const groups = (world: World) =>
  world.query(
    'select okta_app_id, okta_mapping_id, opti_group_id from group_managed_elsewhere order by opti_group_id',
  );

describe('another app', () => {
  test.concurrent('manages a store user whose id is the externalId of somebody assigned to it', async () => {
    const world = new World();
    const app = world.otherApp();
    world.otherAppUser(app, { okta_user_id: '00uA', external_id: world.optiUser({ opti_user_id: 'a' }) });
    world.otherAppUser(app, { external_id: world.optiUser(), status: 'DEPROVISIONED' });
    world.otherAppUser(app, { external_id: world.optiUser({ status: 'deleted' }) });
    world.otherAppUser(app, { external_id: 'of another service' });
    world.otherAppUser(app, { external_id: null });
    expect(await users(world)).toEqual([{ okta_app_id: app, okta_user_id: '00uA', opti_user_id: 'a' }]);
    expect(await managers(world)).toEqual([{ label: 'Opti ID (old)', users: 1, groups: 0 }]);
  });

  test.concurrent('manages a store group that the target of its push mapping names by id', async () => {
    const world = new World();
    const app = world.otherApp();
    world.optiGroup('Anything', [], { opti_group_id: 'made' });
    world.otherMapping(app, world.oktaGroup('Authors'), { okta_mapping_id: 'm1', targetExternalId: 'made' });
    expect(await groups(world)).toEqual([{ okta_app_id: app, okta_mapping_id: 'm1', opti_group_id: 'made' }]);
    expect(await managers(world)).toMatchObject([{ users: 0, groups: 1 }]);
  });

  test.concurrent('manages a group by name where an id shows that it manages something', async () => {
    const world = new World();
    const app = world.otherApp();
    world.optiGroup('AUTHORS', [], { ...INTERNAL, opti_group_id: 'by-target' });
    world.optiGroup('Editors', [], { ...INTERNAL, opti_group_id: 'by-source' });
    world.otherMapping(app, world.oktaGroup('Writers'), { targetName: 'Authors' });
    world.otherMapping(app, world.oktaGroup('Editors'), { target_group_id: null });
    expect(await groups(world)).toEqual([]);
    expect(await managers(world)).toEqual([]);
    world.otherAppUser(app, { external_id: world.optiUser() });
    expect((await groups(world)).map(({ opti_group_id }) => opti_group_id)).toEqual([
      'by-source',
      'by-target',
    ]);
    expect(await managers(world)).toMatchObject([{ users: 1, groups: 2 }]);
  });

  test.concurrent('does not manage a group by name that it cannot have made', async () => {
    const world = new World();
    const app = world.otherApp();
    world.otherAppUser(app, { external_id: world.optiUser() });
    // By hand, reserved, never pushed, and made somewhere else.
    world.optiGroup('By hand');
    world.otherMapping(app, world.oktaGroup('By hand'));
    world.optiGroup('Everyone', [], INTERNAL);
    world.otherMapping(app, world.oktaGroup('Everyone'));
    world.optiGroup('Refused', [], INTERNAL);
    world.otherMapping(app, world.oktaGroup('Refused'), { status: 'ERROR', last_push: null });
    world.optiGroup('Elsewhere', [], INTERNAL);
    world.otherMapping(app, world.oktaGroup('Elsewhere'), { targetExternalId: 'of another service' });
    expect(await groups(world)).toEqual([]);
  });

  test.concurrent('does not manage a group by name that a mapping of the SCIM app made', async () => {
    const world = new World();
    const app = world.otherApp();
    world.otherAppUser(app, { external_id: world.optiUser() });
    for (const name of ['By id', 'Remembered', 'By name', 'Refused']) {
      world.optiGroup(name, [], { ...INTERNAL, opti_group_id: name });
      world.otherMapping(app, world.oktaGroup(name));
    }
    world.mapping(world.oktaGroup('X'), { targetExternalId: 'By id' });
    world.mapping(world.oktaGroup('Y'), { okta_mapping_id: 'm-known' });
    world.memory = { ...world.memory, groupPairs: { 'm-known': 'Remembered' } };
    world.mapping(world.oktaGroup('by NAME'));
    // It was never pushed, so it made nothing.
    world.mapping(world.oktaGroup('Refused'), { status: 'ERROR', last_push: null });
    expect(await groups(world)).toMatchObject([{ opti_group_id: 'Refused' }]);
  });
});
