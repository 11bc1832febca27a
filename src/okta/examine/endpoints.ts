import type { AuditSettings } from '../../config/config.ts';
import {
  type Check,
  type CheckSubject,
  failed,
  passed,
  type Remedy,
  undecided,
  warned,
} from '../../domain/check.ts';
import type { AppRow } from '../../domain/dataset.ts';
import { logWindow } from '../../domain/log-events.ts';
import { isAssigned, isBuiltInEveryone } from '../../domain/okta.ts';
import {
  CHECKED_NAMES,
  type CheckedName,
  ENDPOINTS,
  endpointOf,
  type IdsOf,
  isBestEffort,
  type ListingName,
  type RowOf,
} from '../endpoints.ts';
import { FEATURE_NOT_PERMITTED, isRefusal, type OktaReadFailure } from '../failures.ts';
import { equals } from '../filter.ts';
import { type RateLimit, shareOf } from '../governor.ts';
import { type Asking, type Narrowed, readFirstPage, readOne } from '../reading.ts';
import type { Asked, Session } from './session.ts';

export function scopeSubject(scope: string): CheckSubject {
  return { id: `okta.scope.${scope}`, group: 'okta', title: `Scope ${scope}` };
}

export function endpointSubject(name: CheckedName): CheckSubject {
  return { id: `okta.read.${name}`, group: 'okta', title: ENDPOINTS[name].check.title };
}

/** What a call gave: how many rows, and a word about them. */
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
export function judgeEndpoint(name: CheckedName, asked: Asked<Glimpse>, belief: Belief): Check {
  const subject = endpointSubject(name);
  const { path, check } = ENDPOINTS[name];
  if (asked.failure) return judgeFailure(name, asked.failure, belief);
  const { rows, note } = asked.value;
  const answer = `GET ${path} answers`;
  if (rows > 0) return passed(subject, note === undefined ? answer : `${answer}: ${note}`);
  if (check.empty === 'impossible') {
    return failed(subject, `${answer} with nothing, where every org has something`, roleRemedy(belief.mode));
  }
  if (belief.seesAll) return passed(subject, `${answer}: there is none`);
  return undecided(subject, `${answer} with nothing: there is none, or the admin role does not see it`, {
    who: 'Okta admin',
    how: 'Look it up in the Admin Console: if something is there, widen the admin role (see the check of the role).',
  });
}

function judgeFailure(name: CheckedName, failure: OktaReadFailure, { mode }: Belief): Check {
  const subject = endpointSubject(name);
  const { kind, message } = failure;
  if (kind === 'credentials') return undecided(subject, `not read: ${message}`);
  if (kind === 'rate-limit') {
    return undecided(subject, message, {
      who: 'operator of this machine',
      how: 'Run doctor again in a few minutes.',
    });
  }
  // One of another listing's rows was asked for, and Okta says that it does not exist: that is about the row.
  if (kind === 'not-found' && /\{(?!app\})\w+\}/u.test(ENDPOINTS[name].path) && !isBestEffort(name)) {
    return undecided(subject, `the one that was asked for does not exist: ${message}`);
  }
  if (isBestEffort(name) && isRefusal(failure)) {
    return undecided(subject, `Okta does not show it: ${message}`, {
      who: 'Okta admin',
      how: 'Okta shows this for a few apps only, and the audit works without it; its report lists what to check by hand.',
    });
  }
  return failed(subject, message, remedyFor(name, failure, mode));
}

const SOMETHING_BETWEEN: Remedy = {
  who: 'operator of this machine',
  how: 'Something between this machine and Okta answers in its place or removes headers: let the address of the org pass the proxy untouched.',
};

