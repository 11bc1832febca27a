import type { DatasetState, UserLookupRow } from '../domain/dataset.ts';
import { IncompleteRead } from '../domain/errors.ts';
import { foldEmail } from '../domain/names.ts';
import type { OptiUserIdentity } from '../domain/opti-id.ts';
import { type Context, isSettled, skipping } from './collection.ts';
import { OktaReadFailure } from './failures.ts';
import { MOST_NAMED_AT_ONCE } from './filter.ts';
import { findUserById, findUsersByEmail } from './readers/users.ts';
import type { Asking } from './reading.ts';

/** Up to here each e-mail is asked for by itself, so that one that Okta refuses keeps none of the others out. */
const MOST_SINGLE_REQUESTS = 50;

/**
 * The store users that should be in Okta, one after the other, as there may be a million; null where they were not
 * read completely.
 */
export type StoreUsers = Promise<AsyncIterable<OptiUserIdentity> | Iterable<OptiUserIdentity> | null>;

/**
 * Looks up each store user whom none of the users read so far stands for: by id where the store knows one, else,
 * and where Okta does not know that id, by e-mail. Only so are *unassigned*, *deprovisioned* and *never existed*
 * told apart. Whose e-mail nobody has who was read is asked for by it too, though an id says who they are: a colleague
 * whom no listing shows may have it.
 */
export async function collectLookups(
  context: Context,
  storeUsers: StoreUsers | null,
  { appUsers, standIn }: { appUsers: DatasetState; standIn: DatasetState },
): Promise<DatasetState> {
  const name = 'okta.userLookups';
  const { notApplicable, unread } = skipping(context, name);
  if (storeUsers === null) return notApplicable('the store is not read');
  const unsettled = [appUsers, standIn].find((state) => !isSettled(state));
  if (unsettled) return unread(`it is not known who lacks a partner: ${unsettled.reason}`);
  if (appUsers.completeness === 'not_applicable' && standIn.completeness === 'not_applicable') {
    return notApplicable(appUsers.reason);
  }
  const everyone = await storeUsers;
  if (everyone === null) return unread('the store users were not read, so nobody was looked up');
  return context.collect(name, async (reading) => {
    const { users } = context;
    const failures: OktaReadFailure[] = [];
    const fail = (error: unknown): void => {
      if (!(error instanceof OktaReadFailure)) throw error;
      if (failures.length === 0) failures.push(error);
    };
    const byEmail = createEmailQueue(async (wanted) => {
      try {
        for (const row of await lookUpByEmail(context, reading, wanted)) await reading.write(row);
      } catch (error) {
        fail(error);
      }
    });
    for await (const user of everyone) {
      users.heed(user);
      const { opti_user_id, external_id, email } = user;
      if (users.standsFor(user)) {
        if (!users.hasEmail(email)) await byEmail.add({ user, asked_by: null });
        continue;
      }
      if (external_id === null) {
        await byEmail.add({ user, asked_by: 'e-mail' });
        continue;
      }
      try {
        const found = await findUserById(reading, external_id);
        if (found === null) {
          await byEmail.add({ user, asked_by: 'id' });
          continue;
        }
        await users.takeFound(found);
        await reading.write({ opti_user_id, asked_by: 'id', okta_user_id: found.okta_user_id });
        const isTheirs = found.email !== null && foldEmail(found.email) === foldEmail(email);
        if (!isTheirs && !users.hasEmail(email)) await byEmail.add({ user, asked_by: null });
      } catch (error) {
        fail(error);
      }
    }
    await byEmail.end();
    const [first] = failures;
    if (first) {
      throw new IncompleteRead(`some store users could not be looked up in Okta: ${first.message}`, first);
    }
  });
}

interface Wanted {
  user: OptiUserIdentity;
  /** Null for whoever has a partner: of them only who else has the e-mail is asked. */
  asked_by: UserLookupRow['asked_by'] | null;
}

/**
 * Gathers who is to be asked for by e-mail: while they are few, for one at a time at the end, and from then on for
 * many together as they come, so that no more than a few are ever held.
 */
function createEmailQueue(lookUp: (wanted: readonly Wanted[]) => Promise<void>) {
  const waiting: Wanted[] = [];
  let areMany = false;
  return {
    async add(wanted: Wanted): Promise<void> {
      waiting.push(wanted);
      areMany ||= waiting.length > MOST_SINGLE_REQUESTS;
      while (areMany && waiting.length >= MOST_NAMED_AT_ONCE)
        await lookUp(waiting.splice(0, MOST_NAMED_AT_ONCE));
    },
    async end(): Promise<void> {
      while (waiting.length > 0) await lookUp(waiting.splice(0, areMany ? MOST_NAMED_AT_ONCE : 1));
    },
  };
}

async function lookUpByEmail(
  context: Context,
  asking: Asking,
  wanted: readonly Wanted[],
): Promise<UserLookupRow[]> {
  const found = await findUsersByEmail(
    asking,
    wanted.map(({ user }) => user.email),
  );
  for (const user of found) await context.users.takeFound(user);
  return wanted.flatMap(({ user, asked_by }) => {
    if (asked_by === null) return [];
    const email = foldEmail(user.email);
    const ids = found
      .filter((one) => one.email !== null && foldEmail(one.email) === email)
      .map(({ okta_user_id }) => okta_user_id)
      .sort();
    return [{ opti_user_id: user.opti_user_id, asked_by, okta_user_id: ids[0] ?? null }];
  });
}
