import { describe, expect, it } from 'vitest';
import { watchStoreUsers } from '../../src/collect/store-users.ts';
import type { OptiUserRow, SnapshotSink } from '../../src/domain/dataset.ts';
import { IncompleteRead } from '../../src/domain/errors.ts';
import { MemorySink } from '../support/memory-sink.ts';

function storeUser(id: string, patch: Partial<OptiUserRow> = {}): OptiUserRow {
  return {
    opti_user_id: id,
    home_organization_id: 'org',
    external_id: null,
    email: `${id}@acme.test`,
    first_name: null,
    last_name: null,
    status: 'active',
    local_login: false,
    last_login_at: null,
    created_at: null,
    modified_at: null,
    ...patch,
  };
}

function watch() {
  const sink = new MemorySink();
  const plain: SnapshotSink = {
    collect: (name, read) => sink.collect(name, read),
    notApplicable: (name, reason) => sink.notApplicable(name, reason),
    unread: (name, reason) => sink.unread(name, reason),
    downgrade: (name, reason) => sink.downgrade(name, reason),
  };
  const watching = watchStoreUsers(plain, 'org', async function* () {
    yield* sink.rows('optiId.users');
  });
  const write = (...rows: OptiUserRow[]) =>
    watching.sink.collect('optiId.users', async (writer) => {
      for (const row of rows) await writer.write(row);
      if (rows.length === 0) throw new IncompleteRead('the store is gone');
    });
  return { ...watching, written: sink, write };
}

async function all<T>(items: AsyncIterable<T> | null): Promise<T[] | null> {
  if (items === null) return null;
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('the store users that should be in Okta', () => {
  it('are read back from what was written, without those who need no partner', async () => {
    const { write, read, written } = watch();
    await write(
      storeUser('ada', { external_id: '00u1' }),
      storeUser('gone', { status: 'deleted' }),
      storeUser('partner', { home_organization_id: 'other' }),
      storeUser('grace'),
    );
    expect(await all(await read)).toEqual([
      { opti_user_id: 'ada', external_id: '00u1', email: 'ada@acme.test' },
      { opti_user_id: 'grace', external_id: null, email: 'grace@acme.test' },
    ]);
    expect(written.rows('optiId.users')).toHaveLength(4);
  });

  it('are not known where they were not read to their end, or not at all', async () => {
    const broken = watch();
    await broken.write();
    expect(await broken.read).toBeNull();

    const { sink, read, giveUp } = watch();
    await sink.collect('optiId.groups', async () => {});
    giveUp();
    expect(await read).toBeNull();
  });
});
