import { generateWorld } from '../../../src/sandbox/generate-world.ts';
import type { SandboxOkta } from '../../../src/sandbox/model.ts';

export interface OrgSize {
  users: number;
  groups: number;
  memberships: number;
}

/** When the bench's audits begin: fixed, so that every run asks for the same window of the System Log. */
export const BEGAN = '2026-11-24T03:15:00.000Z';

/**
 * An org after the cutover. Its target groups are listed: nobody would have to ask for each by its id, which
 * the audit does and a plain loop over the listings does not.
 */
export function makeBenchOrg(size: OrgSize): SandboxOkta {
  const { okta } = generateWorld({ seed: 6, ...size, now: BEGAN });
  for (const group of okta.groups) group.unlisted = false;
  return okta;
}

/** Moves one member out of every so many groups, at a time after the first night. Gives the groups' ids. */
export function changeGroups(okta: SandboxOkta, share: number, at: string): Set<string> {
  const pushed = okta.groups.filter(
    (group) => group.profile.name.startsWith('OPTI-') && group.sourceAppId === undefined,
  );
  const step = Math.round(1 / share);
  const changed = pushed.filter((_, position) => position % step === step - 1);
  for (const group of changed) {
    group.members.pop();
    group.lastMembershipUpdated = at;
  }
  return new Set(changed.map(({ id }) => id));
}
