import { describe, expect, it } from 'vitest';
import { generateWorld } from '../../src/sandbox/generate-world.ts';
import type { SandboxApp, SandboxWorld } from '../../src/sandbox/model.ts';

const SIZE = { users: 200, groups: 30, membershipsPerUser: 5 };

function appOf(world: SandboxWorld): SandboxApp {
  const [app, ...others] = world.okta.apps;
  if (!app || others.length > 0) throw new Error('A generated world has one app');
  return app;
}

/** Group name → sorted e-mails of its members, in Okta. */
function oktaMembers(world: SandboxWorld): Map<string, string[]> {
  const emails = new Map(world.okta.users.map((user) => [user.id, user.profile.email]));
  const pushed = world.okta.groups.filter((group) => group.profile.name.startsWith('OPTI-'));
  return new Map(
    pushed
      .filter((group) => group.type === 'OKTA_GROUP')
      .map((group) => [group.profile.name, group.members.map((id) => emails.get(id) ?? '').sort()]),
  );
}

/** The same, in the store. */
function storeMembers(world: SandboxWorld): Map<string, string[]> {
  const emails = new Map(world.store.users.map((user) => [user.id, user.email]));
  const byGroup = new Map<string, string[]>();
  for (const { group_id, user_id } of world.store.group_members) {
    byGroup.set(group_id, [...(byGroup.get(group_id) ?? []), emails.get(user_id) ?? '']);
  }
  return new Map(
    world.store.groups
      .filter((group) => group.name.startsWith('OPTI-'))
      .map((group) => [group.name, (byGroup.get(group.id) ?? []).sort()]),
  );
}

