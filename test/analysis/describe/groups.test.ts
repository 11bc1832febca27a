import { describe, expect, test } from 'vitest';
import type { GroupRow, GroupSituation } from '../../../src/domain/situation.ts';
import { minutesBefore, World } from '../../support/world.ts';

const INTERNAL = { group_type: 'internal' } as const;
const PRODUCT = { group_type: 'product' } as const;

async function groups(world: World, job: 'precutover' | 'drift' = 'precutover'): Promise<GroupRow[]> {
  return (await world.judged(job)).groups;
}

/** `SITUATION okta name | store name`, one text per row. */
function brief(rows: readonly GroupRow[]): string[] {
  return rows
    .map((row) => `${row.situation} ${row.okta_group_name ?? '-'} | ${row.opti_group_name ?? '-'}`)
    .sort();
}

interface Case {
  situation: GroupSituation;
  when: string;
  given: (world: World) => void;
  rows: string[];
}

const CASES: readonly Case[] = [
  {
    situation: 'RESERVED',
    when: 'the pushed group bears a reserved name, before its custom namesake must go',
    given: (world) => {
      world.pushedGroup('Everyone');
      world.optiGroup('Everyone');
    },
    rows: ['RESERVED Everyone | Everyone'],
  },
  {
    situation: 'RESERVED',
    when: 'the pushed group looks like a reserved name; the reserved group itself is left alone',
    given: (world) => {
      world.pushedGroup('Every\u200Bone');
      world.optiGroup('Everyone', [], INTERNAL);
    },
    rows: ['LEFT_ALONE - | Everyone', 'RESERVED Every\u200Bone | -'],
  },
  {
    situation: 'RESERVED',
    when: 'a mapping is linked to a reserved group, before it is a link to an older one',
    given: (world) => {
      world.mapping(world.oktaGroup('IT'), { targetName: 'Admin Center Administrators' });
      world.optiGroup('Admin Center Administrators');
    },
    rows: ['RESERVED IT | Admin Center Administrators'],
  },
  {
    situation: 'DELETE_FIRST',
    when: 'a custom group has the name, before a product group of the name',
    given: (world) => {
      world.pushedGroup('Sales');
      world.optiGroup('Sales', [], { ...PRODUCT, opti_group_id: 'a' });
      world.optiGroup('SALES', [], { opti_group_id: 'b' });
    },
    rows: ['DELETE_FIRST Sales | SALES', 'RENAME_FIRST - | Sales'],
  },
  {
    situation: 'DELETE_FIRST',
    when: 'several custom groups have the name: each must go',
    given: (world) => {
      world.pushedGroup('Sales');
      world.optiGroup('Sales');
      world.optiGroup('sales');
    },
    rows: ['DELETE_FIRST - | sales', 'DELETE_FIRST Sales | Sales'],
  },
  {
    situation: 'DELETE_FIRST',
    when: 'a mapping is linked to a custom group of its name, before it is linked',
    given: (world) => {
      world.mapping(world.oktaGroup('Sales'));
      world.optiGroup('Sales');
    },
    rows: ['DELETE_FIRST Sales | Sales'],
  },
  {
    situation: 'DELETE_FIRST',
    when: 'two pushed groups have the name of one custom group, which is shown once',
    given: (world) => {
      world.pushedGroup('Sales', [], { okta_group_id: '00gA' });
      world.pushedGroup('SALES', [], { okta_group_id: '00gB' });
      world.optiGroup('Sales');
    },
    rows: ['DELETE_FIRST SALES | -', 'DELETE_FIRST Sales | Sales'],
  },
  {
    situation: 'RENAME_FIRST',
    when: 'a product group has the name, before a mapping is linked to it',
    given: (world) => {
      world.mapping(world.oktaGroup('Editors'));
      world.optiGroup('Editors', [], PRODUCT);
    },
    rows: ['RENAME_FIRST Editors | Editors'],
  },
  {
    situation: 'LINKED',
    when: 'the mapping leads to a group that was there before, before it is managed',
    given: (world) => {
      world.mapping(world.oktaGroup('Sales'), { created: minutesBefore(60), targetName: 'Sales EMEA' });
      world.optiGroup('Sales EMEA', [], INTERNAL);
    },
    rows: ['LINKED Sales | Sales EMEA'],
  },
  {
    situation: 'LINKED',
    when: 'two mappings lead to one older group, which is shown once',
    given: (world) => {
      const target = world.optiGroup('Sales EMEA');
      world.mapping(world.oktaGroup('A', [], { okta_group_id: '00gA' }), { targetExternalId: target });
      world.mapping(world.oktaGroup('B', [], { okta_group_id: '00gB' }), { targetExternalId: target });
    },
    rows: ['LINKED A | Sales EMEA', 'LINKED B | -'],
  },
  {
    situation: 'LINKED',
    when: 'two mappings share one target that the store does not show, before it is missing',
    given: (world) => {
      world.mapping(world.oktaGroup('A'), { target_group_id: '00gHidden' });
      world.mapping(world.oktaGroup('B'), { target_group_id: '00gHidden' });
    },
    rows: ['LINKED A | -', 'LINKED B | -'],
  },
  {
    situation: 'MISSING',
    when: 'an active mapping has no store group, though it is to be pushed',
    given: (world) => {
      const group = world.pushedGroup('Sales');
      world.mapping(group);
    },
    rows: ['MISSING Sales | -'],
  },
  {
    situation: 'MANAGED',
    when: 'a mapping has its store group, in whatever state the mapping is and whether in scope or not',
    given: (world) => {
      for (const status of ['ACTIVE', 'INACTIVE', 'ERROR']) {
        world.mapping(world.oktaGroup(status), { status });
        world.optiGroup(status, [], INTERNAL);
      }
      world.pushedGroup('Other');
    },
    rows: [
      'CREATE Other | -',
      'MANAGED ACTIVE | ACTIVE',
      'MANAGED ERROR | ERROR',
      'MANAGED INACTIVE | INACTIVE',
    ],
  },
  {
    situation: 'CREATE',
    when: 'nothing is in the way, or an inactive or failed mapping has made nothing yet',
    given: (world) => {
      world.pushedGroup('Sales');
      world.mapping(world.pushedGroup('Paused'), { status: 'INACTIVE' });
      world.mapping(world.pushedGroup('Failed'), { status: 'ERROR' });
      world.pushedGroup('Team\u00A0Nord');
      world.optiGroup('Team Nord');
    },
    rows: [
      'CREATE Failed | -',
      'CREATE Paused | -',
      'CREATE Sales | -',
      'CREATE Team\u00A0Nord | -',
      'LEFT_ALONE - | Team Nord',
    ],
  },
  {
    situation: 'ORPHANED',
    when: 'no mapping targets an internal group',
    given: (world) => {
      world.optiGroup('Sales', [], INTERNAL);
    },
    rows: ['ORPHANED - | Sales'],
  },
  {
    situation: 'DELETE_FIRST',
    when: 'a group that an earlier push left has the name of a pushed one',
    given: (world) => {
      world.optiGroup('Sales', [], INTERNAL);
      world.pushedGroup('Sales');
    },
    rows: ['DELETE_FIRST Sales | Sales'],
  },
  {
    situation: 'TEAM',
    when: 'the name makes a team, whatever the store has',
    given: (world) => {
      world.optiGroup('Studio::7c1e');
      world.mapping(world.pushedGroup('Studio::7c1e'));
    },
    rows: ['LEFT_ALONE - | Studio::7c1e', 'TEAM Studio::7c1e | -'],
  },
  {
    situation: 'LEFT_ALONE',
    when: 'a store group is reserved, custom or of a product and nobody pushes its name',
    given: (world) => {
      world.optiGroup('Everyone', [], INTERNAL);
      world.optiGroup('Sales');
      world.optiGroup('Editors', [], PRODUCT);
      world.oktaGroup('Sales');
    },
    rows: ['LEFT_ALONE - | Editors', 'LEFT_ALONE - | Everyone', 'LEFT_ALONE - | Sales'],
  },
];

