import type { OktaUserRow } from '../../domain/dataset.ts';
import { foldEmail } from '../../domain/names.ts';
import { isActiveInOkta } from '../../domain/okta.ts';
import type { OptiUserIdentity } from '../../domain/opti-id.ts';
import { OktaReadFailure } from '../failures.ts';
import { equals, MOST_NAMED_AT_ONCE } from '../filter.ts';
import { watchValues } from '../known-values.ts';
import { type Asking, type Reading, readOne, readPages, unlessGone } from '../reading.ts';
import { createSample, MOST_ASKED } from '../sample.ts';
import { TextSet } from '../text-set.ts';

/** More than these do not go missing one by one: then the credentials do not see everybody. */
const MOST_UNKNOWN = 50;

function tooManyUnknown(): OktaReadFailure {
  return new OktaReadFailure({
    kind: 'forbidden',
    reason: `Okta does not show more than ${MOST_UNKNOWN} users whom a listing names`,
  });
}

/** Takes each user once, whichever listing shows it first. */
export type UserIntake = ReturnType<typeof createUserIntake>;

export function createUserIntake(writeRow: (row: OktaUserRow) => Promise<void>) {
  const statuses = watchValues({ status: 'user status' });
  const write = (row: OktaUserRow): Promise<void> => {
    statuses.see(row);
    return writeRow(row);
  };
  // A million people and more: sets of the language would take most of the memory of a run.
  const taken = new TextSet();
  const found = new TextSet();
  const externalIds = new TextSet();
  const emails = new TextSet();
  const failures: OktaReadFailure[] = [];
  const unknown: string[] = [];
  const listed = new TextSet();
  const inactive = new TextSet();
  const unlisted = createSample(MOST_ASKED);
  /** By e-mail those whom the SCIM app may not list. Active members of groups are known by their memberships. */
  const unlistedByEmail = new Map<string, string>();
  let isListingOver = false;
  const take = async (user: OktaUserRow): Promise<void> => {
    const { okta_user_id, status, email } = user;
    if (!taken.add(okta_user_id)) return;
    const isActive = isActiveInOkta(status);
    if (!isActive) inactive.add(okta_user_id);
    if (email !== null) {
      emails.add(foldEmail(email));
      // Whoever is deprovisioned is assigned to nothing.
      const mayBeMissed = status !== 'DEPROVISIONED' && !listed.has(okta_user_id);
      if (mayBeMissed && (isListingOver || !isActive)) unlistedByEmail.set(foldEmail(email), okta_user_id);
    }
    await write(user);
  };
  const offer = (oktaUserId: string | null | undefined): void => {
    if (oktaUserId && !listed.has(oktaUserId)) unlisted.offer(oktaUserId);
  };
  return {
    has: (oktaUserId: string): boolean => taken.has(oktaUserId),
    take,
    /** Takes a user whom no listing shows and who was asked for by name, and who matches only that store user. */
    takeFound: async (user: OktaUserRow): Promise<void> => {
      if (user.status !== 'DEPROVISIONED') offer(user.okta_user_id);
      if (!taken.has(user.okta_user_id) && found.add(user.okta_user_id)) await write(user);
    },
    /** Takes what an assignment says of who somebody is in the target app. */
    takeAssignment: (externalId: string | null, userName: string | null): void => {
      if (externalId !== null) externalIds.add(externalId);
      if (userName !== null) emails.add(foldEmail(userName));
    },
    /** Takes whom the listing of the SCIM app shows, assigned or not. */
    takeListed: (oktaUserId: string): void => void listed.add(oktaUserId),
    /** Says that the SCIM app has listed all of its users. */
    endListing: (): void => {
      isListingOver = true;
    },
    isListed: (oktaUserId: string): boolean => listed.has(oktaUserId),
    listedCount: (): number => listed.size,
    /** True for a user who was taken and is active in Okta. */
    isActive: (oktaUserId: string): boolean => taken.has(oktaUserId) && !inactive.has(oktaUserId),
    /** Some of those who matter and whom the SCIM app does not list. */
    unlisted,
    /** Takes note of the Okta users that a store user points to. */
    heed: ({ external_id, email }: OptiUserIdentity): void => {
      if (external_id !== null && taken.has(external_id)) offer(external_id);
      offer(unlistedByEmail.get(foldEmail(email)));
    },
    /** True when a user or an assignment taken so far has the e-mail. */
    hasEmail: (email: string): boolean => emails.has(foldEmail(email)),
    /** True when a user or an assignment taken so far is this store user's partner. */
    standsFor: ({ opti_user_id, external_id, email }: OptiUserIdentity): boolean =>
      externalIds.has(opti_user_id) ||
      (external_id !== null && taken.has(external_id)) ||
      (external_id === null && emails.has(foldEmail(email))),
    /**
     * Fetches users whom a listing names and does not show, many at a time; says what went wrong. One who is not
     * among them is asked for by id: Okta may not know them any more.
     */
    lookUp: async (asking: Asking, ids: readonly string[]): Promise<OktaReadFailure[]> => {
      const before = failures.length;
      try {
        for (const user of await findUsersByIds(asking, ids)) await take(user);
        for (const id of ids.filter((one) => !taken.has(one))) {
          if (unknown.length === MOST_UNKNOWN) throw tooManyUnknown();
          const user = await findUserById(asking, id);
          if (user === null) unknown.push(id);
          else await take(user);
        }
      } catch (error) {
        if (!(error instanceof OktaReadFailure)) throw error;
        failures.push(error);
      }
      return failures.slice(before);
    },
    /** Users whom a listing names and Okta does not know. */
    unknown: unknown as readonly string[],
    /** Users that were needed and could not be fetched. */
    failures: failures as readonly OktaReadFailure[],
    /** The statuses of all who were taken. */
    statuses,
  };
}

