import type { DatasetName } from '../../domain/dataset.ts';
import { byCodeUnit } from '../../domain/finding.ts';
import type { ChangedRow, SnapshotDiff } from '../../domain/snapshot-diff.ts';
import type { Snapshot } from '../../snapshot/open-snapshot.ts';
import { fillTable } from '../derived/derive.ts';
import { type Database, openDatabase, type SqlRow } from '../engine/database.ts';
import { databaseOptionsFor, loadSnapshot } from '../engine/load.ts';

/** Rows of two snapshots that can be compared: by an id within an org, by name between orgs. */
interface Part {
  part: SnapshotDiff['part'];
  title: string;
  /** The list of them. */
  list: DatasetName;
  /** Other datasets that the query reads: while one of them is not complete, nothing is called gone or changed. */
  reads: readonly DatasetName[];
  sql: (by: Keys) => string;
}

/** The key of each kind of row, as SQL. */
interface Keys {
  oktaUser: string;
  oktaGroup: string;
  optiUser: string;
  optiGroup: string;
  /** Ids are told as values of their own within an org only. */
  isById: boolean;
}

const OKTA_EMAIL = 'coalesce(okta_users.email, okta_users.login, okta_users.okta_user_id)';
const OPTI_EMAIL = "coalesce(nullif(opti_id_users.email, ''), opti_id_users.opti_user_id)";

const BY_ID: Keys = {
  oktaUser: 'okta_users.okta_user_id',
  oktaGroup: 'okta_groups.okta_group_id',
  optiUser: 'opti_id_users.opti_user_id',
  optiGroup: 'opti_id_groups.opti_group_id',
  isById: true,
};
const BY_NAME: Keys = {
  oktaUser: `fold_email(${OKTA_EMAIL})`,
  oktaGroup: 'fold_name(okta_groups.name)',
  optiUser: `fold_email(${OPTI_EMAIL})`,
  optiGroup: 'fold_name(opti_id_groups.name)',
  isById: false,
};

const PARTS: readonly Part[] = [
  {
    part: 'okta-people',
    title: 'People in Okta, of those who were looked at',
    list: 'okta.users',
    reads: ['okta.appUsers'],
    sql: ({ oktaUser }) => `
      select ${oktaUser} as key, ${OKTA_EMAIL} as subject, email, login, okta_users.status, first_name, last_name,
        app_users.status as status_in_the_scim_app
      from snapshot.okta_users as okta_users
      left join snapshot.okta_app_users as app_users using (okta_user_id)`,
  },
  {
    part: 'okta-groups',
    title: 'Groups in Okta',
    list: 'okta.groups',
    reads: ['okta.pushScope'],
    sql: ({ oktaGroup }) => `
      select ${oktaGroup} as key, name as subject, name, type, push_scope.okta_group_id is not null as is_meant_to_be_pushed
      from snapshot.okta_groups as okta_groups
      left join snapshot.okta_push_scope as push_scope using (okta_group_id)`,
  },
  {
    part: 'okta-memberships',
    title: 'Memberships in Okta, of groups that are meant to be pushed in both',
    list: 'okta.groupMembers',
    reads: ['okta.users', 'okta.groups', 'okta.pushScope'],
    sql: ({ oktaUser, oktaGroup }) => `
      select to_json([${oktaGroup}, ${oktaUser}])::varchar as key, ${OKTA_EMAIL} || ' → ' || okta_groups.name as subject
      from snapshot.okta_group_members as members
      join snapshot.okta_groups as okta_groups on id_no(okta_groups.okta_group_id) = members.okta_group_no
      join snapshot.okta_users as okta_users on id_no(okta_users.okta_user_id) = members.okta_user_no
      join compared_group on compared_group.key = ${oktaGroup}`,
  },
  {
    part: 'opti-people',
    title: 'People in Opti ID',
    list: 'optiId.users',
    reads: [],
    sql: ({ optiUser, isById }) => `
      select ${optiUser} as key, ${OPTI_EMAIL} as subject, email, status, first_name, last_name, local_login
        ${isById ? ', external_id, home_organization_id' : ''}
      from snapshot.opti_id_users as opti_id_users`,
  },
  {
    part: 'opti-groups',
    title: 'Groups in Opti ID',
    list: 'optiId.groups',
    reads: ['optiId.groupInstanceRoles', 'optiId.productInstances', 'optiId.roles'],
    sql: ({ optiGroup }) => `
      select ${optiGroup} as key, opti_id_groups.name as subject, opti_id_groups.name, group_type, description,
        coalesce((
          select string_agg(grant_words, '; ' order by grant_words) from (
            select instances.product || ' / ' || coalesce(instances.nickname, instances.opti_instance_id) || ': ' || roles.name as grant_words
            from snapshot.opti_id_group_instance_roles as granted
            join snapshot.opti_id_product_instances as instances using (opti_instance_id)
            join snapshot.opti_id_roles as roles using (opti_role_id)
            where granted.opti_group_id = opti_id_groups.opti_group_id
          )
        ), '') as grants
      from snapshot.opti_id_groups as opti_id_groups`,
  },
  {
    part: 'opti-memberships',
    title: 'Memberships in Opti ID',
    list: 'optiId.groupMembers',
    reads: ['optiId.users', 'optiId.groups'],
    sql: ({ optiUser, optiGroup }) => `
      select to_json([${optiGroup}, ${optiUser}])::varchar as key, ${OPTI_EMAIL} || ' → ' || opti_id_groups.name as subject
      from snapshot.opti_id_group_members as members
      join snapshot.opti_id_groups as opti_id_groups on id_no(opti_id_groups.opti_group_id) = members.opti_group_no
      join snapshot.opti_id_users as opti_id_users on id_no(opti_id_users.opti_user_id) = members.opti_user_no`,
  },
];

