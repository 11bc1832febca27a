import type { DatasetName, DatasetRow } from '../domain/dataset.ts';

/**
 * The Opti ID store as the tool reads it: views, columns, types and what they mean. The check, the reader's
 * select lists and the DDL in hints and README all come from this table, so that they cannot disagree.
 */

export type StoreType = 'text' | 'boolean' | 'integer' | 'timestamptz' | 'text[]';

/**
 * What a null means in a column. `allowed`: there is none. `refused`: the value is unknown, and since unknown
 * is not a value, the dataset cannot be complete. `empty`: an empty list.
 */
type Nulls = 'allowed' | 'refused' | 'empty';

interface StoreColumn {
  /** Name in the view. */
  column: string;
  type: StoreType;
  nulls: Nulls;
  /** The values that the audit decides by. Any other makes the dataset incomplete. */
  values?: readonly string[];
  /** The one state of a row in which a null is no gap; it is then read as an empty text. */
  nullAllowedWhen?: { column: string; is: string };
  meaning: string;
}

export type StoreDatasetName = Extract<DatasetName, `optiId.${string}`>;

/** Which rows are read: by a column of the view, through the group they belong to, or all. */
type Scope = { by: string } | 'through-group' | 'all';

type StoreTypeOf<Value> = Value extends readonly string[]
  ? 'text[]'
  : Value extends string
    ? 'text' | 'timestamptz'
    : Value extends boolean
      ? 'boolean'
      : 'integer';

/** The compiler's proof that a column can fill its place in the snapshot's row. */
type ColumnFor<Value> = StoreColumn & {
  type: StoreTypeOf<NonNullable<Value>>;
  nulls: null extends Value ? 'allowed' : 'refused' | 'empty';
};

type RowColumns<Name extends StoreDatasetName> = {
  readonly [Key in keyof DatasetRow<Name>]-?: ColumnFor<DatasetRow<Name>[Key]>;
} & { readonly organization_id?: StoreColumn };

/** A view of the contract. `columns` is keyed by the snapshot's column names, in the order of the view. */
export interface StoreView {
  name: string;
  dataset: StoreDatasetName;
  meaning: string;
  scope: Scope;
  columns: Readonly<Record<string, StoreColumn>>;
}

function view<Name extends StoreDatasetName>(
  name: string,
  dataset: Name,
  scope: Scope,
  meaning: string,
  columns: RowColumns<Name>,
): StoreView {
  return { name, dataset, scope, meaning, columns: columns as unknown as StoreView['columns'] };
}

function column<const Type extends StoreType, const N extends Nulls>(
  name: string,
  type: Type,
  nulls: N,
  meaning: string,
  rest: Pick<StoreColumn, 'values' | 'nullAllowedWhen'> = {},
): StoreColumn & { type: Type; nulls: N } {
  return { column: name, type, nulls, meaning, ...rest };
}

const OWNER = column('organization_id', 'text', 'refused', 'organizations.id that the row belongs to');
const created = column('created_at', 'timestamptz', 'allowed', 'when it was made');
const modified = column('modified_at', 'timestamptz', 'allowed', 'when it was last changed');

