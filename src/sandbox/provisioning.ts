/**
 * What Okta does to Opti ID once the organization is on SCIM, and what it logs about it: people are taken over,
 * created and deleted, groups are pushed, memberships follow. A change goes out at the moment that it is made.
 */
import type {
  SandboxApp,
  SandboxAppUser,
  SandboxLogEvent,
  SandboxOktaGroup,
  SandboxOktaUser,
  SandboxPushMapping,
  SandboxStore,
  SandboxWorld,
} from './model.ts';
import { oktaIdOf, optiIdOf } from './sample-ids.ts';
import { addLogEvent, addPushMapping, appTarget, scimApp } from './sample-parts.ts';

type StoreUser = SandboxStore['users'][number];
type StoreGroup = SandboxStore['groups'][number];
type LogTarget = SandboxLogEvent['target'][number];

/** Okta statuses whose changes reach an app. */
const ACTIVE: ReadonlySet<string> = new Set(['ACTIVE', 'LOCKED_OUT', 'PASSWORD_EXPIRED', 'RECOVERY']);

function userById(world: SandboxWorld, id: string): SandboxOktaUser {
  const user = world.okta.users.find((candidate) => candidate.id === id);
  if (!user) throw new RangeError(`The org has no user ${id}.`);
  return user;
}

function appUserOf(app: SandboxApp, id: string): SandboxAppUser | undefined {
  return app.users.find((candidate) => candidate.id === id);
}

function userTarget({ id, profile }: SandboxOktaUser): LogTarget {
  const displayName = [profile.firstName, profile.lastName].filter(Boolean).join(' ');
  return { id, type: 'User', alternateId: profile.login, displayName };
}

/** A user's event of the app: the user, the app user, the app. */
export function addUserEvent(
  world: SandboxWorld,
  at: string,
  eventType: string,
  message: string,
  user: SandboxOktaUser,
  userName: string,
  failure?: string,
): void {
  const target = userTarget(user);
  const targets = [
    target,
    { ...target, id: oktaIdOf('0ua', user.id), type: 'AppUser', alternateId: userName },
    appTarget(scimApp(world)),
  ];
  addLogEvent(world, at, eventType, message, targets, failure);
}

/** An event of a pushed group: the log names the app group by an id that no other API shows. */
function addGroupEvent(
  world: SandboxWorld,
  at: string,
  eventType: string,
  message: string,
  mapping: SandboxPushMapping,
): void {
  const target = world.okta.groups.find((group) => group.id === mapping.targetGroupId);
  addLogEvent(world, at, `application.provision.group_push.${eventType}`, message, [
    {
      id: oktaIdOf('AGr', mapping.id),
      type: 'AppGroup',
      alternateId: 'unknown',
      displayName: target?.profile.name ?? null,
    },
    appTarget(scimApp(world)),
  ]);
}

function isSameEmail(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}

/** The present store user that Okta's look-up by `userName` finds. */
function findStoreUser(world: SandboxWorld, userName: string): StoreUser | undefined {
  return world.store.users.find(
    (user) =>
      user.organization_id === world.organizationId &&
      user.status !== 'deleted' &&
      isSameEmail(user.email, userName),
  );
}

/** Assigns somebody to the SCIM app, which alone sends nothing. */
export function assignUser(
  world: SandboxWorld,
  oktaUserId: string,
  at: string,
  groupId?: string,
): SandboxAppUser {
  const app = scimApp(world);
  const user = userById(world, oktaUserId);
  const appUser: SandboxAppUser = {
    id: oktaUserId,
    externalId: null,
    status: 'ACTIVE',
    syncState: 'DISABLED',
    scope: groupId === undefined ? 'USER' : 'GROUP',
    userName: user.profile.email,
    created: at,
    lastUpdated: at,
    statusChanged: at,
    ...(groupId === undefined ? {} : { groupId }),
  };
  app.users = [...app.users.filter(({ id }) => id !== oktaUserId), appUser];
  addUserEvent(
    world,
    at,
    'application.user_membership.add',
    'Add user to application membership',
    user,
    appUser.userName,
  );
  return appUser;
}

/**
 * Sends an assigned, active person: to the account that Okta made, else to one with the e-mail, which it takes
 * over, else to a new one. Anybody else is left alone.
 */
