import type { Job } from '../../src/domain/rule.ts';
import { LONG_AGO, World } from './world.ts';

/** What a push's group grants in the worlds of real migrations. */
export const EDITOR = ['CMS', 'Production', 'Editor'] as const;

/** An organization with somebody who gets in whatever breaks, and whom rules and plan leave alone. */
export function organization(job: Job): World {
  const world = new World();
  const admin = world.optiUser({ email: 'break.glass@example.com', local_login: true });
  world.grant(world.optiGroup('Break glass', [admin]), 'Admin Center', 'Admin Center', 'Super Admin');
  if (job === 'drift') world.organization({ provisioning_mode: 'scim' });
  return world;
}

/** A store group that a push made, with a grant, so that only what a case is about is wrong. */
export function pushedInto(
  world: World,
  name: string,
  members: readonly string[],
  created_at = LONG_AGO,
): string {
  const id = world.optiGroup(name, members, { group_type: 'internal', created_at });
  world.grant(id, ...EDITOR);
  return id;
}