/** Every view that the tool depends on, in the order in which they are read. */
export const STORE_VIEWS: readonly StoreView[] = [
  view('organizations', 'optiId.organizations', { by: 'id' }, 'The organizations of the store.', {
    opti_organization_id: column('id', 'text', 'refused', 'the value of OPTIID_ORGANIZATION'),
    name: column('name', 'text', 'refused', 'name shown in the Admin Center'),
    provisioning_mode: column('provisioning_mode', 'text', 'refused', "'jit' or 'scim'", {
      values: ['jit', 'scim'],
    }),
  }),
  view(
    'sso_connections',
    'optiId.ssoConnections',
    { by: 'organization_id' },
    'Single sign-on connections; SCIM is on for one of them at most.',
    {
      opti_connection_id: column('id', 'text', 'refused', 'connection id'),
      organization_id: OWNER,
      name: column('name', 'text', 'allowed', 'name of the connection'),
      protocol: column('protocol', 'text', 'allowed', "'saml' or 'oidc'"),
      scim_enabled: column('scim_enabled', 'boolean', 'refused', 'true on the SCIM connection'),
      domains: column('domains', 'text[]', 'empty', 'e-mail domains of the connection'),
    },
  ),
  view(
    'users',
    'optiId.users',
    { by: 'organization_id' },
    'People of the organization, deleted and invited ones included.',
    {
      opti_user_id: column(
        'id',
        'text',
        'refused',
        'SCIM id: Okta keeps it as the externalId of the app user',
      ),
      organization_id: OWNER,
      home_organization_id: column(
        'home_organization_id',
        'text',
        'allowed',
        'differs from organization_id for collaborators and partners',
      ),
      external_id: column(
        'external_id',
        'text',
        'allowed',
        'SCIM externalId, which Okta fills with its user id; null when no SCIM client owns the user',
      ),
      email: column('email', 'text', 'refused', 'sign-in e-mail; may be null once deleted', {
        nullAllowedWhen: { column: 'status', is: 'deleted' },
      }),
      first_name: column('first_name', 'text', 'allowed', 'first name'),
      last_name: column('last_name', 'text', 'allowed', 'last name'),
      status: column('status', 'text', 'refused', "'active', 'invited' or 'deleted'", {
        values: ['active', 'invited', 'deleted'],
      }),
      local_login: column('local_login', 'boolean', 'refused', 'true where Local Login is on for the user'),
      last_login_at: column('last_login_at', 'timestamptz', 'allowed', 'null: never signed in'),
      created_at: created,
      modified_at: modified,
    },
  ),
  view('groups', 'optiId.groups', { by: 'organization_id' }, 'Groups of all three types.', {
    opti_group_id: column('id', 'text', 'refused', 'group id'),
    organization_id: OWNER,
    name: column('name', 'text', 'refused', 'name, exactly as stored'),
    description: column('description', 'text', 'allowed', 'description'),
    group_type: column(
      'group_type',
      'text',
      'refused',
      "'custom' (made by hand), 'internal' (Everyone and SCIM) or 'product' (made by a product)",
      { values: ['custom', 'internal', 'product'] },
    ),
    user_count: column('user_count', 'integer', 'allowed', 'number of users that the Admin Center shows'),
    created_at: created,
    modified_at: modified,
  }),
  view('group_members', 'optiId.groupMembers', 'through-group', 'Who is in which group.', {
    opti_group_id: column('group_id', 'text', 'refused', 'groups.id'),
    opti_user_id: column('user_id', 'text', 'refused', 'users.id'),
  }),
  view(
    'product_instances',
    'optiId.productInstances',
    { by: 'organization_id' },
    "Product instances, the Admin Center among them (product = 'Admin Center').",
    {
      opti_instance_id: column('id', 'text', 'refused', 'instance id'),
      organization_id: OWNER,
      product: column('product', 'text', 'refused', 'product name'),
      nickname: column('nickname', 'text', 'allowed', 'instance nickname'),
    },
  ),
  view('roles', 'optiId.roles', 'all', 'Roles of every product; those of the Admin Center among them.', {
    opti_role_id: column('id', 'text', 'refused', 'role id'),
    product: column('product', 'text', 'refused', 'product name'),
    name: column('name', 'text', 'refused', 'role name'),
    kind: column('kind', 'text', 'allowed', "'system' or 'custom'"),
  }),
  view('group_instance_roles', 'optiId.groupInstanceRoles', 'through-group', 'What a group grants.', {
    opti_group_id: column('group_id', 'text', 'refused', 'groups.id'),
    opti_instance_id: column('instance_id', 'text', 'refused', 'product_instances.id'),
    opti_role_id: column('role_id', 'text', 'refused', 'roles.id'),
  }),
  view('invitations', 'optiId.invitations', { by: 'organization_id' }, 'Invitations in every state.', {
    opti_invitation_id: column('id', 'text', 'refused', 'invitation id'),
    organization_id: OWNER,
    email: column('email', 'text', 'refused', 'invited e-mail'),
    status: column('status', 'text', 'refused', "'pending', 'expired', 'accepted' or 'revoked'"),
    created_at: created,
  }),
];

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Leaves plain names bare: for texts that people read and paste. */
function readableName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : quoteName(name);
}

