import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectOtherOrganizations, type ReadSides } from '../../src/collect/other-organizations.ts';
import { watchStoreUsers } from '../../src/collect/store-users.ts';
import { DATASET_NAMES, DATASETS, type SnapshotSink } from '../../src/domain/dataset.ts';
import { type Memory, NO_MEMORY } from '../../src/domain/memory.ts';
import type { Job } from '../../src/domain/rule.ts';
import { orgOf } from '../../src/domain/run.ts';
import { collectOkta } from '../../src/okta/collect-okta.ts';
import { collectStore } from '../../src/opti-id/database/read-store.ts';
import type { SandboxWorld } from '../../src/sandbox/model.ts';
import { startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import type { StoreSandbox } from '../../src/sandbox/store.ts';
import { openSnapshot, type Snapshot } from '../../src/snapshot/open-snapshot.ts';
import { readRows } from '../../src/snapshot/read-rows.ts';
import { createSnapshot, type SnapshotMeta } from '../../src/snapshot/write-snapshot.ts';
import { type JudgedAnalysis, judgeUnsealed } from './analyse.ts';
import { unsealed } from './literal-tables.ts';
import { MemorySink } from './memory-sink.ts';
import { borrowStore } from './one-store.ts';

/** Reads one world after the other over HTTP and SQL, as the product does. */
export interface WorldAuditor {
  /** Serves the world, collects it and judges what was read, with what earlier runs know. Nothing is sealed. */
  judge(world: SandboxWorld, now: Date, job: Job, memory?: Memory): Promise<JudgedAnalysis>;
  /** Lets somebody use the sealed snapshot of a world while it is there. */
  withSnapshot<Result>(
    world: SandboxWorld,
    now: Date,
    use: (snapshot: Snapshot) => Promise<Result>,
  ): Promise<Result>;
  close(): Promise<void>;
}

/** Starts an auditor. */
export async function startWorldAuditor(): Promise<WorldAuditor> {
  const store = await borrowStore();
  return {
    async judge(world, now, job, memory = NO_MEMORY) {
      const sink = new MemorySink();
      const meta = await collectWorld(world, store, now, {
        collect: (name, read) => sink.collect(name, read),
        notApplicable: (name, reason) => sink.notApplicable(name, reason),
        unread: (name, reason) => sink.unread(name, reason),
        downgrade: (name, reason) => sink.downgrade(name, reason),
        rowsOf: (name) => sink.readBack(name),
        stateOf: (name) => sink.states.get(name) ?? null,
      });
      const untold = DATASET_NAMES.filter((name) => !sink.states.has(name));
      if (untold.length > 0) throw new Error(`Nobody said what became of ${untold.join(', ')}.`);
      const read = unsealed(meta, now, (name) => sink.rows(name), sink.states);
      return judgeUnsealed(read, { job, memory });
    },
    async withSnapshot(world, now, use) {
      const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-sandbox-'));
      try {
        const writer = createSnapshot({ folder, clock: () => now });
        const rowsOf: ReadSides['rowsOf'] = (name) => readRows(join(folder, DATASETS[name].file));
        await writer.seal(await collectWorld(world, store, now, { ...writer, rowsOf }));
        return await use(await openSnapshot(folder));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    close: () => store.close(),
  };
}

/** What a complete run on this world leaves to those after it. */
export function memoryOf({ okta, store }: SandboxWorld): Memory {
  const groups = new Map(store.groups.map((group) => [group.id, group.name]));
  const instances = new Map(store.product_instances.map((instance) => [instance.id, instance]));
  const roles = new Map(store.roles.map((role) => [role.id, role.name]));
  const grantsOf = (userId: string) => {
    const pushed = new Set(
      store.groups.flatMap(({ id, group_type }) => (group_type === 'internal' ? [id] : [])),
    );
    const held = new Set(
      store.group_members.flatMap(({ user_id, group_id }) =>
        user_id === userId && !pushed.has(group_id) ? [group_id] : [],
      ),
    );
    return store.group_instance_roles
      .filter(({ group_id }) => held.has(group_id))
      .map(({ instance_id, role_id }) => ({
        opti_instance_id: instance_id,
        opti_role_id: role_id,
        label: `${instances.get(instance_id)?.product} / ${instances.get(instance_id)?.nickname}: ${roles.get(role_id)}`,
      }));
  };
  return {
    groupPairs: Object.fromEntries(
      okta.apps.flatMap((app) =>
        app.pushMappings.flatMap(({ id, storeGroupId }) =>
          storeGroupId === undefined ? [] : [[id, storeGroupId]],
        ),
      ),
    ),
    baseline: {
      run: 'the night before',
      grants: store.group_instance_roles.map((row) => ({
        opti_group_id: row.group_id,
        group_name: groups.get(row.group_id) ?? '',
        product: instances.get(row.instance_id)?.product ?? '',
        opti_instance_id: row.instance_id,
        instance: instances.get(row.instance_id)?.nickname ?? '',
        opti_role_id: row.role_id,
        role: roles.get(row.role_id) ?? '',
      })),
      accounts: store.users.flatMap(({ id, external_id, status }) =>
        external_id === null || status === 'deleted'
          ? []
          : [{ okta_user_id: external_id, opti_user_id: id, grants: grantsOf(id) }],
      ),
    },
  };
}

/** Reads both sides into the sink, and says what is to be sealed with it. */
async function collectWorld(
  world: SandboxWorld,
  store: StoreSandbox,
  now: Date,
  { rowsOf, stateOf, ...sink }: SnapshotSink & ReadSides,
): Promise<SnapshotMeta> {
  await store.fill(world.store);

  const okta = await startOktaSandbox(world.okta);
  try {
    const settings = {
      scim_app: world.settings.scimApp,
      sso_app: world.settings.ssoApp,
      push_groups: world.settings.pushGroups,
      lag_minutes: 60,
      log_days: 7,
    };
    const storeUsers = watchStoreUsers(sink, world.organizationId, () => rowsOf('optiId.users'));
    const asked = { databaseUrl: store.url, schema: 'opti_id', organizationId: world.organizationId };
    // The store first: who is looked up in Okta waits for its users.
    await collectStore({ store: asked, sink: storeUsers.sink });
    const { role } = await collectOkta({
      okta: {
        orgUrl: okta.url,
        credentials: { mode: 'SSWS', token: okta.token },
        budgetPercent: 100,
      },
      settings,
      sink,
      began: now,
      storeUsers: storeUsers.read,
      membersRead: () => rowsOf('okta.groupMembers'),
    });
    await collectOtherOrganizations(sink, asked, { rowsOf, stateOf });
    return {
      tool: { name: 'optiid-audit', version: '0.0.0-test' },
      org: orgOf(okta.url),
      opti_organization_id: world.organizationId,
      settings,
      proofs: { clock_ahead_seconds: 0, role },
    };
  } finally {
    await okta.close();
  }
}
