import type { ScimSettings } from '../../config/config.ts';
import { type Check, failed, inOrder, passed, type Remedy, undecided, warned } from '../../domain/check.ts';
import { AuditError } from '../../domain/errors.ts';
import { optiIdSubject as subject } from '../check-subject.ts';
import { type ScimList, valueAt } from './dialect.ts';
import { ScimReadFailure } from './failures.ts';
import { readList } from './listing.ts';
import { type ScimOptions, ScimRequests } from './requests.ts';
import { groupRow, userRow } from './resources.ts';
import { proveEntry } from './start-failure.ts';

const ENDPOINT = subject('scim', 'SCIM endpoint is reached and takes the key');
const WRITES = subject('scim-read-only', 'Key may only read');
const USERS = subject('scim-users', 'Users can be read');
const GROUPS = subject('scim-groups', 'Groups can be read');
const PAGING = subject('scim-paging', 'Pages are honest');
const FILTERS = subject('scim-filters', 'Filters are as documented');
const ORGANIZATION = subject('scim-organization', 'Key is of the right organization');
const SUBJECTS = [ENDPOINT, WRITES, USERS, GROUPS, PAGING, FILTERS, ORGANIZATION];

const ATTEMPT_TIMEOUT_MS = 15_000;

/** Looks at the endpoint as the audit will. Nothing that is wrong with it is thrown. */
export async function checkScim(
  settings: ScimSettings,
  managedIds: Promise<readonly string[]>,
  options: ScimOptions = {},
): Promise<Check[]> {
  const requests = new ScimRequests(settings, { attemptTimeoutMs: ATTEMPT_TIMEOUT_MS, tries: 2, ...options });
  try {
    await proveEntry(requests);
    const reached = passed(ENDPOINT, requests.host);
    const users = await readable(requests, 'users');
    const groups = await readable(requests, 'groups');
    const checks = [
      reached,
      MAY_WRITE,
      users,
      groups,
      ...(groups.outcome === 'ok' ? [await examinePaging(requests)] : []),
      ...(users.outcome === 'ok'
        ? [await examineFilters(requests), await examineOrganization(requests, await managedIds)]
        : []),
    ];
    return inOrder(SUBJECTS, checks, 'not asked: the lists have to be readable first');
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    const unreached = failed(ENDPOINT, error.message, byOperator(error.hint));
    return inOrder(SUBJECTS, [unreached], 'not asked: the endpoint cannot be read');
  } finally {
    await requests.close();
  }
}

function byOperator(how: string): Remedy {
  return { who: 'operator of this machine', how };
}

function bySupport(how: string): Remedy {
  return { who: 'Optimizely Support', how };
}

/** No read-only key is documented. */
const MAY_WRITE = warned(
  WRITES,
  'the key could create, change and delete users and groups: Opti ID has no key that may only read',
  byOperator(
    'The audit sends GET only. Keep the key where the Okta app keeps it and nowhere else, and make a new one (Opti ID Admin Center › Settings › Authentication › SCIM) if anybody else may have seen it.',
  ),
);

async function readable(requests: ScimRequests, list: ScimList): Promise<Check> {
  const of = list === 'users' ? USERS : GROUPS;
  try {
    const page = await requests.getPage(list, { startIndex: 1, count: 2 });
    const { Resources: rows, totalResults: total } = page as {
      Resources?: unknown[];
      totalResults?: unknown;
    };
    const { dialect } = requests;
    const toRow = list === 'users' ? userRow : groupRow;
    for (const resource of rows ?? [])
      toRow(dialect, String(valueAt(resource, dialect.attributes.id)), resource);
    if (typeof total === 'number' && total > 0) return passed(of, `${total} of them`);
    return failed(
      of,
      'the list is empty, and every organization has some',
      bySupport('Ask Optimizely Support why the endpoint shows none.'),
    );
  } catch (error) {
    return failed(of, messageOf(error), bySupport('Ask Optimizely Support, with this message.'));
  }
}

function messageOf(error: unknown): string {
  if (error instanceof ScimReadFailure) return error.message;
  throw error;
}

/** Reads the groups as the audit does: they are fewer than people, and read in two pages at least. */
async function examinePaging(requests: ScimRequests): Promise<Check> {
  const { rows, failure } = await readList(requests, 'groups');
  if (failure === null) return passed(PAGING, `${rows.length} groups, the same when asked again`);
  return failed(
    PAGING,
    `${failure.message}: the audit would read the list partially`,
    bySupport(
      'Run it again when nothing is being changed. If it stays, send this message to Optimizely Support.',
    ),
  );
}

async function examineFilters(requests: ScimRequests): Promise<Check> {
  const { dialect } = requests;
  const { filters, attributes } = dialect;
  try {
    const page = (await requests.getPage('users', { startIndex: 1, count: 1 })) as { Resources?: unknown[] };
    const email = valueAt(page.Resources?.[0], attributes.user.email);
    if (typeof email !== 'string') return undecided(FILTERS, 'not known: there is no user to look for');
    const found = (await requests.find('users', filters.userByEmail, email)) as { Resources?: unknown[] };
    const isFound = found.Resources?.some((user) => valueAt(user, attributes.user.email) === email) === true;
    if (isFound) return passed(FILTERS, `${filters.userByEmail} ${filters.operator} finds one user`);
    return warned(
      FILTERS,
      `${filters.userByEmail} ${filters.operator} does not find a user of the list`,
      bySupport('Okta looks people up by this filter before it creates them. Ask Optimizely Support.'),
    );
  } catch (error) {
    return warned(
      FILTERS,
      messageOf(error),
      bySupport('Okta looks people up by this filter before it creates them. Ask Optimizely Support.'),
    );
  }
}

/** Some of those whom Okta's app manages must be there; one alone may just have been deleted by hand. */
async function examineOrganization(requests: ScimRequests, managedIds: readonly string[]): Promise<Check> {
  const notProved = (why: string): Check =>
    undecided(
      ORGANIZATION,
      `not proved: ${why}`,
      byOperator('Compare a few users in the Opti ID Admin Center with those of the first run.'),
    );
  for (const id of managedIds) {
    try {
      await requests.getOne('users', id);
      return passed(ORGANIZATION, `it has a user of the SCIM app in Okta (${id})`);
    } catch (error) {
      if (error instanceof ScimReadFailure && error.kind === 'not-found') continue;
      return notProved(messageOf(error));
    }
  }
  if (managedIds.length === 0) return notProved('the SCIM app in Okta shows nobody with an id of Opti ID');
  if (managedIds.length === 1) return notProved('the one user asked for is not there');
  return failed(
    ORGANIZATION,
    `it has none of ${managedIds.length} users whom the SCIM app in Okta manages`,
    byOperator(
      'Check that OPTIID_SCIM_TOKEN is the key that the SCIM app in Okta has, and AUDIT_SCIM_APP the right app.',
    ),
  );
}
