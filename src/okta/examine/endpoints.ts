import { type Check, type CheckSubject, failed, passed, type Remedy, undecided } from '../../domain/check.ts';
import { FEATURE_NOT_PERMITTED, type OktaReadFailure } from '../failures.ts';
import type { Asked } from './session.ts';

const APPS = 'okta.apps.read';
const GROUPS = 'okta.groups.read';
const USERS = 'okta.users.read';

/** One endpoint that the audit reads. */
interface AuditedEndpoint {
  title: string;
  path: string;
  /** OAuth scopes that it needs, all of them. */
  scopes: readonly string[];
  /** What an answer without rows would mean: every org has some, or there may be none. */
  empty: 'impossible' | 'possible';
  /** Okta shows it for a few apps of its own choice, and the audit does without. */
  isBestEffort?: boolean;
}

/** Every endpoint that the audit reads, in the order in which they are shown. */
export const AUDITED_ENDPOINTS = {
  apps: { title: 'Reads apps', path: '/api/v1/apps', scopes: [APPS], empty: 'impossible' },
  app: { title: 'Reads the app', path: '/api/v1/apps/{app}', scopes: [APPS], empty: 'impossible' },
  'app-users': {
    title: "Reads the app's users",
    path: '/api/v1/apps/{app}/users',
    scopes: [APPS],
    empty: 'possible',
  },
  'app-groups': {
    title: "Reads the app's groups",
    path: '/api/v1/apps/{app}/groups',
    scopes: [APPS],
    empty: 'possible',
  },
  'push-mappings': {
    title: 'Reads push mappings',
    path: '/api/v1/apps/{app}/group-push/mappings',
    scopes: [APPS, GROUPS],
    empty: 'possible',
  },
  'profile-mappings': {
    title: 'Lists profile mappings',
    path: '/api/v1/mappings',
    scopes: ['okta.profileMappings.read'],
    empty: 'possible',
  },
  'profile-mapping': {
    title: 'Reads a profile mapping',
    path: '/api/v1/mappings/{mapping}',
    scopes: ['okta.profileMappings.read'],
    empty: 'impossible',
  },
  'app-features': {
    title: "Reads the app's features",
    path: '/api/v1/apps/{app}/features',
    scopes: [APPS],
    empty: 'possible',
    isBestEffort: true,
  },
  connection: {
    title: 'Reads the provisioning connection',
    path: '/api/v1/apps/{app}/connections/default',
    scopes: [APPS],
    empty: 'impossible',
    isBestEffort: true,
  },
  groups: { title: 'Reads groups', path: '/api/v1/groups', scopes: [GROUPS], empty: 'impossible' },
  group: { title: 'Reads one group', path: '/api/v1/groups/{group}', scopes: [GROUPS], empty: 'impossible' },
  'group-members': {
    title: 'Reads members of a group',
    path: '/api/v1/groups/{group}/users',
    scopes: [GROUPS],
    empty: 'possible',
  },
  users: { title: 'Reads users', path: '/api/v1/users', scopes: [USERS], empty: 'impossible' },
  user: { title: 'Reads one user', path: '/api/v1/users/{user}', scopes: [USERS], empty: 'impossible' },
  'log-events': {
    title: 'Reads the System Log',
    path: '/api/v1/logs',
    scopes: ['okta.logs.read'],
    empty: 'possible',
  },
} as const satisfies Record<string, AuditedEndpoint>;

export type EndpointName = keyof typeof AUDITED_ENDPOINTS;
export const ENDPOINT_NAMES = Object.keys(AUDITED_ENDPOINTS) as EndpointName[];

/** The scopes that the audit reads with. */
export const NEEDED_SCOPES: readonly string[] = [
  ...new Set(ENDPOINT_NAMES.flatMap((name): readonly string[] => AUDITED_ENDPOINTS[name].scopes)),
];

export function scopeSubject(scope: string): CheckSubject {
  return { id: `okta.scope.${scope}`, group: 'okta', title: `Scope ${scope}` };
}

export function endpointSubject(name: EndpointName): CheckSubject {
  return { id: `okta.read.${name}`, group: 'okta', title: AUDITED_ENDPOINTS[name].title };
}

/** What a call gave: how many rows, and what is worth a word about them. */
export interface Glimpse {
  rows: number;
  note?: string;
}

/** What decides how far an answer is believed. */
export interface Belief {
  mode: 'SSWS' | 'PrivateKey';
  /** True where the admin role is known to see everything: then an empty answer means that there is nothing. */
  seesAll: boolean;
}

