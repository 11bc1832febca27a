import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { columnsOf } from '../../../src/report/files/columns.ts';
import { writeWorkbook } from '../../../src/report/files/workbook.ts';
import { sampleFinding } from '../sample-run.ts';
import { pageInput } from '../support/large-run.ts';

const HOSTILE = [
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  '0012',
  '1e5',
  '2026-12-01',
  '{=1}',
  'a;b,c"d',
  "'=1",
  '_x003D_1',
];

/** Every sheet as a CSV file of its formatted cells, in UTF-8, with all texts quoted. */
const ALL_SHEETS = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false,false,false,-1';

// Debian's package libreoffice-calc-nogui. Where it is not installed another library reads the file: workbook.test.ts.
const isThere = spawnSync('soffice', ['--version']).status === 0;

test.runIf(isThere)(
  'LibreOffice opens the workbook, and hostile names stay texts',
  { timeout: 120_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-test-'));
    try {
      const findings = HOSTILE.map((subject, at) =>
        sampleFinding({ subject, finding_id: `a00000000000000${at.toString(16)}`, okta_id: '00012' }),
      );
      await writeWorkbook(folder, { ...pageInput(), findings });
      execFileSync(
        'soffice',
        [
          `-env:UserInstallation=file://${folder}/profile`,
          '--headless',
          '--convert-to',
          ALL_SHEETS,
          'review.xlsx',
        ],
        { cwd: folder, stdio: 'ignore', timeout: 100_000 },
      );
      const [header = [], ...rows] = parse(await readFile(join(folder, 'review-Findings.csv'), 'utf8'), {
        bom: true,
      }) as string[][];
      expect(header).toEqual(columnsOf('findings'));
      expect(rows.map((row) => row[header.indexOf('subject')]).sort()).toEqual([...HOSTILE].sort());
      expect(new Set(rows.map((row) => row[header.indexOf('okta_id')]))).toEqual(new Set(['00012']));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
