import pLimit from 'p-limit';
import type { DatasetState, OktaGroupMemberRow, PushScopeRow } from '../domain/dataset.ts';
import { IncompleteRead } from '../domain/errors.ts';
import { isBuiltInEveryone } from '../domain/okta.ts';
import { takeUnshownMembers, unchangedGroups, writeEarlierMembers } from './carry-over.ts';
import { type Context, type Read, requireWhole, skipping } from './collection.ts';
import { countMembers, type GroupToRead, readGroupMembers } from './readers/groups.ts';
import type { Asking, Reading } from './reading.ts';
import type { CountedGroup } from './schemas.ts';

/** Groups whose members are read at once; the governor bounds the requests. */
const GROUPS_SIDE_BY_SIDE = 8;

const NO_GROUPS: ReadonlySet<string> = new Set();

/** What a read failed with, or null. Anything but an incomplete read is a bug or the end, and thrown. */
async function failureOf(read: Promise<void>): Promise<IncompleteRead | null> {
  try {
    await read;
    return null;
  } catch (error) {
    if (error instanceof IncompleteRead) return error;
    throw error;
  }
}

/** Ids of the groups in the push scope whose members matter: Okta's own Everyone is judged by its name alone. */
export function withMembers(scope: readonly PushScopeRow[], groups: Read<CountedGroup>): string[] {
  const everyone = new Set(groups.rows.filter(isBuiltInEveryone).map((group) => group.okta_group_id));
  return scope.map(({ okta_group_id }) => okta_group_id).filter((id) => !everyone.has(id));
}

/**
 * The members of each group in the push scope, carried over where nothing moved since the earlier collection. One group
 * that fails does not keep the others from being read. `shown` settles when the other listings of users are over.
 */
export async function collectMembers(
  context: Context,
  scopeRead: Promise<Read<PushScopeRow>>,
  groupsRead: Promise<Read<CountedGroup>>,
  shown: Promise<unknown>,
): Promise<DatasetState> {
  const name = 'okta.groupMembers';
  const [scope, groups] = await Promise.all([scopeRead, groupsRead]);
  const { completeness, reason } = scope.state;
  if (completeness === 'not_applicable') return skipping(context, name).notApplicable(reason);
  if (completeness !== 'complete') return skipping(context, name).unread(reason);
  const listed = new Map(groups.rows.map((group) => [group.okta_group_id, group.user_count]));
  // Of one that is missing from all groups Okta said that it does not exist.
  const ids = withMembers(scope.rows, groups).filter(
    (id) => listed.has(id) || groups.state.completeness !== 'complete',
  );
  return context.collect(name, async (reading) => {
    const counts = await countAgain(context, reading, new Map(ids.map((id) => [id, listed.get(id) ?? null])));
    const wanted = [...counts].map(([okta_group_id, userCount]) => ({ okta_group_id, userCount }));
    const unchanged =
      context.earlier === null ? NO_GROUPS : await unchangedGroups(context.earlier, wanted, groups.rows);
    const limit = pLimit(GROUPS_SIDE_BY_SIDE);
    const readAll = (ids: readonly GroupToRead[]): Promise<(IncompleteRead | null)[]> =>
      Promise.all(
        ids.map((group) => limit(() => failureOf(readGroupMembers(reading, group, context.users)))),
      );
    const [changed, carried] = await Promise.all([
      readAll(wanted.filter(({ okta_group_id }) => !unchanged.has(okta_group_id))),
      carryMembers(context, reading, unchanged, shown),
    ]);
    const doubtful = await readAll(
      wanted.filter(({ okta_group_id: id }) => unchanged.has(id) && !carried.has(id)),
    );
    const uncounted = groups.rows.flatMap(({ okta_group_id: id, has_unusable_count }) =>
      has_unusable_count === true && counts.get(id) === null ? [unusableCount(id)] : [],
    );
    const failures = [...changed, ...doubtful, ...uncounted].filter((failure) => failure !== null);
    const [first] = failures;
    if (first) {
      throw new IncompleteRead(
        `the members of ${failures.length} of ${wanted.length} groups were not read completely: ${first.message}`,
        first,
      );
    }
    requireWhole(context);
  });
}

function unusableCount(id: string): IncompleteRead {
  return new IncompleteRead(
    `Okta counts the members of group ${id} in a way that cannot be used, so their end is not proved`,
  );
}

/** Asks once more for the counts that the listing of groups lacks, and says where there is none even so. */
async function countAgain(
  { warn }: Context,
  asking: Asking,
  counts: Map<string, number | null>,
): Promise<ReadonlyMap<string, number | null>> {
  const lacking = (): string[] => [...counts].flatMap(([id, count]) => (count === null ? [id] : []));
  try {
    for (const [id, count] of await countMembers(asking, lacking()))
      if (counts.has(id)) counts.set(id, count);
  } catch (error) {
    if (!(error instanceof IncompleteRead)) throw error;
  }
  const still = lacking().length;
  if (still > 0) {
    warn(
      `Okta does not count the members of ${still} of ${counts.size} groups: that all of them are listed is not checked there.`,
    );
  }
  return counts;
}

/** Carries over the members of groups in which nothing moved; returns those groups. */
async function carryMembers(
  context: Context,
  reading: Reading<OktaGroupMemberRow>,
  unchanged: ReadonlySet<string>,
  shown: Promise<unknown>,
): Promise<ReadonlySet<string>> {
  const { earlier, users, warn } = context;
  if (earlier === null || unchanged.size === 0) return NO_GROUPS;
  await shown;
  let doubtful: ReadonlySet<string>;
  try {
    doubtful = await takeUnshownMembers(earlier, unchanged, reading, users);
  } catch (error) {
    if (!(error instanceof IncompleteRead)) throw error;
    warn(`All members are read, because those of unchanged groups could not be looked up: ${error.message}`);
    return NO_GROUPS;
  }
  const groups = new Set([...unchanged].filter((id) => !doubtful.has(id)));
  const memberships = await writeEarlierMembers(earlier, groups, reading.write);
  if (groups.size > 0) context.carried = { groups: [...groups].sort(), memberships };
  return groups;
}
