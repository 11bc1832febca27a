import type { OktaGroupMemberRow } from '../../domain/dataset.ts';
import { IncompleteRead } from '../../domain/errors.ts';
import { type Reading, readPages } from '../reading.ts';
import { TextSet } from '../text-set.ts';
import { countMembers } from './groups.ts';
import type { UserIntake } from './users.ts';

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
  const counted = (await countMembers(reading, okta_group_id)) ?? userCount;
  if (members.size >= counted) return;
  await readAll(true);
  if (members.size < counted) {
    throw new IncompleteRead(
      `group ${okta_group_id} lists ${members.size} members and counts ${counted}, so their end is not proved`,
    );
  }
}
