import type { StoreSettings } from '../../config/config.ts';
import { AuditError } from '../../domain/errors.ts';
import {
  NEEDED_VIEWS,
  quoteName,
  STORE_VIEWS,
  type StoreType,
  type StoreView,
  selectFrom,
  storeDdl,
  storeGrants,
} from '../store-contract.ts';
import { openStore, type StoreConnection, type StoreTimeouts } from './connection.ts';
import { driverError, explainQueryFailure } from './store-failure.ts';
import { findWritePrivileges, type WritePrivilege } from './write-privileges.ts';

/** One way in which the store differs from the contract. */
export interface ContractProblem {
  /** `schema`, `schema.view` or `schema.view.column`. */
  subject: string;
  expected: string;
  found: string;
  /** The view concerned, or null for the schema itself. */
  view: string | null;
  /** A grant fixes it; the views are as they should be. */
  denied: boolean;
}

/** A problem in words. */
export function describeProblem({ subject, expected, found }: ContractProblem): string {
  return `${subject}: expected ${expected}, found ${found}`;
}

/** Views that are missing, wrong or denied: all of them at once. */
export class StoreContractError extends AuditError {
  override name = 'StoreContractError';
  readonly problems: readonly ContractProblem[];

  constructor(problems: readonly ContractProblem[], hint: string) {
    const lines = problems.map(describeProblem);
    super(
      lines.length === 1
        ? `The Opti ID store differs from the contract: ${lines[0]}.`
        : `The Opti ID store differs from the contract in ${lines.length} places:\n${lines.map((l) => `  - ${l}`).join('\n')}`,
      { hint },
    );
    this.problems = problems;
  }
}

export interface StoreOrganization {
  id: string;
  name: string | null;
}

/** What `doctor` tells about a store. */
export interface StoreExamination {
  /** Host, port and database. */
  shown: string;
  serverVersion: string;
  /** False where the server is too old; then nothing else was looked at. */
  isSupported: boolean;
  /** The role that reads. */
  role: string;
  problems: readonly ContractProblem[];
  /** Optional views that the store does not have. */
  absent: ReadonlySet<string>;
  /** How to fix the problems; empty when there are none. */
  hint: string;
  /** `OPTIID_ORGANIZATION`, or null when the store does not know it or could not be asked. */
  organization: StoreOrganization | null;
  /** Up to five organizations of the store, those first that the id may have meant. */
  organizations: readonly StoreOrganization[];
  /** How the role could write; empty where it can only read, or why that is not known. */
  writes: readonly WritePrivilege[] | { unknown: string };
}

const TEXT_TYPES = ['text', 'varchar', 'bpchar', 'citext'];

const ACCEPTED: Readonly<Record<StoreType, readonly string[]>> = {
  text: TEXT_TYPES,
  boolean: ['bool'],
  integer: ['int2', 'int4', 'int8'],
  // Without a time zone a time is ambiguous by up to a day, and the order of two changes with it.
  timestamptz: ['timestamptz'],
  'text[]': TEXT_TYPES.map((name) => `${name}[]`),
};

const OLDEST_SERVER = 130000;

interface FoundColumn {
  /** Base type of the column, domains resolved; `[]` after the name of an array's element type. */
  base: string;
  /** As PostgreSQL writes it. */
  shown: string;
  readable: boolean;
}

interface FoundView {
  /** What it is, for relations that cannot be selected from. */
  unfit: string | undefined;
  columns: Map<string, FoundColumn>;
}

const UNFIT: Readonly<Record<string, string>> = {
  i: 'an index',
  I: 'an index',
  S: 'a sequence',
  c: 'a composite type',
  t: 'a TOAST table',
};

// pg_catalog, not information_schema: the latter hides what is not granted, and *denied* is not *missing*.
const SCHEMA_SQL = `
  select n.oid::text as oid, pg_catalog.has_schema_privilege(n.oid, 'USAGE') as usable
  from pg_catalog.pg_namespace n where n.nspname = ?`;

const RELATIONS_SQL = `
  select c.relname::text as view, c.relkind::text as kind
  from pg_catalog.pg_class c where c.relnamespace = ?::oid and c.relname = any(?)`;

