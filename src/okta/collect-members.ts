import pLimit from 'p-limit';
import type { DatasetState, PushScopeRow } from '../domain/dataset.ts';
import { IncompleteRead } from '../domain/errors.ts';
import { isBuiltInEveryone } from '../domain/okta.ts';
import { type Context, type CountedGroup, notApplicable, type Read, unread } from './collection.ts';
import { readGroupMembers } from './readers/group-members.ts';

/** Groups whose members are read at once; the governor bounds the requests. */
const GROUPS_SIDE_BY_SIDE = 8;

/** The members of each group in the push scope. One group that fails does not keep the others from being read. */
export async function collectMembers(
  context: Context,
  scopeRead: Promise<Read<PushScopeRow>>,
  groupsRead: Promise<Read<CountedGroup>>,
): Promise<DatasetState> {
  const name = 'okta.groupMembers';
  const [scope, groups] = await Promise.all([scopeRead, groupsRead]);
  if (scope.state.completeness === 'not_applicable') return notApplicable(context, name, scope.state.reason);
  if (scope.state.completeness !== 'complete') return unread(context, name, scope.state.reason);
  const everyone = new Set(groups.rows.filter(isBuiltInEveryone).map((group) => group.okta_group_id));
  const counts = new Map(groups.rows.map((group) => [group.okta_group_id, group.user_count]));
  const wanted = scope.rows
    .filter(({ okta_group_id }) => !everyone.has(okta_group_id))
    .map(({ okta_group_id }) => ({ okta_group_id, userCount: counts.get(okta_group_id) ?? null }));
  return context.collect(name, async (reading) => {
    const limit = pLimit(GROUPS_SIDE_BY_SIDE);
    const failures = await Promise.all(
      wanted.map((group) =>
        limit(async () => {
          try {
            await readGroupMembers(reading, group, context.users);
            return null;
          } catch (error) {
            if (error instanceof IncompleteRead) return error;
            throw error;
          }
        }),
      ),
    );
    const failed = failures.filter((failure) => failure !== null);
    if (failed.length > 0) {
      throw new IncompleteRead(
        `the members of ${failed.length} of ${wanted.length} groups were not read to their end: ${failed[0]?.message}`,
        failed[0],
      );
    }
  });
}
