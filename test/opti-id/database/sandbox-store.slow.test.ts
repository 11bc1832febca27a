import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/opti-id/database/connection.ts';
import { collectStore } from '../../../src/opti-id/database/read-store.ts';
import { startStoreSandbox } from '../../../src/sandbox/store.ts';
import { MemorySink } from '../../support/memory-sink.ts';
import { borrowStore, EMPTY } from '../../support/one-store.ts';
import { ACME, aUser, twoOrganizations } from '../support/stores.ts';

// To boot a store takes seconds on a busy machine.
describe('the embedded store of the sandbox', { timeout: 180_000 }, () => {
  it('serves its rows, again and again, under the schema it was given', async () => {
    const sandbox = await startStoreSandbox(twoOrganizations(), { schema: 'Opti "ID"' });
    const store = { databaseUrl: sandbox.url, schema: 'Opti "ID"', organizationId: ACME };
    for (let round = 0; round < 3; round++) {
      const sink = new MemorySink();
      await collectStore({ store, sink });
      expect(sink.rows('optiId.users')).toHaveLength(3);
    }
    await sandbox.query('delete from identity.person where person_id = $1', ['u1']);
    const sink = new MemorySink();
    await collectStore({ store, sink });
    expect(sink.rows('optiId.users')).toHaveLength(2);
    await sandbox.close();
  });

  it('lets the next reader in when one went away in the middle', async () => {
    const sandbox = await borrowStore(twoOrganizations());
    const first = await openStore(sandbox.url);
    const stream = first.stream('select * from opti_id.users');
    await stream.next();
    const second = openStore(sandbox.url);
    await first.close();
    const connection = await second;
    expect(await connection.query('select count(*)::int as n from opti_id.users')).toEqual([{ n: 4 }]);
    await connection.close();
    await sandbox.close();
  });

  it('closes while a reader is in the middle, and the port is free again', async () => {
    const sandbox = await startStoreSandbox(EMPTY);
    const connection = await openStore(sandbox.url);
    const port = Number(new URL(sandbox.url).port);
    await sandbox.close();
    await connection.close();
    const next = await startStoreSandbox(EMPTY, { port });
    expect(new URL(next.url).port).toBe(String(port));
    await next.close();
  });

  it('fills more users than fit into one statement', async () => {
    const sandbox = await borrowStore({
      ...EMPTY,
      users: Array.from({ length: 25_000 }, (_, i) => aUser(`u${i}`)),
    });
    expect(await sandbox.query('select count(distinct id)::int as n from opti_id.users')).toEqual([
      { n: 25_000 },
    ]);
    await sandbox.close();
  });
});
