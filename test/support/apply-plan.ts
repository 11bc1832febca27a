import type { Effect, PlanGrant, WorkStep } from '../../src/domain/plan.ts';
import type { SandboxOktaGroup, SandboxWorld } from '../../src/sandbox/model.ts';
import {
  addStoreMembership,
  assignUser,
  changeMember,
  deleteStoreGroup,
  deleteStoreUser,
  groupMadeBy,
  provisionUser,
  pushGroup,
  pushMembers,
  removeStoreMember,
  unassignUser,
  unlinkAndDelete,
} from '../../src/sandbox/provisioning.ts';
import { optiIdOf } from '../../src/sandbox/sample-ids.ts';
import { scimApp, ssoApp } from '../../src/sandbox/sample-parts.ts';

const OPTION_FEATURES = {
  create_users: 'PUSH_NEW_USERS',
  update_attributes: 'PUSH_PROFILE_UPDATES',
  deactivate_users: 'PUSH_USER_DEACTIVATION',
  sync_password: 'PUSH_PASSWORD_UPDATES',
  import: 'PROFILE_MASTERING',
} as const;

/**
 * Does a plan's steps to the two systems of a sandbox, as people do them by hand in Okta and in the Admin Center.
 * Once the organization is on SCIM, Okta does its own part: it takes people over, creates them and pushes groups.
 *
 * @param clock gives the moment of each change
 */
export function applySteps(
  world: SandboxWorld,
  steps: readonly Pick<WorkStep, 'effects'>[],
  clock: () => string,
): void {
  // A plan speaks of groups that do not exist yet by an id of its own; here they get a real one.
  const made = new Map<string, string>();
  for (const step of steps) for (const effect of step.effects) applyEffect(world, effect, clock(), made);
}

