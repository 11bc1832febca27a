import { DATASET_NAMES, DATASETS, type DatasetName, snapshotTable } from '../../domain/dataset.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { ColumnDescription, ExampleQuery, TableDescription } from '../../domain/table-description.ts';
import { INPUT_TABLES } from '../derived/derive.ts';
import { DERIVED_TABLES } from '../derived/index.ts';
import type { TableMeaning } from '../derived/table.ts';
import { loadedColumns } from './load.ts';
import { openTables } from './open-tables.ts';

/** Every table that a query may name, with the columns and types that the engine gives them. */
export async function describeTables(): Promise<TableDescription[]> {
  const { database } = await openTables(EMPTY_SNAPSHOT, 'precutover');
  try {
    const rows = await database.all(
      `select case schema_name when 'main' then '' else schema_name || '.' end || table_name as name,
         column_name, data_type
       from duckdb_columns()
       where not internal
       order by name, column_index`,
    );
    const columnsOf = (table: string, meanings: Meanings): ColumnDescription[] =>
      rows
        .filter(({ name }) => name === table)
        .map(({ column_name, data_type }) => ({
          name: String(column_name),
          type: String(data_type),
          means: meanings[String(column_name)] ?? '',
        }));
    const datasets = DATASET_NAMES.map((dataset) => {
      const name = snapshotTable(dataset);
      return {
        name,
        means: DATASETS[dataset].means,
        isDataset: true,
        columns: columnsOf(name, meaningsOf(dataset)),
      };
    });
    const derived = [...INPUT_TABLES, ...DERIVED_TABLES].map((table: TableMeaning) => ({
      name: table.name,
      means: table.means,
      isDataset: false,
      columns: columnsOf(table.name, {
        ...COMMON_MEANINGS,
        ...(table.reads === undefined ? {} : meaningsOf(table.reads)),
        ...table.columns,
      }),
    }));
    return [...datasets, ...derived];
  } finally {
    await database.close();
  }
}

type Meanings = Readonly<Record<string, string>>;

function meaningsOf(dataset: DatasetName): Meanings {
  return Object.fromEntries(loadedColumns(dataset).map(({ column, means }) => [column, means]));
}

function agreedMeanings(): Meanings {
  const all = DATASET_NAMES.flatMap((name) => Object.entries(meaningsOf(name)));
  return Object.fromEntries(
    all.filter(([column, means]) => all.every(([other, said]) => other !== column || said === means)),
  );
}

const NOTHING_READ = '1970-01-01T00:00:00.000Z';

/** A snapshot in which nothing was read: its tables have all their columns and no rows. */
const EMPTY_MANIFEST: Manifest = {
  format: 0,
  tool: { name: '', version: '' },
  org: '',
  opti_organization_id: '',
  opti_id_source: 'database',
  began: NOTHING_READ,
  ended: NOTHING_READ,
  settings: { scim_app: null, sso_app: null, push_groups: null, lag_minutes: 0, log_days: 0 },
  proofs: null,
  carried_over: null,
  datasets: Object.fromEntries(
    DATASET_NAMES.map((name) => [
      name,
      {
        file: DATASETS[name].file,
        completeness: 'unread',
        reason: 'nothing was asked for',
        rows: 0,
        requests: 0,
        began: null,
        ended: null,
        sha256: null,
      },
    ]),
  ) as Manifest['datasets'],
};

const EMPTY_SNAPSHOT = {
  dir: '',
  manifest: EMPTY_MANIFEST,
  hash: '',
  path: (name: DatasetName) => {
    throw new Error(`${name} has no file: nothing was read.`);
  },
};