function remedyFor(name: CheckedName, failure: OktaReadFailure, mode: Belief['mode']): Remedy {
  switch (failure.kind) {
    case 'forbidden':
      if (failure.oktaCode === FEATURE_NOT_PERMITTED) return notPartOfTheOrg(name);
      if (failure.missingScope !== null) {
        const scopes =
          failure.missingScope === '' ? ENDPOINTS[name].scopes.join(' and ') : failure.missingScope;
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
        how: 'Try again later. If it stays: status.okta.com lists outages; else check the proxy and the network on the way.',
      };
    case 'pagination':
    case 'not-okta':
      return SOMETHING_BETWEEN;
    case 'not-found':
    case 'bad-request':
      return notPartOfTheOrg(name);
    default:
      return {
        who: 'maintainers of optiid-audit',
        how: 'Okta answers in a form that this version does not understand: report this message.',
      };
  }
}

function notPartOfTheOrg(name: CheckedName): Remedy {
  return {
    who: 'Okta admin',
    how: `This org does not answer GET ${ENDPOINTS[name].path} as Okta documents it: ask Okta Support, with this message, whether the feature is part of the org's edition.`,
  };
}

/** How to get the missing rights. */
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

/** What came of the calls: one for each endpoint that could be asked. */
export interface Reads {
  asked: Map<CheckedName, Asked<Glimpse>>;
  /** Okta's own group of all users; null where the groups were read and it was not shown, undefined where they were not. */
  everyone: { userCount: number | null } | null | undefined;
  /** Ids of the target of some people whom the SCIM app manages. */
  managedIds: string[];
}

/** The apps whose data the audit reads; null where there is none. */
export interface ChosenApps {
  scim: AppRow | null;
  sso: AppRow | null;
}

/** The smallest page that says something, where that is not simply one row. */
function smallestPages(appId: string, { since, until }: { since: Date; until: Date }) {
  return {
    // Okta gives no page of an app's groups that is shorter than 20.
    'app-groups': { limit: 20 },
    'profile-mappings': { limit: 1, query: { targetId: appId } },
    // Some of them have ids in Opti ID, which tell whose organization a SCIM key is.
    'app-users': { limit: 5 },
    // Whether the role sees all groups: Okta keeps Everyone from group admins.
    groups: { limit: 200, query: { filter: equals('type', 'BUILT_IN') } },
    users: { limit: 1, query: { filter: equals('status', 'ACTIVE') } },
    'log-events': {
      limit: 1,
      query: { since: since.toISOString(), until: until.toISOString(), sortOrder: 'DESCENDING' },
    },
  } satisfies Partial<Record<ListingName, Narrowed>>;
}

/** Under the SSO app in place of the SCIM app the audit reads only what has a dataset of its own for it. */
function isReadUnder(name: CheckedName, { scim }: ChosenApps): boolean {
  const { path, fills } = endpointOf(name);
  if (scim !== null || !(path.includes('{app}') || fills.includes('okta.profileMappings'))) return true;
  return fills.some((dataset) => dataset.startsWith('okta.sso'));
}

/**
 * Calls each endpoint that doctor checks once, with the smallest page that says something: first those whose ids are
 * known, then those under what the first ones brought. The apps are read already.
 */