describe('a group is', () => {
  test.each(CASES)('$situation when $when', async ({ given, rows }) => {
    const world = new World();
    given(world);
    expect(brief(await groups(world))).toEqual(rows);
  });

  test.each(['okta.groups', 'okta.groupPushMappings', 'okta.pushScope', 'optiId.groups'] as const)(
    'UNKNOWN when %s was not read completely, before anything else',
    async (name) => {
      const world = new World();
      world.pushedGroup('Everyone');
      world.optiGroup('Sales');
      world.setState(name, 'partial', 'HTTP 500');
      const rows = await groups(world);
      expect(rows.length).toBeGreaterThan(0);
      expect(new Set(rows.map((row) => row.situation))).toEqual(new Set(['UNKNOWN']));
    },
  );

  test('UNKNOWN where the rule that would decide it may not speak, and only there', async () => {
    const world = new World();
    for (const name of ['Sales', 'Fresh', 'Everyone', 'Editors']) world.pushedGroup(name);
    world.optiGroup('Sales', [world.optiUser()]);
    world.optiGroup('SALES');
    world.optiGroup('Editors', [], PRODUCT);
    world.optiGroup('Left', [], INTERNAL);
    world.optiGroup('Other');
    world.setState('optiId.groupMembers', 'partial', 'the connection was lost');
    expect(brief(await groups(world))).toEqual([
      'CREATE Fresh | -',
      'LEFT_ALONE - | Other',
      'RENAME_FIRST Editors | Editors',
      'RESERVED Everyone | -',
      'UNKNOWN - | Left',
      'UNKNOWN - | SALES',
      'UNKNOWN Sales | Sales',
    ]);
  });

  test('not UNKNOWN because an app that does not exist has no mappings', async () => {
    const world = new World();
    world.noScimApp();
    world.pushedGroup('Sales');
    world.optiGroup('SALES');
    expect(brief(await groups(world))).toEqual(['DELETE_FIRST Sales | SALES']);
  });
});

