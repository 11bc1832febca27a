import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type ExcelJS from '@protobi/exceljs';
import WorkbookWriter from '@protobi/exceljs/lib/stream/xlsx/workbook-writer.js';
import { type Finding, SEVERITIES, type Severity, worstFirst } from '../../domain/finding.ts';
import type { Plan } from '../../domain/plan.ts';
import type { RunOutcome } from '../../domain/run.ts';
import type { AccessRow, GroupRow, UserRow } from '../../domain/situation.ts';
import { headRows, planBanner } from '../text/plan-head.ts';
import { visibleText } from '../text/visible-text.ts';
import { columnsOf, inFileOrder, type ReportTable } from './columns.ts';
import { type Cell, rawText } from './csv.ts';
import type { Excerpt } from './excerpt.ts';
import { planRows } from './plan-csv.ts';

const WORKBOOK_FILE = 'review.xlsx';

/** Most rows of a sheet: a spreadsheet stays usable, and a run of a large org does not wait for a file that nobody scrolls. */
export const MOST_SHEET_ROWS = 50_000;

/** The longest text that a cell of a spreadsheet holds. */
const MOST_LETTERS = 32_767;

const FILLS: Record<Severity, string> = {
  blocker: 'FFF4B6B0',
  error: 'FFFAD7C3',
  warning: 'FFFCEBB6',
  info: 'FFDCE9F7',
};

/** Widths in characters; what is not named here is as wide as a word or two. */
const WIDTHS: Readonly<Record<string, number>> = {
  finding_id: 19,
  rule: 28,
  subject: 40,
  okta_id: 24,
  opti_id: 24,
  detail: 60,
  fix: 60,
  who: 20,
  first_seen: 25,
  evidence: 40,
  phase: 24,
  action: 44,
  how: 70,
  verify: 50,
  email: 34,
  opti_email: 34,
  opti_user_id: 24,
  okta_user_id: 24,
  okta_group_id: 24,
  opti_group_id: 24,
  okta_group_name: 34,
  opti_group_name: 34,
  via_group: 30,
  reason: 50,
  instances: 40,
  roles: 24,
  groups: 40,
  findings: 40,
};
/** From this width on a text is wrapped. */
const LONG = 40;
const TOP: Partial<ExcelJS.Alignment> = { vertical: 'top' };
const WRAPPED: Partial<ExcelJS.Alignment> = { ...TOP, wrapText: true };

const FONT: Partial<ExcelJS.Font> = { name: 'Calibri', size: 11 };
const ONE_PAGE_WIDE: Partial<ExcelJS.PageSetup> = {
  orientation: 'landscape',
  paperSize: 9,
  fitToPage: true,
  fitToWidth: 1,
  fitToHeight: 0,
};

export interface WorkbookInput {
  run: RunOutcome;
  findings: readonly Finding[];
  groups: readonly GroupRow[];
  excerpts: { users: Excerpt<UserRow>; access: Excerpt<AccessRow> };
  plan: Plan;
}

interface Sheet {
  name: string;
  table: ReportTable;
  rows: readonly object[];
  total: number;
}

/** Writes `review.xlsx` into `dir`: what people review in a spreadsheet. The same bytes for the same run. */
export async function writeWorkbook(dir: string, input: WorkbookInput): Promise<void> {
  const { run, excerpts } = input;
  const whole = (name: string, table: ReportTable, rows: readonly object[]): Sheet => ({
    name,
    table,
    rows: rows.slice(0, MOST_SHEET_ROWS),
    total: rows.length,
  });
  const part = (name: string, table: ReportTable, excerpt: Excerpt<object>): Sheet => ({
    name,
    table,
    rows: excerpt.rows(MOST_SHEET_ROWS),
    total: excerpt.total(),
  });
  const sheets = [
    whole('Findings', 'findings', [...input.findings].sort(worstFirst)),
    whole('Plan', 'plan', planRows(input.plan)),
    part('Access', 'access', excerpts.access),
    whole('Groups', 'groups', inFileOrder('groups', input.groups)),
    part('Users', 'users', excerpts.users),
  ];
  const date = new Date(run.snapshot.began);
  const book = new DatedWorkbook({
    stream: createWriteStream(join(dir, WORKBOOK_FILE), { flags: 'wx', mode: 0o600 }),
    useStyles: true,
    useSharedStrings: true,
    ...{ created: date, creator: 'optiid-audit', lastModifiedBy: 'optiid-audit' },
  });
  writeSummary(book, run, sheets);
  for (const sheet of sheets) await writeSheet(book, sheet);
  await book.commit();
}

