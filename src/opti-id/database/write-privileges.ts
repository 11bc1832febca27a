import type { StoreConnection } from './connection.ts';

/** One way in which the role could write, and the statement that takes it away where there is a plain one. */
export interface WritePrivilege {
  what: string;
  revoke: string | null;
}

/** Named one by one up to this number. */
const MOST_NAMED = 3;

// All roles that the role can act as: those whose privileges it has, and those it may become by SET ROLE.
const ACTS_AS = `
  acts_as as (
    select r.oid, r.rolname, r.rolsuper, r.rolcreaterole, r.rolcreatedb
    from pg_catalog.pg_roles r where pg_catalog.pg_has_role(current_user, r.oid, 'MEMBER')
  ), own as (
    select n.oid, n.nspname from pg_catalog.pg_namespace n
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  )`;

const ATTRIBUTES_SQL = `
  with ${ACTS_AS}
  select rolname::text as role, rolname = current_user as itself, rolsuper as super,
    rolcreaterole as creates_roles, rolcreatedb as creates_databases,
    rolname in ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program') as writes
  from acts_as
  where rolsuper or rolcreaterole or rolcreatedb
    or rolname in ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program')
  order by rolname = current_user desc, rolname`;

// By the grants themselves, which say through whom; what an owner may do is told by what it owns.
const GRANTS_SQL = `
  with ${ACTS_AS}
  select distinct pg_catalog.format('%I.%I', n.nspname, c.relname) as relation, a.privilege_type as privilege,
    case when a.grantee = 0 then 'public' else pg_catalog.quote_ident(r.rolname) end as grantee
  from pg_catalog.pg_class c join own n on n.oid = c.relnamespace
  cross join lateral (
    select x.grantee, x.privilege_type from pg_catalog.aclexplode(c.relacl) x
    union all
    select x.grantee, x.privilege_type from pg_catalog.pg_attribute t cross join lateral pg_catalog.aclexplode(t.attacl) x
    where t.attrelid = c.oid and t.attnum > 0 and not t.attisdropped
  ) a left join acts_as r on r.oid = a.grantee
  where c.relkind in ('r', 'v', 'm', 'f', 'p') and a.grantee <> c.relowner
    and (a.grantee = 0 or r.oid is not null)
    and a.privilege_type in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
  order by grantee, relation, privilege`;

const OWNED_SQL = `
  with ${ACTS_AS}
  select pg_catalog.format('%I.%I', n.nspname, c.relname) as owned from pg_catalog.pg_class c
  join own n on n.oid = c.relnamespace join acts_as r on r.oid = c.relowner
  where c.relkind in ('r', 'v', 'm', 'f', 'p')
  union all
  select 'schema ' || pg_catalog.quote_ident(n.nspname) from pg_catalog.pg_namespace n join own o on o.oid = n.oid
  join acts_as r on r.oid = n.nspowner
  union all
  select 'database ' || pg_catalog.quote_ident(d.datname) from pg_catalog.pg_database d join acts_as r on r.oid = d.datdba
  where d.datname = pg_catalog.current_database()
  order by 1`;

const CREATE_SQL = `
  with ${ACTS_AS}
  select 'schema ' || pg_catalog.quote_ident(n.nspname) as place, exists (
    select from pg_catalog.pg_namespace s cross join lateral pg_catalog.aclexplode(s.nspacl) a
    where s.oid = n.oid and a.grantee = 0 and a.privilege_type = 'CREATE') as by_public
  from own n where exists (select from acts_as r where pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE'))
  union all
  select 'database ' || pg_catalog.quote_ident(pg_catalog.current_database()), exists (
    select from pg_catalog.pg_database d cross join lateral pg_catalog.aclexplode(d.datacl) a
    where d.datname = pg_catalog.current_database() and a.grantee = 0 and a.privilege_type = 'CREATE')
  where exists (select from acts_as r where pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CREATE'))
  order by 1`;

const ROLE_SQL = 'select pg_catalog.quote_ident(current_user) as role';

function named(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `${names.slice(0, MOST_NAMED).join(', ')}${more}`;
}

/**
 * Every way in which the role of the connection could write, by the catalogue: whatever of it the read-only
 * transaction keeps from happening. Temporary tables, which everybody may make, do not count.
 */
export async function findWritePrivileges(connection: StoreConnection): Promise<WritePrivilege[]> {
  const attributes = await connection.query(ATTRIBUTES_SQL);
  const [row] = await connection.query(ROLE_SQL);
  const role = String(row?.role);
  // Of a superuser everything else is true as well.
  const superuser = attributes.find(({ super: isSuper }) => isSuper === true);
  if (superuser !== undefined) return [describeAttribute(superuser, role)];
  const found = attributes.map((attribute) => describeAttribute(attribute, role));
  return [
    ...found,
    ...(await ownedBy(connection)),
    ...(await granted(connection, role)),
    ...(await creating(connection, role)),
  ];
}

function describeAttribute(attribute: Readonly<Record<string, unknown>>, role: string): WritePrivilege {
  const name = String(attribute.role);
  const who = attribute.itself === true ? 'it is' : `through the role ${name} it is`;
  if (attribute.super === true) return { what: `${who} a superuser`, revoke: null };
  if (attribute.writes === true) {
    return { what: `it is a member of ${name}`, revoke: `revoke ${name} from ${role};` };
  }
  const can = [
    ...(attribute.creates_roles === true ? ['roles'] : []),
    ...(attribute.creates_databases === true ? ['databases'] : []),
  ];
  return {
    what: `${who.replace(/is$/u, 'may')} create ${can.join(' and ')}`,
    revoke: attribute.itself === true ? `alter role ${role} nocreaterole nocreatedb;` : null,
  };
}

async function ownedBy(connection: StoreConnection): Promise<WritePrivilege[]> {
  const owned = (await connection.query(OWNED_SQL)).map((row) => String(row.owned));
  return owned.length === 0 ? [] : [{ what: `it owns ${named(owned)}`, revoke: null }];
}

async function granted(connection: StoreConnection, role: string): Promise<WritePrivilege[]> {
  const rows = await connection.query(GRANTS_SQL);
  const grantees = [...new Set(rows.map((row) => String(row.grantee)))];
  return grantees.map((grantee) => {
    const own = rows.filter((row) => row.grantee === grantee);
    const privileges = [...new Set(own.map((row) => String(row.privilege)))].sort();
    const relations = [...new Set(own.map((row) => String(row.relation)))];
    const through =
      grantee === role ? '' : grantee === 'public' ? ' (as everybody may)' : ` (through the role ${grantee})`;
    const what = `it may ${privileges.join(', ')} on ${named(relations)}${through}`;
    if (through !== '' && grantee !== 'public') return { what, revoke: `revoke ${grantee} from ${role};` };
    return {
      what,
      revoke: `revoke ${privileges.join(', ').toLowerCase()} on ${relations.join(', ')} from ${grantee};`,
    };
  });
}

async function creating(connection: StoreConnection, role: string): Promise<WritePrivilege[]> {
  return (await connection.query(CREATE_SQL)).map((row) => ({
    what: `it may create in ${String(row.place)}${row.by_public === true ? ' (as everybody may)' : ''}`,
    revoke: `revoke create on ${String(row.place)} from ${row.by_public === true ? 'public' : role};`,
  }));
}
