import { setFlagsFromString } from 'node:v8';
import type { SandboxStore } from './model.ts';

/** Runs one statement with values (`$1`), on whatever PostgreSQL holds the sandbox's store. */
export type RunStatement = (sql: string, values?: unknown[]) => Promise<unknown>;

/** Where the sandbox keeps its own tables. Nothing outside of the sandbox reads them. */
const TABLES = 'identity';

// The real tables look nothing like the views: names differ, types are kept short, codes are upper case. The
// views map them, as those of a real store would.
const TABLES_DDL = `
create schema ${TABLES};
create table ${TABLES}.organization (org_id varchar(80), display_name varchar, mode varchar(10));
create table ${TABLES}.sso (sso_id varchar(80), org_id varchar(80), label varchar, kind varchar(10), scim boolean, domain_list varchar[]);
create table ${TABLES}.person (
  person_id varchar(80), org_id varchar(80), home_org_id varchar(80), scim_external_id varchar(80), mail varchar,
  given_name varchar, family_name varchar, state varchar(20), local boolean,
  last_seen timestamptz, created timestamptz, modified timestamptz);
create table ${TABLES}.user_group (
  group_id varchar(80), org_id varchar(80), title varchar, description text, kind varchar(20), users bigint,
  created timestamptz, modified timestamptz);
create table ${TABLES}.membership (group_id varchar(80), person_id varchar(80));
create table ${TABLES}.instance (instance_id varchar(80), org_id varchar(80), product varchar, nickname varchar);
create table ${TABLES}.role (role_id varchar(80), product varchar, title varchar, kind varchar(20));
create table ${TABLES}.permission (group_id varchar(80), instance_id varchar(80), role_id varchar(80));
create table ${TABLES}.invitation (invitation_id varchar(80), org_id varchar(80), mail varchar, state varchar(20), created timestamptz);
create table ${TABLES}.team (team_id varchar(80), org_id varchar(80), title varchar, instance_id varchar(80));
create index on ${TABLES}.user_group (org_id);
create index on ${TABLES}.membership (group_id);
`;

