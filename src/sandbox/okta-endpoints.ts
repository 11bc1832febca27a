/** Okta's management API, read side: paths, query parameters and what they answer. */
import type {
  SandboxAdminRole,
  SandboxApp,
  SandboxLogEvent,
  SandboxOkta,
  SandboxOktaGroup,
  SandboxOktaUser,
  SandboxPushMapping,
} from './model.ts';
import {
  adminRoleBody,
  appBody,
  appFeatureBody,
  appUserBody,
  appUserSchemaBody,
  groupAssignmentBody,
  groupBody,
  logEventBody,
  orgBody,
  profileMappingBody,
  profileMappingRowBody,
  provisioningConnectionBody,
  pushMappingBody,
  RESOURCE_SET_ID,
  userBody,
  wellKnownBody,
} from './okta-bodies.ts';
import { notFound, OktaError, validationFailed } from './okta-error.ts';
import { compileFilter, type FilterDialect, FilterRefused, valuesAt } from './okta-filter.ts';
import type { OrgIndex } from './okta-index.ts';
import { type CursorSigner, cursorHere, cutPage, type Page, type PageRequest } from './okta-paging.ts';

/** Whose credentials a request brings: an admin's by API token, a service app's, or none. */
export type Principal = { kind: 'user' | 'client'; id: string } | { kind: 'nobody' };

/** What an endpoint needs to answer. */
interface EndpointRequest {
  okta: SandboxOkta;
  index: OrgIndex;
  origin: string;
  path: string;
  /** Path parameters, in path order. */
  parameters: readonly string[];
  query: URLSearchParams;
  contentType: string;
  principal: Principal;
  /** Admin roles of the principal. */
  adminRoles: readonly SandboxAdminRole[];
  /** What these roles see. */
  sees: (what: 'app' | 'group' | 'user', id: string, how: 'listed' | 'by-id') => boolean;
  now: Date;
  signer: CursorSigner;
  /** Whether the listing of apps has inactive ones. */
  inactiveApps: 'listed' | 'when-asked' | 'hidden';
  /** How long `search` does not know what was changed. */
  searchLagMs: number;
  /** No page is longer than this, whatever the request's limit. */
  pageSizeCap: number;
  /** The answer wanted is an empty page that points to the rows, as Okta's listings may give at any time. */
  emptyPage: boolean;
}

/** Either one body without Link headers, or a page of a listing with them. */
export type EndpointAnswer = { body: unknown } | { page: Page; paged: true };

/** One endpoint of the API. */
export interface Endpoint {
  pattern: RegExp;
  /** OAuth scopes, all of them needed. */
  scopes: readonly string[];
  /** True where Okta asks for no credentials. */
  open?: boolean;
  answer(request: EndpointRequest): EndpointAnswer;
}

const DAY_MS = 86_400_000;
/** Okta keeps the System Log for 90 days and says nothing about a query that reaches further back. */
const LOG_RETENTION_MS = 90 * DAY_MS;

interface LimitRule {
  standard: number;
  minimum: number;
  maximum: number;
  /** Where Okta states no maximum it refuses nothing and gives shorter pages. */
  clamps?: boolean;
}

function readLimit(query: URLSearchParams, rule: LimitRule): number {
  const text = query.get('limit');
  if (text === null || text === '') return rule.standard;
  const limit = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(limit)) throw validationFailed('limit', 'The limit is not a number.');
  if (limit < rule.minimum || (limit > rule.maximum && rule.clamps !== true)) {
    throw validationFailed('limit', `The limit must be between ${rule.minimum} and ${rule.maximum}.`);
  }
  return Math.min(limit, rule.maximum);
}

/** The listing's name: its path and what decides which rows it has, so that no cursor fits another one. */
function listingName(request: EndpointRequest): string {
  const deciding = [...request.query].filter(([name]) => !['limit', 'after', 'expand'].includes(name)).sort();
  return `${request.path}?${new URLSearchParams(deciding).toString()}`;
}

