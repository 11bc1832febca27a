import type {
  AppGroupRow,
  GroupPushMappingRow,
  OktaGroupMemberRow,
  OktaGroupRow,
} from '../../domain/dataset.ts';
import { IncompleteRead } from '../../domain/errors.ts';
import { OktaReadFailure } from '../failures.ts';
import { equals, MOST_NAMED_AT_ONCE } from '../filter.ts';
import { watchValues } from '../known-values.ts';
import { type Asking, type Reading, readOne, readPages } from '../reading.ts';
import type { CountedGroup } from '../schemas.ts';
import { TextSet } from '../text-set.ts';
import type { UserIntake } from './users.ts';

/** The groups assigned to an app. */
export async function readAppGroups(reading: Reading<AppGroupRow>, appId: string): Promise<void> {
  for await (const page of readPages(reading, 'app-groups', { app: appId })) {
    for (const row of page) await reading.write(row);
  }
}

/** Which groups are pushed to the app, and to which of its groups. */
export async function readGroupPushMappings(
  reading: Reading<GroupPushMappingRow>,
  appId: string,
): Promise<void> {
  const watch = watchValues({ status: 'push mapping status' });
  for await (const page of readPages(reading, 'push-mappings', { app: appId })) {
    for (const row of page) {
      watch.see(row);
      await reading.write(row);
    }
  }
  watch.check();
}

/** How many members Okta counts in these groups at this moment; those of which it does not say are missing. */
export async function countMembers(
  asking: Asking,
  groupIds: readonly string[],
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let at = 0; at < groupIds.length; at += MOST_NAMED_AT_ONCE) {
    const some = groupIds.slice(at, at + MOST_NAMED_AT_ONCE);
    const query = { filter: some.map((id) => equals('id', id)).join(' or ') };
    for await (const page of readPages(asking, 'groups', {}, { query })) {
      for (const { okta_group_id: id, user_count } of page)
        if (user_count !== null) counts.set(id, user_count);
    }
    // It does not say it of any, then: the others are not worth the calls.
    if (!some.some((id) => counts.has(id))) break;
  }
  return counts;
}

/** Groups that other rows name: those that are or would be pushed, and the app's groups they are pushed to. */
export interface NamedGroups {
  sources: ReadonlySet<string>;
  targets: ReadonlySet<string>;
  /** Groups of mappings of other apps: where Okta does not show one, nothing is said. */
  others: ReadonlySet<string>;
}

/**
 * All groups, and by id those that are named elsewhere and that the listing omits: while a group is linked,
 * Okta keeps its counterpart out of the listing. Of one that does not exist it says so, which is worth a warning; one
 * that cannot be read makes the read incomplete.
 */
export async function readGroups(
  reading: Reading<OktaGroupRow>,
  named: Promise<NamedGroups>,
  onGroup: (group: CountedGroup) => void,
  warn: (text: string) => void,
): Promise<void> {
  const listed = new Set<string>();
  const watch = watchValues({ type: 'group type' });
  const take = async (group: CountedGroup): Promise<void> => {
    listed.add(group.okta_group_id);
    watch.see(group);
    onGroup(group);
    const { user_count: _count, has_unusable_count: _unusable, ...row } = group;
    await reading.write(row);
  };
  for await (const page of readPages(reading, 'groups', {})) {
    for (const group of page) await take(group);
  }
  const { sources, targets, others } = await named;
  const unlisted = [...new Set([...sources, ...targets, ...others])].filter((id) => !listed.has(id)).sort();
  const unseen: string[] = [];
  const leftOut: string[] = [];
  await Promise.all(
    unlisted.map(async (id) => {
      try {
        const group = await readOne(reading, 'group', { group: id });
        await take(group);
        if (group.type === 'OKTA_GROUP' || group.type === 'BUILT_IN') leftOut.push(group.name);
      } catch (error) {
        if (!(error instanceof OktaReadFailure)) throw error;
        if (error.kind === 'not-found') {
          if (sources.has(id)) warn(`The group ${id}, which is pushed or assigned, does not exist in Okta.`);
          else if (targets.has(id)) warn(`A push mapping's target group ${id} is not shown by Okta.`);
        } else {
          unseen.push(`group ${id}: ${error.message}`);
        }
      }
    }),
  );
  if (unseen.length > 0) {
    const first = unseen.sort()[0];
    const more = unseen.length > 1 ? ` (and ${unseen.length - 1} more)` : '';
    throw new IncompleteRead(`a group that the audit needs could not be read: ${first}${more}`);
  }
  if (leftOut.length > 0) {
    // Okta keeps linked app groups out of its listing, and no others.
    throw new IncompleteRead(
      `the listing of groups leaves out ${leftOut.length} that Okta shows by id: ${leftOut.sort().slice(0, 5).join(', ')}`,
    );
  }
  watch.check();
}

/** A group whose members are wanted. */
export interface GroupToRead {
  okta_group_id: string;
  /** How many members Okta counts in it (`expand=stats`); null where it does not say. */
  userCount: number | null;
}

/**
 * The members of one group, and with them the Okta users. A listing that ends before the group's own count is
 * reached is read once more from its beginning; if it then still falls short of what Okta counts, it was not
 * read completely, whatever its links say.
 */
export async function readGroupMembers(
  reading: Reading<OktaGroupMemberRow>,
  { okta_group_id, userCount }: GroupToRead,
  users: UserIntake,
): Promise<void> {
  const members = new TextSet();
  const readAll = async (isFresh: boolean): Promise<void> => {
    for await (const page of readPages(reading, 'group-members', { group: okta_group_id }, { isFresh })) {
      for (const user of page) {
        if (!members.add(user.okta_user_id)) continue;
        await users.take(user);
        await reading.write({ okta_group_id, okta_user_id: user.okta_user_id });
      }
    }
  };
  await readAll(false);
  if (userCount === null || members.size >= userCount) return;
  // People may have left since the groups were listed.
  const counted = (await countMembers(reading, [okta_group_id])).get(okta_group_id) ?? userCount;
  if (members.size >= counted) return;
  await readAll(true);
  if (members.size < counted) {
    throw new IncompleteRead(
      `group ${okta_group_id} lists ${members.size} members and counts ${counted}, so their end is not proved`,
    );
  }
}
