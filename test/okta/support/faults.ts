import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OptiUserIdentity } from '../../../src/domain/opti-id.ts';
import type {
  SandboxLogEvent,
  SandboxOkta,
  SandboxOktaGroup,
  SandboxOktaUser,
} from '../../../src/sandbox/model.ts';
import type { Fault, FaultHook } from '../../../src/sandbox/okta-fault.ts';

/** The moment of a collection from the org of faults, at which the org's clock stands. */
export const BEGAN = new Date('2026-11-24T03:15:00.000Z');
export const SCIM_APP_ID = '0oaScim';
/** The label of the SCIM app; an id would be unmistakable even where not all apps were read. */
export const SCIM_APP_LABEL = 'Opti ID SCIM';
/** The group whose members fill several pages. */
export const LONG_GROUP_ID = '00gSource1';
/** An app group that Okta keeps out of its listing of groups. */
const UNLISTED_GROUP_ID = '00gUnlisted';
const PROFILE_MAPPING_ID = 'prm3';
/** A user whom no listing shows and the store names by id, and one whom it names by e-mail. */
const USER_BY_ID = '00uGoneById';
const EMAIL_ASKED_FOR = 'gone.by.email@acme.test';

/** Groups that are pushed, however many mappings there are: the members of each are a listing of their own. */
const MOST_SOURCES = 3;

const CREATED = '2026-01-01T00:00:00.000Z';
const UPDATED = '2026-02-01T00:00:00.000Z';

/** How long the listings of an org are. */
export interface FaultOrgSize {
  apps: number;
  appUsers: number;
  appGroups: number;
  mappings: number;
  groups: number;
  members: number;
  suspended: number;
  profileMappings: number;
  logEvents: number;
}

/** Three pages of nearly everything where a page has three rows. */
export const SMALL: FaultOrgSize = {
  apps: 7,
  appUsers: 7,
  appGroups: 7,
  mappings: 7,
  groups: 7,
  members: 7,
  suspended: 7,
  profileMappings: 4,
  logEvents: 7,
};

function times<Row>(count: number, make: (nth: number) => Row): Row[] {
  return Array.from({ length: count }, (_, at) => make(at + 1));
}

function user(id: string, status: SandboxOktaUser['status'] = 'ACTIVE', email = `${id}@acme.test`) {
  return {
    id,
    status,
    created: CREATED,
    lastUpdated: UPDATED,
    statusChanged: UPDATED,
    profile: { login: email, email, firstName: 'Ada', lastName: id },
  } satisfies SandboxOktaUser;
}

function group(id: string, members: string[], more: Partial<SandboxOktaGroup> = {}): SandboxOktaGroup {
  return {
    id,
    type: 'OKTA_GROUP',
    created: CREATED,
    lastUpdated: CREATED,
    lastMembershipUpdated: UPDATED,
    profile: { name: `Group ${id}`, description: null },
    members,
    ...more,
  };
}

function logEvent(nth: number): SandboxLogEvent {
  return {
    uuid: `event-${nth}`,
    published: new Date(BEGAN.getTime() - 3_600_000 + nth * 1_000).toISOString(),
    eventType: 'application.provision.user.push',
    displayMessage: '',
    outcome: { result: 'SUCCESS', reason: null },
    target: [{ id: SCIM_APP_ID, type: 'AppInstance', alternateId: SCIM_APP_LABEL, displayName: null }],
    actor: { id: 'okta', type: 'SystemPrincipal', alternateId: 'okta', displayName: 'Okta' },
    severity: 'INFO',
  };
}

/**
 * An org in which each listing that a collection asks for has as many rows as asked for. Nobody is in two listings
 * of users, so that what a listing lacks is missing from the users as well.
 */
