import { z } from 'zod';
import { DATASETS, type DatasetName } from '../domain/dataset.ts';
import {
  appFeatureSchema,
  appGroupSchema,
  appSchema,
  appUserSchema,
  chosenAppSchema,
  groupPushMappingSchema,
  groupSchema,
  listedProfileMappingSchema,
  logEventSchema,
  profileMappingSchema,
  provisioningConnectionSchema,
  userSchema,
} from './schemas.ts';

/** One endpoint of Okta's that this tool asks. All are asked with GET. */
interface Endpoint {
  /** With a name in braces for each id. It decides the rate limit too: {@link bucketOf}. */
  path: string;
  /** What one row of the listing becomes, or the single answer. */
  schema: z.ZodType;
  /** Listings only: rows per page, the most that Okta gives. */
  limit?: number;
  /** Listings only: what is always asked for. */
  query?: Readonly<Record<string, string>>;
  /** Listings only: which of it may be left out, where Okta cannot answer with it in time. */
  dispensable?: string;
  /** OAuth scopes that it needs, all of them. */
  scopes: readonly string[];
  /** Datasets whose rows it brings; a row by id counts for the dataset whose listing lacks it. */
  fills: readonly DatasetName[];
  /** What doctor checks of it; none of what is only asked where another endpoint's answer calls for it. */
  check?: {
    title: string;
    /** What an answer without rows would mean: every org has some, or there may be none. */
    empty: 'impossible' | 'possible';
  };
}

const APPS = 'okta.apps.read';
const GROUPS = 'okta.groups.read';
const USERS = 'okta.users.read';
const MAPPINGS = 'okta.profileMappings.read';
const ROLES = 'okta.roles.read';

const rolesSchema = z.array(
  z.object({
    type: z.string(),
    label: z.string().nullish(),
    status: z.string().nullish(),
    // Of a custom role: the id of what it may see.
    'resource-set': z.string().min(1).nullish(),
  }),
);

/**
 * Every endpoint that is asked: readers build their requests from it, doctor walks it, the forecast counts with it.
 * Those that doctor checks come in the order in which they are shown.
 */