const COLUMNS_SQL = `
  with recursive base as (
    select a.attrelid, a.attnum, a.atttypid as type from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    where c.relnamespace = ?::oid and c.relname = any(?) and a.attnum > 0 and not a.attisdropped
    union all
    select b.attrelid, b.attnum, t.typbasetype from base b
    join pg_catalog.pg_type t on t.oid = b.type where t.typtype = 'd'
  ), element as (
    select e.oid as array_type, e.typelem as type from pg_catalog.pg_type e where e.typelem <> 0 and e.typcategory = 'A'
    union all
    select x.array_type, t.typbasetype from element x join pg_catalog.pg_type t on t.oid = x.type where t.typtype = 'd'
  )
  select c.relname::text as view, a.attname::text as name,
    pg_catalog.format_type(a.atttypid, a.atttypmod) as shown,
    case when t.typcategory = 'A' then et.typname || '[]' else t.typname::text end as base,
    pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') as readable
  from base b
  join pg_catalog.pg_type t on t.oid = b.type and t.typtype <> 'd'
  join pg_catalog.pg_class c on c.oid = b.attrelid
  join pg_catalog.pg_attribute a on a.attrelid = b.attrelid and a.attnum = b.attnum
  left join lateral (
    select ebt.typname::text from element x
    join pg_catalog.pg_type ebt on ebt.oid = x.type and ebt.typtype <> 'd' where x.array_type = t.oid
  ) et on true
  order by c.relname, a.attnum`;

const OTHER_SCHEMAS_SQL = `
  select n.nspname::text as schema, pg_catalog.count(*)::int as views
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relname = any(?) and c.relkind in ('r', 'v', 'm', 'f', 'p')
    and n.nspname <> ? and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  group by n.nspname having pg_catalog.count(*) >= 5 order by pg_catalog.count(*) desc, n.nspname limit 3`;

async function findViews(connection: StoreConnection, namespace: string): Promise<Map<string, FoundView>> {
  const views = new Map<string, FoundView>();
  const names = STORE_VIEWS.map(({ name }) => name);
  for (const row of await connection.query(RELATIONS_SQL, [namespace, names])) {
    views.set(String(row.view), { unfit: UNFIT[String(row.kind)], columns: new Map() });
  }
  for (const row of await connection.query(COLUMNS_SQL, [namespace, names])) {
    views.get(String(row.view))?.columns.set(String(row.name), {
      base: String(row.base),
      shown: String(row.shown),
      readable: row.readable === true,
    });
  }
  return views;
}

function compareView(
  schema: string,
  role: string,
  view: StoreView,
  found: FoundView | undefined,
): ContractProblem[] {
  const subject = `${schema}.${view.name}`;
  const problem = (of: string, expected: string, what: string, denied = false): ContractProblem => {
    return { subject: of, expected, found: what, view: view.name, denied };
  };
  if (found === undefined) return [problem(subject, 'a view or table', 'none')];
  if (found.unfit !== undefined) return [problem(subject, 'a view or table', found.unfit)];

  const problems: ContractProblem[] = [];
  const [present, denied]: [string[], string[]] = [[], []];
  for (const { column, type } of view.columns) {
    const actual = found.columns.get(column);
    if (actual === undefined) {
      const twin = [...found.columns.keys()].find((name) => name.toLowerCase() === column);
      const what = twin === undefined ? 'no such column' : `"${twin}" (case matters)`;
      problems.push(problem(`${subject}.${column}`, type, what));
      continue;
    }
    present.push(column);
    if (!actual.readable) denied.push(column);
    if (!ACCEPTED[type].includes(actual.base)) {
      problems.push(problem(`${subject}.${column}`, type, actual.shown));
    }
  }
  const grant = `SELECT granted to ${role}`;
  if (denied.length > 0 && denied.length === present.length) {
    problems.push(problem(subject, grant, 'no privilege', true));
  } else {
    problems.push(...denied.map((name) => problem(`${subject}.${name}`, grant, 'no privilege', true)));
  }
  return problems;
}

/**
 * Plans each view's query without reading a row. The catalogue cannot show what a view does inside: a function
 * or table that its owner may not use, or row level security that would hide rows.
 */