export function faultOrg(size: FaultOrgSize): SandboxOkta {
  const assigned = times(size.appUsers, (nth) => user(`00uAssigned${nth}`));
  // Not yet active, so that none of them is asked for one by one.
  const members = times(size.members, (nth) => user(`00uMember${nth}`, 'STAGED'));
  const suspended = times(size.suspended, (nth) => user(`00uSuspended${nth}`, 'SUSPENDED'));
  const sources = Math.min(size.mappings, MOST_SOURCES);
  const app = (id: string, label: string, name: string): SandboxOkta['apps'][number] => ({
    id,
    name,
    label,
    status: 'ACTIVE',
    signOnMode: 'SAML_2_0',
    created: CREATED,
    lastUpdated: CREATED,
    features: ['PUSH_NEW_USERS'],
    userNameTemplate: { template: '${source.email}', type: 'BUILT_IN', pushStatus: 'PUSH' },
    users: [],
    groups: [],
    pushMappings: [],
    provisioningFeatures: null,
    provisioningConnection: null,
  });
  return {
    orgId: '00oFaults',
    subdomain: 'acme',
    companyName: 'Acme',
    users: [
      ...assigned,
      ...members,
      ...suspended,
      user(USER_BY_ID, 'DEPROVISIONED'),
      user('00uGoneByEmail', 'DEPROVISIONED', EMAIL_ASKED_FOR),
    ],
    groups: [
      group(
        LONG_GROUP_ID,
        members.map(({ id }) => id),
      ),
      ...times(sources - 1, (nth) => group(`00gSource${nth + 1}`, [`00uAssigned${nth}`])),
      ...times(size.groups - sources - 1, (nth) => group(`00gOther${nth}`, [])),
      group('00gEveryone', [], { type: 'BUILT_IN', profile: { name: 'Everyone', description: null } }),
      group(UNLISTED_GROUP_ID, [], { type: 'APP_GROUP', unlisted: true, sourceAppId: SCIM_APP_ID }),
    ],
    apps: [
      {
        ...app(SCIM_APP_ID, SCIM_APP_LABEL, 'scim2headerauth'),
        users: assigned.map(({ id }) => ({
          id,
          externalId: `opti-${id}`,
          status: 'PROVISIONED',
          syncState: 'SYNCHRONIZED',
          scope: 'GROUP',
          userName: `${id}@acme.test`,
          created: CREATED,
          lastUpdated: UPDATED,
          statusChanged: UPDATED,
          lastSync: UPDATED,
        })),
        groups: times(size.appGroups, (nth) => ({
          id: `00gAssigned${nth}`,
          lastUpdated: UPDATED,
          priority: nth,
        })),
        pushMappings: times(size.mappings, (nth) => ({
          id: `gPm${nth}`,
          sourceGroupId: `00gSource${((nth - 1) % sources) + 1}`,
          targetGroupId: UNLISTED_GROUP_ID,
          status: 'ACTIVE',
          lastPush: UPDATED,
          created: CREATED,
          lastUpdated: UPDATED,
        })),
      },
      ...times(size.apps - 1, (nth) => ({
        ...app(`0oaOther${nth}`, `Other ${nth}`, 'bookmark'),
        features: [],
      })),
    ],
    profileMappings: times(size.profileMappings, (nth) => ({
      id: `prm${nth}`,
      source: { id: `oty${nth}`, name: 'user', type: 'user' },
      target: { id: SCIM_APP_ID, name: 'scim', type: 'appuser' },
      properties: { givenName: { expression: 'user.firstName', pushStatus: 'PUSH' } },
    })),
    logEvents: times(size.logEvents, logEvent),
  };
}

/** Store users without a partner in the listings: one to be asked for by id, one by e-mail. */
export const STORE_USERS: readonly OptiUserIdentity[] = [
  { opti_user_id: 'opti-by-id', external_id: USER_BY_ID, email: `${USER_BY_ID}@acme.test` },
  { opti_user_id: 'opti-by-email', external_id: null, email: EMAIL_ASKED_FOR },
];

export async function* storeUsers(): AsyncGenerator<OptiUserIdentity> {
  yield* STORE_USERS;
}

