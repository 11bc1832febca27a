import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchStoreUsers } from '../../cli/store-users.ts';
import { type Analysis, analyse } from '../../src/analysis/analyse.ts';
import type { Job } from '../../src/domain/rule.ts';
import { orgOf } from '../../src/domain/run.ts';
import { collectOkta } from '../../src/okta/collect-okta.ts';
import { collectStore } from '../../src/opti-id/read-store.ts';
import type { SandboxWorld } from '../../src/sandbox/model.ts';
import { startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { type StoreSandbox, seedStore, startStoreSandbox } from '../../src/sandbox/store.ts';
import { openSnapshot, type Snapshot } from '../../src/snapshot/open-snapshot.ts';
import { createSnapshot } from '../../src/snapshot/write-snapshot.ts';

/** Reads one world after the other over HTTP and SQL, as the product does, and audits what was sealed. */
export interface WorldAuditor {
  /** Serves the world, collects it into a sealed snapshot and analyses that once per job. */
  audit<const Jobs extends readonly Job[]>(
    world: SandboxWorld,
    now: Date,
    jobs: Jobs,
  ): Promise<{ [Position in keyof Jobs]: Analysis }>;
  close(): Promise<void>;
}

/** Starts an auditor. It keeps one embedded store, because starting one takes longer than an audit. */
export async function startWorldAuditor(): Promise<WorldAuditor> {
  const store = await startStoreSandbox({
    organizations: [],
    sso_connections: [],
    users: [],
    groups: [],
    group_members: [],
    product_instances: [],
    roles: [],
    group_instance_roles: [],
    invitations: [],
  });
  return {
    async audit<const Jobs extends readonly Job[]>(world: SandboxWorld, now: Date, jobs: Jobs) {
      const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-sandbox-'));
      try {
        const snapshot = await collectWorld(world, store, now, join(folder, 'snapshot'));
        const analyses: Analysis[] = [];
        for (const job of jobs) analyses.push(await analyse(snapshot, job));
        return analyses as { [Position in keyof Jobs]: Analysis };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    close: () => store.close(),
  };
}

async function collectWorld(
  world: SandboxWorld,
  store: StoreSandbox,
  now: Date,
  folder: string,
): Promise<Snapshot> {
  const tables = await store.query(
    `select table_schema || '.' || table_name as name from information_schema.tables
     where table_schema = 'identity' and table_type = 'BASE TABLE'`,
  );
  await store.query(`truncate ${tables.map((table) => table.name).join(', ')}`);
  await seedStore((sql, values) => store.query(sql, values), world.store);

  const okta = await startOktaSandbox(world.okta);
  try {
    const sink = createSnapshot({ folder, clock: () => now });
    const settings = {
      scim_app: world.settings.scimApp,
      sso_app: world.settings.ssoApp,
      push_groups: world.settings.pushGroups,
      lag_minutes: 60,
      log_days: 7,
    };
    const storeUsers = watchStoreUsers(sink, world.organizationId);
    // The store first: who is looked up in Okta waits for its users.
    await collectStore({
      store: { databaseUrl: store.url, schema: 'opti_id', organizationId: world.organizationId },
      sink: storeUsers.sink,
    });
    await collectOkta({
      okta: {
        orgUrl: okta.url,
        credentials: { mode: 'SSWS', token: okta.token },
        budgetPercent: 100,
      },
      settings,
      sink,
      began: now,
      storeUsers: storeUsers.read,
    });
    await sink.seal({
      tool: { name: 'optiid-audit', version: '0.0.0-test' },
      org: orgOf(okta.url),
      opti_organization_id: world.organizationId,
      settings,
    });
    return await openSnapshot(folder);
  } finally {
    await okta.close();
  }
}
