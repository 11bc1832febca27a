import type { AppUserRow } from '../../domain/dataset.ts';
import { IncompleteRead } from '../../domain/errors.ts';
import type { OktaReadFailure } from '../failures.ts';
import { watchValues } from '../known-values.ts';
import { pathSegment, type Reading, readPages } from '../reading.ts';
import { appUserSchema } from '../schemas.ts';
import type { UserIntake } from './users.ts';

/** The users assigned to an app, and with them the Okta users. */
export async function readAppUsers(
  reading: Reading<AppUserRow>,
  appId: string,
  users: UserIntake,
  onAppUser: (row: AppUserRow) => void,
): Promise<void> {
  const listing = {
    path: `/api/v1/apps/${pathSegment(appId)}/users`,
    query: { expand: 'user' },
    limit: 500,
  };
  const failures: OktaReadFailure[] = [];
  const statuses = watchValues('app user status');
  const syncStates = watchValues('synchronization state');
  for await (const page of readPages(reading, listing, appUserSchema)) {
    const unshown = new Set<string>();
    for (const appUser of page) {
      const row: AppUserRow = {
        okta_user_id: appUser.id,
        external_id: appUser.externalId,
        status: appUser.status,
        sync_state: appUser.syncState,
        scope: appUser.scope,
        user_name: appUser.credentials?.userName ?? null,
        created: appUser.created,
        last_updated: appUser.lastUpdated,
        status_changed: appUser.statusChanged,
        last_sync: appUser.lastSync,
      };
      statuses.see(row.status);
      syncStates.see(row.sync_state);
      onAppUser(row);
      await reading.write(row);
      if (appUser._embedded?.user) await users.take(appUser._embedded.user);
      else if (!users.has(appUser.id)) unshown.add(appUser.id);
    }
    const lookUps = await Promise.all([...unshown].map((userId) => users.lookUp(reading, userId)));
    failures.push(...lookUps.filter((failure) => failure !== null));
  }
  if (failures.length > 0) {
    throw new IncompleteRead(
      `${failures.length} of the app's users could not be looked up: ${failures[0]?.message}`,
      failures[0],
    );
  }
  statuses.check();
  syncStates.check();
}