export function provisionUser(world: SandboxWorld, oktaUserId: string, at: string): void {
  const user = userById(world, oktaUserId);
  const appUser = appUserOf(scimApp(world), oktaUserId);
  if (!appUser || !ACTIVE.has(user.status)) return;
  const linked = world.store.users.find(
    ({ id, status }) => id === appUser.externalId && status !== 'deleted',
  );
  const found = linked ?? findStoreUser(world, appUser.userName);
  const sent = {
    // To Opti ID an e-mail is the same in whatever case: it keeps the one that it has.
    email: found && isSameEmail(found.email, appUser.userName) ? found.email : appUser.userName,
    first_name: user.profile.firstName,
    last_name: user.profile.lastName,
    modified_at: at,
  };
  const account = found ?? {
    // Nobody gets the id of a deleted account again.
    id: optiIdOf(
      'user',
      `${user.id} ${world.store.users.filter(({ external_id }) => external_id === user.id).length}`,
    ),
    organization_id: world.organizationId,
    home_organization_id: world.organizationId,
    external_id: null,
    status: 'active' as const,
    local_login: false,
    last_login_at: null,
    created_at: at,
    ...sent,
  };
  Object.assign(account, sent, { external_id: user.id });
  if (!found) world.store.users.push(account);
  Object.assign(appUser, {
    externalId: account.id,
    status: 'PROVISIONED',
    syncState: 'SYNCHRONIZED',
    lastUpdated: at,
    statusChanged: at,
    lastSync: at,
  });
  const [eventType, message] = found
    ? ['application.provision.user.push_profile', "Push user's profile to external application"]
    : ['app.user_management.push_new_user_success', 'Successfully pushed new user account to app'];
  addUserEvent(world, at, eventType, message, user, appUser.userName);
}

/** Takes an account out of the store, as Opti ID does: its row stays, its memberships go. */
export function deleteStoreUser(world: SandboxWorld, id: string, at: string): void {
  const user = world.store.users.find((candidate) => candidate.id === id);
  if (!user || user.status === 'deleted') return;
  for (const { group_id } of world.store.group_members.filter(({ user_id }) => user_id === id)) {
    removeStoreMember(world, group_id, id);
  }
  Object.assign(user, { status: 'deleted', modified_at: at });
}

/** Takes somebody off the SCIM app: Okta deletes the account that it has made or taken over. */
export function unassignUser(world: SandboxWorld, oktaUserId: string, at: string): void {
  const app = scimApp(world);
  const appUser = appUserOf(app, oktaUserId);
  if (!appUser) return;
  const user = userById(world, oktaUserId);
  app.users = app.users.filter((candidate) => candidate !== appUser);
  addUserEvent(
    world,
    at,
    'application.user_membership.remove',
    "Remove user's application membership",
    user,
    appUser.userName,
  );
  if (appUser.externalId === null) return;
  addUserEvent(
    world,
    at,
    'application.provision.user.deactivate',
    'Push user deactivation to external application',
    user,
    appUser.userName,
  );
  deleteStoreUser(world, appUser.externalId, at);
}

/** Deactivates somebody in Okta: off every app, and still in every group. */
export function deactivateUser(world: SandboxWorld, oktaUserId: string, at: string): void {
  const user = userById(world, oktaUserId);
  Object.assign(user, { status: 'DEPROVISIONED', lastUpdated: at, statusChanged: at });
  addLogEvent(world, at, 'user.lifecycle.deactivate', 'Deactivate Okta user', [userTarget(user)]);
  unassignUser(world, oktaUserId, at);
  for (const app of world.okta.apps) app.users = app.users.filter(({ id }) => id !== oktaUserId);
}

export function addStoreMembership(world: SandboxWorld, groupId: string, userId: string): void {
  const isMember = world.store.group_members.some(
    (member) => member.group_id === groupId && member.user_id === userId,
  );
  const group = world.store.groups.find(({ id }) => id === groupId);
  if (isMember || !group) return;
  world.store.group_members.push({ group_id: groupId, user_id: userId });
  if (group.user_count !== null) group.user_count += 1;
}

export function removeStoreMember(world: SandboxWorld, groupId: string, userId: string): void {
  const { store } = world;
  const left = store.group_members.filter(
    (member) => member.group_id !== groupId || member.user_id !== userId,
  );
  const group = store.groups.find(({ id }) => id === groupId);
  if (group && group.user_count !== null) group.user_count -= store.group_members.length - left.length;
  store.group_members = left;
}