function list<Row>(
  request: EndpointRequest,
  rule: LimitRule,
  listing: Pick<PageRequest<Row>, 'source' | 'idOf' | 'render' | 'matches' | 'endless'>,
): EndpointAnswer {
  const { matches } = listing;
  // What is listed stands last in the path.
  const of = /\/(app|group|user)s$/.exec(request.path)?.[1] as Parameters<typeof request.sees>[0] | undefined;
  const limit = Math.min(readLimit(request.query, rule), request.pageSizeCap);
  const pageRequest = {
    ...listing,
    ...(of && {
      matches: (row: Row) => request.sees(of, listing.idOf(row), 'listed') && (matches?.(row) ?? true),
    }),
    limit,
    listing: listingName(request),
    after: request.query.get('after'),
  };
  if (request.emptyPage) {
    return { page: { rows: [], next: cursorHere(pageRequest, request.signer) }, paged: true };
  }
  return { page: cutPage(pageRequest, request.signer), paged: true };
}

function predicate<Row>(
  text: string | null,
  dialect: FilterDialect<Row>,
  refusal: (cause: string) => OktaError,
): ((row: Row) => boolean) | undefined {
  if (text === null || text === '') return undefined;
  try {
    return compileFilter(text, dialect);
  } catch (error) {
    if (error instanceof FilterRefused) throw refusal(error.message);
    throw error;
  }
}

function invalidCriteria(cause: string): OktaError {
  return new OktaError(400, 'E0000031', `Invalid search criteria: ${cause}`);
}

function both<Row>(
  first: ((row: Row) => boolean) | undefined,
  second: ((row: Row) => boolean) | undefined,
): ((row: Row) => boolean) | undefined {
  if (!first || !second) return first ?? second;
  return (row) => first(row) && second(row);
}

function startsWith(value: string | null | undefined, start: string): boolean {
  return (value ?? '').toLowerCase().startsWith(start.toLowerCase());
}

function parameter(request: EndpointRequest, position: number): string {
  return request.parameters[position] ?? '';
}

function appOf(request: EndpointRequest): SandboxApp {
  const id = parameter(request, 0);
  const app = request.index.app(id);
  if (!app || !request.sees('app', id, 'by-id')) throw notFound(id, 'AppInstance');
  return app;
}

function groupOf(request: EndpointRequest): SandboxOktaGroup {
  const id = parameter(request, 0);
  const group = request.index.group(id);
  if (!group || !request.sees('group', id, 'by-id')) throw notFound(id, 'UserGroup');
  return group;
}

// ---- apps

const APP_PROPERTIES = ['id', 'status', 'name', 'credentials.signing.kid', 'settings.slo.enabled'];
const APP_FILTER: FilterDialect<SandboxApp> = {
  allows: (path, operator) => operator === 'eq' && APP_PROPERTIES.includes(path),
  read: (app, path) => valuesAt(app, path),
};
/** The document's default of -1 stands for "not given"; Okta then gives 20. */
const APP_LIMIT = { standard: 20, minimum: 1, maximum: 200 };

function listApps(request: EndpointRequest): EndpointAnswer {
  if (request.query.get('limit') === '-1') request.query.delete('limit');
  const q = request.query.get('q');
  const filter = predicate(request.query.get('filter'), APP_FILTER, invalidCriteria);
  const { inactiveApps } = request;
  const asksForInactive = request.query.get('includeNonDeleted') === 'true';
  const showsInactive = inactiveApps === 'listed' || (inactiveApps === 'when-asked' && asksForInactive);
  const isShown = (app: SandboxApp): boolean => showsInactive || app.status === 'ACTIVE';
  return list<SandboxApp>(request, APP_LIMIT, {
    source: request.okta.apps,
    idOf: (app) => app.id,
    matches:
      both(
        both(isShown, filter),
        q ? (app) => startsWith(app.name, q) || startsWith(app.label, q) : undefined,
      ) ?? isShown,
    render: (app) => appBody(request.origin, request.okta, app),
  });
}

