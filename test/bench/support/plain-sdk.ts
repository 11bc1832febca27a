import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { AppUser, Collection, Group, LogEvent, User } from '@okta/okta-sdk-nodejs';
import pLimit from 'p-limit';
import { type Cost, measure, type Task } from './contender.ts';

/** Listings on their way at once, where they are not read one after the other. */
const SIDE_BY_SIDE = 20;
const CHUNK_CHARACTERS = 65_536;
const GROUPS_IN_A_FILTER = 20;
const LOG_WINDOW_MS = 7 * 86_400_000;

interface RowFile {
  write(row: object): Promise<void>;
  rows(): number;
  close(): Promise<void>;
}

/** A file of the kind that the snapshot has: a row a line, compressed. */
function openRowFile(path: string): RowFile {
  const gzip = createGzip({ level: 6 });
  // Twenty listings may wait for it at once.
  gzip.setMaxListeners(0);
  const written = pipeline(gzip, createWriteStream(path));
  let pending = '';
  let rows = 0;
  return {
    async write(row) {
      pending += `${JSON.stringify(row)}\n`;
      rows += 1;
      if (pending.length < CHUNK_CHARACTERS) return;
      const chunk = pending;
      pending = '';
      if (!gzip.write(chunk)) await new Promise((resolve) => gzip.once('drain', resolve));
    },
    rows: () => rows,
    async close() {
      gzip.end(pending);
      await written;
    },
  };
}

/** The SDK's models have dates; what is embedded in them is as Okta sent it. */
type Time = Date | string | null | undefined;

type UserLike = Omit<User, 'created' | 'lastUpdated' | 'statusChanged'> & {
  created?: Time;
  lastUpdated?: Time;
  statusChanged?: Time;
};

function timeText(time: Time): string | null {
  return (time instanceof Date ? time.toISOString() : time) ?? null;
}

/**
 * What somebody writes with the SDK's documentation at hand: `for await` over its collections, one listing
 * after the other or, `parallel`, twenty at once. It asks for the same rows as this project's collection and
 * writes the same columns, and nothing checks or governs it.
 */
