import pLimit from 'p-limit';
import type { Manifest } from '../../domain/manifest.ts';
import { GRANT_COLUMNS, type Memory } from '../../domain/memory.ts';
import type { Job } from '../../domain/rule.ts';
import { tablesBehind } from '../../rules/needs.ts';
import { TABLE_READS } from '../../rules/table-reads.ts';
import type { Database, SqlValue } from '../engine/database.ts';
import { bound, fixed, joined } from '../engine/statement.ts';
import { DERIVED_TABLES } from './index.ts';
import type { DerivedTable, TableMeaning } from './table.ts';

/** What the derived tables stand on besides the datasets. */
export interface DeriveInput {
  job: Job;
  memory: Memory;
}

/** The tables that stand next to the datasets, and that the derived ones read. */
export const INPUT_TABLES: readonly TableMeaning[] = [
  {
    name: 'audit_context',
    means: 'What the snapshot is looked at with; one row.',
    columns: {
      opti_organization_id: 'Id of the organization in the store',
      opti_id_source: '`database` or `scim`: where the Opti ID side was read',
      job: '`precutover` or `drift`',
      began: 'When the collection began',
      lag: 'How long changes may take: AUDIT_LAG_MINUTES',
      log_since: 'Where the window of the System Log begins',
    },
  },
  {
    name: 'remembered_pair',
    means: 'A push mapping and the store group that the last complete run of the org paired it with.',
  },
  {
    name: 'baseline_grant',
    means: 'A role on a product instance that a store group granted in the baseline.',
  },
  {
    name: 'baseline_account',
    means:
      'A role on a product instance that an account of an Okta user had in the baseline, through product groups and groups made by hand; the account is gone now.',
    columns: {
      okta_user_id: 'Okta id of the owner of the account in the baseline',
      opti_user_id: 'Id of the account',
      label: 'Product, instance and role, in words',
    },
  },
];

/** What `readFacts` asks for, whichever rules run. */
const ALWAYS = 'app_user push_mapping in_flight opti_user unplaced_push';

/** Rows of one statement: each value is an object until it is there. */
const ROWS_AT_ONCE = 10_000;

/** The derived tables that queries name, and those that these stand on, in their order. */
export function tablesReadBy(queries: readonly string[]): DerivedTable[] {
  const read = tablesBehind([ALWAYS, ...queries]);
  return DERIVED_TABLES.filter(({ name }) => read.has(name));
}

/** Makes the tables that rules stand on from the loaded datasets; all of them, or those given. */
export async function deriveTables(
  database: Database,
  manifest: Manifest,
  { job, memory }: DeriveInput,
  tables: readonly DerivedTable[] = DERIVED_TABLES,
): Promise<void> {
  await database.run(
    bound`create or replace table audit_context as select
       ${manifest.opti_organization_id} as opti_organization_id,
       ${manifest.opti_id_source} as opti_id_source,
       ${job} as job,
       ${manifest.began}::timestamp as began,
       to_minutes(${manifest.settings.lag_minutes}) as lag,
       ${manifest.began}::timestamp - to_days(${manifest.settings.log_days}::integer) as log_since`,
  );
  await fillTable(
    database,
    'remembered_pair (okta_mapping_id varchar, opti_group_id varchar)',
    Object.entries(memory.groupPairs),
  );
  await fillTable(
    database,
    `baseline_grant (${GRANT_COLUMNS.map((column) => `${column} varchar`).join(', ')})`,
    (memory.baseline?.grants ?? []).map((grant) => GRANT_COLUMNS.map((column) => grant[column])),
  );
  await fillTable(
    database,
    'baseline_account (okta_user_id varchar, opti_user_id varchar, opti_instance_id varchar, opti_role_id varchar, label varchar)',
    (memory.baseline?.accounts ?? []).flatMap(({ okta_user_id, opti_user_id, grants }) =>
      grants.map(({ opti_instance_id, opti_role_id, label = `${opti_instance_id}: ${opti_role_id}` }) => [
        okta_user_id,
        opti_user_id,
        opti_instance_id,
        opti_role_id,
        label,
      ]),
    ),
  );
  await deriveAll(database, tables);
}

/** Makes views of the tables that were not made: whoever asks for one after all waits for it each time. */
export async function deriveViews(database: Database, made: readonly DerivedTable[]): Promise<void> {
  const others = DERIVED_TABLES.filter((table) => !made.includes(table));
  await deriveAll(
    database,
    others.map((table) => ({ ...table, isView: true })),
  );
}

/**
 * Makes tables again after the datasets have changed, as a plan's steps change them. What was in flight when the
 * snapshot was taken stays so, and nothing that a step does comes to be.
 */
export async function deriveAgain(database: Database, tables: readonly DerivedTable[]): Promise<void> {
  await deriveAll(
    database,
    tables.filter(({ name }) => name !== 'in_flight'),
  );
}

/** Makes each table once those that it reads are made. */
async function deriveAll(database: Database, tables: readonly DerivedTable[]): Promise<void> {
  const inLane = pLimit(database.lanes);
  const made = new Map<string, Promise<void>>();
  for (const table of tables) {
    const reads = (TABLE_READS[table.name] ?? '').split(' ').map((name) => made.get(name));
    made.set(
      table.name,
      Promise.all(reads).then(() => inLane(() => derive(database, table))),
    );
  }
  await Promise.all(made.values());
}

async function derive(database: Database, table: DerivedTable): Promise<void> {
  await database.run(`create or replace ${table.isView ? 'view' : 'table'} ${table.name} as ${table.sql}`);
}

/** Makes a table of these rows. */
export async function fillTable(
  database: Database,
  definition: string,
  rows: readonly (readonly (string | null)[])[],
): Promise<void> {
  await database.run(`create or replace table ${definition}`);
  const name = fixed(definition.slice(0, definition.indexOf(' ')));
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    const some = rows.slice(at, at + ROWS_AT_ONCE);
    const columns = (some[0] ?? []).map(
      (_, column) => bound`unnest(${some.map((row) => row[column] ?? null)})`,
    );
    await database.run(bound`insert into ${name} select ${joined(columns, ', ')}`);
  }
}

/** Ids of users and groups, of either side, whose changes are on their way. */
export async function readInFlight(database: Database): Promise<ReadonlySet<SqlValue>> {
  const rows = await database.all('select okta_id, opti_id from in_flight');
  return new Set(
    rows.flatMap(({ okta_id, opti_id }) => [okta_id ?? null, opti_id ?? null]).filter((id) => id !== null),
  );
}