describe('a generated world', () => {
  it('is the same for the same seed and another for another', () => {
    const world = generateWorld({ seed: 1, ...SIZE });
    expect(generateWorld({ seed: 1, ...SIZE })).toEqual(world);
    expect(generateWorld({ seed: 2, ...SIZE }).okta.users).not.toEqual(world.okta.users);
  });

  it('has the size that was asked for, with every id, e-mail and group name once', () => {
    const world = generateWorld({ seed: 3, users: 3000, groups: 4000, memberships: 12_345 });
    const app = appOf(world);
    const names = [...oktaMembers(world).keys()];
    expect(world.okta.users).toHaveLength(3000);
    expect(names).toHaveLength(4000);
    expect([...oktaMembers(world).values()].flat()).toHaveLength(12_345);
    const ids = [
      ...world.okta.users.map((user) => user.id),
      ...world.okta.groups.map((group) => group.id),
      ...app.pushMappings.map((mapping) => mapping.id),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(ids.map((id) => id.length))).toEqual(new Set([20]));
    const emails = world.store.users.map((user) => user.email);
    expect(new Set(emails).size).toBe(3001);
    expect(new Set(world.store.users.map((user) => user.id)).size).toBe(3001);
  });

  it('puts nobody into a group twice, even where everyone is in every group', () => {
    const world = generateWorld({ seed: 4, users: 40, groups: 6, membershipsPerUser: 6 });
    for (const members of oktaMembers(world).values()) expect(new Set(members).size).toBe(40);
  });

  it('refuses more memberships than users and groups can have', () => {
    expect(() => generateWorld({ seed: 5, users: 3, groups: 2, memberships: 7 })).toThrow(RangeError);
  });

  it('is an organization on SCIM after the cutover: both sides agree, by id', () => {
    const world = generateWorld({ seed: 6, ...SIZE });
    const app = appOf(world);
    expect(world.store.organizations[0]?.provisioning_mode).toBe('scim');
    expect(storeMembers(world)).toEqual(oktaMembers(world));
    const storeUsers = new Map(world.store.users.map((user) => [user.id, user]));
    for (const appUser of app.users) {
      expect(storeUsers.get(appUser.externalId ?? '')).toMatchObject({
        external_id: appUser.id,
        email: appUser.userName,
        local_login: false,
      });
    }
    const groups = new Map(world.okta.groups.map((group) => [group.id, group]));
    const storeGroups = new Map(world.store.groups.map((group) => [group.id, group]));
    expect(app.pushMappings).toHaveLength(SIZE.groups);
    for (const mapping of app.pushMappings) {
      const target = groups.get(mapping.targetGroupId);
      expect(target).toMatchObject({ type: 'APP_GROUP', sourceAppId: app.id });
      expect(storeGroups.get(target?.profile.externalId ?? '')).toMatchObject({
        name: groups.get(mapping.sourceGroupId)?.profile.name,
        group_type: 'internal',
      });
    }
  });

  it('is a JIT organization before the cutover: hand-made groups, nobody linked, nothing pushed', () => {
    const world = generateWorld({ seed: 6, ...SIZE, phase: 'before' });
    const app = appOf(world);
    expect(world.store.organizations[0]?.provisioning_mode).toBe('jit');
    expect(app.pushMappings).toEqual([]);
    expect(app.users.map((user) => user.externalId)).toEqual(Array(SIZE.users).fill(null));
    expect(new Set(world.store.users.map((user) => user.external_id))).toEqual(new Set([null]));
    const types = world.store.groups
      .filter((group) => group.name.startsWith('OPTI-'))
      .map((g) => g.group_type);
    expect(types).toEqual(Array(SIZE.groups).fill('custom'));
    expect(storeMembers(world)).toEqual(oktaMembers(world));
    expect(world.settings.pushGroups).toEqual(['OPTI-*']);
  });

  it('has a SCIM app set up as Optimizely asks, with everyone assigned', () => {
    const world = generateWorld({ seed: 7, ...SIZE });
    const app = appOf(world);
    expect(app).toMatchObject({
      name: 'scim2headerauth',
      status: 'ACTIVE',
      features: ['PUSH_NEW_USERS', 'PUSH_PROFILE_UPDATES', 'PUSH_USER_DEACTIVATION', 'GROUP_PUSH'],
      userNameTemplate: { template: '${source.email}', pushStatus: 'PUSH' },
    });
    expect(app.users.map((user) => user.id)).toEqual(world.okta.users.map((user) => user.id));
    expect(Object.keys(world.okta.profileMappings[0]?.properties ?? {})).toEqual(['givenName', 'familyName']);
  });

  it('has a store whose rows all lead somewhere, and a way in without SSO', () => {
    const { store } = generateWorld({ seed: 8, ...SIZE });
    const idsOf = (rows: { id: string }[]) => new Set(rows.map((row) => row.id));
    const [users, groups, instances] = [store.users, store.groups, store.product_instances].map(idsOf);
    const roles = new Map(store.roles.map((role) => [role.id, role]));
    const products = new Map(store.product_instances.map((instance) => [instance.id, instance.product]));
    for (const { group_id, user_id } of store.group_members) {
      expect([groups?.has(group_id), users?.has(user_id)]).toEqual([true, true]);
    }
    for (const { group_id, instance_id, role_id } of store.group_instance_roles) {
      expect([groups?.has(group_id), instances?.has(instance_id)]).toEqual([true, true]);
      expect(roles.get(role_id)?.product).toBe(products.get(instance_id));
    }
    for (const group of store.groups.filter((one) => one.user_count !== null)) {
      expect(store.group_members.filter((row) => row.group_id === group.id)).toHaveLength(
        group.user_count ?? -1,
      );
    }
    const granted = new Set(store.group_instance_roles.map((row) => row.group_id));
    expect(store.groups.filter((group) => !granted.has(group.id)).map((group) => group.name)).toEqual([
      'Everyone',
    ]);
    expect(store.users.filter((user) => user.local_login)).toHaveLength(1);
  });

  it('of 100,000 users and a million memberships is made in seconds', () => {
    const began = performance.now();
    const world = generateWorld({ seed: 9, users: 100_000, groups: 2000, memberships: 1_000_000 });
    // Two to three seconds on two busy cores; far more would mean that something became quadratic.
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(world.store.group_members).toHaveLength(1_000_001);
  });
});
