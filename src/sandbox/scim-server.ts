import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SandboxStore } from './model.ts';

/**
 * The Opti ID side as Opti ID's own SCIM endpoint shows it, from its public reference: paths in lower case, one filter
 * operator (`eq`), 409 for what exists, 400 for what it does not know; errors and lists as RFC 7644 shapes them.
 */
export interface ScimSandbox {
  /** For `OPTIID_SCIM_URL` and `OPTIID_SCIM_TOKEN`. */
  url: string;
  token: string;
  /** Requests so far: method, and path with its query. */
  readonly requests: readonly { method: string; path: string }[];
  /** Shows another store from now on. */
  fill(store: SandboxStore): void;
  close(): Promise<void>;
}

export interface ScimSandboxOptions {
  /** Rows of a page at most, whatever is asked for. */
  pageCap?: number;
  /** False where resources do not say when they were made. */
  showsCreated?: boolean;
}

const TOKEN = 'sandbox-scim-key';
const BASE = '/api/scim/v2';
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const SCHEMAS = {
  users: 'urn:ietf:params:scim:schemas:core:2.0:User',
  groups: 'urn:ietf:params:scim:schemas:core:2.0:Group',
} as const;
/** What a filter may name; the only operator is `eq`. */
const FILTERS = {
  users: ['userName', 'name.givenName', 'name.familyName', 'displayName'],
  groups: ['displayName'],
} as const;
const SYSTEM_GROUPS = ['everyone', 'admin center administrators'];

type Kind = keyof typeof SCHEMAS;
type Resource = Record<string, unknown> & { id: string };

class Refusal extends Error {
  readonly status: number;
  readonly scimType: string | undefined;

  constructor(status: number, detail: string, scimType?: string) {
    super(detail);
    this.status = status;
    this.scimType = scimType;
  }
}

