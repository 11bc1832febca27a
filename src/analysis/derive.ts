import type { Manifest } from '../domain/manifest.ts';
import { type Database, sqlText } from './database.ts';
import { DERIVED_TABLES } from './derived/index.ts';
import type { NeedFacts } from './needs.ts';

/** Makes the tables that rules stand on from the loaded datasets; again, when these have changed. */
export async function deriveTables(database: Database, manifest: Manifest): Promise<void> {
  await database.run(
    `create or replace table audit_context as select
       ${sqlText(manifest.opti_organization_id)} as opti_organization_id,
       ${sqlText(manifest.began)}::timestamp as began,
       ${manifest.settings.lag_minutes} as lag_minutes`,
  );
  for (const table of DERIVED_TABLES) {
    await database.run(`create or replace table ${table.name} as ${table.sql}`);
  }
}

/** What of the derived tables decides whether a rule's needs are met. */
export async function readNeedFacts(database: Database): Promise<NeedFacts> {
  const [row] = await database.all(
    `select
       exists (select 1 from app_user where is_assigned) as any_app_user_assigned,
       (select count(*) from snapshot.okta_push_scope) as push_scope_rows`,
  );
  return {
    anyAppUserAssigned: row?.any_app_user_assigned === true,
    pushScopeRows: Number(row?.push_scope_rows ?? 0),
  };
}