function ddlOf(schema: string, { name, meaning, columns }: StoreView): string {
  const lines = Object.values(columns).map((c) => ({
    sql: `  t.${c.column}::${c.type} as ${c.column}`,
    meaning: c.meaning,
  }));
  const width = Math.max(...lines.map((line) => line.sql.length)) + 1;
  return [
    `-- ${meaning}`,
    `create view ${readableName(schema)}.${name} as`,
    'select',
    ...lines.map(
      (line, i) => `${`${line.sql}${i < lines.length - 1 ? ',' : ''}`.padEnd(width)}  -- ${line.meaning}`,
    ),
    `from your_${name} as t;`,
  ].join('\n');
}

/**
 * The DDL that maps real tables to the contract: one `create view` per view, to be filled in. `t.…` and
 * `your_…` stand for the real columns and tables: run unchanged it fails, so that nobody ends up with views
 * that are valid and empty.
 *
 * @param views names of the views to show; all when left out
 */
export function storeDdl(schema: string, views?: readonly string[]): string {
  return STORE_VIEWS.filter(({ name }) => views === undefined || views.includes(name))
    .map((v) => ddlOf(schema, v))
    .join('\n\n');
}

/** The grants that the role of `OPTIID_DATABASE_URL` needs, for these views or for all of them. */
export function storeGrants(
  schema: string,
  role: string,
  views: readonly string[] = STORE_VIEWS.map(({ name }) => name),
): string {
  return [
    `grant usage on schema ${readableName(schema)} to ${readableName(role)};`,
    `grant select on ${views.map((name) => `${readableName(schema)}.${name}`).join(', ')} to ${readableName(role)};`,
  ].join('\n');
}

/**
 * Snapshot times are UTC texts with milliseconds, as Okta's are. What no calendar shows (infinity, before year
 * 1, after 9999) stands for *never* in some stores and becomes null.
 */
function timeExpression(name: string): string {
  return (
    `case when ${name} >= '0001-01-01 00:00:00+00' and ${name} < '10000-01-01 00:00:00+00' ` +
    `then to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end`
  );
}

const EXPRESSIONS: Readonly<Record<StoreType, (name: string) => string>> = {
  // The cast strips the padding of char(n) and makes citext compare by its letters.
  text: (name) => `${name}::text`,
  boolean: (name) => `${name}::boolean`,
  // As text: the driver leaves bigint to us in any case.
  integer: (name) => `${name}::bigint::text`,
  timestamptz: timeExpression,
  'text[]': (name) => `${name}::text[]`,
};

/**
 * The query that reads a view. Its one value, where the view has a scope, is the organization id (`?`).
 * There is no `order by`: the store would have to sort millions of rows, and the analysis sorts anyway.
 */
export function selectFrom(schema: string, { name, scope, columns }: StoreView): string {
  const list = Object.entries(columns)
    .filter(([key]) => key !== 'organization_id')
    .map(([key, c]) => `${EXPRESSIONS[c.type](`v.${quoteName(c.column)}`)} as ${quoteName(key)}`);
  // A question mark in a name is not a placeholder.
  const prefix = quoteName(schema).replaceAll('?', '\\?');
  const where =
    scope === 'all'
      ? ''
      : scope === 'through-group'
        ? ` where v.group_id::text in (select g.id::text from ${prefix}."groups" as g where g.organization_id::text = ?)`
        : ` where v.${quoteName(scope.by)}::text = ?`;
  return `select ${list.join(', ')} from ${prefix}.${quoteName(name)} as v${where}`;
}
