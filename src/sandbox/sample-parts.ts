import type {
  SandboxApp,
  SandboxLogEvent,
  SandboxOktaGroup,
  SandboxOktaUser,
  SandboxStore,
  SandboxWorld,
} from './model.ts';
import { type Ago, oktaIdOf, optiIdOf } from './sample-ids.ts';
import { emailOf, ORGANIZATION_ID, PUSHED_GROUPS, type PushedGroupKey } from './sample-tables.ts';

/** Parts of the sample world by the names of its tables. Whatever is not there is a mistake of the tables: they throw. */

type StoreUser = SandboxStore['users'][number];
type StoreGroup = SandboxStore['groups'][number];

function found<Part>(part: Part | undefined, what: string): Part {
  if (part === undefined) throw new RangeError(`The sample has no ${what}.`);
  return part;
}

export function scimApp(world: SandboxWorld): SandboxApp {
  return found(
    world.okta.apps.find((app) => app.name === 'scim2headerauth'),
    'SCIM app',
  );
}

export function ssoApp(world: SandboxWorld): SandboxApp {
  return found(
    world.okta.apps.find((app) => app.label === world.settings.ssoApp),
    'SSO app',
  );
}

export function oktaUser(world: SandboxWorld, name: string): SandboxOktaUser {
  const id = oktaIdOf('00u', name);
  return found(
    world.okta.users.find((user) => user.id === id),
    `Okta user ${name}`,
  );
}

/** Finds the group by the name it had at first. */
export function pushedGroup(world: SandboxWorld, key: PushedGroupKey): SandboxOktaGroup {
  const id = oktaIdOf('00g', PUSHED_GROUPS[key].name);
  return found(
    world.okta.groups.find((group) => group.id === id),
    `Okta group ${key}`,
  );
}

export function storeUser(world: SandboxWorld, name: string): StoreUser {
  const id = optiIdOf('user', name);
  return found(
    world.store.users.find((user) => user.id === id),
    `store user ${name}`,
  );
}

export function storeGroup(world: SandboxWorld, name: string): StoreGroup {
  const id = optiIdOf('group', name);
  return found(
    world.store.groups.find((group) => group.id === id),
    `store group ${name}`,
  );
}

/** The hand-made group in Opti ID that a pushed group takes over from, whatever it is called by now. */
export function handMadeGroup(world: SandboxWorld, key: PushedGroupKey): StoreGroup {
  return storeGroup(world, PUSHED_GROUPS[key].name);
}

export function addStoreMember(world: SandboxWorld, group: StoreGroup, user: StoreUser): void {
  world.store.group_members.push({ group_id: group.id, user_id: user.id });
  if (group.user_count !== null && user.status !== 'deleted') group.user_count += 1;
}

export function removeStoreUser(world: SandboxWorld, id: string): void {
  const groupIds = new Set(
    world.store.group_members.filter((member) => member.user_id === id).map((member) => member.group_id),
  );
  for (const group of world.store.groups) {
    if (groupIds.has(group.id) && group.user_count !== null) group.user_count -= 1;
  }
  world.store.group_members = world.store.group_members.filter((member) => member.user_id !== id);
  world.store.users = world.store.users.filter((user) => user.id !== id);
}

/** Adds a store user of the organization who came by JIT. */
export function addStoreUser(
  world: SandboxWorld,
  name: string,
  created: string,
  patch: Partial<StoreUser> = {},
): StoreUser {
  const [first, ...rest] = name.split(' ');
  const user: StoreUser = {
    id: optiIdOf('user', name),
    organization_id: ORGANIZATION_ID,
    home_organization_id: ORGANIZATION_ID,
    external_id: null,
    email: emailOf(name),
    first_name: first ?? null,
    last_name: rest.join(' ') || null,
    status: 'active',
    local_login: false,
    last_login_at: created,
    created_at: created,
    modified_at: created,
    ...patch,
  };
  world.store.users.push(user);
  return user;
}

/** Adds an empty store group. Its id comes from `name`, whatever it is called later. */
export function addStoreGroup(
  world: SandboxWorld,
  name: string,
  created: string,
  patch: Partial<StoreGroup> = {},
): StoreGroup {
  const group: StoreGroup = {
    id: optiIdOf('group', name),
    organization_id: ORGANIZATION_ID,
    name,
    description: null,
    group_type: 'custom',
    user_count: 0,
    created_at: created,
    modified_at: created,
    ...patch,
  };
  world.store.groups.push(group);
  return group;
}

