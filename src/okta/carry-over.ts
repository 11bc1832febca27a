import type { OktaGroupMemberRow, OktaGroupRow, PushScopeRow } from '../domain/dataset.ts';
import type { CarriedOver } from '../domain/manifest.ts';
import { MOST_NAMED_AT_ONCE } from './filter.ts';
import type { GroupToRead } from './readers/groups.ts';
import { findUsersByIds, type UserIntake } from './readers/users.ts';
import type { Asking, Reading } from './reading.ts';
import type { CountedGroup } from './schemas.ts';

/** What an earlier snapshot of the same org holds, all of it read completely. */
export interface EarlierCollection {
  began: Date;
  pushScope: () => AsyncIterable<PushScopeRow>;
  groups: () => AsyncIterable<OktaGroupRow>;
  members: () => AsyncIterable<OktaGroupMemberRow>;
}

/** What was carried over of it. */
export type Carried = Pick<CarriedOver, 'groups' | 'memberships'>;

/**
 * A change this shortly before the earlier collection may have been missed by its listing of members and yet be in
 * the group's time: that has whole seconds, Okta's indexes lag, and its clock is not ours.
 */
const UNSETTLED_MS = 5 * 60 * 1000;

/**
 * Groups whose members the earlier snapshot holds and Okta has not changed since: their `lastMembershipUpdated` is the
 * same, and as many rows are held as Okta counts.
 */
export async function unchangedGroups(
  earlier: EarlierCollection,
  wanted: readonly GroupToRead[],
  groups: readonly CountedGroup[],
): Promise<Set<string>> {
  const now = new Map(groups.map((group) => [group.okta_group_id, group.last_membership_updated]));
  const candidates = new Map(wanted.map((group) => [group.okta_group_id, group]));
  const settledBefore = new Date(earlier.began.getTime() - UNSETTLED_MS).toISOString();
  const isHeld = new Set<string>();
  for await (const { okta_group_id } of earlier.pushScope()) isHeld.add(okta_group_id);
  const rows = new Map<string, number>();
  for await (const { okta_group_id: id, last_membership_updated: moved } of earlier.groups()) {
    if (!candidates.has(id) || !isHeld.has(id)) continue;
    if (moved !== null && moved === now.get(id) && moved < settledBefore) rows.set(id, 0);
  }
  for await (const { okta_group_id: id } of earlier.members()) {
    const seen = rows.get(id);
    if (seen !== undefined) rows.set(id, seen + 1);
  }
  const unchanged = [...rows].filter(([id, held]) => {
    const counted = candidates.get(id)?.userCount ?? null;
    return counted === null || counted === held;
  });
  return new Set(unchanged.map(([id]) => id));
}

/**
 * Takes the members of the groups as Okta has them today, of whom no listing shows anything: that their group is the
 * same does not say that they are. Returns the groups that have to be read after all: those of people whom Okta does
 * not know any more, or all where too many would have to be looked up. Throws where it cannot be read.
 */
export async function takeUnshownMembers(
  earlier: EarlierCollection,
  groups: ReadonlySet<string>,
  asking: Asking,
  users: UserIntake,
): Promise<ReadonlySet<string>> {
  const unshown = new Set<string>();
  for await (const { okta_group_id, okta_user_id } of earlier.members()) {
    if (groups.has(okta_group_id) && !users.has(okta_user_id)) unshown.add(okta_user_id);
    // Listing the members takes fewer requests, and shows the same.
    if (unshown.size > groups.size * MOST_NAMED_AT_ONCE) return groups;
  }
  const ids = [...unshown];
  for (const user of await findUsersByIds(asking, ids)) await users.take(user);
  const doubtful = new Set<string>();
  if (ids.every((id) => users.has(id))) return doubtful;
  for await (const { okta_group_id, okta_user_id } of earlier.members()) {
    if (groups.has(okta_group_id) && !users.has(okta_user_id)) doubtful.add(okta_group_id);
  }
  return doubtful;
}

/** Writes the earlier rows of the groups; returns how many. */
export async function writeEarlierMembers(
  earlier: EarlierCollection,
  groups: ReadonlySet<string>,
  write: Reading<OktaGroupMemberRow>['write'],
): Promise<number> {
  let rows = 0;
  for await (const row of earlier.members()) {
    if (!groups.has(row.okta_group_id)) continue;
    await write(row);
    rows += 1;
  }
  return rows;
}
