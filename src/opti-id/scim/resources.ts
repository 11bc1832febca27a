import type { OptiGroupRow, OptiUserRow } from '../../domain/dataset.ts';
import { MOST_TEXT_CHARACTERS } from '../store-contract.ts';
import { type ScimDialect, valueAt } from './dialect.ts';
import { ScimReadFailure } from './failures.ts';

/** Members of one group; more is no answer of Opti ID's. */
const MOST_MEMBERS = 2_000_000;

/** A text, null where there is none. A value that is no text means nothing to the audit: a guess would be taken for a fact. */
function textAt(resource: unknown, path: string, what: string): string | null {
  const value = valueAt(resource, path);
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && value.length <= MOST_TEXT_CHARACTERS) return value.toWellFormed();
  throw new ScimReadFailure('not-scim', `${what} has a ${path} that is no text, or a very long one`);
}

function neededText(resource: unknown, path: string, what: string): string {
  const text = textAt(resource, path, what);
  if (text === null || text.trim() === '') throw new ScimReadFailure('not-scim', `${what} has no ${path}`);
  return text;
}

/** RFC 7643 §2.3.5: a time with its zone. What is none stands for *not shown*. */
function timeAt(resource: unknown, path: string): string | null {
  const value = valueAt(resource, path);
  if (typeof value !== 'string' || !/T.*(?:Z|[+-]\d\d:?\d\d)$/u.test(value)) return null;
  const time = new Date(value);
  const year = Number.isNaN(time.getTime()) ? 0 : time.getUTCFullYear();
  return year >= 1 && year <= 9999 ? time.toISOString() : null;
}

/** A user as SCIM shows one. Whoever is deleted is not there; nothing else of what is null here is known. */
export function userRow({ attributes: { user } }: ScimDialect, id: string, resource: unknown): OptiUserRow {
  const what = `the user ${id.slice(0, 80)}`;
  return {
    opti_user_id: id.toWellFormed(),
    home_organization_id: null,
    external_id: textAt(resource, user.externalId, what) || null,
    email: neededText(resource, user.email, what),
    first_name: textAt(resource, user.firstName, what),
    last_name: textAt(resource, user.lastName, what),
    status: null,
    local_login: null,
    last_login_at: null,
    created_at: timeAt(resource, user.created),
    modified_at: timeAt(resource, user.modified),
  };
}

export function groupRow(
  { attributes: { group } }: ScimDialect,
  id: string,
  resource: unknown,
): OptiGroupRow {
  return {
    opti_group_id: id.toWellFormed(),
    name: neededText(resource, group.name, `the group ${id.slice(0, 80)}`),
    description: null,
    group_type: null,
    user_count: null,
    created_at: timeAt(resource, group.created),
    modified_at: timeAt(resource, group.modified),
  };
}

/** Ids of the users in a group; groups in a group are not among them. */
export function memberIds(
  { attributes: { group, member } }: ScimDialect,
  id: string,
  resource: unknown,
): string[] {
  const members = valueAt(resource, group.members) ?? [];
  const what = `the group ${id.slice(0, 80)}`;
  if (!Array.isArray(members) || members.length > MOST_MEMBERS) {
    throw new ScimReadFailure('not-scim', `${what} has members that are no list, or a very long one`);
  }
  const ids = members.flatMap((one: unknown) => {
    if (valueAt(one, member.type) === 'Group') return [];
    const value = valueAt(one, member.id);
    if (typeof value !== 'string' || value === '')
      throw new ScimReadFailure('not-scim', `${what} has a member without an id`);
    return [value.toWellFormed()];
  });
  return [...new Set(ids)];
}
