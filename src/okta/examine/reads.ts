import type { AuditSettings } from '../../config/config.ts';
import type { AppRow } from '../../domain/dataset.ts';
import { logWindow } from '../../domain/log-events.ts';
import { isBuiltInEveryone } from '../../domain/okta.ts';
import {
  CHECKED_NAMES,
  type CheckedName,
  endpointOf,
  type IdsOf,
  type ListingName,
  type RowOf,
} from '../endpoints.ts';
import { equals } from '../filter.ts';
import { type Narrowed, readFirstPage, readOne } from '../reading.ts';
import type { OktaRequests } from '../requests.ts';
import type { Glimpse } from './endpoints.ts';
import { type Asked, askingOf, type Session } from './session.ts';

/** What came of the calls: one for each endpoint that could be asked. */
export interface Reads {
  asked: Map<CheckedName, Asked<Glimpse>>;
  /** Okta's own group of all users; null where the groups were read and it was not shown, undefined where they were not. */
  everyone: { userCount: number | null } | null | undefined;
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
  requests: OktaRequests,
  chosen: ChosenApps,
  audit: AuditSettings,
): Promise<Reads> {
  const asked: Reads['asked'] = new Map();
  const rows: { [Name in CheckedName]?: RowOf<Name>[] } = {};
  const asking = askingOf(requests);
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
  return { asked, everyone: asked.get('groups')?.failure ? undefined : shown };
}
