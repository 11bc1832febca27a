import type { Column } from '../../domain/column.ts';
import { DATASETS, type DatasetName, snapshotTable } from '../../domain/dataset.ts';
import type { RowsBehind, ShownRow, ShownRows } from '../../domain/explanation.ts';
import type { Finding } from '../../domain/finding.ts';
import type { CatalogueRule, FlaggedRow } from '../../domain/rule.ts';
import type { Database } from '../engine/database.ts';
import type { OpenTables } from '../engine/open-tables.ts';
import { bound, fixed, joined, type Statement } from '../engine/statement.ts';
import { ruleReadiness } from '../judge/needs.ts';
import { findingId } from '../judge/run-rules.ts';

/** Rows of a table that are shown; the others are counted. */
const ROWS_SHOWN = 10;

/** A table whose rows stand behind findings, and the columns that hold the ids by which they are found. */
interface Source {
  table: string;
  means: string;
  idColumns: readonly string[];
  /** Where the table's own columns do not say it in words. */
  sql?: string;
}

function ofDataset(name: DatasetName, means: string): Source {
  const ids = Object.entries<Column>(DATASETS[name].columns).filter(([, { isKey, isId }]) => isKey || isId);
  return { table: snapshotTable(name), means, idColumns: ids.map(([column]) => column) };
}

const SOURCES: readonly Source[] = [
  ofDataset('okta.apps', 'The app'),
  ofDataset('okta.scimApp', 'The app as the SCIM app'),
  ofDataset('okta.ssoApp', 'The app as the SSO app'),
  ofDataset('optiId.organizations', 'The organization'),
  ofDataset('optiId.ssoConnections', 'The SSO connection'),
  ofDataset('okta.users', 'The Okta user'),
  ofDataset('okta.suspendedUsers', 'The Okta user among the suspended ones'),
  ofDataset('okta.appUsers', 'The user in the SCIM app'),
  ofDataset('okta.ssoAppUsers', 'The user in the SSO app'),
  ofDataset('okta.userLookups', 'The look-up of the store user in Okta'),
  {
    table: 'user_pair',
    means: 'Who is taken for the same person, and by what',
    idColumns: ['okta_user_id', 'opti_user_id'],
    sql: 'select * exclude (okta_user_no, opti_user_no) from user_pair',
  },
  ofDataset('optiId.users', 'The store user'),
  ofDataset('optiId.invitations', 'The invitation'),
  ofDataset('okta.groups', 'The Okta group'),
  ofDataset('okta.pushScope', 'Why the group is meant to be pushed'),
  ofDataset('okta.groupPushMappings', 'The push mapping'),
  {
    table: 'group_pair',
    means: 'The store group that the mapping is taken to have made, and by what',
    idColumns: ['okta_mapping_id', 'okta_group_id', 'opti_group_id'],
  },
  {
    table: 'opti_group',
    means: 'The store group',
    idColumns: ['opti_group_id'],
    sql: `select opti_group.* exclude (opti_group_no), members, grants
      from opti_group join opti_group_record using (opti_group_id)`,
  },
  { table: 'in_flight', means: 'What is on its way', idColumns: ['okta_id', 'opti_id'] },
  { table: 'opti_grant', means: 'What the store group grants', idColumns: ['opti_group_id'] },
  {
    table: 'access_path',
    means: 'What the store user reaches, and through which group',
    idColumns: ['opti_user_id'],
    sql: `select opti_user_id, email, opti_group_name, product, instance, role, through_taken_group, through_orphaned_group
      from access_path join opti_user using (opti_user_no)`,
  },
  ofDataset('okta.logEvents', 'The System Log event'),
];

/** Memberships of a side, with the names that their numbers stand for. */
const MEMBERSHIPS = [
  {
    table: 'snapshot.okta_group_members',
    means: 'Memberships in Okta',
    group: 'okta_group_id',
    user: 'okta_user_id',
    sql: `select okta_group_id, name as group_name, okta_user_id, email, status
      from snapshot.okta_group_members
      join okta_group using (okta_group_no)
      join okta_user using (okta_user_no)`,
  },
  {
    table: 'opti_group_member',
    means: 'Memberships in Opti ID',
    group: 'opti_group_id',
    user: 'opti_user_id',
    sql: `select opti_group_id, opti_group.name as group_name, opti_user_id, email, status
      from opti_group_member
      join opti_group using (opti_group_no)
      join opti_user using (opti_user_no)`,
  },
] as const;

/** The tables that {@link findRowsBehind} reads for a rule, by the queries that name them. */
export function queriesBehind(rule: CatalogueRule | null): string[] {
  return [
    ...(rule?.kind === 'sql' ? [rule.sql] : []),
    ...[...SOURCES, ...MEMBERSHIPS].map(({ table, sql = '' }) => `${table} ${sql}`),
  ];
}

