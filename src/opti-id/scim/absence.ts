import type { ScimSettings } from '../../config/config.ts';
import type { SnapshotSink } from '../../domain/dataset.ts';
import { IncompleteRead } from '../../domain/errors.ts';
import { foldEmail } from '../../domain/names.ts';
import { type ScimList, valueAt } from './dialect.ts';
import { ScimReadFailure } from './failures.ts';
import { type ScimOptions, ScimRequests } from './requests.ts';

/** Users and groups that are asked for singly; of more, these are the sample. */
const MOST_ASKED = 100;

/** What Okta says must be there and the lists do not have. */
export interface Missing {
  users: readonly { opti_user_id: string; email: string | null }[];
  groups: readonly string[];
}

/**
 * Asks for what the lists leave out, one by one, before anybody is called missing: a 404 by id, and for a user no match by
 * the e-mail but one that the list has too. Where somebody is there after all the list was not complete.
 */
export async function proveAbsence({
  settings,
  sink,
  missing: { users, groups },
  isListed,
  options = {},
}: {
  settings: ScimSettings;
  sink: SnapshotSink;
  missing: Missing;
  isListed: (optiUserId: string) => boolean;
  options?: ScimOptions;
}): Promise<void> {
  if (users.length === 0 && groups.length === 0) return;
  const requests = new ScimRequests(settings, options);
  const prove = async (dataset: 'optiId.users' | 'optiId.groups', ask: () => Promise<string | null>) => {
    const reason = await ask().catch((error: unknown) => {
      if (!(error instanceof IncompleteRead)) throw error;
      return `whether what it leaves out is gone could not be asked: ${error.message}`;
    });
    if (reason !== null) sink.downgrade(dataset, reason);
  };
  try {
    await prove('optiId.users', async () => {
      for (const { opti_user_id: id, email } of users.slice(0, MOST_ASKED)) {
        if (await isThere(requests, 'users', id)) return `the list leaves out the user ${id}, who is there`;
        const other = email === null ? null : await findByEmail(requests, email);
        if (other !== null && !isListed(other)) return `the list leaves out the user ${other}, who is there`;
      }
      return null;
    });
    await prove('optiId.groups', async () => {
      for (const id of groups.slice(0, MOST_ASKED)) {
        if (await isThere(requests, 'groups', id))
          return `the list leaves out the group ${id}, which is there`;
      }
      return null;
    });
  } finally {
    await requests.close();
  }
}

async function isThere(requests: ScimRequests, list: ScimList, id: string): Promise<boolean> {
  try {
    const found = await requests.getOne(list, id);
    return valueAt(found, requests.dialect.attributes.id) === id;
  } catch (error) {
    if (error instanceof ScimReadFailure && error.kind === 'not-found') return false;
    throw error;
  }
}

/** Id of the user with this e-mail, or null. A server that knows no such filter has nothing to say. */
async function findByEmail(requests: ScimRequests, email: string): Promise<string | null> {
  const { filters, attributes } = requests.dialect;
  try {
    const { Resources: found } = (await requests.find('users', filters.userByEmail, email)) as {
      Resources?: unknown;
    };
    const [first] = (Array.isArray(found) ? found : []).filter(
      (resource) => foldEmail(String(valueAt(resource, attributes.user.email))) === foldEmail(email),
    );
    const id = valueAt(first, attributes.id);
    return typeof id === 'string' ? id : null;
  } catch (error) {
    if (error instanceof ScimReadFailure && ['bad-request', 'not-found'].includes(error.kind)) return null;
    throw error;
  }
}