function listAppFeatures(request: EndpointRequest): Record<string, unknown>[] {
  const app = appOf(request);
  if (app.provisioningFeatures === null) {
    throw new OktaError(400, 'E0000001', 'Api validation failed: feature', [
      'Provisioning is not enabled for the app instance.',
    ]);
  }
  return app.provisioningFeatures.map((feature) => appFeatureBody(request.origin, app, feature));
}

function listAppUsers(request: EndpointRequest): EndpointAnswer {
  const app = appOf(request);
  const q = request.query.get('q');
  const embedsUser = request.query.get('expand') === 'user';
  const { index, origin } = request;
  return list<SandboxApp['users'][number]>(
    request,
    { standard: 50, minimum: 1, maximum: 500 },
    {
      source: app.users,
      idOf: (appUser) => appUser.id,
      ...(q
        ? {
            matches: (appUser) => {
              const profile = index.user(appUser.id)?.profile;
              return [appUser.userName, profile?.firstName, profile?.lastName, profile?.email].some((value) =>
                startsWith(value, q),
              );
            },
          }
        : {}),
      render: (appUser) => appUserBody(origin, app, appUser, index.user(appUser.id), embedsUser),
    },
  );
}

function assignmentBody(
  request: EndpointRequest,
  app: SandboxApp,
  assignment: SandboxApp['groups'][number],
): Record<string, unknown> {
  const expand = request.query.get('expand');
  const group = request.index.group(assignment.id);
  const embedded =
    expand === 'group' && group
      ? { group: groupBody(request.origin, group) }
      : expand === 'metadata'
        ? { metadata: { credentials: {}, profile: {} } }
        : undefined;
  return groupAssignmentBody(request.origin, app, assignment, embedded);
}

function listAppGroups(request: EndpointRequest): EndpointAnswer {
  const app = appOf(request);
  const q = request.query.get('q');
  return list<SandboxApp['groups'][number]>(
    request,
    { standard: 20, minimum: 20, maximum: 200 },
    {
      source: app.groups,
      idOf: (assignment) => assignment.id,
      ...(q
        ? { matches: (assignment) => startsWith(request.index.group(assignment.id)?.profile.name, q) }
        : {}),
      render: (assignment) => assignmentBody(request, app, assignment),
    },
  );
}

function listPushMappings(request: EndpointRequest): EndpointAnswer {
  const app = appOf(request);
  const status = request.query.get('status');
  const sourceGroupId = request.query.get('sourceGroupId');
  const lastUpdated = request.query.get('lastUpdated');
  if (status !== null && !['ACTIVE', 'INACTIVE', 'ERROR'].includes(status)) {
    throw validationFailed('status', 'The status must be ACTIVE, INACTIVE or ERROR.');
  }
  if (lastUpdated !== null && !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(lastUpdated)) {
    throw validationFailed('lastUpdated', 'The date must have the format YYYY-MM-DDTHH:mm:ssZ.');
  }
  const sinceMs = lastUpdated === null ? Number.NEGATIVE_INFINITY : Date.parse(lastUpdated);
  return list<SandboxPushMapping>(
    request,
    { standard: 100, minimum: 1, maximum: 1000 },
    {
      source: app.pushMappings,
      idOf: (mapping) => mapping.id,
      matches: (mapping) =>
        (status === null || mapping.status === status) &&
        (sourceGroupId === null || mapping.sourceGroupId === sourceGroupId) &&
        Date.parse(mapping.lastUpdated) >= sinceMs,
      render: (mapping) => pushMappingBody(request.origin, app, mapping),
    },
  );
}

// ---- groups

const TIMES = ['created', 'lastUpdated', 'lastMembershipUpdated', 'statusChanged'];
const ORDERINGS = ['gt', 'ge', 'lt', 'le'];

function readGroup(group: SandboxOktaGroup, path: string): readonly unknown[] {
  if (path === 'source.id') return group.sourceAppId === undefined ? [] : [group.sourceAppId];
  return valuesAt(group, path);
}