export const ENDPOINTS = {
  apps: {
    path: '/api/v1/apps',
    schema: appSchema,
    limit: 200,
    // Inactive apps too: real orgs list them, Okta's description leaves them out.
    query: { includeNonDeleted: 'true' },
    scopes: [APPS],
    fills: ['okta.apps'],
    check: { title: 'Reads apps', empty: 'impossible' },
  },
  app: {
    path: '/api/v1/apps/{app}',
    schema: chosenAppSchema,
    scopes: [APPS],
    fills: ['okta.scimApp', 'okta.ssoApp'],
    check: { title: 'Reads the app', empty: 'impossible' },
  },
  'app-users': {
    path: '/api/v1/apps/{app}/users',
    schema: appUserSchema,
    limit: 500,
    query: { expand: 'user' },
    dispensable: 'expand',
    scopes: [APPS],
    fills: ['okta.appUsers', 'okta.ssoAppUsers'],
    check: { title: "Reads the app's users", empty: 'possible' },
  },
  'app-user': {
    path: '/api/v1/apps/{app}/users/{user}',
    schema: appUserSchema,
    scopes: [APPS],
    fills: ['okta.assignmentChecks'],
  },
  'other-app-users': {
    // Ids are enough of people whom another app may manage.
    path: '/api/v1/apps/{app}/users',
    schema: appUserSchema,
    limit: 500,
    scopes: [APPS],
    fills: ['okta.otherAppUsers'],
  },
  'app-groups': {
    path: '/api/v1/apps/{app}/groups',
    schema: appGroupSchema,
    limit: 200,
    scopes: [APPS],
    fills: ['okta.appGroups', 'okta.ssoAppGroups'],
    check: { title: "Reads the app's groups", empty: 'possible' },
  },
  'push-mappings': {
    path: '/api/v1/apps/{app}/group-push/mappings',
    schema: groupPushMappingSchema,
    limit: 1000,
    scopes: [APPS, GROUPS],
    fills: ['okta.groupPushMappings', 'okta.otherPushMappings'],
    check: { title: 'Reads push mappings', empty: 'possible' },
  },
  'profile-mappings': {
    path: '/api/v1/mappings',
    schema: listedProfileMappingSchema,
    limit: 200,
    scopes: [MAPPINGS],
    fills: ['okta.profileMappings'],
    check: { title: 'Lists profile mappings', empty: 'possible' },
  },
  'profile-mapping': {
    path: '/api/v1/mappings/{mapping}',
    schema: profileMappingSchema,
    scopes: [MAPPINGS],
    fills: ['okta.profileMappings'],
    check: { title: 'Reads a profile mapping', empty: 'impossible' },
  },
  'app-features': {
    path: '/api/v1/apps/{app}/features',
    // Not paginated: one answer holds them all.
    schema: z.array(appFeatureSchema),
    scopes: [APPS],
    fills: ['okta.appFeatures'],
    check: { title: "Reads the app's features", empty: 'possible' },
  },
  'app-feature': {
    path: '/api/v1/apps/{app}/features/{feature}',
    schema: appFeatureSchema,
    scopes: [APPS],
    fills: ['okta.appFeatures'],
  },
  connection: {
    path: '/api/v1/apps/{app}/connections/default',
    schema: provisioningConnectionSchema,
    scopes: [APPS],
    fills: ['okta.provisioningConnection'],
    check: { title: 'Reads the provisioning connection', empty: 'impossible' },
  },
  groups: {
    path: '/api/v1/groups',
    schema: groupSchema,
    limit: 200,
    // Okta's own counts of their members.
    query: { expand: 'stats' },
    dispensable: 'expand',
    scopes: [GROUPS],
    fills: ['okta.groups'],
    check: { title: 'Reads groups', empty: 'impossible' },
  },
  group: {
    path: '/api/v1/groups/{group}',
    schema: groupSchema,
    scopes: [GROUPS],
    fills: ['okta.groups'],
    check: { title: 'Reads one group', empty: 'impossible' },
  },
  'group-members': {
    path: '/api/v1/groups/{group}/users',
    schema: userSchema,
    limit: 1000,
    scopes: [GROUPS],
    fills: ['okta.groupMembers'],
    check: { title: 'Reads members of a group', empty: 'possible' },
  },
  users: {
    path: '/api/v1/users',
    schema: userSchema,
    limit: 200,
    scopes: [USERS],
    fills: ['okta.suspendedUsers', 'okta.userLookups'],
    check: { title: 'Reads users', empty: 'impossible' },
  },
  user: {
    path: '/api/v1/users/{user}',
    schema: userSchema,
    scopes: [USERS],
    fills: [],
    check: { title: 'Reads one user', empty: 'impossible' },
  },
  'log-events': {
    path: '/api/v1/logs',
    schema: logEventSchema,
    limit: 1000,
    scopes: ['okta.logs.read'],
    fills: ['okta.logEvents'],
    check: { title: 'Reads the System Log', empty: 'possible' },
  },
  // Doctor's own; the audit does without them.
  organization: {
    path: '/.well-known/okta-organization',
    schema: z.object({
      id: z.string().min(1),
      pipeline: z.string().min(1),
      _links: z.object({ organization: z.object({ href: z.string() }).nullish() }).nullish(),
    }),
    scopes: [],
    fills: [],
  },
  company: {
    path: '/api/v1/org',
    schema: z.object({ companyName: z.string().nullish() }),
    scopes: ['okta.orgs.read'],
    fills: [],
  },
  'token-owner': {
    path: '/api/v1/users/me',
    schema: z.object({ id: z.string().min(1), profile: z.object({ login: z.string() }) }),
    scopes: [USERS],
    fills: [],
  },
  'user-roles': { path: '/api/v1/users/{user}/roles', schema: rolesSchema, scopes: [ROLES], fills: [] },
  'client-roles': {
    path: '/oauth2/v1/clients/{client}/roles',
    schema: rolesSchema,
    scopes: [ROLES],
    fills: [],
  },
  'resource-set': {
    path: '/api/v1/iam/resource-sets/{set}/resources',
    schema: z.object({
      resources: z.array(z.object({ orn: z.string().nullish(), conditions: z.unknown().optional() })),
      _links: z.object({ next: z.unknown().optional() }).nullish(),
    }),
    scopes: [ROLES],
    fills: [],
  },
} as const satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof ENDPOINTS;
export type ListingName = {
  [Name in EndpointName]: (typeof ENDPOINTS)[Name] extends { limit: number } ? Name : never;
}[EndpointName];
export type CheckedName = {
  [Name in EndpointName]: (typeof ENDPOINTS)[Name] extends { check: object } ? Name : never;
}[EndpointName];

