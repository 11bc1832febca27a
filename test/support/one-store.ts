import type { SandboxStore } from '../../src/sandbox/model.ts';
import { type StoreSandbox, sandboxDdl, seedStore, startStoreSandbox } from '../../src/sandbox/store.ts';

/** Stores of this process. One is enough unless a test needs two at a time. */
const stores: { store: StoreSandbox; isLent: boolean }[] = [];

/** A store without a row. */
export const EMPTY: SandboxStore = {
  organizations: [],
  sso_connections: [],
  users: [],
  groups: [],
  group_members: [],
  product_instances: [],
  roles: [],
  group_instance_roles: [],
  invitations: [],
};

/** Throws away whatever the tests before have made in a store. */
async function empty(store: StoreSandbox): Promise<void> {
  const schemas = await store.query(
    `select quote_ident(nspname) as name from pg_namespace where nspname !~ '^(pg_|information_schema)'`,
  );
  for (const { name } of schemas) await store.query(`drop schema ${name} cascade`);
  await store.query('create schema public');
  await store.query('reset all');
}

/**
 * An embedded store of the sandbox with these rows. To start one takes as long as two audits, so it is kept for the next
 * test of this process that asks; `close` gives it back.
 */
export async function borrowStore(rows: SandboxStore = EMPTY): Promise<StoreSandbox> {
  let kept = stores.find(({ isLent }) => !isLent);
  if (kept === undefined) {
    kept = { store: await startStoreSandbox(EMPTY), isLent: true };
    stores.push(kept);
  }
  kept.isLent = true;
  const { store } = kept;
  await empty(store);
  for (const statement of sandboxDdl('opti_id')) await store.query(statement);
  await seedStore(store.query, rows);
  await store.query('analyze');
  return {
    ...store,
    close: async () => {
      kept.isLent = false;
    },
  };
}