/** Okta's `filter` on groups knows four properties; `source.id` and the profile are for `search`. */
const GROUP_FILTER: FilterDialect<SandboxOktaGroup> = {
  allows: (path, operator) =>
    ['lastUpdated', 'lastMembershipUpdated'].includes(path)
      ? operator === 'eq' || ORDERINGS.includes(operator)
      : ['id', 'type'].includes(path) && operator === 'eq',
  read: readGroup,
};
const GROUP_SEARCH: FilterDialect<SandboxOktaGroup> = {
  allows: (path, operator) => {
    if (operator === 'co') return path === 'profile.name' || path === 'profile.description';
    if (TIMES.includes(path)) return operator === 'eq' || ORDERINGS.includes(operator);
    return (
      ['eq', 'sw', 'pr'].includes(operator) &&
      (['id', 'type', 'source.id'].includes(path) || path.startsWith('profile.'))
    );
  },
  read: readGroup,
  ignoresCase: true,
};

/** Rows in the order that `sortBy` asks for, ties by id; the listing's own order without it. */
function sorted<Row extends { id: string }>(
  rows: readonly Row[],
  query: URLSearchParams,
  matches: ((row: Row) => boolean) | undefined,
): { source: readonly Row[]; matches?: (row: Row) => boolean } {
  const sortBy = query.get('sortBy');
  // Okta sorts searches only.
  if (sortBy === null || !query.has('search')) return matches ? { source: rows, matches } : { source: rows };
  const sign = query.get('sortOrder')?.toLowerCase() === 'desc' ? -1 : 1;
  const key = (row: Row): string => String(valuesAt(row, sortBy)[0] ?? '').toLowerCase();
  const byKey = (a: Row, b: Row): number => {
    const [left, right] = [key(a), key(b)];
    if (left !== right) return left < right ? -sign : sign;
    return a.id < b.id ? -1 : 1;
  };
  return { source: (matches ? rows.filter(matches) : [...rows]).sort(byKey) };
}

function groupRenderer(request: EndpointRequest): (group: SandboxOktaGroup) => unknown {
  const { okta, origin, index } = request;
  const expand = (request.query.get('expand') ?? '').split(',');
  if (!expand.includes('stats') && !expand.includes('app')) return (group) => groupBody(origin, group);
  const apps = new Map<string, number>();
  const mappings = new Map<string, number>();
  const count = (counts: Map<string, number>, id: string): unknown =>
    counts.set(id, (counts.get(id) ?? 0) + 1);
  for (const app of expand.includes('stats') ? okta.apps : []) {
    for (const assignment of app.groups) count(apps, assignment.id);
    for (const mapping of app.pushMappings) count(mappings, mapping.sourceGroupId);
  }
  return (group) => {
    const embedded: Record<string, unknown> = {};
    if (expand.includes('stats')) {
      embedded.stats = {
        // Those whom the listing of its members shows: an id whose user is gone does not count.
        usersCount: group.members.filter((id) => index.user(id) !== undefined).length,
        appsCount: apps.get(group.id) ?? 0,
        groupPushMappingsCount: mappings.get(group.id) ?? 0,
        hasAdminPrivilege: false,
        _links: {},
      };
    }
    const source = group.sourceAppId === undefined ? undefined : index.app(group.sourceAppId);
    if (expand.includes('app') && source) embedded.app = appBody(origin, okta, source);
    return groupBody(origin, group, embedded);
  };
}

function listGroups(request: EndpointRequest): EndpointAnswer {
  const { query, okta } = request;
  const q = query.get('q');
  const wanted = both(
    predicate(query.get('filter'), GROUP_FILTER, invalidCriteria),
    predicate(query.get('search'), GROUP_SEARCH, invalidCriteria),
  );
  const listed = both<SandboxOktaGroup>((group) => group.unlisted !== true, wanted);
  const answer = list<SandboxOktaGroup>(
    request,
    { standard: q ? 300 : 10_000, minimum: 1, maximum: 10_000 },
    {
      ...sorted(
        okta.groups,
        query,
        both(listed, q ? (group) => startsWith(group.profile.name, q) : undefined),
      ),
      idOf: (group) => group.id,
      render: groupRenderer(request),
    },
  );
  return q ? unpaged(answer) : answer;
}