const NAMES = [...new Set(PARTS.flatMap(({ list, reads }) => [list, ...reads]))];

/** Two snapshots are open at a time: together they take what one analysis may. */
const MEMORY_LIMIT = '600MB';

/** More are counted, and not listed. */
const MOST_LISTED = 10_000;

interface Options {
  /** People by e-mail, groups by name: the ids of another org say nothing. */
  byName: boolean;
  signal?: AbortSignal;
}

/** What differs between two snapshots. What is missing from a list that was not read completely is not called gone. */
export async function compareSnapshots(
  before: Snapshot,
  after: Snapshot,
  { byName, signal }: Options,
): Promise<SnapshotDiff[]> {
  const options = { memoryLimit: MEMORY_LIMIT, ...(signal === undefined ? {} : { signal }) };
  const open: Database[] = [];
  try {
    for (const snapshot of [before, after]) {
      const database = await openDatabase(databaseOptionsFor(snapshot, options));
      open.push(database);
      await loadSnapshot(database, snapshot, NAMES);
    }
    const [earlier, later] = open as [Database, Database];
    const keys = byName ? BY_NAME : BY_ID;
    await shareScope(earlier, later, keys);
    const diffs: SnapshotDiff[] = [];
    for (const part of PARTS) {
      diffs.push(
        await comparePart(
          part,
          keys,
          { snapshot: before, database: earlier },
          { snapshot: after, database: later },
        ),
      );
    }
    return diffs;
  } finally {
    for (const database of open) await database.close();
  }
}

/** Members are read of groups in the push scope alone: of a group that came into it or left it nothing can be said. */
async function shareScope(before: Database, after: Database, { oktaGroup }: Keys): Promise<void> {
  const scope = `select distinct ${oktaGroup} as key
    from snapshot.okta_groups as okta_groups join snapshot.okta_push_scope using (okta_group_id) order by key`;
  const [ours, theirs] = [await before.all(scope), await after.all(scope)];
  const known = new Set(ours.map(({ key }) => key));
  const both = theirs.flatMap(({ key }) => (known.has(key ?? null) ? [[String(key)]] : []));
  for (const database of [before, after]) await fillTable(database, 'compared_group (key varchar)', both);
}

interface Side {
  snapshot: Snapshot;
  database: Database;
}