/** Starts the endpoint on loopback, for one organization of the store. */
export async function startScimSandbox(
  store: SandboxStore,
  organizationId: string,
  { pageCap = 100, showsCreated = true }: ScimSandboxOptions = {},
): Promise<ScimSandbox> {
  const requests: { method: string; path: string }[] = [];
  let shown = show(store, organizationId, showsCreated);
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', path: request.url ?? '' });
    void answer(request, shown, pageCap).then(
      ({ status, body }) => send(response, status, body),
      (error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        const { status, message: detail, scimType } = error;
        send(response, status, {
          schemas: [ERROR],
          status: String(status),
          detail,
          ...(scimType && { scimType }),
        });
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${BASE}`,
    token: TOKEN,
    requests,
    fill(other) {
      shown = show(other, organizationId, showsCreated);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Shown {
  users: Resource[];
  groups: Resource[];
  /** E-mails of all organizations, in lower case: one belongs to one user. */
  emails: ReadonlySet<string>;
}

function show(store: SandboxStore, organizationId: string, showsCreated: boolean): Shown {
  const meta = (resourceType: string, created: string | null, lastModified: string | null) => ({
    resourceType,
    ...(showsCreated && created !== null && { created }),
    ...(showsCreated && lastModified !== null && { lastModified }),
  });
  const users = store.users
    .filter((user) => user.organization_id === organizationId && user.status !== 'deleted')
    .map((user) => ({
      schemas: [SCHEMAS.users],
      id: user.id,
      ...(user.external_id !== null && { externalId: user.external_id }),
      userName: user.email,
      name: { givenName: user.first_name ?? '', familyName: user.last_name ?? '' },
      active: true,
      meta: meta('User', user.created_at, user.modified_at),
    }));
  const present = new Set(users.map(({ id }) => id));
  const members = new Map<string, { value: string; type: string }[]>();
  for (const { group_id, user_id } of store.group_members) {
    if (!present.has(user_id)) continue;
    const of = members.get(group_id) ?? [];
    of.push({ value: user_id, type: 'User' });
    members.set(group_id, of);
  }
  const groups = store.groups
    .filter((group) => group.organization_id === organizationId)
    .map((group) => ({
      schemas: [SCHEMAS.groups],
      id: group.id,
      displayName: group.name,
      members: members.get(group.id) ?? [],
      meta: meta('Group', group.created_at, group.modified_at),
    }));
  return { users, groups, emails: new Set(store.users.map(({ email }) => (email ?? '').toLowerCase())) };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/scim+json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

async function answer(
  request: IncomingMessage,
  shown: Shown,
  pageCap: number,
): Promise<{ status: number; body: unknown }> {
  const url = new URL(request.url ?? '', 'http://sandbox');
  if (request.headers.authorization !== TOKEN) throw new Refusal(401, 'The key is not known.');
  const [kind = '', ...rest] = url.pathname.startsWith(`${BASE}/`)
    ? url.pathname.slice(BASE.length + 1).split('/')
    : [];
  if (!(kind in SCHEMAS)) throw new Refusal(404, `There is nothing at ${url.pathname}.`);
  const list = shown[kind as Kind];
  if (request.method === 'POST' && rest.length === 0)
    return create(kind as Kind, await bodyOf(request), shown);
  if (request.method !== 'GET') throw new Refusal(400, `${request.method} is not supported here.`);
  if (rest.length === 0) return { status: 200, body: pageOf(kind as Kind, list, url.searchParams, pageCap) };
  const id = decodeURIComponent(rest.join('/'));
  const found = list.find((resource) => resource.id === id);
  if (found === undefined) throw new Refusal(404, `There is no ${kind.slice(0, -1)} ${id}.`);
  return { status: 200, body: found };
}

function pageOf(kind: Kind, all: readonly Resource[], query: URLSearchParams, pageCap: number) {
  const filter = query.get('filter');
  const rows = filter === null ? all : all.filter(matching(kind, filter));
  const startIndex = Math.max(1, Number(query.get('startIndex') ?? 1) || 1);
  const count = Math.min(pageCap, Math.max(0, Number(query.get('count') ?? pageCap)));
  const page = rows.slice(startIndex - 1, startIndex - 1 + count);
  return {
    schemas: [LIST],
    totalResults: rows.length,
    startIndex,
    itemsPerPage: page.length,
    // Members are shown with the group alone.
    Resources: page.map(({ members: _members, ...resource }) => resource),
  };
}

function matching(kind: Kind, filter: string): (resource: Resource) => boolean {
  const [, attribute = '', operator = '', quoted = ''] =
    /^\s*([\w.]+)\s+(\w+)\s+("(?:[^"\\]|\\.)*")\s*$/su.exec(filter) ?? [];
  if (operator.toLowerCase() !== 'eq' || !(FILTERS[kind] as readonly string[]).includes(attribute)) {
    throw new Refusal(400, 'The filter is not supported.', 'invalidFilter');
  }
  const wanted = String(JSON.parse(quoted)).toLowerCase();
  const read = (resource: Resource) =>
    attribute
      .split('.')
      .reduce<unknown>((value, name) => (value as Record<string, unknown>)?.[name], resource);
  return (resource) => String(read(resource) ?? '').toLowerCase() === wanted;
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8')) as Record<string, unknown>;
  } catch {
    throw new Refusal(400, 'The body is not JSON.', 'invalidSyntax');
  }
}

/** What Opti ID would refuse to create: an e-mail of any organization, a name that is taken or a system group's. */
function create(kind: Kind, body: Record<string, unknown>, { groups, emails }: Shown): never {
  const name = String((kind === 'users' ? body.userName : body.displayName) ?? '').toLowerCase();
  const isTaken =
    kind === 'users'
      ? emails.has(name)
      : SYSTEM_GROUPS.includes(name) ||
        groups.some(({ displayName }) => String(displayName).toLowerCase() === name);
  if (isTaken) throw new Refusal(409, `${kind === 'users' ? 'The user' : 'The group'} exists.`, 'uniqueness');
  throw new Refusal(403, 'The sample organization takes nothing new.');
}
