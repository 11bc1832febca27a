import type { OktaUserRow } from '../../domain/dataset.ts';
import { foldEmail } from '../../domain/names.ts';
import type { OptiUserIdentity } from '../../domain/opti-id.ts';
import { OktaReadFailure } from '../failures.ts';
import { equals } from '../filter.ts';
import { type ValueWatch, watchValues } from '../known-values.ts';
import { type Asking, pathSegment, type Reading, readOne, readPages } from '../reading.ts';
import { type OktaUser, userSchema } from '../schemas.ts';
import { TextSet } from '../text-set.ts';

function toUserRow(user: OktaUser): OktaUserRow {
  return {
    okta_user_id: user.id,
    status: user.status,
    login: user.profile.login,
    email: user.profile.email,
    first_name: user.profile.firstName,
    last_name: user.profile.lastName,
    created: user.created,
    last_updated: user.lastUpdated,
    status_changed: user.statusChanged,
  };
}

/** Takes each user once, whichever listing shows it first. */
export interface UserIntake {
  has(oktaUserId: string): boolean;
  take(user: OktaUser): Promise<void>;
  /** Takes a user whom no listing shows and who was asked for by name: he stands for nobody but who asked. */
  takeFound(user: OktaUser): Promise<void>;
  /** Takes what an assignment says of who somebody is in the target app. */
  takeAssignment(externalId: string | null, userName: string | null): void;
  /** True when a user or an assignment taken so far is this store user's partner. */
  standsFor(user: OptiUserIdentity): boolean;
  /** Fetches a user that a listing names but does not show; says what went wrong, or null. */
  lookUp(asking: Asking, oktaUserId: string): Promise<OktaReadFailure | null>;
  /** Users that were needed and could not be fetched. */
  readonly failures: readonly OktaReadFailure[];
  /** The statuses of all who were taken. */
  readonly statuses: ValueWatch;
}

export function createUserIntake(writeRow: (row: OktaUserRow) => Promise<void>): UserIntake {
  const statuses = watchValues('user status');
  const write = (row: OktaUserRow): Promise<void> => {
    statuses.see(row.status);
    return writeRow(row);
  };
  // A million people and more: sets of the language would take most of the memory of a run.
  const taken = new TextSet();
  const found = new TextSet();
  const externalIds = new TextSet();
  const emails = new TextSet();
  const failures: OktaReadFailure[] = [];
  const take = async (user: OktaUser): Promise<void> => {
    if (!taken.add(user.id)) return;
    if (user.profile.email !== null) emails.add(foldEmail(user.profile.email));
    await write(toUserRow(user));
  };
  return {
    has: (oktaUserId) => taken.has(oktaUserId),
    take,
    takeFound: async (user) => {
      if (!taken.has(user.id) && found.add(user.id)) await write(toUserRow(user));
    },
    takeAssignment: (externalId, userName) => {
      if (externalId !== null) externalIds.add(externalId);
      if (userName !== null) emails.add(foldEmail(userName));
    },
    standsFor: ({ opti_user_id, external_id, email }) =>
      externalIds.has(opti_user_id) ||
      (external_id !== null && taken.has(external_id)) ||
      (external_id === null && emails.has(foldEmail(email))),
    lookUp: async (asking, oktaUserId) => {
      try {
        await take(await readOne(asking, `/api/v1/users/${pathSegment(oktaUserId)}`, userSchema));
        return null;
      } catch (error) {
        if (!(error instanceof OktaReadFailure)) throw error;
        failures.push(error);
        return error;
      }
    },
    failures,
    statuses,
  };
}

/** Suspended people by status: a listing of an app shows only those that are assigned to it. */
export async function readSuspendedUsers(reading: Reading<OktaUserRow>, users: UserIntake): Promise<void> {
  const listing = { path: '/api/v1/users', query: { filter: 'status eq "SUSPENDED"' }, limit: 200 };
  for await (const page of readPages(reading, listing, userSchema)) {
    for (const user of page) {
      // A server may ignore the filter.
      if (user.status !== 'SUSPENDED') continue;
      await users.take(user);
      await reading.write(toUserRow(user));
    }
  }
}

/** A user by id whatever the status, or null where Okta knows no such user. */
export async function findUserById(asking: Asking, oktaUserId: string): Promise<OktaUser | null> {
  try {
    const user = await readOne(asking, `/api/v1/users/${pathSegment(oktaUserId)}`, userSchema);
    // Okta takes a login for an id; whoever answers to it is somebody else.
    return user.id === oktaUserId ? user : null;
  } catch (error) {
    if (error instanceof OktaReadFailure && error.kind === 'not-found') return null;
    throw error;
  }
}

/** Users with one of these primary e-mails, deprovisioned ones included. */
export function findUsersByEmail(asking: Asking, emails: readonly string[]): Promise<OktaUser[]> {
  const wanted = new Set(emails.map(foldEmail));
  const clauses = emails.map((email) => equals('profile.email', email.trim()));
  return findUsers(
    asking,
    clauses,
    ({ profile }) => profile.email !== null && wanted.has(foldEmail(profile.email)),
  );
}

/** Users by id whatever their status; those whom Okta does not know are missing. */
export function findUsersByIds(asking: Asking, ids: readonly string[]): Promise<OktaUser[]> {
  const wanted = new Set(ids);
  return findUsers(
    asking,
    ids.map((id) => equals('id', id)),
    ({ id }) => wanted.has(id),
  );
}

/** Users of whom one of the clauses is true; `isWanted` says the same, because a server may ignore the filter. */
async function findUsers(
  asking: Asking,
  clauses: readonly string[],
  isWanted: (user: OktaUser) => boolean,
): Promise<OktaUser[]> {
  const listing = { path: '/api/v1/users', query: { filter: clauses.join(' or ') }, limit: 200 };
  const found: OktaUser[] = [];
  for await (const page of readPages(asking, listing, userSchema)) found.push(...page.filter(isWanted));
  return found;
}
