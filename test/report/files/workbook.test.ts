import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cell, readXlsx, type Sheet } from 'hucre/xlsx';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AccessRow } from '../../../src/domain/situation.ts';
import { columnsOf } from '../../../src/report/files/columns.ts';
import { type WorkbookInput, writeWorkbook } from '../../../src/report/files/workbook.ts';
import { takeExcerpts } from '../../../src/report/page/write-page.ts';
import { sampleFinding } from '../sample-run.ts';
import { pageInput } from '../support/large-run.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'optiid-audit-test-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

async function bytesOf(input: Partial<WorkbookInput>): Promise<Buffer> {
  await writeWorkbook(folder, { ...pageInput(), ...input });
  const bytes = await readFile(join(folder, 'review.xlsx'));
  await rm(join(folder, 'review.xlsx'));
  return bytes;
}

/** The sheets by their names, as a library that had no part in writing them reads them. */
async function sheetsOf(input: Partial<WorkbookInput>): Promise<Record<string, Sheet>> {
  const { sheets } = await readXlsx(await bytesOf(input), { readStyles: true });
  return Object.fromEntries(sheets.map((sheet) => [sheet.name, sheet]));
}

describe('the workbook', () => {
  test('has its six sheets, each with the columns of its file, a frozen header and filters', async () => {
    const sheets = await sheetsOf({ findings: [sampleFinding()] });
    expect(Object.keys(sheets)).toEqual(['Summary', 'Findings', 'Plan', 'Access', 'Groups', 'Users']);
    for (const [name, table] of [
      ['Findings', 'findings'],
      ['Plan', 'plan'],
      ['Access', 'access'],
      ['Groups', 'groups'],
      ['Users', 'users'],
    ] as const) {
      const sheet = sheets[name];
      expect(sheet?.rows[0]).toEqual(columnsOf(table));
      expect(sheet?.freezePane).toEqual({ rows: 1 });
      expect(sheet?.autoFilter?.range).toMatch(/^A1:[A-Z]\d+$/u);
    }
    expect(sheets.Summary?.rows.map(([label]) => label)).toEqual(
      expect.arrayContaining([
        'Organization',
        'Verdict',
        'Point of no return',
        'blocker',
        'Findings',
        'Users',
      ]),
    );
  });

  test.each([
    ['a formula', '=HYPERLINK("http://evil.example","x")', '=HYPERLINK("http://evil.example","x")'],
    ['a number', '0012345678901234567', '0012345678901234567'],
    ['a number of the thousands', '1e5', '1e5'],
    ['a date', '2026-12-01', '2026-12-01'],
    ['markup', '</t></is></c><c><f>1+1</f>', '</t></is></c><c><f>1+1</f>'],
    ['what readers decode', '_x003D_1+1', '_x003D_1+1'],
    ['what acts on who reads it', 'a\u202Egnp\u0000\u001B[2J', 'a\\u{202e}gnp\\u{0}\\u{1b}[2J'],
    ['half a character', 'a\uD800b', 'a\\u{d800}b'],
    ['a line end', 'a\nb', 'a\nb'],
  ])('keeps %s in a name a text', async (_what, subject, shown) => {
    const { Findings: sheet } = await sheetsOf({ findings: [sampleFinding({ subject })] });
    const at = columnsOf('findings').indexOf('subject');
    expect(sheet?.rows[1]?.[at]).toBe(shown);
    const cell: Partial<Cell> | undefined = sheet?.cells?.get(`1,${at}`);
    expect(cell?.formula).toBeUndefined();
    expect(sheet?.rows[1]?.[0]).toBe('0123456789abcdef');
  });

  test('cuts a text that no cell holds, and says so', async () => {
    const { Findings: sheet } = await sheetsOf({ findings: [sampleFinding({ detail: 'x'.repeat(40_000) })] });
    const text = String(sheet?.rows[1]?.[columnsOf('findings').indexOf('detail')]);
    expect(text).toHaveLength(32_767);
    expect(text.endsWith('…')).toBe(true);
  });

  test('says how many rows it has where it has not all', async () => {
    const row = { email: 'a@example.com', before: 'yes', after: 'yes' } as AccessRow;
    const { users, access: kept } = takeExcerpts();
    const excerpts = { users, access: { ...kept, rows: () => [row, row], total: () => 60_000 } };
    const { Access: access, Summary: summary } = await sheetsOf({ excerpts });
    expect(access?.rows).toHaveLength(4);
    const sentence = '2 of 60,000 rows; access.csv has all.';
    expect(access?.rows.at(-1)?.[0]).toBe(sentence);
    expect(summary?.rows.find(([name]) => name === 'Access')?.[1]).toBe(sentence);
  });

  test('leads from the summary to each sheet', async () => {
    const { Summary: summary } = await sheetsOf({});
    const links = [...(summary?.cells?.values() ?? [])].flatMap(({ hyperlink }) => hyperlink ?? []);
    expect(JSON.stringify(links)).toContain("'Findings'!A1");
    expect(links).toHaveLength(5);
  });

  test('paints severities', async () => {
    const { Findings: sheet } = await sheetsOf({
      findings: [sampleFinding(), sampleFinding({ severity: 'info', finding_id: 'f123456789abcdef' })],
    });
    const at = columnsOf('findings').indexOf('severity');
    const fills = [1, 2].map((row) => JSON.stringify(sheet?.cells?.get(`${row},${at}`)?.style?.fill));
    expect(new Set(fills).size).toBe(2);
    expect(fills[0]).toContain('F4B6B0');
  });

  test('has the same bytes for the same run, whenever it is written', async () => {
    const input = { findings: [sampleFinding()] };
    const first = await bytesOf(input);
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2031-05-05T05:05:05Z') });
    expect((await bytesOf(input)).equals(first)).toBe(true);
  });
});
