import type { SandboxWorld } from './model.ts';
import { addInstance, assign, GIFT_GUIDE, hire } from './night-parts.ts';
import { NIGHT_TROUBLES } from './night-troubles.ts';
import {
  changeMember,
  deactivateUser,
  deleteStoreGroup,
  provisionUser,
  pushGroup,
  pushMembers,
} from './provisioning.ts';
import { healthyTwin } from './sample-company.ts';
import { type Ago, timesBefore } from './sample-ids.ts';
import {
  addAppEvent,
  addOktaGroup,
  addStoreUser,
  grant,
  handMadeGroup,
  oktaUser,
  pushedGroup,
  scimApp,
  type Trouble,
} from './sample-parts.ts';
import { PUSHED_GROUPS, type PushedGroupKey } from './sample-tables.ts';

export { NIGHT_TROUBLES } from './night-troubles.ts';

/** Days before the night. */
const CUTOVER = 29;

const DAY_MS = 86_400_000;

function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * DAY_MS);
}

/**
 * The sample company four weeks after a cutover done well, on a night on which nothing is wrong: what happened in
 * the week before is confirmed in the System Log, and nothing is on its way. All times are counted back from `now`.
 */
export function healthyNight(now: Date): SandboxWorld {
  const world = healthyTwin(daysBefore(now, CUTOVER));
  const ago = timesBefore(now);
  cutOver(world, ago);
  liveOn(world, ago);
  return world;
}

/** The night after {@link healthyNight}, with the given troubles. All times are counted back from `now`. */
export function damagedNight(now: Date, troubles: readonly Trouble[]): SandboxWorld {
  const world = healthyNight(daysBefore(now, 1));
  const ago = timesBefore(now);
  for (const trouble of troubles) trouble.apply(world, ago);
  changeJustNow(world, ago);
  return world;
}

/** The night after {@link healthyNight}, on which everything goes wrong that the nightly audit is there for. */
export function troubledNight(now: Date): SandboxWorld {
  return damagedNight(now, NIGHT_TROUBLES);
}

/** The day itself: SCIM on, everybody taken over or created, groups pushed and given their access, old ones gone. */
function cutOver(world: SandboxWorld, ago: Ago): void {
  for (const organization of world.store.organizations) {
    if (organization.id === world.organizationId) organization.provisioning_mode = 'scim';
  }
  for (const [position, { id }] of scimApp(world).users.entries()) {
    provisionUser(world, id, ago(CUTOVER, -60 - position));
  }
  const groups = Object.entries(PUSHED_GROUPS) as [PushedGroupKey, (typeof PUSHED_GROUPS)[PushedGroupKey]][];
  for (const [position, [key, { grants }]] of groups.entries()) {
    const group = pushGroup(world, pushedGroup(world, key), ago(CUTOVER, -240 - position));
    for (const granted of grants) grant(world, group, granted);
  }
  for (const [key] of groups) deleteStoreGroup(world, handMadeGroup(world, key).id);
}

/** The week before the night, as it goes when all is well. */
function liveOn(world: SandboxWorld, ago: Ago): void {
  const directory = world.okta.apps.find((app) => app.name === 'active_directory');
  if (directory) addAppEvent(world, directory, 'system.import.start', 'Start import', ago(1, 300));

  // He had an account from the days of JIT, and nobody thought of him at the cutover.
  const overlooked = oktaUser(world, 'Geir Olsen').id;
  addStoreUser(world, 'Geir Olsen', ago(400));
  assign(world, overlooked, ago(5, 640));
  provisionUser(world, overlooked, ago(5, 638));

  const editors = pushedGroup(world, 'editors');
  changeMember(world, 'add', editors, oktaUser(world, 'Oda Myhre').id, ago(5, 30));
  pushMembers(world, editors, ago(5, 29));

  const analysts = pushedGroup(world, 'analysts');
  changeMember(world, 'remove', analysts, oktaUser(world, 'Sunniva Bakke').id, ago(5, 10));
  pushMembers(world, analysts, ago(5, 9));

  deactivateUser(world, oktaUser(world, 'Jonas Vik').id, ago(4));

  const { id } = hire(world, 'Signe Haaland', ago(3, 90));
  provisionUser(world, id, ago(3, 88));
  const publishers = pushedGroup(world, 'publishers');
  changeMember(world, 'add', publishers, id, ago(3, 60));
  pushMembers(world, publishers, ago(3, 59));

  addInstance(world, 'CMS', 'Gift guide');
  const guide = addOktaGroup(world, GIFT_GUIDE, ['Petter Wiik', 'Amalie Grøn'], ago(2, 90));
  const pushed = pushGroup(world, guide, ago(2, 60));
  grant(world, pushed, ['CMS', 'Gift guide', 'Editor']);
  grant(world, pushed, ['CMP', 'Production', 'Contributor']);
}

/** Two changes that Okta has not sent yet: within the lag, they are no drift. */
function changeJustNow(world: SandboxWorld, ago: Ago): void {
  const married = oktaUser(world, 'Ola Brekke');
  married.profile.lastName = 'Brekke Holm';
  married.lastUpdated = ago(0, 10);
  for (const appUser of scimApp(world).users) {
    if (appUser.id === married.id) appUser.lastUpdated = ago(0, 10);
  }
  changeMember(world, 'add', pushedGroup(world, 'blog'), oktaUser(world, 'Kari Moen').id, ago(0, 10));
}
