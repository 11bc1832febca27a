/**
 * How Opti ID speaks SCIM, as data: a change on Optimizely's side is a change of a row here. From its public reference
 * (version 1.2.0, read 2026-11-30); what is not written there (a page cap, ETag, ServiceProviderConfig) is not relied on.
 */
export interface ScimDialect {
  /** Paths below the base URL. */
  paths: Readonly<Record<ScimList, string>>;
  /** Query parameters of a list (RFC 7644 §3.4.2.4 and §3.4.2.2). */
  query: Readonly<Record<'startIndex' | 'count' | 'filter', string>>;
  /** Rows asked for at once. The server may give fewer: steps go by the rows received. */
  pageRows: number;
  /** Where a value stands in a resource, its members joined by dots. */
  attributes: {
    id: string;
    user: Readonly<
      Record<'externalId' | 'email' | 'firstName' | 'lastName' | 'created' | 'modified', string>
    >;
    group: Readonly<Record<'name' | 'members' | 'created' | 'modified', string>>;
    /** In each entry of a group's members. */
    member: Readonly<Record<'id' | 'type', string>>;
  };
  /** The one filter operator, the attribute that finds a user by the e-mail, and one that a user list knows no filter on. */
  filters: { operator: string; userByEmail: string; groupByName: string; refusedOperator: string };
  /** The authorization header's value, by what `OPTIID_SCIM_AUTH` says. */
  authorization: Readonly<Record<ScimAuth, (key: string) => string>>;
}

export const SCIM_AUTHS = ['header', 'bearer'] as const;
export type ScimAuth = (typeof SCIM_AUTHS)[number];
export type ScimList = 'users' | 'groups';

export const OPTI_ID_DIALECT: ScimDialect = {
  // RFC 7644 has /Users and /Groups; Opti ID documents them in lower case.
  paths: { users: '/users', groups: '/groups' },
  query: { startIndex: 'startIndex', count: 'count', filter: 'filter' },
  pageRows: 100,
  attributes: {
    id: 'id',
    user: {
      externalId: 'externalId',
      // The user name is the e-mail.
      email: 'userName',
      firstName: 'name.givenName',
      lastName: 'name.familyName',
      created: 'meta.created',
      modified: 'meta.lastModified',
    },
    group: {
      name: 'displayName',
      members: 'members',
      created: 'meta.created',
      modified: 'meta.lastModified',
    },
    member: { id: 'value', type: 'type' },
  },
  filters: { operator: 'eq', userByEmail: 'userName', groupByName: 'displayName', refusedOperator: 'co' },
  authorization: {
    // As the app's Header Auth sends it: the key and nothing before it.
    header: (key) => key,
    bearer: (key) => `Bearer ${key}`,
  },
};

/** `userName eq "ada@example.com"`, quoted as JSON (RFC 7644 §3.4.2.2). */
export function filterFor({ filters }: ScimDialect, attribute: string, value: string): string {
  return `${attribute} ${filters.operator} ${JSON.stringify(value)}`;
}

/** The value at a path of members, whatever the resource is. */
export function valueAt(resource: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined,
      resource,
    );
}
