import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { AuditError, type Mistake, SettingsError } from '../domain/errors.ts';
import { guardCell, QUOTED_CELL } from '../domain/formula.ts';
import type { Waiver } from '../domain/waiver.ts';
import { type Lock, takeLock } from '../runtime/lock.ts';
import { readRegularText } from '../runtime/regular-file.ts';

/** Columns of a waivers file, in the order in which `optiid-audit waive` writes them. */
export const WAIVER_COLUMNS = ['finding_id', 'rule', 'subject', 'owner', 'reason', 'expires'] as const;
type WaiverColumn = (typeof WAIVER_COLUMNS)[number];

/** Other names by which people call the columns. */
const ALIASES: Readonly<Record<string, WaiverColumn>> = {
  finding: 'finding_id',
  id: 'finding_id',
  subject_or_finding_id: 'subject',
  expiry: 'expires',
  expiry_date: 'expires',
  expiration: 'expires',
  expiration_date: 'expires',
  expires_at: 'expires',
  expires_on: 'expires',
  until: 'expires',
  valid_until: 'expires',
};

/** How the file is read: whoever edits it may mix line ends, and half of the world's spreadsheets save with `;`. */
function dialectOf(text: string) {
  const header = text.slice(0, text.search(/[\r\n]|$/u));
  const delimiter = header.split(';').length > header.split(',').length ? ';' : ',';
  return { bom: true, record_delimiter: ['\r\n', '\n'], delimiter };
}

const FINDING_ID = /^[0-9a-f]{16}$/u;
const HINT = `A waivers file is a CSV with the columns ${WAIVER_COLUMNS.join(', ')}; optiid-audit waive writes one.`;

interface Cell {
  text: string;
  /** Line in the file, where the cell ends. From 1. */
  line: number;
  /** Place in the row. From 1. */
  column: number;
}

/**
 * Reads a waivers file. Each row names a finding by its id, or a rule and a subject (`*` for all of the rule);
 * an owner, a reason and the last day on which it holds.
 *
 * @throws SettingsError with every mistake in it, by line and column of the table
 */
export async function readWaivers(
  path: string,
  ruleIds: ReadonlySet<string>,
  { mayBeMissing = false }: { mayBeMissing?: boolean } = {},
): Promise<Waiver[]> {
  let text: string;
  try {
    text = await readRegularText(path, { followLinks: true });
  } catch (error) {
    if (mayBeMissing && error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw cannotUse('read', path, error);
  }
  return parseWaivers(path, text, ruleIds);
}

/** A waiver as `optiid-audit waive` writes it. */
export type WrittenWaiver = Record<WaiverColumn, string>;

/** To write a line takes milliseconds; many may wait for each other. */
const PATIENCE_MS = 60_000;

/**
 * Adds a waiver to the file, which is made where there is none. Columns that people have added or moved stay
 * where they are. The file is replaced as a whole: it is there before or after, never half. One process at a time adds;
 * `check` may refuse, knowing what is in the file by then.
 */
export async function appendWaiver(
  path: string,
  waiver: WrittenWaiver,
  check: () => Promise<void> = async () => {},
): Promise<void> {
  const lock = await takeLock(`${path}.lock`, { patienceMs: PATIENCE_MS }).catch((error: unknown) => {
    throw cannotUse('write', path, error);
  });
  try {
    await check();
    await replaceWith(path, waiver, lock);
  } finally {
    await lock.release();
  }
}

async function replaceWith(path: string, waiver: WrittenWaiver, lock: Lock): Promise<void> {
  // One name for all, so that what a killed process left is removed by the next one.
  const replacement = `${path}.new`;
  try {
    const before = await readFile(path, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
      throw error;
    });
    const mode = before === '' ? 0o600 : (await stat(path)).mode & 0o777;
    const dialect = dialectOf(before);
    const [header] = parse(before, { ...dialect, to: 1 }) as string[][];
    const columns = header?.map(columnOf) ?? WAIVER_COLUMNS;
    const row = stringify([columns.map((column) => (column === null ? '' : guardCell(waiver[column])))], {
      record_delimiter: '\r\n',
      delimiter: dialect.delimiter,
      quoted_match: QUOTED_CELL,
    });
    const begin = before === '' ? `\uFEFF${WAIVER_COLUMNS.join(',')}\r\n` : before;
    const isOpen = begin !== '' && !begin.endsWith('\n');
    await rm(replacement, { force: true });
    await writeFile(replacement, `${begin}${isOpen ? '\r\n' : ''}${row}`, { flag: 'wx', mode, flush: true });
    if (!(await lock.isHeld())) throw new Error('another process has taken over while this one stood still');
    await rename(replacement, path);
  } catch (error) {
    await rm(replacement, { force: true });
    throw cannotUse('write', path, error);
  }
}