function viewsDdl(schema: string): string {
  return `
create schema ${schema};
create view ${schema}.organizations as
  select org_id::text as id, display_name::text as name, lower(mode) as provisioning_mode from ${TABLES}.organization;
create view ${schema}.sso_connections as
  select sso_id::text as id, org_id::text as organization_id, label::text as name, lower(kind) as protocol,
    scim as scim_enabled, domain_list::text[] as domains from ${TABLES}.sso;
create view ${schema}.users as
  select person_id::text as id, org_id::text as organization_id, home_org_id::text as home_organization_id,
    scim_external_id::text as external_id, mail::text as email, given_name::text as first_name,
    family_name::text as last_name, lower(state) as status, local as local_login, last_seen as last_login_at,
    created as created_at, modified as modified_at from ${TABLES}.person;
create view ${schema}.groups as
  select group_id::text as id, org_id::text as organization_id, title::text as name, description,
    lower(kind) as group_type, users::integer as user_count, created as created_at, modified as modified_at
  from ${TABLES}.user_group;
create view ${schema}.group_members as
  select group_id::text as group_id, person_id::text as user_id from ${TABLES}.membership;
create view ${schema}.product_instances as
  select instance_id::text as id, org_id::text as organization_id, product::text as product,
    nickname::text as nickname from ${TABLES}.instance;
create view ${schema}.roles as
  select role_id::text as id, product::text as product, title::text as name, lower(kind) as kind from ${TABLES}.role;
create view ${schema}.group_instance_roles as
  select group_id::text as group_id, instance_id::text as instance_id, role_id::text as role_id from ${TABLES}.permission;
create view ${schema}.invitations as
  select invitation_id::text as id, org_id::text as organization_id, mail::text as email, lower(state) as status,
    created as created_at from ${TABLES}.invitation;
create view ${schema}.teams as
  select team_id::text as id, org_id::text as organization_id, title::text as name, instance_id::text as instance_id
  from ${TABLES}.team;
`;
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Statements, to be run one by one, that make the sandbox's tables and the contract's views over them. */
export function sandboxDdl(schema: string): string[] {
  return `${TABLES_DDL}${viewsDdl(quoteName(schema))}`
    .split(';\n')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

interface Seed {
  table: string;
  /** Target list over `r`, in the table's column order. */
  select: string;
  /** Columns of the JSON rows, as the contract names them. */
  columns: string;
}

const SEEDS: { readonly [View in keyof SandboxStore]-?: Seed } = {
  organizations: {
    table: 'organization',
    select: 'r.id, r.name, upper(r.provisioning_mode)',
    columns: 'id text, name text, provisioning_mode text',
  },
  sso_connections: {
    table: 'sso',
    select: 'r.id, r.organization_id, r.name, upper(r.protocol), r.scim_enabled, r.domains',
    columns: 'id text, organization_id text, name text, protocol text, scim_enabled boolean, domains text[]',
  },
  users: {
    table: 'person',
    select:
      'r.id, r.organization_id, r.home_organization_id, r.external_id, r.email, r.first_name, r.last_name, upper(r.status), r.local_login, r.last_login_at, r.created_at, r.modified_at',
    columns:
      'id text, organization_id text, home_organization_id text, external_id text, email text, first_name text, last_name text, status text, local_login boolean, last_login_at timestamptz, created_at timestamptz, modified_at timestamptz',
  },
  groups: {
    table: 'user_group',
    select:
      'r.id, r.organization_id, r.name, r.description, upper(r.group_type), r.user_count, r.created_at, r.modified_at',
    columns:
      'id text, organization_id text, name text, description text, group_type text, user_count integer, created_at timestamptz, modified_at timestamptz',
  },
  group_members: {
    table: 'membership',
    select: 'r.group_id, r.user_id',
    columns: 'group_id text, user_id text',
  },
  product_instances: {
    table: 'instance',
    select: 'r.id, r.organization_id, r.product, r.nickname',
    columns: 'id text, organization_id text, product text, nickname text',
  },
  roles: {
    table: 'role',
    select: 'r.id, r.product, r.name, upper(r.kind)',
    columns: 'id text, product text, name text, kind text',
  },
  group_instance_roles: {
    table: 'permission',
    select: 'r.group_id, r.instance_id, r.role_id',
    columns: 'group_id text, instance_id text, role_id text',
  },
  invitations: {
    table: 'invitation',
    select: 'r.id, r.organization_id, r.email, upper(r.status), r.created_at',
    columns: 'id text, organization_id text, email text, status text, created_at timestamptz',
  },
  teams: {
    table: 'team',
    select: 'r.id, r.organization_id, r.name, r.instance_id',
    columns: 'id text, organization_id text, name text, instance_id text',
  },
};

/** Rows per statement: large enough to be quick, small enough that the JSON of one stays a few megabytes. */
const SEED_ROWS = 10_000;

/** Fills the sandbox's tables, after {@link sandboxDdl}. */
export async function seedStore(run: RunStatement, store: SandboxStore): Promise<void> {
  for (const [view, seed] of Object.entries(SEEDS) as [keyof SandboxStore, Seed][]) {
    const rows = store[view] ?? [];
    for (let at = 0; at < rows.length; at += SEED_ROWS) {
      await run(
        `insert into ${TABLES}.${seed.table} select ${seed.select} from json_to_recordset($1::json) as r(${seed.columns})`,
        [JSON.stringify(rows.slice(at, at + SEED_ROWS))],
      );
    }
  }
}

/** Empties the sandbox's tables and fills them again. */
export async function refillStore(run: RunStatement, store: SandboxStore): Promise<void> {
  const tables = Object.values(SEEDS).map(({ table }) => `${TABLES}.${table}`);
  await run(`truncate ${tables.join(', ')}`);
  await seedStore(run, store);
}

/** An embedded Opti ID store that listens on loopback. */
export interface StoreSandbox {
  /** For `OPTIID_DATABASE_URL`. */
  url: string;
  /** Runs a statement inside of the store, once no client is in the middle of a transaction. */
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Throws its rows away and takes those of another store. */
  fill(store: SandboxStore): Promise<void>;
  close(): Promise<void>;
}

/** How long {@link StoreSandbox.query} waits for a client to end its transaction. */
const QUERY_PATIENCE_MS = 10_000;

/**
 * Starts an embedded Opti ID store in memory and fills it. It has one session that all connections share, takes
 * no encrypted connections and any password.
 *
 * @param options.port port on 127.0.0.1; a free one when left out
 * @param options.schema schema of the contract's views, `opti_id` when left out
 * @param options.hasTeams false for a store without the optional view of teams
 */
export async function startStoreSandbox(
  store: SandboxStore,
  {
    port = 0,
    schema = 'opti_id',
    hasTeams = true,
  }: { port?: number; schema?: string; hasTeams?: boolean } = {},
): Promise<StoreSandbox> {
  const [{ PGlite }, { PGLiteSocketServer }] = await Promise.all([
    import('@electric-sql/pglite'),
    import('@electric-sql/pglite-socket'),
  ]);
  // initdb runs each of PostgreSQL's functions a few times: to optimize them takes longer than it saves.
  const setTiers = (are: '' | 'no-') => {
    for (const flag of ['wasm-tier-up', 'wasm-dynamic-tiering']) setFlagsFromString(`--${are}${flag}`);
  };
  setTiers('no-');
  const db = await PGlite.create().finally(() => setTiers(''));
  // More than the one that it can serve at a time: the others wait, where a refusal would look like a broken store.
  const server = new PGLiteSocketServer({ db, port, host: '127.0.0.1', maxConnections: 16 });
  try {
    await db.exec(sandboxDdl(schema).join(';\n'));
    if (!hasTeams) await db.exec(`drop view ${quoteName(schema)}.teams`);
    await seedStore((sql, values) => db.query(sql, values), store);
    await db.exec('analyze');
    await server.start();
  } catch (error) {
    await db.close();
    throw error;
  }
  async function query(sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    // All connections share one session: a statement sent now would run in the client's transaction.
    for (let waited = 0; db.isInTransaction(); waited += 10) {
      if (waited >= QUERY_PATIENCE_MS) throw new Error('A client keeps its transaction on the sandbox open.');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return (await db.query<Record<string, unknown>>(sql, values)).rows;
  }
  return {
    url: `postgresql://postgres:sandbox@${server.getServerConn()}/postgres`,
    query,
    fill: (rows) => refillStore(query, rows),
    async close() {
      await server.stop();
      await db.close();
    },
  };
}