/** Looks up what stands behind a finding: what its rule says of the subject now, and the rows that have its ids. */
export async function findRowsBehind(
  tables: OpenTables,
  finding: Finding,
  rule: CatalogueRule | null,
): Promise<RowsBehind> {
  const ids = await withPartners(tables.database, idsOf(finding));
  const shown =
    ids.length === 0
      ? []
      : [
          ...(await rowsWithIds(tables.database, ids)),
          ...(await membershipsOf(tables.database, ids, finding.subject_type === 'membership')),
        ];
  return { ...(await judgeAgain(tables, finding, rule)), tables: shown, missing: [] };
}

async function judgeAgain(
  { database, manifest, facts }: OpenTables,
  finding: Finding,
  rule: CatalogueRule | null,
): Promise<Pick<RowsBehind, 'row' | 'unasked' | 'verdict'>> {
  const nothing = { row: null, verdict: null, unasked: null };
  if (rule === null) return { ...nothing, unasked: 'this version does not have it' };
  const readiness = ruleReadiness(rule, manifest, facts.needs);
  if (readiness.state !== 'ready') return { ...nothing, unasked: readiness.reason };
  if (rule.kind === 'configuration') return { ...nothing, verdict: rule.judge(facts.configuration) };
  const rows = (await database.all(rule.sql)) as FlaggedRow<string>[];
  const row = rows.find((each) => findingId(rule.id, each) === finding.finding_id);
  if (row === undefined) return nothing;
  // What no file shows is not shown here either.
  const shown = Object.entries(row).filter(([column]) => rule.codes?.[column] === undefined);
  return { ...nothing, row: Object.fromEntries(shown) as ShownRow };
}

/** Evidence under these keys is ids; the rest is words, which may be written like somebody's id. */
const HOLDS_IDS = /(_id|_ids|_event)$/u;

function idsOf({ okta_id, opti_id, evidence }: Finding): string[] {
  const named = Object.entries(evidence)
    .filter(([key]) => HOLDS_IDS.test(key))
    .flatMap(([, value]) => value);
  return [okta_id, opti_id, ...named].filter((id) => typeof id === 'string');
}

/** These ids, and those of the users and groups on the other side that stand for the same. */
async function withPartners(database: Database, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const among = (column: string) => isAmong(ids, column);
  const partners = await database.all(
    bound`select opti_user_id as id from user_pair where ${among('okta_user_id')}
     union select okta_user_id from user_pair where ${among('opti_user_id')}
     union select opti_group_id from group_pair where ${among('okta_group_id')}
     union select okta_group_id from group_pair where ${among('opti_group_id')}
     order by id`,
  );
  return [...new Set([...ids, ...partners.map(({ id }) => String(id))])];
}

async function rowsWithIds(database: Database, ids: readonly string[]): Promise<ShownRows[]> {
  const shown: ShownRows[] = [];
  for (const { table, means, idColumns, sql = `from ${table}` } of SOURCES) {
    const condition = joined(
      idColumns.map((column) => isAmong(ids, column)),
      ' or ',
    );
    shown.push({ table, means, ...(await firstRows(database, sql, condition)) });
  }
  return shown.filter(({ rows }) => rows.length > 0);
}

/** Of a user and a group the one membership, on a side that has none no row; of either alone all of them. */
async function membershipsOf(
  database: Database,
  ids: readonly string[],
  isOfBoth: boolean,
): Promise<ShownRows[]> {
  const shown: ShownRows[] = [];
  for (const { table, means, group, user, sql } of MEMBERSHIPS) {
    const condition = joined(
      [group, user].map((column) => isAmong(ids, column)),
      isOfBoth ? ' and ' : ' or ',
    );
    shown.push({ table, means, ...(await firstRows(database, sql, condition)) });
  }
  return shown.filter(({ rows }) => isOfBoth || rows.length > 0);
}

function isAmong(ids: readonly string[], column: string): Statement {
  return bound`${fixed(column)} in (select unnest(${ids}))`;
}

async function firstRows(
  database: Database,
  sql: string,
  condition: Statement,
): Promise<Pick<ShownRows, 'rows' | 'more'>> {
  const found = await database.all(
    bound`select *, count(*) over () as rows_in_all from (${fixed(sql)}) where ${condition} order by all limit ${ROWS_SHOWN}`,
  );
  return {
    rows: found.map(({ rows_in_all: _count, ...row }) => row),
    more: Number(found[0]?.rows_in_all ?? 0) - found.length,
  };
}