function applyEffect(world: SandboxWorld, effect: Effect, at: string, made: Map<string, string>): void {
  const { okta, store, settings } = world;
  const app = scimApp(world);
  const real = (id: string) => made.get(id) ?? id;
  switch (effect.kind) {
    case 'set_scim_app': {
      const { status, username_template, username_push_status } = effect.changes;
      if (status !== undefined) app.status = status as typeof app.status;
      if (username_template !== undefined) app.userNameTemplate.template = username_template;
      if (username_push_status !== undefined) {
        app.userNameTemplate.pushStatus = username_push_status as 'PUSH';
      }
      return;
    }
    case 'stop_sso_provisioning':
      ssoApp(world).features = [];
      return;
    case 'set_app_option': {
      const feature = OPTION_FEATURES[effect.option];
      app.features = app.features.filter((enabled) => enabled !== feature);
      if (effect.on) app.features.push(feature);
      return;
    }
    case 'set_connection':
      app.provisioningConnection = {
        authScheme: 'TOKEN',
        baseUrl: effect.base_url,
        profile: { authScheme: 'TOKEN' },
        status: 'ENABLED',
      };
      return;
    case 'map_names':
      for (const { properties } of okta.profileMappings) {
        properties.givenName = { expression: 'user.firstName', pushStatus: 'PUSH' };
        properties.familyName = { expression: 'user.lastName', pushStatus: 'PUSH' };
      }
      return;
    case 'unmap_attributes':
      for (const { properties } of okta.profileMappings) {
        for (const attribute of effect.attributes) delete properties[attribute];
      }
      return;
    case 'rename_okta_group': {
      const group = groupById(world, effect.okta_group_id);
      // Whoever renames a group that AUDIT_PUSH_GROUPS names has to rename it there as well.
      settings.pushGroups =
        settings.pushGroups?.map((entry) => (entry === group.profile.name ? effect.name : entry)) ?? null;
      Object.assign(group, { profile: { ...group.profile, name: effect.name }, lastUpdated: at });
      return;
    }
    case 'leave_out_of_push': {
      const { id, profile } = groupById(world, effect.okta_group_id);
      settings.pushGroups =
        settings.pushGroups?.filter((entry) => entry !== id && entry !== profile.name) ?? null;
      pausePush(world, id, at);
      return;
    }
    case 'pause_push':
      pausePush(world, effect.okta_group_id, at);
      return;
    case 'remove_push':
      unlinkAndDelete(world, groupById(world, effect.okta_group_id), at);
      return;
    case 'stop_assigning_by_group':
      app.groups = app.groups.filter(({ id }) => id !== effect.okta_group_id);
      return;
    case 'activate_users':
      for (const user of okta.users) {
        if (!effect.okta_user_ids.includes(user.id)) continue;
        Object.assign(user, { status: 'ACTIVE', lastUpdated: at, statusChanged: at });
      }
      return;
    case 'fill_names':
      for (const { id, profile } of okta.users) {
        if (!effect.okta_user_ids.includes(id)) continue;
        // Where both names stand in one field, they are what somebody fills in.
        const [first = 'Asked', last = 'For'] = `${profile.firstName ?? ''} ${profile.lastName ?? ''}`
          .split(' ')
          .filter((name) => name !== '');
        const isWhole = Boolean(profile.firstName?.trim() && profile.lastName?.trim());
        if (!isWhole) Object.assign(profile, { firstName: first, lastName: last });
      }
      return;
    case 'set_email':
      for (const { id, profile } of okta.users) {
        if (id === effect.okta_user_id) profile.email = effect.email;
      }
      return;
    case 'set_user_name':
      for (const appUser of app.users) {
        if (appUser.id !== effect.okta_user_id) continue;
        Object.assign(appUser, { userName: effect.user_name, lastUpdated: at });
      }
      return;
    case 'assign_users':
      assign(world, effect.okta_user_ids, at);
      return;
    case 'unassign_users':
      for (const id of effect.okta_user_ids) unassignUser(world, id, at);
      return;
    case 'provision_users':
      for (const { id } of app.users) {
        if (!effect.except_okta_user_ids.includes(id)) provisionUser(world, id, at);
      }
      return;
    case 'send_users':
      for (const id of effect.okta_user_ids) provisionUser(world, id, at);
      return;
    case 'remove_okta_members':
      for (const id of effect.okta_user_ids) {
        const group = groupById(world, effect.okta_group_id);
        if (group.members.includes(id)) changeMember(world, 'remove', group, id, at);
      }
      return;
    case 'create_opti_group': {
      const id = optiIdOf('group', `made for the cutover: ${effect.name}`);
      made.set(effect.opti_group_id, id);
      store.groups.push({
        id,
        organization_id: world.organizationId,
        name: effect.name,
        description: null,
        group_type: 'custom',
        user_count: 0,
        created_at: at,
        modified_at: at,
      });
      for (const userId of effect.opti_user_ids) addStoreMembership(world, id, userId);
      giveRoles(world, id, effect.grants);
      return;
    }
    case 'rename_opti_group':
      for (const group of store.groups) {
        if (group.id === effect.opti_group_id) Object.assign(group, { name: effect.name, modified_at: at });
      }
      return;
    case 'add_members':
      for (const id of effect.opti_user_ids) addStoreMembership(world, real(effect.opti_group_id), id);
      return;
    case 'remove_members':
      for (const id of effect.opti_user_ids) removeStoreMember(world, real(effect.opti_group_id), id);
      return;
    case 'delete_opti_group':
    case 'support_removes_group':
      deleteStoreGroup(world, effect.opti_group_id);
      return;
    case 'delete_opti_user':
      deleteStoreUser(world, effect.opti_user_id, at);
      return;
    case 'set_local_login':
      for (const user of store.users) if (user.id === effect.opti_user_id) user.local_login = true;
      return;
    case 'revoke_invitations':
      for (const invitation of store.invitations) {
        if (effect.opti_invitation_ids.includes(invitation.id)) invitation.status = 'revoked';
      }
      return;
    case 'add_domain':
      for (const { id, domains } of store.sso_connections) {
        if (id === effect.opti_connection_id) domains.push(effect.domain);
      }
      return;
    case 'set_provisioning_mode':
      for (const organization of store.organizations) {
        if (organization.id === world.organizationId) organization.provisioning_mode = effect.mode;
      }
      return;
    case 'push_group': {
      const source = groupById(world, effect.okta_group_id);
      const isAgain = app.pushMappings.some(({ sourceGroupId }) => sourceGroupId === source.id);
      if (isAgain) unlinkAndDelete(world, source, at);
      made.set(
        effect.opti_group_id,
        pushGroup(world, source, at, isAgain ? `${source.id} ${at}` : source.id).id,
      );
      return;
    }
    case 'push_again':
      sendGroup(world, groupById(world, effect.okta_group_id), effect.activate, at);
      return;
    case 'revoke':
      store.group_instance_roles = store.group_instance_roles.filter(
        (row) =>
          row.group_id !== effect.opti_group_id ||
          !effect.grants.some(
            ({ opti_instance_id, opti_role_id }) =>
              opti_instance_id === row.instance_id && opti_role_id === row.role_id,
          ),
      );
      return;
    case 'grant':
      giveRoles(world, real(effect.opti_group_id), effect.grants);
      return;
    case 'add_scim_app':
      throw new Error('This world has its SCIM app.');
    default:
      throw new Error(`Nobody knows how to do ${JSON.stringify(effect satisfies never)}.`);
  }
}