/** Listings by `q` cannot be paged: the rows of the first page are all that Okta gives. */
function unpaged(answer: EndpointAnswer): EndpointAnswer {
  return 'page' in answer ? { page: { rows: answer.page.rows }, paged: true } : answer;
}

function omitsCredentials(request: EndpointRequest): boolean {
  return /\bomitCredentials\b/.test(request.contentType);
}

function listGroupUsers(request: EndpointRequest): EndpointAnswer {
  const group = groupOf(request);
  const { index, origin } = request;
  return list<string>(
    request,
    { standard: 1000, minimum: 1, maximum: 1000, clamps: true },
    {
      source: group.members,
      idOf: (id) => id,
      matches: (id) => index.user(id) !== undefined,
      render: (id) => {
        const user = index.user(id);
        return user && userBody(origin, user, omitsCredentials(request));
      },
    },
  );
}

function listGroupApps(request: EndpointRequest): EndpointAnswer {
  const group = groupOf(request);
  return list<SandboxApp>(
    request,
    { standard: 20, minimum: 1, maximum: 200, clamps: true },
    {
      source: request.okta.apps,
      idOf: (app) => app.id,
      matches: (app) => app.groups.some((assignment) => assignment.id === group.id),
      render: (app) => appBody(request.origin, request.okta, app),
    },
  );
}

// ---- users

const USER_FILTER_PROPERTIES = [
  'status',
  'id',
  'profile.login',
  'profile.email',
  'profile.firstName',
  'profile.lastName',
];
const USER_FILTER: FilterDialect<SandboxOktaUser> = {
  allows: (path, operator) =>
    path === 'lastUpdated'
      ? operator === 'eq' || ORDERINGS.includes(operator)
      : operator === 'eq' && USER_FILTER_PROPERTIES.includes(path),
  read: (user, path) => valuesAt(user, path),
};
const USER_SEARCH: FilterDialect<SandboxOktaUser> = {
  allows: (path, operator) => {
    if (operator === 'co') {
      return ['profile.firstName', 'profile.lastName', 'profile.email', 'profile.login'].includes(path);
    }
    return (
      [...ORDERINGS, 'eq', 'sw', 'pr'].includes(operator) &&
      (TIMES.includes(path) ||
        ['id', 'status', 'activated', 'type.id'].includes(path) ||
        path.startsWith('profile.'))
    );
  },
  read: (user, path) => valuesAt(user, path),
  ignoresCase: true,
};

function listUsers(request: EndpointRequest): EndpointAnswer {
  const { query, okta, origin } = request;
  const q = query.get('q');
  const knownBefore = request.now.getTime() - request.searchLagMs;
  const searched = predicate(query.get('search'), USER_SEARCH, invalidCriteria);
  const criteria = both(
    predicate(query.get('filter'), USER_FILTER, invalidCriteria),
    searched && ((user) => Date.parse(user.lastUpdated) <= knownBefore && searched(user)),
  );
  // A filter or a search finds deactivated people; a plain list and `q` leave them out.
  const present = (user: SandboxOktaUser): boolean => user.status !== 'DEPROVISIONED';
  const named = q
    ? ({ profile }: SandboxOktaUser): boolean =>
        [profile.firstName, profile.lastName, profile.email].some((value) => startsWith(value, q))
    : undefined;
  const answer = list<SandboxOktaUser>(
    request,
    { standard: q ? 10 : 200, minimum: 1, maximum: 200, clamps: true },
    {
      ...sorted(okta.users, query, q || !criteria ? both(present, both(criteria, named)) : criteria),
      idOf: (user) => user.id,
      render: (user) => userBody(origin, user, omitsCredentials(request)),
    },
  );
  return q ? unpaged(answer) : answer;
}

function userOf(request: EndpointRequest): SandboxOktaUser {
  const { principal } = request;
  const name = parameter(request, 0);
  const id = name === 'me' && principal.kind === 'user' ? principal.id : name;
  const user = request.index.userByIdOrLogin(id);
  if (!user || !request.sees('user', user.id, 'by-id')) throw notFound(id, 'User');
  return user;
}