function cannotUse(how: 'read' | 'write', path: string, error: unknown): AuditError {
  const why = error instanceof Error ? error.message : String(error);
  return new AuditError(`Cannot ${how} the waivers file ${path}: ${why}`, {
    hint:
      how === 'read'
        ? 'Check the path given with --waivers.'
        : 'Check that its folder is there and writable, or name another file with --waivers.',
    cause: error,
  });
}

/** The waivers in the text of a file; `path` names it in messages. */
export async function parseWaivers(
  path: string,
  text: string,
  ruleIds: ReadonlySet<string>,
): Promise<Waiver[]> {
  const mistakes: Mistake[] = [];
  const mistake = ({ line, column }: Pick<Cell, 'line' | 'column'>, what: string, hint = HINT) =>
    void mistakes.push({ where: placeOf(path, line, column), what, hint });
  const [header, ...records] = cellsOf(path, text);
  if (!header) {
    throw new SettingsError([{ where: placeOf(path, 1, 1), what: 'The file is empty.', hint: HINT }]);
  }
  const columns = header.map(({ text: name }) => columnOf(name));
  for (const [place, column] of columns.entries()) {
    const cell = header[place] as Cell;
    if (column === null) mistake(cell, `There is no column "${cell.text}".`);
    else if (columns.indexOf(column) !== place) mistake(cell, `The column ${column} is there twice.`);
  }
  const has = (column: WaiverColumn) => columns.includes(column);
  for (const column of ['owner', 'reason', 'expires'] as const) {
    if (!has(column)) mistake({ line: 1, column: 1 }, `The column ${column} is missing.`);
  }
  if (!has('finding_id') && !(has('rule') && has('subject'))) {
    mistake({ line: 1, column: 1 }, 'There is neither a column finding_id nor the columns rule and subject.');
  }
  if (mistakes.length > 0) throw new SettingsError(mistakes);

  const waivers: Waiver[] = [];
  for (const cells of records) {
    const found = mistakes.length;
    const [begin] = cells;
    if (!begin) continue;
    if (cells.length !== columns.length) {
      mistake(begin, `The row has ${cells.length} cells, the header ${columns.length}.`);
      continue;
    }
    const cell = (column: WaiverColumn): Cell => cells[columns.indexOf(column)] ?? { ...begin, text: '' };
    const value = (column: WaiverColumn) => cell(column).text.trim();
    for (const column of ['owner', 'reason', 'expires'] as const) {
      if (value(column) === '') mistake(cell(column), `The ${column} is missing.`);
    }
    if (value('expires') !== '' && !isDay(value('expires'))) {
      mistake(cell('expires'), `"${value('expires')}" is not a valid date.`, 'Write it as YYYY-MM-DD.');
    }
    let finding_id = value('finding_id').toLowerCase();
    // A subject is kept to the space: names of groups may end in one.
    let subject = cell('subject').text;
    if (finding_id === '' && value('rule') === '' && FINDING_ID.test(subject.trim())) {
      finding_id = subject.trim();
      subject = '';
    }
    const rule = value('rule');
    if (finding_id !== '' && !FINDING_ID.test(finding_id)) {
      mistake(
        cell('finding_id'),
        `"${finding_id}" is not a finding id.`,
        'It has 16 hex digits; findings.csv lists them.',
      );
    }
    if (rule !== '' && !ruleIds.has(rule)) {
      mistake(cell('rule'), `There is no rule "${rule}".`, 'rules.csv of a run lists the rules.');
    }
    if (finding_id === '' && rule === '') {
      mistake(begin, 'The row names neither a finding nor a rule.');
    } else if (finding_id === '' && subject.trim() === '') {
      mistake(
        cell('subject'),
        'The row names a rule and no subject.',
        'Write * for every finding of the rule.',
      );
    }
    if (mistakes.length > found) continue;
    waivers.push({
      line: begin.line,
      finding_id: finding_id || null,
      rule: rule || null,
      subject: subject.trim() === '' ? null : subject.trim() === '*' ? '*' : subject,
      owner: value('owner'),
      reason: value('reason'),
      expires: value('expires'),
    });
  }
  if (mistakes.length > 0) throw new SettingsError(mistakes);
  return waivers;
}

function columnOf(name: string): WaiverColumn | null {
  const plain = name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/gu, '_');
  return WAIVER_COLUMNS.find((column) => column === plain) ?? ALIASES[plain] ?? null;
}

/** True for a day that the calendar has, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/u.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function placeOf(path: string, line: number, column: number): string {
  return `${path}, line ${line}, column ${column}`;
}

function cellsOf(path: string, text: string): Cell[][] {
  try {
    const rows: unknown = parse(text, {
      ...dialectOf(text),
      relax_column_count: true,
      skip_empty_lines: true,
      cast: (value, { lines, index }): Cell => ({ text: value, line: lines, column: index + 1 }),
    });
    return rows as Cell[][];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines, index } = error as unknown as { lines?: number; index?: number };
    throw new SettingsError([
      {
        where: placeOf(path, lines ?? 1, (index ?? 0) + 1),
        what: `It is not a CSV file: ${error.message}.`,
        hint: HINT,
      },
    ]);
  }
}