/** One row of the endpoint, or its single answer, as {@link Endpoint.schema} makes it. */
export type RowOf<Name extends EndpointName> = z.output<(typeof ENDPOINTS)[Name]['schema']>;

type NamesIn<Path extends string> = Path extends `${string}{${infer Id}}${infer Rest}`
  ? Id | NamesIn<Rest>
  : never;
/** The ids in the endpoint's path, by their names. */
export type IdsOf<Name extends EndpointName> = Readonly<
  Record<NamesIn<(typeof ENDPOINTS)[Name]['path']>, string>
>;

/** The entry of an endpoint without what is known of this one alone. */
export function endpointOf(name: EndpointName): Endpoint {
  return ENDPOINTS[name];
}

const ENDPOINT_NAMES = Object.keys(ENDPOINTS) as EndpointName[];

export const CHECKED_NAMES = ENDPOINT_NAMES.filter(
  (name): name is CheckedName => endpointOf(name).check !== undefined,
);

/** The scopes that the audit reads with. */
export const NEEDED_SCOPES: readonly string[] = [
  ...new Set(CHECKED_NAMES.flatMap((name) => endpointOf(name).scopes)),
];

/** True where Okta shows it for a few apps of its own choice, and the audit does without. */
export function isBestEffort(name: EndpointName): boolean {
  return endpointOf(name).fills.some((dataset) => DATASETS[dataset].bestEffort);
}

/**
 * The rate limit that a path counts against, by Okta's default buckets: the org-wide limits are kept per
 * group of paths, and lists and single rows count apart.
 */
export function bucketOf(pathname: string): string {
  const parts = pathname.split('/').filter((part) => part !== '');
  if (parts[0] !== 'api' || parts[1] !== 'v1') return parts[0] === 'oauth2' ? '/oauth2' : '/';
  const [, , kind, id, ...rest] = parts;
  const isSingle = id !== undefined && rest.length === 0;
  switch (kind) {
    case 'apps':
      return isSingle ? '/api/v1/apps/{id}' : '/api/v1/apps';
    case 'groups':
      return isSingle && id !== 'rules' ? '/api/v1/groups/{id}' : '/api/v1/groups';
    case 'users':
      if (id === undefined) return '/api/v1/users';
      return isSingle ? '/api/v1/users/{id}' : '/api/v1';
    case 'logs':
      return '/api/v1/logs';
    default:
      return '/api/v1';
  }
}

/** Okta's default limits of a Workforce org, requests a minute, as last published (December 2025). */
export const DEFAULT_LIMITS: Readonly<Record<string, number>> = {
  '/api/v1/apps': 100,
  '/api/v1/apps/{id}': 500,
  '/api/v1/groups': 500,
  '/api/v1/groups/{id}': 1000,
  '/api/v1/users': 600,
  '/api/v1/users/{id}': 2000,
  '/api/v1/logs': 120,
  '/api/v1': 1200,
};

/** The rate limit that the requests for a dataset count against; null where it is made of others, or is the store's. */
export function bucketFor(dataset: DatasetName): string | null {
  const name = ENDPOINT_NAMES.find((one) => endpointOf(one).fills.includes(dataset));
  return name === undefined ? null : bucketOf(ENDPOINTS[name].path);
}
