import type { DatasetRow, SnapshotSink } from '../src/domain/dataset.ts';
import { type OptiUserIdentity, shouldBeInOkta } from '../src/domain/opti-id.ts';

/** A sink that watches what is written, and what it saw. */
export interface StoreUserWatch {
  sink: SnapshotSink;
  read: Promise<readonly OptiUserIdentity[] | null>;
  /** To be called when the store's side is over, however it ended. */
  giveUp: () => void;
}

/**
 * Takes from the store's users who should be in Okta, as they are written: the Okta side looks up those that its
 * own listings do not show. Null once it is certain that they are not all read.
 */
export function watchStoreUsers(sink: SnapshotSink, organizationId: string): StoreUserWatch {
  const users: OptiUserIdentity[] = [];
  let settle: (read: readonly OptiUserIdentity[] | null) => void = () => {};
  const read = new Promise<readonly OptiUserIdentity[] | null>((resolve) => {
    settle = resolve;
  });
  const watching: SnapshotSink = {
    ...sink,
    async collect(name, readRows) {
      if (name !== 'optiId.users') return sink.collect(name, readRows);
      const state = await sink.collect(name, (writer) =>
        readRows({
          ...writer,
          write: async (row) => {
            await writer.write(row);
            // The name says which dataset it is; the compiler cannot follow.
            const user = row as DatasetRow<'optiId.users'>;
            if (!shouldBeInOkta(user, organizationId)) return;
            users.push({
              opti_user_id: user.opti_user_id,
              external_id: user.external_id,
              email: user.email,
            });
          },
        }),
      );
      settle(state.completeness === 'complete' ? users : null);
      return state;
    },
  };
  return { sink: watching, read, giveUp: () => settle(null) };
}
