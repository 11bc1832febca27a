import type {
  AppGroupRow,
  AppUserRow,
  DatasetState,
  OktaGroupMemberRow,
  PushScopeRow,
} from '../domain/dataset.ts';
import { IncompleteRead } from '../domain/errors.ts';
import { isActiveInOkta, isAssigned } from '../domain/okta.ts';
import { withMembers } from './collect-members.ts';
import { type Context, isSettled, type Read, skipping, underScimApp } from './collection.ts';
import { OktaReadFailure } from './failures.ts';
import { type Reading, readOne, readPages } from './reading.ts';
import { createSample, MOST_ASKED } from './sample.ts';
import type { CountedGroup } from './schemas.ts';

/** Of them, those whom a group of the app should have assigned. */
const MOST_EXPECTED = MOST_ASKED / 2;
const MOST_NAMED = 5;

interface Reads {
  appUsers: DatasetState;
  appGroups: Read<AppGroupRow>;
  groups: Read<CountedGroup>;
  scope: Read<PushScopeRow>;
  /** The memberships that were read. */
  members: () => AsyncIterable<OktaGroupMemberRow>;
  /** The SSO app stands in, so that nobody is called unassigned who is not missing from a group's people. */
  isStoodInFor: boolean;
}

/**
 * Asks one by one for people whom the SCIM app's listing leaves out, before anybody is called unassigned: members of
 * groups that are assigned to it, active members of pushed groups, and whom a store user points to. Whoever is assigned
 * after all proves that the listing is not complete.
 */
export async function collectAssignmentChecks(context: Context, reads: Reads): Promise<DatasetState> {
  const name = 'okta.assignmentChecks';
  if (context.scim.kind === 'chosen' && !isSettled(reads.appUsers)) {
    return skipping(context, name).notApplicable(
      `nobody is called unassigned: the listing of the app's users is not complete: ${reads.appUsers.reason}`,
    );
  }
  return underScimApp(context, name, async (reading, appId) => {
    const expected = await expectedOfGroups(context, reading, reads);
    const others = reads.isStoodInFor ? [] : context.users.unlisted.taken();
    const ids = [...new Set([...expected, ...others])].slice(0, MOST_ASKED).sort();
    const failures: OktaReadFailure[] = [];
    const answers = await Promise.all(
      ids.map((id) =>
        assignmentOf(reading, appId, id).catch((error: unknown) => {
          if (!(error instanceof OktaReadFailure)) throw error;
          failures.push(error);
          return undefined;
        }),
      ),
    );
    for (const [at, okta_user_id] of ids.entries()) {
      const answer = answers[at];
      if (answer !== undefined) await reading.write({ okta_user_id, is_assigned: answer !== null });
    }
    const missing = answers.filter((answer) => answer != null);
    if (missing.length > 0) {
      const names = missing.map(({ user_name, okta_user_id }) => user_name ?? okta_user_id).sort();
      const more = names.length > MOST_NAMED ? ' and others' : '';
      context.sink.downgrade(
        'okta.appUsers',
        `the listing leaves out ${names.length} of ${ids.length} people who were asked for one by one and are assigned: ${names.slice(0, MOST_NAMED).join(', ')}${more}`,
      );
    }
    const [first] = failures;
    if (first) {
      throw new IncompleteRead(
        `${failures.length} of ${ids.length} people whom the listing of the app's users leaves out could not be asked for: ${first.message}`,
        first,
      );
    }
  });
}

/** The assignment of a user whom the listing leaves out, or null. */
async function assignmentOf(reading: Reading<never>, app: string, user: string): Promise<AppUserRow | null> {
  try {
    const { row } = await readOne(reading, 'app-user', { app, user });
    return isAssigned(row.status) ? row : null;
  } catch (error) {
    if (error instanceof OktaReadFailure && error.kind === 'not-found') return null;
    throw error;
  }
}

/**
 * Some active people whom a group of the app should have assigned and whom the listing leaves out. Of groups whose
 * members are not read, the largest is looked at, and only where it counts more people than the listing has.
 */
async function expectedOfGroups(
  { users }: Context,
  reading: Reading<never>,
  { appGroups, groups, scope, members }: Reads,
): Promise<string[]> {
  const expected = createSample(MOST_EXPECTED);
  const assigned = new Set(appGroups.rows.map(({ okta_group_id }) => okta_group_id));
  for await (const { okta_group_id, okta_user_id } of members()) {
    if (users.isListed(okta_user_id) || !users.isActive(okta_user_id)) continue;
    (assigned.has(okta_group_id) ? expected : users.unlisted).offer(okta_user_id);
  }
  const read = new Set(withMembers(scope.rows, groups));
  const [largest] = groups.rows
    .filter(({ okta_group_id: id, user_count }) => assigned.has(id) && !read.has(id) && user_count !== null)
    .sort((a, b) => (b.user_count ?? 0) - (a.user_count ?? 0));
  if (largest && (largest.user_count ?? 0) > users.listedCount()) {
    for await (const page of readPages(reading, 'group-members', { group: largest.okta_group_id })) {
      for (const { okta_user_id, status } of page) {
        if (isActiveInOkta(status) && !users.isListed(okta_user_id)) expected.offer(okta_user_id);
      }
      break;
    }
  }
  return expected.taken();
}