async function probeViews(
  connection: StoreConnection,
  schema: string,
  present: readonly StoreView[],
): Promise<ContractProblem[]> {
  const problems: ContractProblem[] = [];
  for (const view of present) {
    await connection.query('savepoint probe');
    try {
      await connection.query(`${selectFrom(schema, view)} limit 0`, view.scope === 'all' ? [] : ['']);
    } catch (error) {
      const { code, message } = driverError(error);
      problems.push({
        subject: `${schema}.${view.name}`,
        expected: 'a view that can be read',
        found: `${message} (${code})`,
        view: view.name,
        denied: code === '42501',
      });
    }
    await connection.query('rollback to savepoint probe');
  }
  return problems;
}

const NOT_COMPARED: Pick<StoreExamination, 'problems' | 'absent'> = { problems: [], absent: new Set() };

async function findProblems(
  connection: StoreConnection,
  schema: string,
  role: string,
): Promise<Pick<StoreExamination, 'problems' | 'absent'>> {
  const [namespace] = await connection.query(SCHEMA_SQL, [schema]);
  const ofSchema = { subject: schema, view: null };
  if (namespace === undefined) {
    return {
      ...NOT_COMPARED,
      problems: [{ ...ofSchema, expected: 'a schema', found: 'none', denied: false }],
    };
  }
  const problems: ContractProblem[] = [];
  if (namespace.usable !== true) {
    problems.push({ ...ofSchema, expected: `USAGE granted to ${role}`, found: 'no privilege', denied: true });
  }
  const views = await findViews(connection, String(namespace.oid));
  const [absent, present] = [new Set<string>(), [] as StoreView[]];
  for (const view of STORE_VIEWS) {
    if (view.isOptional && !views.has(view.name)) absent.add(view.name);
    else present.push(view);
  }
  for (const view of present) problems.push(...compareView(schema, role, view, views.get(view.name)));
  return { absent, problems: problems.length > 0 ? problems : await probeViews(connection, schema, present) };
}

/** Statements for the owner of the store, to be filled in and run, that fix these problems. */
export function fixOf(problems: readonly ContractProblem[], schema: string, role: string): string {
  const viewsOf = (isDenied: boolean) => {
    const those = problems.filter(({ denied }) => denied === isDenied).map(({ view }) => view);
    const named = those.filter((view) => view !== null);
    return those.includes(null) ? [...new Set([...NEEDED_VIEWS, ...named])] : named;
  };
  const [shapeless, denied] = [viewsOf(false), viewsOf(true)];
  const parts: string[] = [];
  if (shapeless.length > 0) {
    parts.push(
      `The owner of the store maps its tables by views like these (t.… and your_… stand for the real names):\n\n${storeDdl(schema, shapeless)}`,
    );
  }
  if (denied.length > 0) {
    parts.push(
      `The owner of the schema grants what is missing:\n\n${storeGrants(schema, role, denied)}\n\nWhere a table behind a view is named, the owner of the view needs the grant. Where row level security is named, the view must belong to a role that it does not restrict: hidden rows look like rows that are gone.`,
    );
  }
  return parts.join('\n\n');
}

async function hintFor(
  connection: StoreConnection,
  schema: string,
  role: string,
  problems: readonly ContractProblem[],
): Promise<string> {
  const isMissing = problems.some(({ denied, found }) => !denied && found === 'none');
  const others = isMissing ? await connection.query(OTHER_SCHEMAS_SQL, [NEEDED_VIEWS, schema]) : [];
  return [
    ...others.map(
      ({ schema: name, views }) =>
        `Schema "${name}" holds ${views} of the ${NEEDED_VIEWS.length}: is OPTIID_SCHEMA=${name} meant?`,
    ),
    fixOf(problems, schema, role),
  ].join('\n\n');
}

/** What to do about a server that is too old. */
export const SUPPORTED_SERVERS = 'PostgreSQL 13 or newer is needed.';

