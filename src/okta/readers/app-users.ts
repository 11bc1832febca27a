import type { AppUserRow } from '../../domain/dataset.ts';
import { IncompleteRead } from '../../domain/errors.ts';
import type { OktaReadFailure } from '../failures.ts';
import { watchValues } from '../known-values.ts';
import { type Reading, readPages } from '../reading.ts';
import type { UserIntake } from './users.ts';

/** The users assigned to an app, and with them the Okta users. */
export async function readAppUsers(
  reading: Reading<AppUserRow>,
  appId: string,
  users: UserIntake,
  onAppUser: (row: AppUserRow) => void,
): Promise<void> {
  const failures: OktaReadFailure[] = [];
  const watch = watchValues({ status: 'app user status', sync_state: 'synchronization state' });
  for await (const page of readPages(reading, 'app-users', { app: appId })) {
    const unshown = new Set<string>();
    for (const { row, user } of page) {
      watch.see(row);
      onAppUser(row);
      await reading.write(row);
      if (user) await users.take(user);
      else if (!users.has(row.okta_user_id)) unshown.add(row.okta_user_id);
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
  watch.check();
}
