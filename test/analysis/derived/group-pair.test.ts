import { describe, expect, test } from 'vitest';
import { World } from '../../support/world.ts';

const INTERNAL = { group_type: 'internal' } as const;

async function pairs(world: World) {
  return world.query(
    'select okta_group_id, opti_group_id, matched_by from group_pair order by okta_mapping_id',
  );
}

describe('the store group that a push mapping made', () => {
  test.concurrent('is found by the external id of the target, whatever the names and types', async () => {
    const world = new World();
    world.optiGroup('Sales', [], INTERNAL);
    const made = world.optiGroup('Anything', [], { opti_group_id: 'made' });
    world.mapping(world.oktaGroup('Sales', [], { okta_group_id: '00gSales' }), { targetExternalId: made });
    expect(await pairs(world)).toEqual([
      { okta_group_id: '00gSales', opti_group_id: 'made', matched_by: 'target external id' },
    ]);
  });

  test.concurrent('is found by the name of the target before that of the source', async () => {
    const world = new World();
    world.optiGroup('Old name', [], { ...INTERNAL, opti_group_id: 'by-target' });
    world.optiGroup('New name', [], INTERNAL);
    world.mapping(world.oktaGroup('New name'), { targetName: 'Old name' });
    expect(await pairs(world)).toMatchObject([
      { opti_group_id: 'by-target', matched_by: 'target name, exact' },
    ]);
  });

  test.concurrent('is found by the name of the source where the target is not shown or its name leads nowhere', async () => {
    const world = new World();
    world.optiGroup('Sales', [], { ...INTERNAL, opti_group_id: 'by-source' });
    world.mapping(world.oktaGroup('Sales'), { target_group_id: '00gHidden' });
    world.mapping(world.oktaGroup('SALES'), { targetName: 'Nobody' });
    expect(await pairs(world)).toMatchObject([
      { opti_group_id: 'by-source', matched_by: 'source name, exact' },
      { opti_group_id: 'by-source', matched_by: 'source name, folded' },
    ]);
  });

  test.concurrent('is the exact name before the folded one, the first by id of equals', async () => {
    const world = new World();
    for (const [id, name] of [
      ['a', 'sales'],
      ['c', 'Sales'],
      ['b', 'Sales'],
    ] as const) {
      world.optiGroup(name, [], { ...INTERNAL, opti_group_id: id });
    }
    world.mapping(world.oktaGroup('Sales'));
    expect(await pairs(world)).toMatchObject([{ opti_group_id: 'b', matched_by: 'target name, exact' }]);
  });

  test.concurrent('is an internal group, even one equal folded only, before a custom one of the exact name', async () => {
    const world = new World();
    world.optiGroup('Sales', [], { opti_group_id: 'a-custom' });
    world.optiGroup('SALES ', [], { ...INTERNAL, opti_group_id: 'b-internal' });
    world.mapping(world.oktaGroup('Sales'));
    expect(await pairs(world)).toMatchObject([{ opti_group_id: 'b-internal' }]);
  });

  test.concurrent('is a custom or product group where no internal one has the name: a link', async () => {
    const world = new World();
    world.optiGroup('Sales', [], { opti_group_id: 'custom' });
    world.optiGroup('Editors', [], { opti_group_id: 'product', group_type: 'product' });
    world.mapping(world.oktaGroup('Sales'), { okta_mapping_id: 'm1' });
    world.mapping(world.oktaGroup('Editors'), { okta_mapping_id: 'm2' });
    expect(await pairs(world)).toMatchObject([{ opti_group_id: 'custom' }, { opti_group_id: 'product' }]);
  });

  test.concurrent('is the one that the previous run knew, before any name; the id of the target comes first', async () => {
    const world = new World();
    world.optiGroup('Renamed by hand', [], { ...INTERNAL, opti_group_id: 'known' });
    world.optiGroup('Sales', [], INTERNAL);
    world.mapping(world.oktaGroup('Sales'), { okta_mapping_id: 'm1' });
    const made = world.optiGroup('Marketing', [], { ...INTERNAL, opti_group_id: 'made' });
    world.mapping(world.oktaGroup('Marketing'), { okta_mapping_id: 'm2', targetExternalId: made });
    world.mapping(world.oktaGroup('Support'), { okta_mapping_id: 'm3', targetExternalId: 'gone' });
    world.memory = { ...world.memory, groupPairs: { m1: 'known', m2: 'known', m3: 'known' } };
    expect(await pairs(world)).toMatchObject([
      { opti_group_id: 'known', matched_by: 'previous run' },
      { opti_group_id: 'made', matched_by: 'target external id' },
    ]);
  });

  test.concurrent('is an internal one of the name, and none made by hand, where the one that the previous run knew is gone', async () => {
    const world = new World();
    world.optiGroup('Sales', [], { opti_group_id: 'by-hand' });
    world.mapping(world.oktaGroup('Sales'), { okta_mapping_id: 'm1' });
    world.optiGroup('Marketing', [], { opti_group_id: 'by-hand-too' });
    world.optiGroup('MARKETING', [], { ...INTERNAL, opti_group_id: 'anew' });
    world.mapping(world.oktaGroup('Marketing'), { okta_mapping_id: 'm2' });
    world.memory = { ...world.memory, groupPairs: { m1: 'gone', m2: 'gone too' } };
    expect(await pairs(world)).toMatchObject([{ opti_group_id: 'anew', matched_by: 'target name, folded' }]);
  });

  test.concurrent('is none where names only look the same, or no mapping exists', async () => {
    const world = new World();
    world.optiGroup('Team\u00A0Nord', [], INTERNAL);
    world.optiGroup('Sales', [], INTERNAL);
    world.mapping(world.oktaGroup('Team Nord'));
    world.pushedGroup('Sales');
    expect(await pairs(world)).toEqual([]);
  });
});
