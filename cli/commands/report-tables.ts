import type { ReportRows } from '../../src/analysis/engine/report-tables.ts';
import type { TableDescription } from '../../src/domain/table-description.ts';
import { REPORT_TABLES, type ReportTable } from '../../src/report/files/columns.ts';
import { planRows } from '../../src/report/files/plan-csv.ts';
import { type AuditFolder, readFindings, readPlan, readReport } from '../../src/runs/read-run.ts';

/** Columns that are not texts; the names are told apart by table where one is both. */
const TYPES: Readonly<Record<string, string>> = {
  members_okta: 'BIGINT',
  members_opti: 'BIGINT',
  members_lost: 'BIGINT',
  members_gained: 'BIGINT',
  'rules.findings': 'BIGINT',
  step: 'BIGINT',
  depends_on: 'VARCHAR[]',
  resolves: 'VARCHAR[]',
  irreversible: 'BOOLEAN',
  first_seen: 'TIMESTAMP',
  published: 'TIMESTAMP',
  evidence: 'JSON',
};

const NAMES = Object.keys(REPORT_TABLES) as ReportTable[];

function columnsOf(name: ReportTable): Record<string, string> {
  return Object.fromEntries(
    Object.keys(REPORT_TABLES[name].columns).map((column) => [
      column,
      TYPES[`${name}.${column}`] ?? TYPES[column] ?? 'VARCHAR',
    ]),
  );
}

/** The reports of a run as tables that a query may name, for its documentation. */
export function describeReportTables(): TableDescription[] {
  return NAMES.map((name) => {
    const { about, columns } = REPORT_TABLES[name];
    const types = columnsOf(name);
    return {
      name,
      means: `${about.split(/(?<=\.) /u)[0]}`,
      isDataset: false,
      columns: Object.entries(columns).map(([column, means]) => ({
        name: column,
        type: types[column] ?? '',
        means,
      })),
    };
  });
}

/** The tables of reports that a query may mean: words that are something else there cost a file that is read. */
export function reportTablesIn(sql: string): ReportTable[] {
  return NAMES.filter((name) => new RegExp(`\\b${name}\\b`, 'iu').test(sql));
}

/** The rows of a run's report, those of findings and plan as raw values. */
export async function reportRows(name: ReportTable, run: AuditFolder): Promise<ReportRows> {
  const rows =
    name === 'findings'
      ? await readFindings(run)
      : name === 'plan'
        ? planRows(await readPlan(run))
        : // What only one job reports is a table without rows for the other.
          run.run.files.includes(`${name}.csv`)
          ? await readReport(run, name)
          : [];
  return { name, columns: columnsOf(name), rows };
}