test('a row counts members on both sides, who is lost and gained, and what the group grants', async () => {
  const world = new World();
  const people = ['both', 'new'].map((name) => world.person({ email: `${name}@example.com` }));
  const gone = world.person({ status: 'DEPROVISIONED', email: 'gone@example.com' });
  const staged = world.person({ status: 'STAGED', email: 'staged@example.com' });
  world.pushedGroup('Sales', [...people, gone, staged], { okta_group_id: '00gSales' });
  const members = ['both', 'gone', 'staged'].map((name) => world.optiUser({ email: `${name}@example.com` }));
  const deleted = world.optiUser({ status: 'deleted' });
  const taken = world.optiGroup('sales', [...members, deleted], { opti_group_id: 'taken' });
  world.grant(taken, 'DAM', 'Library', 'Viewer');
  world.grant(taken, 'CMS', 'Website', 'Viewer');
  world.grant(taken, 'CMS', 'Website', 'Editor');
  expect(await groups(world)).toEqual([
    {
      situation: 'DELETE_FIRST',
      okta_group_id: '00gSales',
      okta_group_name: 'Sales',
      opti_group_id: 'taken',
      opti_group_name: 'sales',
      push_status: null,
      members_okta: 3,
      members_opti: 3,
      members_lost: 2,
      members_gained: 1,
      instances: 'CMS / Website; DAM / Library',
      roles: 'Editor; Viewer',
      findings: expect.stringContaining('group-name-taken'),
    },
  ]);
});

test('after the cutover a group is IN_FLIGHT when its mapping or itself changed within the lag, unless it is reserved', async () => {
  const world = new World();
  const fresh = minutesBefore(60);
  world.mapping(world.oktaGroup('Linked'), { last_updated: fresh });
  world.optiGroup('Linked');
  world.mapping(world.oktaGroup('Missing', [], { last_membership_updated: fresh }));
  world.mapping(world.oktaGroup('Settled'), { last_updated: minutesBefore(61) });
  world.optiGroup('Settled', [], INTERNAL);
  world.mapping(world.oktaGroup('everyone', [], { last_updated: fresh }));
  expect(brief(await groups(world, 'drift'))).toEqual([
    'IN_FLIGHT Linked | Linked',
    'IN_FLIGHT Missing | -',
    'MANAGED Settled | Settled',
    'RESERVED everyone | -',
  ]);
  expect(brief(await groups(world))).toEqual([
    'DELETE_FIRST Linked | Linked',
    'MANAGED Settled | Settled',
    'MISSING Missing | -',
    'RESERVED everyone | -',
  ]);
});