/** Store ids of the members that a push of the group sends: provisioned, and active in Okta. */
function membersSent(world: SandboxWorld, group: SandboxOktaGroup): string[] {
  const app = scimApp(world);
  return group.members.flatMap((id) => {
    const externalId = appUserOf(app, id)?.externalId ?? null;
    return externalId !== null && ACTIVE.has(userById(world, id).status) ? [externalId] : [];
  });
}

/**
 * Pushes a group as a new one: a mapping, its target in Okta, and an internal store group with the members.
 *
 * @param seed makes the ids; another one for a group that is pushed again
 */
export function pushGroup(
  world: SandboxWorld,
  source: SandboxOktaGroup,
  at: string,
  seed = source.id,
): StoreGroup {
  const group: StoreGroup = {
    id: optiIdOf('group', `pushed ${seed}`),
    organization_id: world.organizationId,
    name: source.profile.name,
    description: null,
    group_type: 'internal',
    user_count: 0,
    created_at: at,
    modified_at: at,
  };
  world.store.groups.push(group);
  const mapping = addPushMapping(world, source, { name: group.name }, at, {
    id: oktaIdOf('gPm', seed),
    lastPush: at,
    storeGroupId: group.id,
  });
  for (const id of membersSent(world, source)) addStoreMembership(world, group.id, id);
  addGroupEvent(world, at, 'mapping.created', 'A new mapping has been created', mapping);
  addGroupEvent(world, at, 'pushed', 'A group was pushed to an app', mapping);
  return group;
}

/** Unlinks a group with *Delete the group in the target app*: the store group goes, where it is still there. */
export function unlinkAndDelete(world: SandboxWorld, source: SandboxOktaGroup, at: string): void {
  const app = scimApp(world);
  for (const mapping of app.pushMappings.filter(({ sourceGroupId }) => sourceGroupId === source.id)) {
    addGroupEvent(world, at, 'removed', 'A group was removed from an app', mapping);
    app.pushMappings = app.pushMappings.filter((candidate) => candidate !== mapping);
    world.okta.groups = world.okta.groups.filter(({ id }) => id !== mapping.targetGroupId);
    if (mapping.storeGroupId !== undefined) deleteStoreGroup(world, mapping.storeGroupId);
  }
}

export function deleteStoreGroup(world: SandboxWorld, id: string): void {
  const { store } = world;
  store.groups = store.groups.filter((group) => group.id !== id);
  store.group_members = store.group_members.filter(({ group_id }) => group_id !== id);
  store.group_instance_roles = store.group_instance_roles.filter(({ group_id }) => group_id !== id);
}

/** The store group that the push of an Okta group made. */
export function groupMadeBy(world: SandboxWorld, source: SandboxOktaGroup): StoreGroup {
  const mapping = scimApp(world).pushMappings.find(({ sourceGroupId }) => sourceGroupId === source.id);
  const group = world.store.groups.find(({ id }) => id === mapping?.storeGroupId);
  if (!group) throw new RangeError(`No push of ${source.profile.name} has made a group.`);
  return group;
}

/** Changes an Okta group's members and logs it, and sends nothing. */
export function changeMember(
  world: SandboxWorld,
  change: 'add' | 'remove',
  group: SandboxOktaGroup,
  oktaUserId: string,
  at: string,
): void {
  group.members = group.members.filter((id) => id !== oktaUserId);
  if (change === 'add') group.members.push(oktaUserId);
  group.lastMembershipUpdated = at;
  addLogEvent(
    world,
    at,
    `group.user_membership.${change}`,
    change === 'add' ? 'Add user to group membership' : 'Remove user from group membership',
    [
      userTarget(userById(world, oktaUserId)),
      { id: group.id, type: 'UserGroup', alternateId: 'unknown', displayName: group.profile.name },
    ],
  );
}

/** Sends a group's members again: the store group has exactly them afterwards. */
export function pushMembers(world: SandboxWorld, source: SandboxOktaGroup, at: string): void {
  const group = groupMadeBy(world, source);
  const sent = new Set(membersSent(world, source));
  for (const { group_id, user_id } of world.store.group_members) {
    if (group_id === group.id && !sent.has(user_id)) removeStoreMember(world, group_id, user_id);
  }
  for (const id of sent) addStoreMembership(world, group.id, id);
  for (const mapping of scimApp(world).pushMappings) {
    if (mapping.sourceGroupId !== source.id) continue;
    mapping.lastPush = at;
    addGroupEvent(world, at, 'push_memberships', 'Group push pushed memberships', mapping);
  }
}
