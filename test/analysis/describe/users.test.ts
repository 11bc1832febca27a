import { expect, test } from 'vitest';
import type { Job } from '../../../src/domain/rule.ts';
import { minutesBefore, World } from '../../support/world.ts';

/** One person of every kind, each named by what becomes of them after the cutover. */
function everyKind(): World {
  const world = new World();
  const email = (name: string) => `${name}@example.com`;
  const tied = (name: string, appUser = {}, oktaUser = {}, optiUser = {}) =>
    world.person(
      { email: email(name), ...oktaUser },
      { external_id: world.optiUser({ email: email(name), ...optiUser }), ...appUser },
    );
  tied('in-flight', { last_updated: minutesBefore(60) }, {}, { home_organization_id: 'org-2' });
  world.person({ email: email('in-flight-synchronizing') }, { sync_state: 'SYNCING' });
  tied('managed', { last_updated: minutesBefore(61) }, { last_updated: minutesBefore(1) });
  tied('mismatch-name', {}, { first_name: 'Grace' });
  tied('mismatch-email', {}, {}, { email: email('other') });
  tied('suspended', {}, { status: 'SUSPENDED' });
  tied('left-behind-deprovisioned', { status: 'DEPROVISIONED' }, { status: 'DEPROVISIONED' });
  world.optiUser({ email: email('left-behind-unknown') });
  world.person({ email: email('take-over') });
  world.optiUser({ email: email('take-over') });
  world.person({ email: email('missing') });
  world.optiUser({ email: email('collaborator'), local_login: true });
  world.optiUser({ email: 'out-of-scope@example.org' });
  return world;
}

async function situations(world: World, job: Job): Promise<Record<string, string>> {
  const { users } = await world.judged(job);
  return Object.fromEntries(users.map((row) => [row.email.replace(/@.*$/u, ''), row.situation]));
}

const AFTER = {
  collaborator: 'COLLABORATOR',
  'in-flight': 'IN_FLIGHT',
  'in-flight-synchronizing': 'IN_FLIGHT',
  'left-behind-deprovisioned': 'LEFT_BEHIND',
  'left-behind-unknown': 'LEFT_BEHIND',
  managed: 'MANAGED',
  'mismatch-email': 'MISMATCH',
  'mismatch-name': 'MISMATCH',
  missing: 'MISSING',
  'out-of-scope': 'OUT_OF_SCOPE',
  suspended: 'SUSPENDED',
  'take-over': 'TAKE_OVER',
};

test('after the cutover a user is in flight before anything else, drifted, missing or left behind', async () => {
  expect(await situations(everyKind(), 'drift')).toEqual(AFTER);
});

test('before the cutover nobody is in flight, and what only the night looks at counts for nothing', async () => {
  expect(await situations(everyKind(), 'precutover')).toEqual({
    ...AFTER,
    'in-flight': 'COLLABORATOR',
    'in-flight-synchronizing': 'CREATE',
    'left-behind-deprovisioned': 'UNMANAGED',
    'left-behind-unknown': 'UNMANAGED',
    'mismatch-email': 'MANAGED',
    'mismatch-name': 'MANAGED',
    missing: 'CREATE',
  });
});

test('a user is UNKNOWN before in flight when something needed was not read', async () => {
  const world = new World();
  world.person({ email: 'ada@example.com' }, { sync_state: 'SYNCING' });
  world.setState('okta.suspendedUsers', 'unread', 'HTTP 403');
  expect(await situations(world, 'drift')).toEqual({ ada: 'UNKNOWN' });
});

test('whoever is assigned has not drifted because somebody else with the same store user has', async () => {
  const world = new World();
  const twin = world.oktaUser({ email: 'twin@example.com', first_name: 'Grace' });
  const opti = world.optiUser({ email: 'managed@example.com', external_id: twin });
  world.person({ email: 'managed@example.com' }, { external_id: opti });
  expect(await situations(world, 'drift')).toEqual({ managed: 'MANAGED' });
});

test('who is in the store only is in flight with whichever app user it stands for', async () => {
  const world = new World();
  const email = 'leaving@example.com';
  const opti = world.optiUser({ email });
  world.oktaUser({ okta_user_id: '00uA', email });
  const leaving = world.oktaUser({ okta_user_id: '00uB', email });
  world.assign(leaving, { external_id: opti, status: 'DEPROVISIONED', status_changed: minutesBefore(5) });
  expect(await situations(world, 'drift')).toEqual({ leaving: 'IN_FLIGHT' });
});
