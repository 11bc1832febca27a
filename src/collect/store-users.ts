import type { OptiUserRow, SnapshotSink } from '../domain/dataset.ts';
import { type OptiUserIdentity, shouldBeInOkta } from '../domain/opti-id.ts';

/** A sink that watches how the store's users are read, and those of them who should be in Okta. */
export interface StoreUserWatch {
  sink: SnapshotSink;
  read: Promise<AsyncIterable<OptiUserIdentity> | null>;
  /** To be called when the store's side is over, however it ended. */
  giveUp: () => void;
}

/**
 * Says which of the store's users should be in Okta once they are all read: the Okta side looks up those that its own
 * listings do not show. Null once it is certain that they are not all read.
 *
 * @param readBack gives the rows of `optiId.users` that were written; there may be a million, so none is kept here
 */
export function watchStoreUsers(
  sink: SnapshotSink,
  organizationId: string,
  readBack: () => AsyncIterable<OptiUserRow>,
): StoreUserWatch {
  let settle: (read: AsyncIterable<OptiUserIdentity> | null) => void = () => {};
  const read = new Promise<AsyncIterable<OptiUserIdentity> | null>((resolve) => {
    settle = resolve;
  });
  const watching: SnapshotSink = {
    ...sink,
    async collect(name, readRows) {
      const state = await sink.collect(name, readRows);
      if (name === 'optiId.users') {
        // As often as they are asked for.
        const everyone = { [Symbol.asyncIterator]: () => thoseInOkta(readBack(), organizationId) };
        settle(state.completeness === 'complete' ? everyone : null);
      }
      return state;
    },
  };
  return { sink: watching, read, giveUp: () => settle(null) };
}

async function* thoseInOkta(
  rows: AsyncIterable<OptiUserRow>,
  organizationId: string,
): AsyncGenerator<OptiUserIdentity, void, undefined> {
  for await (const user of rows) {
    if (!shouldBeInOkta(user, organizationId)) continue;
    yield { opti_user_id: user.opti_user_id, external_id: user.external_id, email: user.email };
  }
}