function groupById(world: SandboxWorld, id: string): SandboxOktaGroup {
  const found = world.okta.groups.find((group) => group.id === id);
  if (!found) throw new Error(`The plan speaks of the Okta group ${id}, which is not there.`);
  return found;
}

/** Push now: the name and the members of the group that the push made. */
function sendGroup(world: SandboxWorld, source: SandboxOktaGroup, activate: boolean, at: string): void {
  const mappings = scimApp(world).pushMappings.filter(({ sourceGroupId }) => sourceGroupId === source.id);
  for (const mapping of mappings) {
    if (activate) Object.assign(mapping, { status: 'ACTIVE', errorSummary: null, lastUpdated: at });
  }
  if (!mappings.some(({ status }) => status === 'ACTIVE')) return;
  Object.assign(groupMadeBy(world, source), { name: source.profile.name, modified_at: at });
  pushMembers(world, source, at);
}

function pausePush(world: SandboxWorld, oktaGroupId: string, at: string): void {
  for (const mapping of scimApp(world).pushMappings) {
    if (mapping.sourceGroupId === oktaGroupId)
      Object.assign(mapping, { status: 'INACTIVE', lastUpdated: at });
  }
}

/** Into the assignment group, which assigns them to the app. */
function assign(world: SandboxWorld, oktaUserIds: readonly string[], at: string): void {
  const app = scimApp(world);
  const assignment = world.okta.groups.find(({ id }) => id === app.groups[0]?.id);
  for (const id of oktaUserIds) {
    if (app.users.some((appUser) => appUser.id === id)) continue;
    if (assignment && !assignment.members.includes(id)) changeMember(world, 'add', assignment, id, at);
    assignUser(world, id, at, assignment?.id);
  }
}

function giveRoles(world: SandboxWorld, groupId: string, grants: readonly PlanGrant[]): void {
  for (const { opti_instance_id, opti_role_id } of grants) {
    world.store.group_instance_roles.push({
      group_id: groupId,
      instance_id: opti_instance_id,
      role_id: opti_role_id,
    });
  }
}

const DAY_MS = 86_400_000;

/** Makes everything in the world as many days older: what has happened in it has happened that long ago. */
export function letTimePass(world: SandboxWorld, days: number): void {
  const older = JSON.stringify(world).replace(/"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z"/gu, (time) =>
    JSON.stringify(new Date(Date.parse(JSON.parse(time) as string) - days * DAY_MS).toISOString()),
  );
  const { okta, store, ...rest } = JSON.parse(older) as SandboxWorld;
  // In place: a server may have the org.
  Object.assign(world.okta, okta);
  Object.assign(world.store, store);
  Object.assign(world, rest);
}
