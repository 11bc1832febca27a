import type { z } from 'zod';
import type { AppGroupRow, GroupPushMappingRow, OktaGroupRow } from '../../domain/dataset.ts';
import { IncompleteRead } from '../../domain/errors.ts';
import { OktaReadFailure } from '../failures.ts';
import { equals } from '../filter.ts';
import { watchValues } from '../known-values.ts';
import { type Asking, pathSegment, type Reading, readOne, readPages } from '../reading.ts';
import { appGroupSchema, groupPushMappingSchema, groupSchema } from '../schemas.ts';

/** The groups assigned to an app. */
export async function readAppGroups(
  reading: Reading<AppGroupRow>,
  appId: string,
  onAppGroup: (row: AppGroupRow) => void,
): Promise<void> {
  const listing = { path: `/api/v1/apps/${pathSegment(appId)}/groups`, limit: 200 };
  for await (const page of readPages(reading, listing, appGroupSchema)) {
    for (const group of page) {
      const row = { okta_group_id: group.id, last_updated: group.lastUpdated };
      onAppGroup(row);
      await reading.write(row);
    }
  }
}

/** Which groups are pushed to the app, and to which of its groups. */
export async function readGroupPushMappings(
  reading: Reading<GroupPushMappingRow>,
  appId: string,
  onMapping: (row: GroupPushMappingRow) => void,
): Promise<void> {
  const listing = { path: `/api/v1/apps/${pathSegment(appId)}/group-push/mappings`, limit: 1000 };
  const statuses = watchValues('push mapping status');
  for await (const page of readPages(reading, listing, groupPushMappingSchema)) {
    for (const mapping of page) {
      statuses.see(mapping.status);
      const row = {
        okta_mapping_id: mapping.id,
        source_group_id: mapping.sourceGroupId,
        target_group_id: mapping.targetGroupId,
        status: mapping.status,
        error_summary: mapping.errorSummary,
        created: mapping.created,
        last_updated: mapping.lastUpdated,
        last_push: mapping.lastPush,
      };
      onMapping(row);
      await reading.write(row);
    }
  }
  statuses.check();
}

/** `https://acme.okta.com/api/v1/apps/0oa1` → `0oa1`. */
function appIdOf(href: string | null | undefined): string | null {
  const id = /\/api\/v1\/apps\/([^/?#]+)\/?$/u.exec(href ?? '')?.[1];
  if (id === undefined) return null;
  try {
    return decodeURIComponent(id);
  } catch {
    return null;
  }
}

/** A group as the snapshot holds it. */
export function toGroupRow(group: z.output<typeof groupSchema>): OktaGroupRow {
  return {
    okta_group_id: group.id,
    name: group.profile.name,
    type: group.type,
    source_app_id: appIdOf(group._links?.source?.href),
    external_id: group.profile.externalId,
    created: group.created,
    last_updated: group.lastUpdated,
    last_membership_updated: group.lastMembershipUpdated,
  };
}

/** A group and how many members Okta counts in it; null where it does not say. */
export type CountedGroup = OktaGroupRow & { user_count: number | null };

/** Okta's own count of a group's members; null where it is not shown. */
function userCountOf(group: z.output<typeof groupSchema>): number | null {
  return group._embedded?.stats?.usersCount ?? null;
}

/** All groups, with Okta's own counts of their members. */
const GROUPS = { path: '/api/v1/groups', query: { expand: 'stats' } };

/** How many members Okta counts in a group at this moment; null where it does not say. */
export async function countMembers(asking: Asking, oktaGroupId: string): Promise<number | null> {
  const query = { ...GROUPS.query, filter: equals('id', oktaGroupId) };
  for await (const page of readPages(asking, { ...GROUPS, query, limit: 200 }, groupSchema)) {
    const group = page.find(({ id }) => id === oktaGroupId);
    if (group) return userCountOf(group);
  }
  return null;
}

/** Groups that other rows name: those that are or would be pushed, and the app's groups they are pushed to. */
export interface NamedGroups {
  sources: ReadonlySet<string>;
  targets: ReadonlySet<string>;
}

/**
 * All groups, and by id those that are named elsewhere and that the listing omits: while a group is linked,
 * Okta keeps its counterpart out of the listing. A source that is not visible makes the read incomplete; a
 * target that is not shown is worth a warning only.
 */
export async function readGroups(
  reading: Reading<OktaGroupRow>,
  named: Promise<NamedGroups>,
  onGroup: (row: OktaGroupRow, userCount: number | null) => void,
  warn: (text: string) => void,
): Promise<void> {
  const listed = new Set<string>();
  const types = watchValues('group type');
  const take = async (group: z.output<typeof groupSchema>): Promise<void> => {
    const row = toGroupRow(group);
    listed.add(row.okta_group_id);
    types.see(row.type);
    onGroup(row, userCountOf(group));
    await reading.write(row);
  };
  for await (const page of readPages(reading, { ...GROUPS, limit: 200 }, groupSchema)) {
    for (const group of page) await take(group);
  }
  const { sources, targets } = await named;
  const unlisted = [...new Set([...sources, ...targets])].filter((id) => !listed.has(id)).sort();
  const unseen: string[] = [];
  await Promise.all(
    unlisted.map(async (id) => {
      try {
        await take(await readOne(reading, `/api/v1/groups/${pathSegment(id)}`, groupSchema));
      } catch (error) {
        if (!(error instanceof OktaReadFailure)) throw error;
        if (error.kind === 'not-found' && !sources.has(id)) {
          warn(`A push mapping's target group ${id} is not shown by Okta.`);
        } else {
          unseen.push(`group ${id}: ${error.message}`);
        }
      }
    }),
  );
  if (unseen.length > 0) {
    const first = unseen.sort()[0];
    const more = unseen.length > 1 ? ` (and ${unseen.length - 1} more)` : '';
    throw new IncompleteRead(`a group that the audit needs could not be read: ${first}${more}`);
  }
  types.check();
}
