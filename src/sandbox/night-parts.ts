import type { SandboxOktaGroup, SandboxOktaUser, SandboxStore, SandboxWorld } from './model.ts';
import { assignUser, changeMember, groupMadeBy, unassignUser } from './provisioning.ts';
import { oktaIdOf, optiIdOf } from './sample-ids.ts';
import { addLogEvent, appTarget, oktaUser, pushedGroup, scimApp, ssoApp } from './sample-parts.ts';
import { emailOf, type PushedGroupKey } from './sample-tables.ts';

/** Pushed after the cutover: `Opti *` is what the company names its groups for Opti ID. */
export const GIFT_GUIDE = 'Opti CMS Gift Guide';

/** Somebody new, assigned to both apps on the same day, whom nothing is sent of yet. */
export function hire(world: SandboxWorld, name: string, at: string): SandboxOktaUser {
  const [firstName = null, ...rest] = name.split(' ');
  const email = emailOf(name);
  const user: SandboxOktaUser = {
    id: oktaIdOf('00u', name),
    status: 'ACTIVE',
    created: at,
    lastUpdated: at,
    statusChanged: at,
    profile: { login: email, email, firstName, lastName: rest.join(' ') },
  };
  world.okta.users.push(user);
  assign(world, user.id, at);
  return user;
}

/** Assigns somebody to both apps, through the group for that. */
export function assign(world: SandboxWorld, oktaUserId: string, at: string): void {
  const assignment = assignmentGroup(world);
  if (assignment) changeMember(world, 'add', assignment, oktaUserId, at);
  ssoApp(world).users.push({ ...assignUser(world, oktaUserId, at, assignment?.id) });
}

/** Takes somebody off both apps, through the group for that: the account goes. */
export function leave(world: SandboxWorld, oktaUserId: string, at: string): void {
  const assignment = assignmentGroup(world);
  if (assignment) changeMember(world, 'remove', assignment, oktaUserId, at);
  unassignUser(world, oktaUserId, at);
  const sso = ssoApp(world);
  sso.users = sso.users.filter(({ id }) => id !== oktaUserId);
}

function assignmentGroup(world: SandboxWorld): SandboxOktaGroup | undefined {
  return world.okta.groups.find((group) => group.profile.name === 'App - Opti ID');
}

export function addInstance(world: SandboxWorld, product: string, nickname: string): void {
  world.store.product_instances.push({
    id: optiIdOf('instance', `${product} ${nickname}`),
    organization_id: world.organizationId,
    product,
    nickname,
  });
}

/** The store group that SCIM keeps for a pushed group. */
export function managedGroup(world: SandboxWorld, key: PushedGroupKey): SandboxStore['groups'][number] {
  return groupMadeBy(world, pushedGroup(world, key));
}

/** The account that Okta keeps for somebody, whether or not it is still there. */
export function managedUser(world: SandboxWorld, name: string): SandboxStore['users'][number] {
  const { id } = oktaUser(world, name);
  const account = world.store.users.find(({ external_id }) => external_id === id);
  if (!account) throw new RangeError(`Okta has given ${name} no account.`);
  return account;
}

export function appUser(world: SandboxWorld, name: string) {
  const { id } = oktaUser(world, name);
  const found = scimApp(world).users.find((user) => user.id === id);
  if (!found) throw new RangeError(`${name} is not assigned.`);
  return found;
}

export function mappingOf(world: SandboxWorld, key: PushedGroupKey) {
  const { id } = pushedGroup(world, key);
  const found = scimApp(world).pushMappings.find(({ sourceGroupId }) => sourceGroupId === id);
  if (!found) throw new RangeError(`The group ${key} is not pushed.`);
  return found;
}

/** Takes events out of the System Log: what happened there, Okta does not know of. */
export function forgetEvents(world: SandboxWorld, eventType: string, at: string): void {
  world.okta.logEvents = world.okta.logEvents.filter(
    (event) => event.eventType !== eventType || event.published !== at,
  );
}

export function addAppFailure(
  world: SandboxWorld,
  eventType: string,
  message: string,
  at: string,
  reason: string,
): void {
  addLogEvent(world, at, eventType, message, [appTarget(scimApp(world))], reason);
}