/** The check of one endpoint, from the one call that was made of it. */
export function judgeEndpoint(name: EndpointName, asked: Asked<Glimpse>, belief: Belief): Check {
  const subject = endpointSubject(name);
  const endpoint: AuditedEndpoint = AUDITED_ENDPOINTS[name];
  if (asked.failure) return judgeFailure(subject, endpoint, asked.failure, belief);
  const { rows, note } = asked.value;
  const answer = `GET ${endpoint.path} answers`;
  if (rows > 0) return passed(subject, note === undefined ? answer : `${answer}: ${note}`);
  if (endpoint.empty === 'impossible') {
    return failed(subject, `${answer} with nothing, where every org has something`, roleRemedy(belief.mode));
  }
  if (belief.seesAll) return passed(subject, `${answer}: there is none`);
  return undecided(subject, `${answer} with nothing: there is none, or the admin role does not see it`, {
    who: 'Okta admin',
    how: 'Look it up in the Admin Console: if something is there, the admin role has to be widened (see the check of the role).',
  });
}

function judgeFailure(
  subject: CheckSubject,
  endpoint: AuditedEndpoint,
  failure: OktaReadFailure,
  { mode }: Belief,
): Check {
  const { kind, message } = failure;
  if (kind === 'credentials') return undecided(subject, `not read: ${message}`);
  if (kind === 'rate-limit') {
    return undecided(subject, message, {
      who: 'operator of this machine',
      how: 'Run doctor again in a few minutes.',
    });
  }
  if (endpoint.isBestEffort === true && !PASSING.has(kind)) {
    return undecided(subject, `Okta does not show it: ${message}`, {
      who: 'Okta admin',
      how: 'Okta shows this for a few apps only, and the audit goes on without it; its report lists what is to be looked at by hand.',
    });
  }
  return failed(subject, message, remedyFor(endpoint, failure, mode));
}

const PASSING: ReadonlySet<string> = new Set(['server', 'transport', 'timeout', 'unreachable']);

const SOMETHING_BETWEEN: Remedy = {
  who: 'operator of this machine',
  how: 'Something between this machine and Okta answers in its place or takes headers away: let the address of the org pass the proxy untouched.',
};

function remedyFor(endpoint: AuditedEndpoint, failure: OktaReadFailure, mode: Belief['mode']): Remedy {
  switch (failure.kind) {
    case 'forbidden':
      if (failure.oktaCode === FEATURE_NOT_PERMITTED) return notPartOfTheOrg(endpoint);
      if (failure.missingScope !== null) {
        const scopes = failure.missingScope === '' ? endpoint.scopes.join(' and ') : failure.missingScope;
        return {
          who: 'Okta super admin',
          how: `Grant the service app ${scopes} (Admin Console › Applications › the app › Okta API Scopes), and name it in OKTA_CLIENT_SCOPES.`,
        };
      }
      return failure.oktaCode === null ? SOMETHING_BETWEEN : roleRemedy(mode);
    case 'server':
    case 'transport':
    case 'timeout':
    case 'unreachable':
      return {
        who: 'operator of this machine',
        how: 'Try again later. If it stays: status.okta.com tells about outages; else look at the proxy and the network on the way.',
      };
    case 'pagination':
    case 'not-okta':
      return SOMETHING_BETWEEN;
    case 'not-found':
    case 'bad-request':
      return notPartOfTheOrg(endpoint);
    default:
      return {
        who: 'maintainers of optiid-audit',
        how: 'Okta answers in a form that this version does not understand: report this message.',
      };
  }
}

function notPartOfTheOrg({ path }: AuditedEndpoint): Remedy {
  return {
    who: 'Okta admin',
    how: `This org does not answer GET ${path} as Okta documents it: ask Okta Support, with this message, whether the feature is part of the org's edition.`,
  };
}

/** How whoever lacks the rights gets them. */
export function roleRemedy(mode: Belief['mode']): Remedy {
  return mode === 'SSWS'
    ? {
        who: 'Okta super admin',
        how: "Give the token's owner the role Read-only Administrator (Admin Console › Security › Administrators). A custom role needs a resource set with all apps, all groups and all users.",
      }
    : {
        who: 'Okta super admin',
        how: 'Give the service app the role Read-only Administrator (Admin Console › Applications › the app › Admin roles): without a role its scopes open nothing. A custom role needs a resource set with all apps, all groups and all users.',
      };
}
