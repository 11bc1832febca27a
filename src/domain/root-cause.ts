import { byCodeUnit, type Finding } from './finding.ts';

/**
 * Rules after the cutover that say why nothing arrives in Opti ID, the nearest cause first. While one of them holds, what
 * Okta sends does not arrive, and everything that differs may be its consequence.
 */
const ROOTS = [
  'scim-app-missing',
  'scim-app-inactive',
  'jit-still-on',
  'provisioning-connection-off',
  'scim-credentials-rejected',
] as const;

/** Rules that find what differs or was not confirmed: with nothing arriving they find it everywhere. */
const EXPLAINED: ReadonlySet<string> = new Set([
  'deprovisioned-user-active',
  'group-missing',
  'group-name-drifted',
  'group-push-failed',
  'group-push-stale',
  'group-push-unconfirmed',
  'member-addition-unconfirmed',
  'member-missing',
  'member-removal-unconfirmed',
  'member-unexpected',
  'push-event-failed',
  'suspended-user-active',
  'user-addition-unconfirmed',
  'user-email-drifted',
  'user-left-behind',
  'user-name-drifted',
  'user-not-adopted',
  'user-not-provisioned',
  'user-push-failed',
  'user-removal-unconfirmed',
]);

/** What is to be settled first, and what may be its consequence. */
export interface RootCause<Found> {
  root: Found;
  consequences: Found[];
}

/** The root cause among the open findings of a night; null where there is none, or nothing that it may explain. */
export function rootCauseOf<Found extends Pick<Finding, 'rule' | 'subject'>>(
  open: readonly Found[],
): RootCause<Found> | null {
  const [root] = ROOTS.flatMap((rule) => open.filter((finding) => finding.rule === rule));
  const consequences = open.filter(({ rule }) => EXPLAINED.has(rule));
  return root === undefined || consequences.length === 0 ? null : { root, consequences };
}

/** `41 findings may be its consequences (29 user-not-provisioned, 11 member-missing, group-missing)`. */
export function consequencesSentence({ consequences }: RootCause<Pick<Finding, 'rule'>>): string {
  const counts = new Map<string, number>();
  for (const { rule } of consequences) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  const byRule = [...counts].sort(([a, many], [b, more]) => more - many || byCodeUnit(a, b));
  const count = consequences.length;
  return `${count} ${count === 1 ? 'finding' : 'findings'} may be its ${count === 1 ? 'consequence' : 'consequences'} (${byRule.map(([rule, of]) => (of === 1 ? rule : `${of} ${rule}`)).join(', ')})`;
}
