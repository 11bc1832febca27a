import type { OktaUserRow } from '../../domain/dataset.ts';
import { OktaReadFailure } from '../failures.ts';
import { type Asking, pathSegment, type Reading, readOne, readPages } from '../reading.ts';
import { type OktaUser, userSchema } from '../schemas.ts';

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
  /** Fetches a user that a listing names but does not show; says what went wrong, or null. */
  lookUp(asking: Asking, oktaUserId: string): Promise<OktaReadFailure | null>;
  /** Users that were needed and could not be fetched. */
  readonly failures: readonly OktaReadFailure[];
}

export function createUserIntake(write: (row: OktaUserRow) => Promise<void>): UserIntake {
  const taken = new Set<string>();
  const failures: OktaReadFailure[] = [];
  const take = async (user: OktaUser): Promise<void> => {
    if (taken.has(user.id)) return;
    taken.add(user.id);
    await write(toUserRow(user));
  };
  return {
    has: (oktaUserId) => taken.has(oktaUserId),
    take,
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