async function comparePart(
  { part, title, list, reads, sql }: Part,
  keys: Keys,
  before: Side,
  after: Side,
): Promise<SnapshotDiff> {
  const diff: SnapshotDiff = { part, title, added: 0, gone: 0, changed: 0, rows: [], more: 0, missing: [] };
  for (const [side, word] of [
    [before, 'earlier'],
    [after, 'later'],
  ] as const) {
    for (const name of [list, ...reads]) {
      const { completeness, reason } = side.snapshot.manifest.datasets[name];
      if (completeness === 'unread' || completeness === 'partial') {
        const how = completeness === 'partial' ? 'read partially' : 'not read';
        diff.missing.push(`${name} was ${how} in the ${word} one: ${reason}`);
      }
    }
  }
  // A row of one side is believed; that it is not on the other side only where that list is complete.
  const isComplete = ({ snapshot }: Side) =>
    [list, ...reads].every((name) =>
      ['complete', 'not_applicable'].includes(snapshot.manifest.datasets[name].completeness),
    );
  const [isEarlierKnown, isLaterKnown] = [isComplete(before), isComplete(after)];
  if (!isEarlierKnown) diff.added = null;
  if (!isLaterKnown) diff.gone = null;
  if (!isEarlierKnown || !isLaterKnown) diff.changed = null;
  // As bytes on both sides: DuckDB compares code points, and JavaScript code units.
  const ordered = `select *, row_number() over (partition by key order by all_of_it) as nth from (
      select part.*, to_json(part)::varchar as all_of_it from (${sql(keys)}) as part
    ) order by by_code_unit(key), nth`;
  await merge(ordered, before.database, after.database, (earlier, later) => {
    const found = changeOf(earlier, later);
    if (found === null || diff[found.change] === null) return;
    diff[found.change] = (diff[found.change] ?? 0) + 1;
    if (diff.rows.length < MOST_LISTED) diff.rows.push(found);
    else diff.more += 1;
  });
  const rank = ({ change, subject }: ChangedRow) => `${subject}\u0000${change}`;
  diff.rows.sort((a, b) => byCodeUnit(rank(a), rank(b)));
  return diff;
}

/** Walks two sorted answers side by side. */
async function merge(
  sql: string,
  before: Database,
  after: Database,
  onPair: (earlier: SqlRow | null, later: SqlRow | null) => void,
): Promise<void> {
  const [left, right] = [rowsOf(before, sql), rowsOf(after, sql)];
  try {
    let [a, b] = [await left.next(), await right.next()];
    while (!a.done || !b.done) {
      const order = a.done ? 1 : b.done ? -1 : inOrder(a.value, b.value);
      onPair(order <= 0 && !a.done ? a.value : null, order >= 0 && !b.done ? b.value : null);
      if (order <= 0) a = await left.next();
      if (order >= 0) b = await right.next();
    }
  } finally {
    await Promise.all([left.return(), right.return()]);
  }
}

function inOrder(a: SqlRow, b: SqlRow): number {
  return byCodeUnit(String(a.key), String(b.key)) || Number(a.nth) - Number(b.nth);
}

async function* rowsOf(database: Database, sql: string): AsyncGenerator<SqlRow, void, undefined> {
  for await (const rows of database.stream(sql)) yield* rows;
}

/** Columns that serve the comparison. */
const OWN = new Set(['key', 'subject', 'all_of_it', 'nth']);

function changeOf(before: SqlRow | null, after: SqlRow | null): ChangedRow | null {
  const subject = String((after ?? before)?.subject);
  if (before === null) return { change: 'added', subject, values: [] };
  if (after === null) return { change: 'gone', subject, values: [] };
  const values = Object.keys(after)
    .filter((column) => !OWN.has(column) && before[column] !== after[column])
    .map((column) => ({ column, before: asValue(before[column]), after: asValue(after[column]) }));
  return values.length === 0 ? null : { change: 'changed', subject, values };
}

function asValue(value: SqlRow[string] | undefined): string | boolean | null {
  return value === null || value === undefined || typeof value === 'boolean'
    ? (value ?? null)
    : String(value);
}