/** Columns that mean the same wherever they stand: those that all datasets agree on, and these. */
const COMMON_MEANINGS: Meanings = {
  ...agreedMeanings(),
  okta_user_id: 'Okta id of the user',
  okta_user_no: 'The same id as a number',
  okta_group_no: 'The same id as a number',
  okta_mapping_id: 'Okta id of the push mapping',
  okta_app_id: 'Okta id of the app',
  okta_group_name: 'Name of the group in Okta',
  okta_email: 'E-mail in Okta',
  okta_status: 'Status of the user in Okta',
  opti_user_id: 'Id of the user in the store: the SCIM id',
  opti_user_no: 'The same id as a number',
  opti_group_no: 'The same id as a number',
  opti_instance_no: 'The same id as a number',
  opti_role_no: 'The same id as a number',
  opti_group_name: 'Name of the group in the store',
  opti_email: 'E-mail in the store',
  opti_instance_id: 'Id of the product instance in the store',
  instance: 'Name of the product instance',
  role: 'Name of the role',
  name: 'Name of the group',
  folded_name: 'Name without what Opti ID does not tell apart: two that are equal here are one name there',
  lookalike_name: 'Name without what people do not tell apart: two that are equal here look the same',
  folded_email: 'E-mail without what Opti ID does not tell apart',
  folded_user_name: 'User name without what Opti ID does not tell apart',
  is_built_in_everyone: "True for Okta's own group Everyone",
  is_team: 'True where the name contains `::`: a push of it makes a team, not a group',
  is_reserved: 'True for a name that Opti ID reserves',
  looks_reserved: 'True for a name that looks like one that Opti ID reserves',
  members: 'How many present members it has',
  grants: 'What it grants: product, instance and role, in words',
  is_super_admin: 'True for Super Admin of the Admin Center',
  created: 'When it was made',
  first_name: 'First name',
  last_name: 'Last name',
  email: 'E-mail',
  is_active: 'True where the status in Okta lets the person work',
  is_staged: 'True where the person is about to be active in Okta',
  is_assigned: 'True where the user is assigned to the SCIM app (or to the SSO app that stands in)',
  is_collaborator: 'True where the home organization is another one',
  matched_by: 'By what the two were matched',
  matched_by_id: 'True where an id ties the two together, not the e-mail alone',
  tie: 'Number of the tie between the two, the strongest first: see account_tie',
  match_rank: 'Which of several matches on one tie counts first',
  other_profiles: 'Okta ids of whoever else points to the account, each with its status',
  through_taken_group: 'True where the group must be deleted before the push',
  through_orphaned_group: 'True where nobody pushes the group now',
  comes_back: 'True where it can be given back through the pushed group',
  event_id: 'Id of the System Log event',
  outcome: 'Outcome of the event: `SUCCESS`, `FAILURE` and others',
  is_success: 'True where the outcome is SUCCESS',
  user_key: 'What tells the users of events apart: the Okta id, or the folded user name',
  group_key: 'What tells the groups of events apart: the Okta id, or the folded name',
  group_name: 'Name of the group',
  folded_group_name: 'Name of the group without what Opti ID does not tell apart',
  reason: 'Why',
  cause: 'What is wrong',
};

/** Questions that people ask of a snapshot, for the documentation; tests run each. */
export const EXAMPLE_QUERIES: readonly ExampleQuery[] = [
  {
    question: 'How many Okta users are there by status, and how many of them are assigned to the SCIM app?',
    sql: `select status, count(*) as users, count(*) filter (okta_user_id in (select okta_user_id from assigned_user)) as assigned
from okta_user
group by status
order by users desc, status`,
  },
  {
    question: 'Who is in a group in Okta, by name? Memberships are numbers; joins give the names back.',
    sql: `select okta_group.name, okta_user.email, okta_user.status
from snapshot.okta_group_members
join okta_group using (okta_group_no)
join okta_user using (okta_user_no)
order by all`,
  },
  {
    question: 'Who is in a group in Opti ID, by name?',
    sql: `select opti_group.name, opti_user.email, opti_user.status
from opti_group_member
join opti_group using (opti_group_no)
join opti_user using (opti_user_no)
order by all`,
  },
  {
    question: 'By what were people matched?',
    sql: `select matched_by, count(*) as people from user_pair group by matched_by order by people desc, matched_by`,
  },
  {
    question: 'Which memberships differ, and why?',
    sql: `select change, okta_group_name, coalesce(okta_email, opti_email) as email, reason
from membership_change
order by all`,
  },
  {
    question: 'Who reaches which role, and through which group?',
    sql: `select opti_user.email, product, instance, role, opti_group_name
from access_path
join opti_user using (opti_user_no)
order by all`,
  },
  {
    question: 'Which System Log events name a user?',
    sql: `select published, event_type, outcome, outcome_reason
from log_event_target
where alternate_id = 'somebody@example.com'
order by all`,
  },
];