/** Suspended people by status: a listing of an app shows only those that are assigned to it. */
export async function readSuspendedUsers(reading: Reading<OktaUserRow>, users: UserIntake): Promise<void> {
  const query = { filter: equals('status', 'SUSPENDED') };
  for await (const page of readPages(reading, 'users', {}, { query })) {
    for (const user of page) {
      // A server may ignore the filter.
      if (user.status !== 'SUSPENDED') continue;
      await users.take(user);
      await reading.write(user);
    }
  }
}

/** A user by id whatever the status, or null where Okta knows no such user. */
export async function findUserById(asking: Asking, oktaUserId: string): Promise<OktaUserRow | null> {
  const user = await unlessGone(readOne(asking, 'user', { user: oktaUserId }));
  // Okta takes a login for an id; whoever answers to it is somebody else.
  return user?.okta_user_id === oktaUserId ? user : null;
}

/**
 * Users with one of these primary e-mails, deprovisioned ones included. Asked twice: Okta's filter tells capitals apart,
 * and its search, which does not, lags behind what was changed.
 */
export async function findUsersByEmail(asking: Asking, emails: readonly string[]): Promise<OktaUserRow[]> {
  const wanted = new Set(emails.map(foldEmail));
  const isWanted = ({ email }: OktaUserRow): boolean => email !== null && wanted.has(foldEmail(email));
  const texts = emails.map((email) => email.trim());
  const among = (some: readonly string[]): string =>
    [...new Set(some)].map((one) => equals('profile.email', one)).join(' or ');
  const filter = among(texts.flatMap((text) => [text, text.toLowerCase()]));
  const found = await findUsers(asking, { filter }, isWanted);
  // What the filter shows is of today.
  const shown = new Set(found.map(({ okta_user_id }) => okta_user_id));
  const searched = await findUsers(asking, { search: among(texts) }, isWanted);
  return [...found, ...searched.filter(({ okta_user_id }) => !shown.has(okta_user_id))];
}

/** Users by id whatever their status; those whom Okta does not know are missing. */
export async function findUsersByIds(asking: Asking, ids: readonly string[]): Promise<OktaUserRow[]> {
  const found: OktaUserRow[] = [];
  for (let at = 0; at < ids.length; at += MOST_NAMED_AT_ONCE) {
    const some = new Set(ids.slice(at, at + MOST_NAMED_AT_ONCE));
    const filter = [...some].map((id) => equals('id', id)).join(' or ');
    found.push(...(await findUsers(asking, { filter }, ({ okta_user_id }) => some.has(okta_user_id))));
  }
  return found;
}

/** Users for whom the query asks; `isWanted` says the same, because a server may ignore it. */
async function findUsers(
  asking: Asking,
  query: Readonly<Record<string, string>>,
  isWanted: (user: OktaUserRow) => boolean,
): Promise<OktaUserRow[]> {
  const found: OktaUserRow[] = [];
  for await (const page of readPages(asking, 'users', {}, { query })) found.push(...page.filter(isWanted));
  return found;
}
