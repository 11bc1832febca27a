import { describe, expect, test } from 'vitest';
import { minutesBefore, World } from '../../support/world.ts';

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

describe('where nothing names the group, the time and the people speak', () => {
  const MADE = minutesBefore(60 * 24 * 30);

  /** People of that many names, each with an account. */
  function people(world: World, count: number, prefix = 'p'): { okta: string[]; opti: string[] } {
    const names = Array.from({ length: count }, (_, i) => `${prefix}${i}`);
    return {
      okta: names.map((name) => world.person({ email: `${name}@example.com` })),
      opti: names.map((name) => world.optiUser({ email: `${name}@example.com` })),
    };
  }

  /** A pushed group whose new name was refused: the store has the old one. */
  function renamed(world: World, members: readonly string[], patch: object = {}): string {
    const group = world.pushedGroup('Brand Nordics', members);
    return world.mapping(group, { created: MADE, ...patch });
  }

  const soon = new Date(Date.parse(MADE) + 2 * 60_000).toISOString();
  const later = new Date(Date.parse(MADE) + 20 * 60_000).toISOString();

  async function found(world: World): Promise<unknown[]> {
    const rows = await world.query('select opti_group_id, matched_by, evidence from group_pair order by all');
    return rows.map(({ opti_group_id, matched_by, evidence }) => [opti_group_id, matched_by, evidence]);
  }

  test.concurrent('made within 15 minutes, with half of the people', async () => {
    const world = new World();
    const { okta, opti } = people(world, 4);
    renamed(world, okta);
    world.optiGroup('Brand North', opti.slice(0, 2), {
      ...INTERNAL,
      opti_group_id: 'north',
      created_at: soon,
    });
    expect(await found(world)).toEqual([
      [
        'north',
        'made right after the mapping, with its people',
        '2 of 4 expected people are among its 2 members',
      ],
    ]);
  });

  test.concurrent('made later, with nearly the same people, two at least', async () => {
    const world = new World();
    const { okta, opti } = people(world, 5);
    renamed(world, okta);
    world.optiGroup('Brand North', opti.slice(1), { ...INTERNAL, opti_group_id: 'north', created_at: later });
    expect(await found(world)).toEqual([
      ['north', 'the same people', '4 of 5 expected people are among its 4 members'],
    ]);
    world.rows['optiId.groupMembers'].pop();
    expect(await found(world)).toEqual([]);
  });

  test.concurrent('never where two groups, or two mappings, could be meant', async () => {
    const world = new World();
    const { okta, opti } = people(world, 2);
    renamed(world, okta);
    world.optiGroup('One', opti, { ...INTERNAL, created_at: soon });
    world.optiGroup('Two', opti, { ...INTERNAL, created_at: soon });
    expect(await found(world)).toEqual([]);
    const twin = new World();
    const same = people(twin, 2);
    renamed(twin, same.okta);
    twin.mapping(twin.pushedGroup('Brand South', same.okta), { created: MADE });
    twin.optiGroup('One', same.opti, { ...INTERNAL, created_at: soon });
    expect(await found(twin)).toEqual([]);
  });

  test.concurrent.each([
    ['a mapping that failed and never pushed', { status: 'ERROR', last_push: null }, {}],
    ['a mapping whose group is known to be gone', { targetExternalId: 'gone' }, {}],
    ['a group that was not made by SCIM', {}, { group_type: 'custom' }],
  ])('never for %s', async (_, mapping, group) => {
    const world = new World();
    const { okta, opti } = people(world, 3);
    renamed(world, okta, mapping);
    world.optiGroup('Brand North', opti, { ...INTERNAL, created_at: soon, ...group });
    expect(await found(world)).toEqual([]);
  });

  test.concurrent('a mapping that failed and never pushed has not made the group of its name', async () => {
    const world = new World();
    world.mapping(world.pushedGroup('Pricing'), { status: 'ERROR', last_push: null });
    world.optiGroup('Pricing', [], INTERNAL);
    expect(await found(world)).toEqual([]);
  });
});
