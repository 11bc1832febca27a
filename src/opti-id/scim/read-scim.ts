import pLimit from 'p-limit';
import type { ScimSettings } from '../../config/config.ts';
import {
  type DatasetWriter,
  datasetsOf,
  type OptiGroupRow,
  type SnapshotSink,
} from '../../domain/dataset.ts';
import { IncompleteRead } from '../../domain/errors.ts';
import { HIDDEN_DATASETS, whyHidden } from '../../domain/source.ts';
import { ScimReadFailure } from './failures.ts';
import { type Listed, type Listing, readList } from './listing.ts';
import { type ScimOptions, ScimRequests } from './requests.ts';
import { groupRow, memberIds, userRow } from './resources.ts';
import { proveEntry } from './start-failure.ts';

/** Groups whose members are asked for ahead of those that wait to be written; the requests themselves are fewer. */
const GROUPS_AHEAD = 8;
/** People whom a group names and the list of users does not, who are asked for one by one. */
const MOST_ASKED_ABOUT = 200;

/**
 * Reads the organization of the SCIM key into the snapshot: users, groups and members. What the endpoint can never show
 * is unread, with the reason. A list that changes while it is read, or contradicts itself, is partial.
 *
 * @throws AuditError when nothing can be read: no connection, the key refused, a wrong address
 */
export async function collectScim({
  settings,
  sink,
  options = {},
}: {
  settings: ScimSettings;
  sink: SnapshotSink;
  options?: ScimOptions;
}): Promise<void> {
  const requests = new ScimRequests(settings, options);
  try {
    await proveEntry(requests);
    for (const name of datasetsOf('opti-id')) {
      const hidden = HIDDEN_DATASETS[name];
      if (hidden !== undefined) sink.unread(name, whyHidden(hidden));
    }
    const inGroups = await readGroups(requests, sink);
    await readUsers(requests, sink, inGroups);
  } finally {
    await requests.close();
  }
}

function counting({ countRequest }: Pick<DatasetWriter<never>, 'countRequest'>): { onAttempt: () => void } {
  return { onAttempt: countRequest };
}

/** Throws where a list was not read completely, after what was read of it is written. */
function requireWhole({ failure }: Listing): void {
  if (failure !== null) throw failure;
}

/** Groups from the list, members from each group itself: a list may leave them out. Returns whom the groups name. */
async function readGroups(requests: ScimRequests, sink: SnapshotSink): Promise<ReadonlySet<string>> {
  const { dialect } = requests;
  const named = new Set<string>();
  const groups = new Map<string, OptiGroupRow>();
  const gone = new Set<string>();
  let listRequests = 0;
  const listing = await readList(requests, 'groups', {
    onAttempt: () => {
      listRequests += 1;
    },
  });
  const limit = pLimit(GROUPS_AHEAD);
  await sink.collect('optiId.groupMembers', async (writer) => {
    const failures: IncompleteRead[] = [];
    const readOne = async ({ id }: Listed): Promise<void> => {
      try {
        const resource = await requests.getOne('groups', id, counting(writer));
        const ids = memberIds(dialect, id, resource);
        groups.set(id, groupRow(dialect, id, resource));
        for (const opti_user_id of ids) {
          named.add(opti_user_id);
          await writer.write({ opti_group_id: id, opti_user_id });
        }
      } catch (error) {
        // Deleted since the list was read: then it is not there, and neither are its members.
        if (error instanceof ScimReadFailure && error.kind === 'not-found') gone.add(id);
        else if (error instanceof IncompleteRead) failures.push(error);
        else throw error;
      }
    };
    await limit.map(listing.rows, readOne);
    requireWhole(listing);
    if (failures[0]) throw failures[0];
  });
  await sink.collect('optiId.groups', async (writer) => {
    for (let sent = 0; sent < listRequests; sent += 1) writer.countRequest();
    for (const { id, resource } of listing.rows) {
      if (!gone.has(id)) await writer.write(groups.get(id) ?? groupRow(dialect, id, resource));
    }
    requireWhole(listing);
  });
  return named;
}

async function readUsers(
  requests: ScimRequests,
  sink: SnapshotSink,
  named: ReadonlySet<string>,
): Promise<void> {
  await sink.collect('optiId.users', async (writer) => {
    const listing = await readList(requests, 'users', counting(writer));
    const listed = new Set<string>();
    for (const { id, resource } of listing.rows) {
      listed.add(id);
      await writer.write(userRow(requests.dialect, id, resource));
    }
    requireWhole(listing);
    await requireMembers(
      requests,
      [...named].filter((id) => !listed.has(id)),
      counting(writer),
    );
  });
}

/** Whoever is in a group and was not listed after that must be gone: somebody who is not was left out of the list. */
async function requireMembers(
  requests: ScimRequests,
  missing: readonly string[],
  options: { onAttempt: () => void },
): Promise<void> {
  for (const id of missing.slice(0, MOST_ASKED_ABOUT)) {
    try {
      await requests.getOne('users', id, options);
    } catch (error) {
      if (error instanceof ScimReadFailure && error.kind === 'not-found') continue;
      throw error;
    }
    throw new ScimReadFailure(
      'paging',
      `the list of users leaves out a member of a group who is there (${id.slice(0, 80)})`,
    );
  }
}
