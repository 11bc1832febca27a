import { generateWorld } from '../../src/sandbox/generate-world.ts';
import type { SandboxWorld } from '../../src/sandbox/model.ts';

/** The smallest company with something of everything: three people, two pushed groups, and a group that SCIM left behind. */
export function tinyWorld(now: Date): SandboxWorld {
  const world = generateWorld({ seed: 5, users: 3, groups: 2, now: now.toISOString() });
  const { store } = world;
  const groups = new Map(store.groups.map((group) => [group.id, group]));
  const grant = store.group_instance_roles.find(
    ({ group_id }) => groups.get(group_id)?.group_type === 'internal',
  );
  const group = grant && groups.get(grant.group_id);
  if (!grant || !group) throw new Error('The company grants nothing.');
  store.groups.push({ ...group, id: 'group-left-behind', name: 'Pilot' });
  store.group_instance_roles.push({ ...grant, group_id: 'group-left-behind' });
  for (const { user_id } of store.group_members.filter(({ group_id }) => group_id === group.id)) {
    store.group_members.push({ group_id: 'group-left-behind', user_id });
  }
  return world;
}
