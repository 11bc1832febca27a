import { describe, expect, test } from 'vitest';
import type { CatalogueRule, Job } from '../../../src/domain/rule.ts';
import { RULES } from '../../../src/rules/index.ts';
import { minutesBefore, World } from '../../support/world.ts';

const INTERNAL = { group_type: 'internal' } as const;
const EXACTLY_THE_LAG = minutesBefore(60);
const OLDER = minutesBefore(61);

/** Who is in flight, as `okta id → store id`. */
async function inFlight(world: World, job: Job): Promise<string[]> {
  const rows = await world.query('select okta_id, opti_id from in_flight order by okta_id', { job });
  return rows.map(({ okta_id, opti_id }) => `${okta_id} → ${opti_id ?? '-'}`);
}

/** Subjects on which a rule fires, and those on which it waits. */
async function judge(world: World, id: string, job: Job = 'drift') {
  const rule = RULES.find((candidate) => candidate.id === id) as CatalogueRule;
  const { findings, inFlight: waiting } = await world.judge(job, rule);
  return { fires: findings.map((row) => row.subject), waits: waiting.map((row) => row.subject) };
}

describe('in flight', () => {
  test.concurrent('are app users changed within the lag or being synchronized, with their store users', async () => {
    const world = new World();
    const person = (id: string, appUser: object, oktaUser = {}) =>
      world.person({ okta_user_id: id, ...oktaUser }, appUser);
    person('changed', {
      last_updated: EXACTLY_THE_LAG,
      external_id: world.optiUser({ opti_user_id: 'store' }),
    });
    person('status-changed', { status_changed: minutesBefore(0) });
    person('synchronizing', { sync_state: 'SYNCING' });
    person('unassigned', { status: 'DEPROVISIONED', last_updated: minutesBefore(10) });
    person('older', { last_updated: OLDER, status_changed: OLDER, sync_state: 'OUT_OF_SYNC' });
    person('unknown', { last_updated: null, status_changed: null });
    // A change of the person that is no change of the assignment.
    person('person-changed', {}, { last_updated: minutesBefore(1), status_changed: minutesBefore(1) });
    expect(await inFlight(world, 'drift')).toEqual([
      'changed → store',
      'status-changed → -',
      'synchronizing → -',
      'unassigned → -',
    ]);
    expect(await inFlight(world, 'precutover')).toEqual([]);
  });

  test.concurrent('are groups whose mapping, profile or members changed within the lag, and no targets of a push', async () => {
    const world = new World();
    const group = (id: string, patch: object, mapping = {}) =>
      world.mapping(world.oktaGroup(id, [], { okta_group_id: id, ...patch }), mapping);
    group('mapping-changed', {}, { last_updated: EXACTLY_THE_LAG });
    world.optiGroup('mapping-changed', [], { ...INTERNAL, opti_group_id: 'store' });
    group('members-changed', { last_membership_updated: minutesBefore(1) });
    group('group-changed', { last_updated: EXACTLY_THE_LAG });
    group('directory-group-changed', { type: 'APP_GROUP', last_membership_updated: minutesBefore(1) });
    group('older', { last_updated: OLDER, last_membership_updated: OLDER }, { last_updated: OLDER });
    group('pushed', {}, { last_push: minutesBefore(1), target_group_id: 'target' });
    world.oktaGroup('pushed', [], {
      okta_group_id: 'target',
      type: 'APP_GROUP',
      last_updated: minutesBefore(1),
      last_membership_updated: minutesBefore(1),
    });
    expect(await inFlight(world, 'drift')).toEqual([
      'directory-group-changed → -',
      'group-changed → -',
      'mapping-changed → store',
      'members-changed → -',
    ]);
    world.settings.lag_minutes = 61;
    expect(await inFlight(world, 'drift')).toContain('older → -');
  });
});

describe('a rule', () => {
  test.concurrent('waits with a user in flight, by the Okta id or by the id of the store', async () => {
    const world = new World();
    const drifted = (name: string, appUser: object) =>
      world.person(
        { email: `${name}@example.com` },
        { external_id: world.optiUser({ opti_user_id: name, first_name: 'Adi' }), ...appUser },
      );
    drifted('moving', { last_updated: minutesBefore(30) });
    drifted('settled', {});
    expect(await judge(world, 'user-name-drifted')).toEqual({
      fires: ['settled@example.com'],
      waits: ['moving@example.com'],
    });
  });

  test.concurrent('waits with a group in flight, by the id of the store alone too, and not before the cutover', async () => {
    const world = new World();
    world.mapping(world.oktaGroup('Moving', [], { last_updated: minutesBefore(30) }));
    world.mapping(world.oktaGroup('Settled'));
    for (const name of ['Moving', 'Settled'])
      world.optiGroup(name, [world.optiUser()], { ...INTERNAL, user_count: 7 });
    expect(await judge(world, 'group-count-mismatch')).toEqual({ fires: ['Settled'], waits: ['Moving'] });
    expect(await judge(world, 'group-count-mismatch', 'precutover')).toEqual({
      fires: ['Moving', 'Settled'],
      waits: [],
    });
  });

  test.concurrent('waits with a membership of which the person or the group is in flight', async () => {
    const world = new World();
    const tied = (name: string, appUser: object) =>
      world.person(
        { email: `${name}@example.com` },
        { external_id: world.optiUser({ opti_user_id: name }), ...appUser },
      );
    const members = [tied('moving', { sync_state: 'SYNCING' }), tied('settled', {})];
    const free = world.oktaUser({ email: 'free@example.com' });
    world.mapping(world.oktaGroup('Sales', [...members, free]));
    world.mapping(
      world.oktaGroup('Support', [...members, free], { last_membership_updated: minutesBefore(1) }),
    );
    const moving = world.optiUser({ email: 'partner@example.org', local_login: true });
    for (const name of ['Sales', 'Support']) world.optiGroup(name, [moving], INTERNAL);
    expect(await judge(world, 'member-missing')).toEqual({
      fires: ['settled@example.com → Sales'],
      waits: ['moving@example.com → Sales', 'moving@example.com → Support', 'settled@example.com → Support'],
    });
    expect(await judge(world, 'member-not-assigned')).toEqual({
      fires: ['free@example.com → Sales'],
      waits: ['free@example.com → Support'],
    });
    expect(await judge(world, 'collaborator-in-managed-group')).toEqual({
      fires: ['partner@example.org → Sales'],
      waits: ['partner@example.org → Support'],
    });
  });

  test.concurrent('on reserved names and links fires all the same', async () => {
    const world = new World();
    const fresh = { last_updated: minutesBefore(1) };
    world.mapping(world.oktaGroup('Everyone', [], fresh), fresh);
    world.mapping(world.oktaGroup('IT', [], fresh), { targetName: 'Admin Center Administrators', ...fresh });
    world.optiGroup('Admin Center Administrators');
    expect(await judge(world, 'reserved-group-name')).toEqual({ fires: ['Everyone'], waits: [] });
    expect(await judge(world, 'reserved-group-linked')).toEqual({ fires: ['Everyone', 'IT'], waits: [] });
  });
});