// ---- admin roles

function listUserRoles(request: EndpointRequest): Record<string, unknown>[] {
  const { principal, adminRoles, origin } = request;
  const { id } = userOf(request);
  // The org's other users are no admins.
  const roles = principal.kind === 'user' && principal.id === id ? adminRoles : [];
  return roles.map((role) => adminRoleBody(`${origin}/api/v1/users/${id}`, role, 'USER'));
}

function listClientRoles(request: EndpointRequest): Record<string, unknown>[] {
  const { principal, adminRoles, origin } = request;
  const id = parameter(request, 0);
  if (principal.kind !== 'client' || principal.id !== id) throw notFound(id, 'PublicClientApp');
  return adminRoles.map((role) => adminRoleBody(`${origin}/oauth2/v1/clients/${id}`, role, 'CLIENT'));
}

function listResources({ parameters, adminRoles, origin }: EndpointRequest): Record<string, unknown> {
  const resources = adminRoles.flatMap((role) => role.resources ?? []);
  if (parameters[0] !== RESOURCE_SET_ID || resources.length === 0)
    throw notFound(parameters[0] ?? '', 'ResourceSet');
  const time = '2025-02-01T09:00:00.000Z';
  return {
    resources: resources.map((orn, at) => ({ id: `ire${at}`, orn, created: time, lastUpdated: time })),
    _links: { 'resource-set': { href: `${origin}/api/v1/iam/resource-sets/${RESOURCE_SET_ID}` } },
  };
}

// ---- System Log

const LOG_ROOTS = new Set([
  'actor',
  'client',
  'authenticationContext',
  'debugContext',
  'displayMessage',
  'eventType',
  'legacyEventType',
  'outcome',
  'request',
  'securityContext',
  'severity',
  'target',
  'transaction',
  'uuid',
  'version',
]);
const LOG_FILTER: FilterDialect<SandboxLogEvent> = {
  // The time bounds are since and until; what changed in an event cannot be queried.
  allows: (path) => LOG_ROOTS.has(path.split('.')[0] ?? '') && !path.includes('changeDetails'),
  read: (event, path) => valuesAt(event, path),
  allowsNot: true,
};