export async function collectWithSdk(task: Task, { parallel }: { parallel: boolean }): Promise<Cost> {
  const sdk = await import('@okta/okta-sdk-nodejs');
  const client = new sdk.Client({
    orgUrl: task.url,
    token: 'bench',
    // With its standard cache the SDK hangs on the first body over about 64 KB, and there would be no figure.
    cacheMiddleware: null,
  } as unknown as ConstructorParameters<typeof sdk.Client>[0]);
  const limit = pLimit(parallel ? SIDE_BY_SIDE : 1);

  return measure(task, async (folder) => {
    const open = new Map<string, RowFile>();
    const failures: string[] = [];
    const fileOf = (name: string): RowFile => {
      const file = open.get(name) ?? openRowFile(join(folder, `${name}.ndjson.gz`));
      open.set(name, file);
      return file;
    };
    const seen = new Set<string>();
    const takeUser = async (user: UserLike): Promise<void> => {
      const { id, profile } = user;
      if (id === undefined || seen.has(id)) return;
      seen.add(id);
      await fileOf('okta.users').write({
        okta_user_id: id,
        status: user.status,
        login: profile?.login,
        email: profile?.email ?? null,
        first_name: profile?.firstName ?? null,
        last_name: profile?.lastName ?? null,
        created: timeText(user.created),
        last_updated: timeText(user.lastUpdated),
        status_changed: timeText(user.statusChanged),
      });
    };
    const read = <T>(list: () => Promise<Collection<T>>, take: (row: T) => Promise<void>): Promise<void> =>
      limit(async () => {
        try {
          for await (const row of await list()) await take(row as T);
        } catch (error) {
          failures.push(error instanceof Error ? error.message : String(error));
        }
      });
    const readAll = async (reads: (() => Promise<void>)[]): Promise<void> => {
      await Promise.all(reads.map((start) => start()));
    };

    const appIds: string[] = [];
    await read(
      () => client.applicationApi.listApplications({ limit: 200 }),
      async (app) => {
        appIds.push(app.id ?? '');
        await fileOf('okta.apps').write({ okta_app_id: app.id, label: app.label, status: app.status });
      },
    );
    const appId = appIds[0] ?? '';
    const sources: string[] = [];
    await readAll([
      () =>
        read(
          () => client.applicationApi.listApplicationUsers({ appId, limit: 500, expand: 'user' }),
          async (appUser: AppUser) => {
            await fileOf('okta.appUsers').write({
              okta_user_id: appUser.id,
              external_id: appUser.externalId ?? null,
              status: appUser.status,
              sync_state: appUser.syncState ?? null,
              scope: appUser.scope ?? null,
              user_name: appUser.credentials?.userName ?? null,
              created: timeText(appUser.created),
              last_updated: timeText(appUser.lastUpdated),
              status_changed: timeText(appUser.statusChanged),
              last_sync: timeText(appUser.lastSync),
            });
            const user = appUser._embedded?.user as UserLike | undefined;
            if (user) await takeUser(user);
          },
        ),
      () =>
        read(
          () => client.groupPushMappingApi.listGroupPushMappings({ appId, limit: 1000 }),
          async (mapping) => {
            if (mapping.sourceGroupId !== undefined) sources.push(mapping.sourceGroupId);
            await fileOf('okta.groupPushMappings').write({
              okta_mapping_id: mapping.id,
              source_group_id: mapping.sourceGroupId,
              target_group_id: mapping.targetGroupId ?? null,
              status: mapping.status,
              error_summary: mapping.errorSummary ?? null,
              created: timeText(mapping.created),
              last_updated: timeText(mapping.lastUpdated),
              last_push: timeText(mapping.lastPush),
            });
          },
        ),
      () =>
        read(
          () => client.applicationApi.listApplicationGroupAssignments({ appId, limit: 200 }),
          (group) => fileOf('okta.appGroups').write({ okta_group_id: group.id }),
        ),
      () =>
        read(
          () => client.profileMappingApi.listProfileMappings({ targetId: appId, limit: 200 }),
          (mapping) => fileOf('okta.profileMappings').write({ okta_mapping_id: mapping.id }),
        ),
      () =>
        read(
          () => client.userApi.listUsers({ filter: 'status eq "SUSPENDED"', limit: 200 }),
          (user: User) => fileOf('okta.suspendedUsers').write({ okta_user_id: user.id }),
        ),
      () =>
        read(
          () => client.groupApi.listGroups({ limit: 200, expand: 'stats' }),
          async (group: Group) => {
            await fileOf('okta.groups').write({
              okta_group_id: group.id,
              name: group.profile?.name,
              type: group.type,
              source_app_id: group._links?.source?.href?.split('/').at(-1) ?? null,
              external_id: (group.profile as { externalId?: string } | undefined)?.externalId ?? null,
              created: timeText(group.created),
              last_updated: timeText(group.lastUpdated),
              last_membership_updated: timeText(group.lastMembershipUpdated),
            });
          },
        ),
    ]);

    const until = new Date(task.began);
    const since = new Date(until.getTime() - LOG_WINDOW_MS);
    const window = {
      since: since.toISOString(),
      until: until.toISOString(),
      sortOrder: 'ASCENDING' as const,
    };
    const readLog = (filter: string): Promise<void> =>
      read(
        () => client.systemLogApi.listLogEvents({ ...window, filter, limit: 1000 }),
        (event: LogEvent) =>
          fileOf('okta.logEvents').write({
            event_id: event.uuid,
            published: timeText(event.published),
            event_type: event.eventType,
            outcome: event.outcome?.result ?? null,
          }),
      );
    const filters = [`target.id eq "${appId}" and eventType sw "application.provision"`];
    for (let at = 0; at < sources.length; at += GROUPS_IN_A_FILTER) {
      const ids = sources.slice(at, at + GROUPS_IN_A_FILTER).map((id) => `target.id eq "${id}"`);
      filters.push(`eventType sw "group.user_membership" and (${ids.join(' or ')})`);
    }
    await readAll([
      ...sources.map(
        (groupId) => () =>
          read(
            () => client.groupApi.listGroupUsers({ groupId, limit: 1000 }),
            async (user: User) => {
              await takeUser(user);
              await fileOf('okta.groupMembers').write({ okta_group_id: groupId, okta_user_id: user.id });
            },
          ),
      ),
      ...filters.map((filter) => () => readLog(filter)),
    ]);

    await Promise.all([...open.values()].map((file) => file.close()));
    return {
      rows: Object.fromEntries([...open].map(([name, file]) => [name, file.rows()])),
      failures,
    };
  });
}