/** What the library's types leave out. */
interface Archive {
  append(source: unknown, entry: { name: string; date?: Date }): unknown;
}

/** The library stamps every entry with the time of writing; here they bear the time of the data, for the same bytes. */
class DatedWorkbook extends WorkbookWriter {
  /** The first that is written, while the writer is made. */
  override addThemes(): Promise<void> {
    const { zip, created: date } = this as unknown as { zip: Archive; created: Date };
    const append = zip.append.bind(zip);
    zip.append = (source, entry) => append(source, { ...entry, date });
    return super.addThemes();
  }
}

function writeSummary(book: WorkbookWriter, run: RunOutcome, sheets: readonly Sheet[]): void {
  const page = book.addWorksheet('Summary', { pageSetup: ONE_PAGE_WIDE });
  page.columns = [{ width: 24 }, { width: 110, style: { alignment: { ...WRAPPED, horizontal: 'left' } } }];
  const banner = planBanner(run.plan);
  for (const text of banner ? [banner.title, banner.text, ...banner.unread] : []) {
    const row = page.addRow([null, shown(text)]);
    row.getCell(2).font = { ...FONT, bold: true, color: { argb: 'FFB42318' } };
    row.commit();
  }
  for (const [label, text] of headRows(run.plan)) {
    const row = page.addRow([label, shown(text)]);
    row.getCell(1).style = { font: { ...FONT, bold: true }, alignment: TOP };
    row.commit();
  }
  page.addRow([]).commit();
  for (const severity of SEVERITIES) {
    const row = page.addRow([severity, run.counts.severity[severity]]);
    row.getCell(1).fill = filled(FILLS[severity]);
    row.commit();
  }
  page.addRow([]).commit();
  for (const sheet of sheets) {
    const { name, rows, total } = sheet;
    const row = page.addRow([
      { text: name, hyperlink: `#'${name}'!A1` },
      rows.length < total
        ? cutSentence(sheet)
        : `${total.toLocaleString('en')} ${total === 1 ? 'row' : 'rows'}`,
    ]);
    row.getCell(1).font = { ...FONT, underline: true, color: { argb: 'FF1F4E9E' } };
    row.commit();
  }
  page.commit();
}

async function writeSheet(book: WorkbookWriter, sheet: Sheet): Promise<void> {
  const { name, table, rows, total } = sheet;
  const columns = columnsOf(table);
  const page = book.addWorksheet(name, {
    views: [{ state: 'frozen', ySplit: 1 }],
    pageSetup: { ...ONE_PAGE_WIDE, printTitlesRow: '1:1' },
  });
  page.columns = columns.map((column) => ({
    width: WIDTHS[column] ?? 14,
    style: { numFmt: '@', alignment: (WIDTHS[column] ?? 0) >= LONG ? WRAPPED : TOP },
  }));
  page.autoFilter = { from: { row: 1, column: 1 }, to: { row: rows.length + 1, column: columns.length } };
  const head = page.addRow(columns);
  head.font = { ...FONT, bold: true };
  head.eachCell((cell) => {
    cell.fill = filled('FFE7EAF0');
  });
  head.commit();
  const severityAt = columns.indexOf('severity') + 1;
  for (const row of rows as readonly Readonly<Record<string, Cell | undefined>>[]) {
    const added = page.addRow(columns.map((column) => cellOf(row[column])));
    if (severityAt > 0) added.getCell(severityAt).fill = filled(FILLS[row.severity as Severity]);
    added.commit();
  }
  if (rows.length < total) page.addRow([cutSentence(sheet)]).commit();
  await page.commit();
}

function cutSentence({ table, rows, total }: Sheet): string {
  return `${rows.length.toLocaleString('en')} of ${total.toLocaleString('en')} rows; ${table}.csv has all.`;
}

/** Numbers stay numbers, everything else is text: nothing is taken for a formula, a date or a number. */
function cellOf(cell: Cell | undefined): string | number | null {
  if (cell === null || cell === undefined) return null;
  return typeof cell === 'number' ? cell : shown(rawText(cell));
}

/** A text as a cell holds it: no more than fits, what hides or acts is shown, and no `_x000D_` that a reader decodes. */
function shown(text: string): string {
  const whole = text
    .split('\n')
    .map(visibleText)
    .join('\n')
    .replace(/_(?=x[\dA-F]{4}_)/giu, '_x005F_');
  return whole.length <= MOST_LETTERS ? whole : `${whole.slice(0, MOST_LETTERS - 1)}…`;
}

function filled(argb: string): ExcelJS.Fill {
  return { type: 'pattern', pattern: 'solid', fgColor: { argb } };
}