export async function readGlimpses(
  session: Session,
  asking: Asking,
  chosen: ChosenApps,
  audit: AuditSettings,
): Promise<Reads> {
  const asked: Reads['asked'] = new Map();
  const rows: { [Name in CheckedName]?: RowOf<Name>[] } = {};
  const ids: Record<string, string | undefined> = { app: (chosen.scim ?? chosen.sso)?.okta_app_id };
  const narrowed: Partial<Record<CheckedName, Narrowed>> = smallestPages(
    ids.app ?? '',
    logWindow(new Date(session.now()), audit.logDays),
  );

  const call = async (name: CheckedName, page: Narrowed = narrowed[name] ?? { limit: 1 }): Promise<void> => {
    const known = ids as IdsOf<CheckedName>;
    const result = await session.ask(async () => {
      if (endpointOf(name).limit === undefined) {
        const answer = await readOne(asking, name, known);
        return Array.isArray(answer) ? answer : [answer];
      }
      return (await readFirstPage(asking, name as ListingName, known, page)).rows;
    });
    // The rows are those of this name, which the compiler cannot follow.
    Object.assign(rows, { [name]: result.value ?? [] });
    asked.set(name, result.failure ? { failure: result.failure } : { value: { rows: result.value.length } });
  };
  const callThoseKnown = async (): Promise<void> => {
    const areKnown = (path: string): boolean =>
      [...path.matchAll(/\{(\w+)\}/gu)].every(([, id = '']) => ids[id] !== undefined);
    const next = CHECKED_NAMES.filter(
      (name) =>
        name !== 'apps' && !asked.has(name) && areKnown(endpointOf(name).path) && isReadUnder(name, chosen),
    );
    await Promise.all(next.map((name) => call(name)));
  };

  await callThoseKnown();
  const builtIn = rows.groups ?? [];
  const isGroupsRead = asked.get('groups')?.failure === undefined;
  // Where Okta shows no group of the kind, any group at all is asked for.
  if (builtIn.length === 0 && isGroupsRead) await call('groups', { limit: 1 });
  const everyone = builtIn.find(isBuiltInEveryone);
  ids.group =
    rows['push-mappings']?.[0]?.source_group_id ??
    (rows['app-groups']?.[0] ?? everyone ?? builtIn[0] ?? rows.groups?.[0])?.okta_group_id;
  ids.user = rows.users?.[0]?.okta_user_id;
  ids.mapping = rows['profile-mappings']?.[0]?.id;
  await callThoseKnown();
  if (rows.connection?.[0]?.status === 'UNKNOWN') {
    asked.set('connection', { value: { rows: 1, note: 'status UNKNOWN, as Okta says of most SCIM apps' } });
  }
  const shown = everyone === undefined ? null : { userCount: everyone.user_count };
  const managedIds = (rows['app-users'] ?? []).flatMap(({ row: { external_id: id, status } }) =>
    chosen.scim !== null && id !== null && isAssigned(status) ? [id] : [],
  );
  return { asked, everyone: asked.get('groups')?.failure ? undefined : shown, managedIds };
}

export const RATE_LIMITS: CheckSubject = { id: 'okta.rate-limits', group: 'okta', title: 'Rate limits' };

/** With less than this left of a limit others are busy, and a run would spend its time waiting. */
const LITTLE_LEFT = 0.1;

/** The smallest limits decide how long a run takes. */
const MOST_SHOWN = 3;

/**
 * What Okta's headers show for these credentials, against the share that the audit is to keep to. Whether a limit is
 * the org's or the token's own part of it (Okta's default is half) is not to be seen from its headers.
 */
export function examineRateLimits(limits: ReadonlyMap<string, RateLimit>, budgetPercent: number): Check {
  const rows = [...limits]
    .flatMap(([bucket, { limit, remaining }]) => (limit === null ? [] : [{ bucket, limit, remaining }]))
    .sort((a, b) => a.limit - b.limit || (a.bucket < b.bucket ? -1 : 1));
  if (rows.length === 0) {
    return undecided(RATE_LIMITS, "Okta's answers had no X-Rate-Limit headers: a run could not pace itself", {
      who: 'operator of this machine',
      how: "Let the headers of Okta's answers pass the proxy; without them a run asks until Okta refuses, and then waits.",
    });
  }
  const more = rows.length > MOST_SHOWN ? `, more of ${rows.length - MOST_SHOWN} others` : '';
  const found = `${rows
    .slice(0, MOST_SHOWN)
    .map(
      ({ bucket, limit, remaining }) =>
        `${bucket} ${shareOf(limit, budgetPercent)} of ${limit} a minute${remaining === null ? '' : ` (${remaining} left now)`}`,
    )
    .join(', ')}${more}`;
  const scarce = rows.filter(({ limit, remaining }) => remaining !== null && remaining < limit * LITTLE_LEFT);
  if (scarce.length > 0) {
    return warned(RATE_LIMITS, `others use up ${scarce.map(({ bucket }) => bucket).join(', ')}: ${found}`, {
      who: 'Okta admin',
      how: 'See who is busy in the Admin Console (Reports › Rate limits), run the audit at another time, or give its token a larger share (Security › API › Tokens › the token › rate limit).',
    });
  }
  return passed(RATE_LIMITS, `the audit uses (AUDIT_OKTA_BUDGET ${budgetPercent} %): ${found}`);
}
