import { type Check, type CheckSubject, failed, passed, undecided } from '../../domain/check.ts';
import { resolvePushScope } from '../../domain/okta.ts';
import { readFirstPage, readOne } from '../reading.ts';
import type { OktaRequests } from '../requests.ts';
import type { CountedGroup } from '../schemas.ts';
import { askingOf, type Session } from './session.ts';

export const PUSH_GROUPS: CheckSubject = {
  id: 'okta.push-groups',
  group: 'okta',
  title: 'AUDIT_PUSH_GROUPS names groups',
};

/** More entries than these are left to the audit, which has all groups at hand. */
const MOST_LOOKED_UP = 10;
const OKTA_GROUP_ID = /^00g[A-Za-z0-9]{17}$/u;

type Answer = { entry: string; is: 'found' } | { entry: string; is: 'missing' | 'unknown'; why: string };

/** Whether each entry names a group, by Okta's search: the audit itself compares them with all groups. */
export async function examinePushGroups(
  session: Session,
  requests: OktaRequests,
  entries: readonly string[],
  scimAppId: string | null,
): Promise<Check> {
  const answers = await Promise.all(
    entries.slice(0, MOST_LOOKED_UP).map((entry) => lookUp(session, requests, entry, scimAppId)),
  );
  const count = (is: Answer['is']): number => answers.filter((answer) => answer.is === is).length;
  const whyOf = (is: 'missing' | 'unknown'): string =>
    answers.flatMap((answer) => (answer.is === is ? [`"${answer.entry}": ${answer.why}`] : [])).join('; ');
  const found = `${count('found')} of ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'} found`;
  if (count('missing') > 0) {
    return failed(PUSH_GROUPS, `${found}; ${whyOf('missing')}`, {
      who: 'operator of this machine',
      how: 'Correct AUDIT_PUSH_GROUPS: entries are group ids, exact names or patterns with * and ?; upper and lower case differ, and a comma in a name is written \\,. A group made within the last minutes may be missing from what Okta searches: then run doctor again.',
    });
  }
  const open = entries.length - answers.length;
  if (count('unknown') > 0 || open > 0) {
    const reasons = [whyOf('unknown'), open > 0 ? `${open} were not looked up` : ''].filter(
      (why) => why !== '',
    );
    return undecided(PUSH_GROUPS, `${found}; ${reasons.join('; ')}`);
  }
  return passed(PUSH_GROUPS, found);
}

async function lookUp(
  session: Session,
  requests: OktaRequests,
  entry: string,
  scimAppId: string | null,
): Promise<Answer> {
  const asking = askingOf(requests);
  if (OKTA_GROUP_ID.test(entry)) {
    const { failure } = await session.ask(() => readOne(asking, 'group', { group: entry }));
    if (!failure) return { entry, is: 'found' };
    return failure.kind === 'not-found'
      ? { entry, is: 'missing', why: 'Okta shows no group of this id' }
      : { entry, is: 'unknown', why: failure.message };
  }
  // Okta's search knows beginnings of names and no patterns, and does not mind case.
  const start = /^[^*?]*/u.exec(entry)?.[0] ?? '';
  if (start === '') return { entry, is: 'unknown', why: 'a pattern without a beginning is not looked up' };
  const operator = start === entry ? 'eq' : 'sw';
  const query = { search: `profile.name ${operator} ${JSON.stringify(start)}` };
  const asked = await session.ask(() => readFirstPage(asking, 'groups', {}, { query }));
  if (asked.failure) return { entry, is: 'unknown', why: asked.failure.message };
  const { rows, hasMore } = asked.value;
  if (isNamed(entry, rows, scimAppId)) return { entry, is: 'found' };
  if (hasMore) return { entry, is: 'unknown', why: 'more groups begin like this than were looked at' };
  const near = rows.find(({ name }) => name.toLowerCase() === entry.toLowerCase())?.name;
  const why =
    near !== undefined && near !== entry
      ? `no group of this name; is "${near}" meant?`
      : near === entry
        ? 'only a group that the SCIM app brought into Okta bears this name'
        : 'no group of this name';
  return { entry, is: 'missing', why };
}

/** As the audit decides it, among these groups. */
function isNamed(entry: string, groups: readonly CountedGroup[], scimAppId: string | null): boolean {
  const { rows } = resolvePushScope({
    setting: [entry],
    scimAppGroups: [],
    ssoAppGroups: [],
    mappings: [],
    groups,
    scimAppId,
  });
  return rows.length > 0;
}