/** Compares an open store with the contract; looks at nothing more where it would prove nothing. */
async function examineContract(
  connection: StoreConnection,
  store: StoreSettings,
): Promise<Omit<StoreExamination, 'writes'>> {
  const [server] = await connection.query(
    `select pg_catalog.current_setting('server_version_num')::int as number, pg_catalog.current_setting('server_version') as version,
            current_user::text as role`,
  );
  const role = String(server?.role);
  const isSupported = Number(server?.number) >= OLDEST_SERVER;
  const { problems, absent } = isSupported
    ? await findProblems(connection, store.schema, role)
    : NOT_COMPARED;
  return {
    shown: connection.shown,
    serverVersion: String(server?.version),
    isSupported,
    role,
    problems,
    absent,
    hint: problems.length === 0 ? '' : await hintFor(connection, store.schema, role, problems),
    ...(isSupported && problems.length === 0
      ? await findOrganizations(connection, store)
      : { organization: null, organizations: [] }),
  };
}

async function findOrganizations(
  connection: StoreConnection,
  { schema, organizationId }: StoreSettings,
): Promise<{ organization: StoreOrganization | null; organizations: StoreOrganization[] }> {
  const prefix = quoteName(schema).replaceAll('?', '\\?');
  const list = (clauses: string, values: readonly unknown[]) =>
    connection.query(
      `select id::text as id, name::text as name from ${prefix}.organizations ${clauses} limit 5`,
      values,
    ) as Promise<unknown> as Promise<StoreOrganization[]>;
  const [organization = null] = await list('where id::text = ?', [organizationId]);
  if (organization !== null) return { organization, organizations: [organization] };
  // Often the name is given for the id, or the id in other letters.
  const plain = (text: string) => `pg_catalog.lower(pg_catalog.btrim(${text}))`;
  const isNear = `${plain('id::text')} = ${plain('?')} or ${plain('name::text')} = ${plain('?')}`;
  const nearFirst = `order by (${isNear}) is not true, id::text`;
  return { organization, organizations: await list(nearFirst, [organizationId, organizationId]) };
}

/** What to do about an organization that the store does not know. */
export function organizationHint(schema: string, organizations: readonly StoreOrganization[]): string {
  return organizations.length === 0
    ? `${schema}.organizations holds no row at all: the view is there but maps nothing.`
    : `OPTIID_ORGANIZATION takes the id, for instance: ${organizations.map(({ id, name }) => `${id} (${name ?? 'without a name'})`).join(', ')}.`;
}

/**
 * Proves that the open store fits the contract and knows the organization; returns the views that are there.
 *
 * @throws StoreContractError with every problem; AuditError for an old server or an unknown organization
 */
export async function requireContract(
  connection: StoreConnection,
  store: StoreSettings,
): Promise<readonly StoreView[]> {
  const { serverVersion, isSupported, problems, absent, hint, organization, organizations } =
    await examineContract(connection, store);
  if (!isSupported) {
    throw new AuditError(`The Opti ID store at ${connection.shown} runs PostgreSQL ${serverVersion}.`, {
      hint: SUPPORTED_SERVERS,
    });
  }
  if (problems.length > 0) throw new StoreContractError(problems, hint);
  if (organization === null) {
    throw new AuditError(`The Opti ID store knows no organization ${JSON.stringify(store.organizationId)}.`, {
      hint: organizationHint(store.schema, organizations),
    });
  }
  return STORE_VIEWS.filter(({ name }) => !absent.has(name));
}

async function writesOf(connection: StoreConnection): Promise<StoreExamination['writes']> {
  try {
    return await findWritePrivileges(connection);
  } catch (error) {
    const { code, message } = driverError(error);
    if (code === undefined) throw error;
    return { unknown: `${message} (${code})` };
  }
}

/**
 * Looks at a store as `doctor` does: what fits, what does not, and how to fix it.
 *
 * @throws AuditError when there is nothing to look at: no connection
 */
export async function examineStore(
  store: StoreSettings,
  timeouts?: StoreTimeouts,
): Promise<StoreExamination> {
  const connection = await openStore(store.databaseUrl, timeouts);
  try {
    const examination = await examineContract(connection, store);
    // Last of all: what fails here ends the transaction, and is not a reason to know nothing else.
    const writes = examination.isSupported ? await writesOf(connection) : [];
    return { ...examination, writes };
  } catch (error) {
    throw explainQueryFailure(error, connection.shown);
  } finally {
    await connection.close();
  }
}