test('a row of a taken group that keeps everybody says that nobody is lost or gained', async () => {
  const world = new World();
  world.pushedGroup('Sales');
  world.optiGroup('Sales');
  expect(await groups(world)).toMatchObject([{ members_lost: 0, members_gained: 0 }]);
});

test("members that nobody read are not counted: of Okta's own Everyone, and of groups out of scope", async () => {
  const world = new World();
  world.pushedGroup('Everyone', [], { type: 'BUILT_IN' });
  world.optiGroup('Everyone', [world.optiUser()]);
  world.mapping(world.oktaGroup('Sales'));
  world.optiGroup('Sales', [world.optiUser()], INTERNAL);
  const rows = await groups(world);
  expect(rows.map((row) => [row.okta_group_name, row.members_okta, row.members_lost])).toEqual([
    ['Everyone', null, null],
    ['Sales', null, null],
  ]);
});

test.each([
  ['okta.groupMembers', ['members_okta', 'members_lost', 'members_gained']],
  ['okta.users', ['members_okta', 'members_lost', 'members_gained']],
  ['okta.appUsers', ['members_lost', 'members_gained']],
  ['optiId.users', ['members_opti', 'members_lost', 'members_gained']],
  ['optiId.groupMembers', ['members_opti', 'members_lost', 'members_gained']],
] as const)('a row leaves blank what %s would have told', async (name, columns) => {
  const world = new World();
  const person = world.person({ email: 'ada@example.com' });
  world.pushedGroup('Sales', [person]);
  world.optiGroup('Sales', [world.optiUser({ email: 'ada@example.com' })]);
  world.setState(name, 'partial', 'HTTP 500');
  const [row] = await groups(world);
  const blank = Object.entries(row ?? {})
    .filter(([column, value]) => column.startsWith('members_') && value === null)
    .map(([column]) => column);
  expect(blank).toEqual(columns);
});

test('every store group, pushed group and mapped group stands in exactly one row', async () => {
  const world = new World();
  for (const [place, { given }] of CASES.entries()) {
    // Each case on names of its own, so that they do not meet.
    const own = new World();
    given(own);
    const rename = (name: string) => `${name} ${place}`;
    for (const group of own.rows['okta.groups']) {
      world.rows['okta.groups'].push({
        ...group,
        name: rename(group.name),
        okta_group_id: rename(group.okta_group_id),
      });
    }
    for (const mapping of own.rows['okta.groupPushMappings']) {
      world.rows['okta.groupPushMappings'].push({
        ...mapping,
        okta_mapping_id: rename(mapping.okta_mapping_id),
        source_group_id: rename(mapping.source_group_id),
        target_group_id: mapping.target_group_id && rename(mapping.target_group_id),
      });
    }
    for (const group of own.rows['optiId.groups']) {
      world.rows['optiId.groups'].push({
        ...group,
        name: rename(group.name),
        opti_group_id: rename(group.opti_group_id),
      });
    }
    world.scope(...(own.settings.push_groups ?? []).map(rename));
  }
  for (const job of ['precutover', 'drift'] as const) {
    const rows = await groups(world, job);
    const optiIds = rows.flatMap((row) => row.opti_group_id ?? []);
    expect(optiIds.sort()).toEqual(world.rows['optiId.groups'].map((row) => row.opti_group_id).sort());
    const oktaIds = rows.flatMap((row) => row.okta_group_id ?? []);
    const sources = new Set([
      ...(world.settings.push_groups ?? []),
      ...world.rows['okta.groupPushMappings'].map((row) => row.source_group_id),
    ]);
    expect(oktaIds.sort()).toEqual([...sources].sort());
  }
});