export function grant(
  world: SandboxWorld,
  group: StoreGroup,
  [product, instance, role]: readonly [product: string, instance: string, role: string],
): void {
  const instanceRow = world.store.product_instances.find(
    (row) => row.product === product && row.nickname === instance,
  );
  const roleRow = world.store.roles.find((row) => row.product === product && row.name === role);
  world.store.group_instance_roles.push({
    group_id: group.id,
    instance_id: found(instanceRow, `instance ${product} / ${instance}`).id,
    role_id: found(roleRow, `role ${role} of ${product}`).id,
  });
}

/** Adds an Okta group with its members, by name. */
export function addOktaGroup(
  world: SandboxWorld,
  name: string,
  memberNames: readonly string[],
  created: string,
  patch: Partial<SandboxOktaGroup> = {},
): SandboxOktaGroup {
  const group: SandboxOktaGroup = {
    id: oktaIdOf('00g', name),
    type: 'OKTA_GROUP',
    created,
    lastUpdated: created,
    lastMembershipUpdated: created,
    profile: { name, description: null },
    members: memberNames.map((member) => oktaUser(world, member).id),
    ...patch,
  };
  world.okta.groups.push(group);
  return group;
}

/** Pushes a group to a target of a name: Okta makes a target app group, which the listing of groups omits. */
export function addPushMapping(
  world: SandboxWorld,
  source: SandboxOktaGroup,
  target: { name: string; externalId?: string },
  created: string,
  patch: Partial<SandboxApp['pushMappings'][number]> = {},
): SandboxApp['pushMappings'][number] {
  const app = scimApp(world);
  const targetGroup = addOktaGroup(world, `target of ${source.id}`, [], created, {
    type: 'APP_GROUP',
    profile: {
      name: target.name,
      description: null,
      ...(target.externalId === undefined ? {} : { externalId: target.externalId }),
    },
    sourceAppId: app.id,
    unlisted: true,
  });
  const mapping: SandboxApp['pushMappings'][number] = {
    id: oktaIdOf('gPm', source.id),
    sourceGroupId: source.id,
    targetGroupId: targetGroup.id,
    status: 'ACTIVE',
    created,
    lastUpdated: created,
    ...patch,
  };
  app.pushMappings.push(mapping);
  return mapping;
}

type LogTarget = SandboxLogEvent['target'][number];

/** Adds an event to the System Log; a reason makes it a failure. Its id comes from what it says. */
export function addLogEvent(
  world: SandboxWorld,
  published: string,
  eventType: string,
  displayMessage: string,
  target: readonly LogTarget[],
  failure?: string,
): void {
  const isFailure = failure !== undefined;
  world.okta.logEvents.push({
    uuid: optiIdOf('event', [eventType, ...target.map(({ id }) => id), published].join(' ')),
    published,
    eventType,
    displayMessage,
    outcome: isFailure ? { result: 'FAILURE', reason: failure } : { result: 'SUCCESS', reason: null },
    target: [...target],
    actor: {
      id: 'sys0sandboxscheduler',
      type: 'SystemPrincipal',
      alternateId: 'system@okta.com',
      displayName: 'Okta System',
    },
    severity: isFailure ? 'WARN' : 'INFO',
  });
}

export function appTarget(app: SandboxApp): LogTarget {
  return { id: app.id, type: 'AppInstance', alternateId: app.label, displayName: app.label };
}

/** Adds an event of an app to the System Log. */
export function addAppEvent(
  world: SandboxWorld,
  app: SandboxApp,
  eventType: string,
  displayMessage: string,
  published: string,
): void {
  addLogEvent(world, published, eventType, displayMessage, [appTarget(app)]);
}

/** One way in which a company is not ready, and why a real one gets there. */
export interface Trouble {
  name: string;
  /** Rules that fire because of it, by itself or together with another trouble. */
  rules: readonly string[];
  /** The story, in a sentence. */
  why: string;
  apply(world: SandboxWorld, ago: Ago): void;
}