function readTime(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const ms = /^\d{4}-\d{2}-\d{2}(T|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw validationFailed(name, 'The date is not in ISO 8601 format.');
  return ms;
}

/** Events by time of publication, those of one moment as they came in. */
function byPublished(events: readonly SandboxLogEvent[]): readonly SandboxLogEvent[] {
  const ordered = events.every(
    (event, position) => position === 0 || (events[position - 1]?.published ?? '') <= event.published,
  );
  if (ordered) return events;
  return events.toSorted((a, b) => (a.published < b.published ? -1 : a.published > b.published ? 1 : 0));
}

function listLogEvents(request: EndpointRequest): EndpointAnswer {
  const { query, okta, now } = request;
  const sortOrder = query.get('sortOrder') ?? 'ASCENDING';
  if (sortOrder !== 'ASCENDING' && sortOrder !== 'DESCENDING') {
    throw validationFailed('sortOrder', 'The order must be ASCENDING or DESCENDING.');
  }
  const until = readTime(query, 'until');
  // Without an end and in ascending order the query polls: it never ends, and its pages may be empty.
  const polls = until === undefined && sortOrder === 'ASCENDING';
  const endMs = until ?? now.getTime();
  const since = readTime(query, 'since') ?? endMs - 7 * DAY_MS;
  if (until !== undefined && since > until) throw validationFailed('since', 'since must not be after until.');
  const beginMs = Math.max(since, now.getTime() - LOG_RETENTION_MS);
  const filter = predicate(
    query.get('filter'),
    LOG_FILTER,
    (cause) => new OktaError(400, 'E0000053', `Invalid filter: ${cause}`),
  );
  const keywords = (query.get('q') ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  if (keywords.length > 10 || keywords.some((keyword) => keyword.length > 40)) {
    throw validationFailed('q', 'At most 10 keywords of at most 40 characters.');
  }
  const inWindow = (event: SandboxLogEvent): boolean => {
    const ms = Date.parse(event.published);
    return ms >= beginMs && (polls || ms < endMs);
  };
  const found = (event: SandboxLogEvent): boolean => {
    if (keywords.length === 0) return true;
    const text = JSON.stringify(event).toLowerCase();
    return keywords.every((keyword) => text.includes(keyword));
  };
  // Polling follows the order in which events were stored, which is the order of the array.
  const ascending = polls ? okta.logEvents : byPublished(okta.logEvents);
  return list<SandboxLogEvent>(
    request,
    { standard: 100, minimum: 0, maximum: 1000 },
    {
      source: sortOrder === 'DESCENDING' ? ascending.toReversed() : ascending,
      idOf: (event) => event.uuid,
      matches: (event) => inWindow(event) && (filter?.(event) ?? true) && found(event),
      render: logEventBody,
      endless: polls,
    },
  );
}

// ---- the table

const APPS = ['okta.apps.read'];
const GROUPS = ['okta.groups.read'];
const USERS = ['okta.users.read'];
const ROLES = ['okta.roles.read'];
const PROFILE_MAPPINGS = ['okta.profileMappings.read'];

/** Every endpoint of the stand-in. A path of several matches is answered by the first. */
export const ENDPOINTS: readonly Endpoint[] = [
  {
    pattern: /^\/\.well-known\/okta-organization$/,
    scopes: [],
    open: true,
    answer: ({ origin, okta }) => ({ body: wellKnownBody(origin, okta) }),
  },
  {
    pattern: /^\/api\/v1\/org$/,
    scopes: ['okta.orgs.read'],
    answer: ({ origin, okta }) => ({ body: orgBody(origin, okta) }),
  },
  { pattern: /^\/api\/v1\/apps$/, scopes: APPS, answer: listApps },
  {
    pattern: /^\/api\/v1\/apps\/([^/]+)$/,
    scopes: APPS,
    answer: (request) => ({ body: appBody(request.origin, request.okta, appOf(request)) }),
  },
  {
    pattern: /^\/api\/v1\/apps\/([^/]+)\/features$/,
    scopes: APPS,
    answer: (request) => ({ body: listAppFeatures(request) }),
  },
  {
    pattern: /^\/api\/v1\/apps\/([^/]+)\/features\/([^/]+)$/,
    scopes: APPS,
    answer: (request) => {
      const name = parameter(request, 1);
      const feature = listAppFeatures(request).find((candidate) => candidate.name === name);
      if (!feature) throw notFound(name, 'ApplicationFeature');
      return { body: feature };
    },
  },
  {
    pattern: /^\/api\/v1\/apps\/([^/]+)\/connections\/default$/,
    scopes: APPS,
    answer: (request) => ({ body: provisioningConnectionBody(request.origin, appOf(request)) }),
  },
  { pattern: /^\/api\/v1\/apps\/([^/]+)\/users$/, scopes: APPS, answer: listAppUsers },
  {
    pattern: /^\/api\/v1\/apps\/([^/]+)\/users\/([^/]+)$/,
    scopes: APPS,
    answer: (request) => {
      const app = appOf(request);
      const id = parameter(request, 1);
      const appUser = request.index.appUser(app, id);
      if (!appUser) throw notFound(id, 'AppUser');
      const embedsUser = request.query.get('expand') === 'user';
      return { body: appUserBody(request.origin, app, appUser, request.index.user(id), embedsUser) };
    },
  },
  { pattern: /^\/api\/v1\/apps\/([^/]+)\/groups$/, scopes: APPS, answer: listAppGroups },
  {
    pattern: /^\/api\/v1\/apps\/([^/]+)\/groups\/([^/]+)$/,
    scopes: APPS,
    answer: (request) => {
      const app = appOf(request);
      const id = parameter(request, 1);
      const assignment = app.groups.find((candidate) => candidate.id === id);
      if (!assignment) throw notFound(id, 'ApplicationGroupAssignment');
      return { body: assignmentBody(request, app, assignment) };
    },
  },
  {
    pattern: /^\/api\/v1\/apps\/([^/]+)\/group-push\/mappings$/,
    scopes: [...APPS, ...GROUPS],
    answer: listPushMappings,
  },
  {
    pattern: /^\/api\/v1\/apps\/([^/]+)\/group-push\/mappings\/([^/]+)$/,
    scopes: [...APPS, ...GROUPS],
    answer: (request) => {
      const app = appOf(request);
      const id = parameter(request, 1);
      const mapping = app.pushMappings.find((candidate) => candidate.id === id);
      if (!mapping) throw notFound(id, 'GroupPushMapping');
      return { body: pushMappingBody(request.origin, app, mapping) };
    },
  },
  {
    pattern: /^\/api\/v1\/mappings$/,
    scopes: PROFILE_MAPPINGS,
    answer: (request) => {
      const sourceId = request.query.get('sourceId');
      const targetId = request.query.get('targetId');
      return list<SandboxOkta['profileMappings'][number]>(
        request,
        { standard: 20, minimum: 1, maximum: 200 },
        {
          source: request.okta.profileMappings,
          idOf: (mapping) => mapping.id,
          matches: (mapping) =>
            (sourceId === null || mapping.source.id === sourceId) &&
            (targetId === null || mapping.target.id === targetId),
          render: (mapping) => profileMappingRowBody(request.origin, mapping),
        },
      );
    },
  },
  {
    pattern: /^\/api\/v1\/mappings\/([^/]+)$/,
    scopes: PROFILE_MAPPINGS,
    answer: (request) => {
      const id = parameter(request, 0);
      const mapping = request.okta.profileMappings.find((candidate) => candidate.id === id);
      if (!mapping) throw notFound(id, 'ProfileMapping');
      return { body: profileMappingBody(request.origin, mapping) };
    },
  },
  { pattern: /^\/api\/v1\/groups$/, scopes: GROUPS, answer: listGroups },
  {
    pattern: /^\/api\/v1\/groups\/([^/]+)$/,
    scopes: GROUPS,
    answer: (request) => ({ body: groupBody(request.origin, groupOf(request)) }),
  },
  { pattern: /^\/api\/v1\/groups\/([^/]+)\/users$/, scopes: GROUPS, answer: listGroupUsers },
  { pattern: /^\/api\/v1\/groups\/([^/]+)\/apps$/, scopes: GROUPS, answer: listGroupApps },
  { pattern: /^\/api\/v1\/users$/, scopes: USERS, answer: listUsers },
  {
    pattern: /^\/api\/v1\/users\/([^/]+)$/,
    scopes: USERS,
    answer: (request) => ({
      body: userBody(request.origin, userOf(request), omitsCredentials(request)),
    }),
  },
  {
    pattern: /^\/api\/v1\/users\/([^/]+)\/groups$/,
    scopes: USERS,
    answer: (request) => {
      const { id } = userOf(request);
      const groups = request.okta.groups.filter((group) => group.members.includes(id));
      return { body: groups.map((group) => groupBody(request.origin, group)) };
    },
  },
  {
    pattern: /^\/api\/v1\/users\/([^/]+)\/roles$/,
    scopes: ROLES,
    answer: (request) => ({ body: listUserRoles(request) }),
  },
  {
    pattern: /^\/oauth2\/v1\/clients\/([^/]+)\/roles$/,
    scopes: ROLES,
    answer: (request) => ({ body: listClientRoles(request) }),
  },
  {
    pattern: /^\/api\/v1\/iam\/resource-sets\/([^/]+)\/resources$/,
    scopes: ROLES,
    answer: (request) => ({ body: listResources(request) }),
  },
  { pattern: /^\/api\/v1\/logs$/, scopes: ['okta.logs.read'], answer: listLogEvents },
  {
    pattern: /^\/api\/v1\/meta\/schemas\/apps\/([^/]+)\/default$/,
    scopes: ['okta.schemas.read'],
    answer: (request) => ({ body: appUserSchemaBody(request.origin, appOf(request)) }),
  },
];