type Asked = Parameters<FaultHook>[0];

function pageOf(path: string, isWanted: (query: URLSearchParams) => boolean) {
  return (asked: Asked): boolean => asked.path === path && isWanted(asked.query);
}

const isFirst = (query: URLSearchParams): boolean => !query.has('after');
const isLater = (query: URLSearchParams): boolean => query.has('after');
const always = (): boolean => true;

/** The requests of a collection that a fault can strike, by the name of what they read. */
export const TARGETS = {
  'the very first request': pageOf('/api/v1/apps', isFirst),
  apps: pageOf('/api/v1/apps', isLater),
  'SCIM app': pageOf(`/api/v1/apps/${SCIM_APP_ID}`, always),
  'app users': pageOf(`/api/v1/apps/${SCIM_APP_ID}/users`, isLater),
  'push mappings': pageOf(`/api/v1/apps/${SCIM_APP_ID}/group-push/mappings`, isLater),
  'app groups': pageOf(`/api/v1/apps/${SCIM_APP_ID}/groups`, isLater),
  groups: pageOf('/api/v1/groups', isLater),
  'one group': pageOf(`/api/v1/groups/${UNLISTED_GROUP_ID}`, always),
  members: pageOf(`/api/v1/groups/${LONG_GROUP_ID}/users`, isLater),
  suspended: pageOf(
    '/api/v1/users',
    (query) => isLater(query) && (query.get('filter') ?? '').includes('SUSPENDED'),
  ),
  'profile mappings': pageOf('/api/v1/mappings', isLater),
  'one profile mapping': pageOf(`/api/v1/mappings/${PROFILE_MAPPING_ID}`, always),
  'log events': pageOf('/api/v1/logs', isLater),
  'user by id': pageOf(`/api/v1/users/${USER_BY_ID}`, always),
  // Okta's filter and its search are asked.
  'user by e-mail': pageOf('/api/v1/users', (query) =>
    `${query.get('filter')} ${query.get('search')}`.includes('profile.email'),
  ),
} as const satisfies Record<string, (asked: Asked) => boolean>;
export type Target = keyof typeof TARGETS;

/** What a fault needs to know of the place it strikes. */
interface Struck {
  /** Origin of a server that is not the org. */
  elsewhere: string;
  path: string;
}

/** Okta's error body. */
function oktaError(status: number, errorCode: string, errorSummary: string): Fault {
  return {
    kind: 'status',
    status,
    body: { errorCode, errorSummary, errorLink: errorCode, errorId: 'oae1', errorCauses: [] },
  };
}

function tooMany(headers: Record<string, string>): Fault {
  return {
    kind: 'status',
    status: 429,
    headers,
    body: {
      errorCode: 'E0000047',
      errorSummary: 'API call exceeded rate limit due to too many requests.',
      errorLink: 'E0000047',
      errorId: 'oae1',
      errorCauses: [],
    },
  };
}

/** Okta's way to write a moment after the one at which its clock stands. */
const inSeconds = (seconds: number): string => String(BEGAN.getTime() / 1000 + seconds);

type Row = Record<string, unknown>;

/** Changes the last row of a page, or the single row. */
function rewriteLast(change: (row: Row) => Row): Fault {
  return {
    kind: 'rewrite',
    rewrite: (body) => {
      if (!Array.isArray(body)) return change(body as Row);
      const rows = body as Row[];
      return rows.map((row, at) => (at === rows.length - 1 ? change(row) : row));
    },
  };
}

/** The value that no documentation of Okta's knows. */
export const UNKNOWN_VALUE = 'BRAND_NEW';
export const UNKNOWN_EVENT_TYPE = 'application.provision.brand_new';

