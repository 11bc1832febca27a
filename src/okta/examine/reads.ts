import { z } from 'zod';
import type { AuditSettings } from '../../config/config.ts';
import type { AppRow } from '../../domain/dataset.ts';
import { logWindow } from '../../domain/log-events.ts';
import { isBuiltInEveryone } from '../../domain/okta.ts';
import { equals } from '../filter.ts';
import { pathSegment, readFirstPage, readOne } from '../reading.ts';
import type { OktaRequests } from '../requests.ts';
import {
  appFeatureSchema,
  appGroupSchema,
  appUserSchema,
  chosenAppSchema,
  groupPushMappingSchema,
  groupSchema,
  listedProfileMappingSchema,
  logEventSchema,
  profileMappingSchema,
  provisioningConnectionSchema,
  userSchema,
} from '../schemas.ts';
import type { EndpointName, Glimpse } from './endpoints.ts';
import { type Asked, askingOf, type Session } from './session.ts';

/** What came of the calls: one for each endpoint that could be asked. */
export interface Reads {
  asked: Map<EndpointName, Asked<Glimpse>>;
  /** Okta's own group of all users; null where the groups were read and it was not shown, undefined where they were not. */
  everyone: { userCount: number | null } | null | undefined;
}

type Call = <Row>(
  name: EndpointName,
  path: string,
  schema: z.ZodType<Row>,
  listing?: { query?: Readonly<Record<string, string>>; limit: number },
) => Promise<Row[]>;

/** The apps whose data the audit reads; null where there is none. */
export interface ChosenApps {
  scim: AppRow | null;
  sso: AppRow | null;
}

/** Calls each endpoint that the audit reads once, with the smallest page that says something. */
export async function readGlimpses(
  session: Session,
  requests: OktaRequests,
  { scim, sso }: ChosenApps,
  audit: AuditSettings,
): Promise<Reads> {
  const asked: Reads['asked'] = new Map();
  const asking = askingOf(requests);
  const call: Call = async (name, path, schema, listing) => {
    const result = await session.ask(async () =>
      listing === undefined
        ? [await readOne(asking, path, schema)]
        : (await readFirstPage(asking, { path, ...listing }, schema)).rows,
    );
    const rows = result.value ?? [];
    asked.set(name, result.failure ? { failure: result.failure } : { value: { rows: rows.length } });
    return rows;
  };
  const [ofApp, builtIn, users] = await Promise.all([
    readAppGlimpses(call, asked, scim, sso),
    readBuiltInGroups(call, asked),
    call('users', '/api/v1/users', userSchema, { query: { filter: equals('status', 'ACTIVE') }, limit: 1 }),
    readLog(call, session, audit),
  ]);
  const everyone = builtIn.find((group) => isBuiltInEveryone({ name: group.profile.name, type: group.type }));
  const groupId = ofApp.groupId ?? everyone?.id ?? builtIn[0]?.id;
  const userId = users[0]?.id;
  await Promise.all([
    ...(groupId === undefined ? [] : readGroup(call, groupId)),
    ...(userId === undefined ? [] : [call('user', `/api/v1/users/${pathSegment(userId)}`, userSchema)]),
  ]);
  const stats = everyone?._embedded?.stats;
  return {
    asked,
    everyone: asked.get('groups')?.failure
      ? undefined
      : everyone === undefined
        ? null
        : { userCount: stats?.usersCount ?? null },
  };
}

/**
 * The smallest listing that shows whether the role sees all groups: Okta keeps Everyone from group admins. Where it
 * shows none of the kind, any group at all is asked for.
 */
async function readBuiltInGroups(call: Call, asked: Reads['asked']): Promise<z.output<typeof groupSchema>[]> {
  const query = { expand: 'stats' };
  const builtIn = await call('groups', '/api/v1/groups', groupSchema, {
    query: { ...query, filter: equals('type', 'BUILT_IN') },
    limit: 200,
  });
  if (builtIn.length > 0 || asked.get('groups')?.failure) return builtIn;
  return call('groups', '/api/v1/groups', groupSchema, { query, limit: 1 });
}

function readGroup(call: Call, groupId: string): Promise<unknown>[] {
  const path = `/api/v1/groups/${pathSegment(groupId)}`;
  return [call('group', path, groupSchema), call('group-members', `${path}/users`, userSchema, { limit: 1 })];
}

function readLog(call: Call, session: Session, audit: AuditSettings): Promise<unknown> {
  const { since, until } = logWindow(new Date(session.now()), audit.logDays);
  const query = { since: since.toISOString(), until: until.toISOString(), sortOrder: 'DESCENDING' };
  return call('log-events', '/api/v1/logs', logEventSchema, { query, limit: 1 });
}

/** What is read under the SCIM app, and as far as the audit does so under the SSO app in its place. */
async function readAppGlimpses(
  call: Call,
  asked: Reads['asked'],
  scim: AppRow | null,
  sso: AppRow | null,
): Promise<{ groupId: string | undefined }> {
  const app = scim ?? sso;
  if (app === null) return { groupId: undefined };
  const path = `/api/v1/apps/${pathSegment(app.okta_app_id)}`;
  const ofApp = Promise.all([
    // Okta gives no page of an app's groups that is shorter than 20.
    call('app-groups', `${path}/groups`, appGroupSchema, { limit: 20 }),
    call('app', path, chosenAppSchema),
    call('app-users', `${path}/users`, appUserSchema, { query: { expand: 'user' }, limit: 1 }),
  ]);
  const ofScimApp = scim === null ? [] : readScimAppGlimpses(call, asked, scim.okta_app_id, path);
  const [[groups], mappings] = await Promise.all([ofApp, ofScimApp]);
  return { groupId: mappings[0]?.sourceGroupId ?? groups[0]?.id };
}

async function readScimAppGlimpses(
  call: Call,
  asked: Reads['asked'],
  appId: string,
  path: string,
): Promise<z.output<typeof groupPushMappingSchema>[]> {
  const [mappings, profileMappings, , connections] = await Promise.all([
    call('push-mappings', `${path}/group-push/mappings`, groupPushMappingSchema, { limit: 1 }),
    call('profile-mappings', '/api/v1/mappings', listedProfileMappingSchema, {
      query: { targetId: appId },
      limit: 1,
    }),
    readFeatures(call, asked, path),
    call('connection', `${path}/connections/default`, provisioningConnectionSchema),
  ]);
  if (connections[0]?.status === 'UNKNOWN') {
    asked.set('connection', { value: { rows: 1, note: 'status UNKNOWN, as Okta says of most SCIM apps' } });
  }
  const mappingId = profileMappings[0]?.id;
  if (mappingId !== undefined) {
    await call('profile-mapping', `/api/v1/mappings/${pathSegment(mappingId)}`, profileMappingSchema);
  }
  return mappings;
}

/** Not paginated: one answer holds them all. */
async function readFeatures(call: Call, asked: Reads['asked'], path: string): Promise<void> {
  const [features] = await call('app-features', `${path}/features`, z.array(appFeatureSchema));
  if (features !== undefined) asked.set('app-features', { value: { rows: features.length } });
}