/** Gives the row's status, type or event type a value that nobody knows. */
function withUnknownValue(row: Row): Row {
  if ('eventType' in row) return { ...row, eventType: UNKNOWN_EVENT_TYPE };
  if ('type' in row && 'lastMembershipUpdated' in row) return { ...row, type: UNKNOWN_VALUE };
  return { ...row, status: UNKNOWN_VALUE };
}

function withoutOptionals(row: Row): Row {
  const optional = new Set([
    'signOnMode',
    'syncState',
    'lastPush',
    'lastUpdated',
    'outcome',
    'features',
    'properties',
  ]);
  return Object.fromEntries(Object.entries(row).filter(([name]) => !optional.has(name)));
}

const CUT_LINK: Fault = { kind: 'headers', headers: { link: '<https://acme.okta.com/>; rel="self"' } };

/** Everything that goes wrong, by name. */
export const FAULTS = {
  'HTTP 500': () => ({ kind: 'status', status: 500 }),
  'HTTP 503 with HTML': () => ({ kind: 'status', status: 503, body: '<html>Service Unavailable</html>' }),
  'reset before the answer': () => ({ kind: 'reset', when: 'before-headers' }),
  'reset within the body, in chunks': () => ({ kind: 'reset', when: 'within-body' }),
  'reset within the body, of known length': () => ({ kind: 'reset', when: 'within-sized-body' }),
  'truncated JSON': () => ({ kind: 'truncate' }),
  hang: () => ({ kind: 'hang' }),
  'hang within the body': () => ({ kind: 'headers', headers: { 'content-length': '1000000' } }),
  '429 with a reset': () => tooMany({ 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': inSeconds(2) }),
  '429 without a reset': () =>
    tooMany({ 'x-rate-limit-limit': '', 'x-rate-limit-remaining': '', 'x-rate-limit-reset': '' }),
  '429 of too many at once': () =>
    tooMany({
      'x-rate-limit-limit': '0',
      'x-rate-limit-remaining': '0',
      'x-rate-limit-reset': inSeconds(2),
    }),
  'HTTP 401': () => oktaError(401, 'E0000011', 'Invalid token provided'),
  'HTTP 403': () => oktaError(403, 'E0000006', 'You do not have permission to perform the requested action'),
  'empty page with a next link': () => ({ kind: 'empty-page' }),
  'no Link header': () => ({ kind: 'drop-link' }),
  'next link that repeats': () => ({ kind: 'next-link', url: 'self' }),
  'next link to another origin': ({ elsewhere, path }) => ({
    kind: 'next-link',
    url: `${elsewhere}${path}?after=x`,
  }),
  'cursor expired': () => oktaError(400, 'E0000001', 'Api validation failed: after'),
  'next link lost': () => CUT_LINK,
  'unknown value': () => rewriteLast(withUnknownValue),
  'no id': () => rewriteLast(({ id: _id, uuid: _uuid, ...rest }) => rest),
  'optional fields missing': () => rewriteLast(withoutOptionals),
} as const satisfies Record<string, (struck: Struck) => Fault>;
export type FaultName = keyof typeof FAULTS;

/** Spoils the answers to one kind of request, the first of them or all. */
export function strike(
  fault: FaultName,
  isStruck: (asked: Asked) => boolean,
  { lasts, elsewhere }: { lasts: 'once' | 'for ever'; elsewhere: string },
): { hook: FaultHook; strikes: () => number } {
  let strikes = 0;
  return {
    strikes: () => strikes,
    hook: (asked) => {
      if (!isStruck(asked) || (lasts === 'once' && strikes > 0)) return undefined;
      strikes += 1;
      const make: (struck: Struck) => Fault = FAULTS[fault];
      return make({ elsewhere, path: asked.path });
    },
  };
}

/** A server that is not the org and must never be asked for anything. */
export interface Elsewhere {
  origin: string;
  /** The Authorization header of each request that came. */
  asked: (string | null)[];
  close(): Promise<void>;
}

export async function startElsewhere(): Promise<Elsewhere> {
  const asked: (string | null)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization ?? null);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('[]');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
