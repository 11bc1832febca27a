import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/domain/finding.ts';
import { guardCell, guardFormula } from '../../../src/domain/formula.ts';
import type { GroupRow } from '../../../src/domain/situation.ts';
import {
  columnsOf,
  REPORT_TABLES,
  type ReportTable,
  reportsReadme,
} from '../../../src/report/files/columns.ts';
import { csvText } from '../../../src/report/files/csv.ts';
import { byColumns } from '../../../src/report/files/order.ts';
import {
  writeAccess,
  writeConfiguration,
  writeFindings,
  writeGroups,
  writeMemberships,
  writeRules,
  writeUsers,
} from '../../../src/report/files/write-tables.ts';

/** RFC 4180 to the letter: any line end outside of quotes ends a row, and each row has all columns. */
const STRICT = { bom: true, record_delimiter: ['\r\n', '\n', '\r'] };

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'optiid-audit-test-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function csvOf(columns: readonly string[], rows: readonly object[]): Promise<string> {
  let text = '';
  for await (const piece of csvText(columns, [rows])) text += piece;
  return text;
}

function rowsOf(file: string): string[][] {
  return parse(readFileSync(join(dir, file)), STRICT);
}

function finding(over: Partial<Finding> = {}): Finding {
  return {
    finding_id: '0123456789abcdef',
    rule: 'group-name-taken',
    severity: 'blocker',
    state: 'new',
    subject_type: 'group',
    subject: 'Editors',
    okta_id: '00g1',
    opti_id: 'g1',
    detail: 'Editors exists in the store.',
    fix: 'Delete it.',
    who: 'Opti ID admin',
    first_seen: '2026-11-24T03:15:00.000Z',
    evidence: { names: ['a', 'b'], members: 3, custom: true, note: null },
    ...over,
  };
}

function group(over: Partial<GroupRow> = {}): GroupRow {
  return {
    situation: 'CREATE',
    okta_group_id: '00g1',
    okta_group_name: 'Editors',
    opti_group_id: null,
    opti_group_name: null,
    push_status: null,
    members_okta: 3,
    members_opti: null,
    members_lost: 0,
    members_gained: 3,
    instances: '',
    roles: '',
    findings: '',
    ...over,
  };
}

describe('the columns of the reports', () => {
  // Literally the contract: a spreadsheet somewhere relies on every one of these places.
  const CONTRACT: Record<ReportTable, string> = {
    findings:
      'finding_id,rule,severity,state,subject_type,subject,okta_id,opti_id,detail,fix,who,first_seen,evidence',
    rules: 'rule,category,severity,outcome,findings,reason',
    groups:
      'situation,okta_group_id,okta_group_name,opti_group_id,opti_group_name,push_status,members_okta,members_opti,members_lost,members_gained,instances,roles,findings',
    users: 'situation,email,okta_user_id,okta_status,opti_user_id,opti_email,groups,instances,findings',
    memberships: 'change,group_name,email,okta_group_id,opti_group_id,okta_user_id,opti_user_id,reason',
    access: 'email,opti_user_id,product,instance,role,via_group,before,after,reason,loss',
    configuration: 'check,expected,actual,outcome,fix',
    confirmations: 'kind,subject,outcome,event_id,published,result,expected_event,reason',
    plan: 'step,phase,who,action,subject,how,depends_on,resolves,irreversible,verify',
  };

  it.each(Object.entries(CONTRACT))('of %s are those of the contract, in its order', (name, header) => {
    expect(columnsOf(name as ReportTable).join(',')).toBe(header);
  });

  it('are those of the contract in the files as well, with a byte order mark and CRLF', async () => {
    await writeFindings(dir, []);
    await writeRules(dir, []);
    await writeGroups(dir, []);
    await writeUsers(dir, []);
    await writeMemberships(dir, []);
    await writeAccess(dir, []);
    await writeConfiguration(dir, []);
    const written = [
      'findings',
      'rules',
      'groups',
      'users',
      'memberships',
      'access',
      'configuration',
    ] as const;
    for (const name of written) {
      expect(readFileSync(join(dir, `${name}.csv`), 'utf8')).toBe(`\uFEFF${CONTRACT[name]}\r\n`);
    }
    expect(readFileSync(join(dir, 'findings.ndjson'), 'utf8')).toBe('');
  });

  it('are each explained in reports/README.md', () => {
    const text = reportsReadme();
    for (const [name, { columns }] of Object.entries(REPORT_TABLES)) {
      const section = text.split(/^## /mu).find((part) => part.includes(`\`${name}.csv\`\n`)) ?? '';
      for (const column of Object.keys(columns)) {
        expect(
          section.match(new RegExp(`^\\| \`${column}\` \\| .+\\. ?\\|$`, 'gmu')),
          `${name}.${column}`,
        ).toHaveLength(1);
      }
    }
    expect(text.endsWith('|\n')).toBe(true);
  });
});

describe('the formula guard', () => {
  const DANGEROUS = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];

  it('puts a quote before exactly what begins with a dangerous character', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(fc.constantFrom(...DANGEROUS), fc.string()).map(([first, rest]) => first + rest),
      fc
        .tuple(fc.constantFrom("'", ' ', 'a'), fc.constantFrom(...DANGEROUS))
        .map(([first, rest]) => first + rest),
    );
    fc.assert(
      fc.property(text, (raw) => {
        const isDangerous = DANGEROUS.some((character) => raw.startsWith(character));
        expect(guardFormula(raw)).toBe(isDangerous ? `'${raw}` : raw);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(DANGEROUS)('holds in cells, lists and headers for %j', async (first) => {
    const text = await csvOf(
      ['a', `${first}b`, 'c'],
      [{ a: `${first}1`, [`${first}b`]: null, c: [`${first}x`, 'y'] }],
    );
    const rows = parse(text, STRICT) as string[][];
    expect(rows).toEqual([
      ['a', `'${first}b`, 'c'],
      [`'${first}1`, '', `'${first}x; y`],
    ]);
  });

  it('leaves numbers alone', async () => {
    expect(await csvOf(['n'], [{ n: -5 }, { n: 1e21 }, { n: '-5' }])).toBe(
      "\uFEFFn\r\n-5\r\n1e+21\r\n'-5\r\n",
    );
  });
});

describe('a CSV', () => {
  it('writes each kind of value plainly', async () => {
    const columns = ['text', 'number', 'yes', 'no', 'nothing', 'left_out', 'list', 'empty_list', 'object'];
    const row = {
      text: 'a',
      number: 0.5,
      yes: true,
      no: false,
      nothing: null,
      list: ['b', 'c'],
      empty_list: [],
      object: { k: [1] },
    };
    expect(await csvOf(columns, [row])).toBe(
      `\uFEFF${columns.join(',')}\r\na,0.5,true,false,,,"b; c",,"{""k"":[1]}"\r\n`,
    );
  });

  it('refuses a number that is none as a bug', async () => {
    await expect(csvOf(['n'], [{ n: Number.NaN }])).rejects.toThrow(
      'The column n holds a number that is none.',
    );
  });

  it.each([
    'a,b',
    'say "hi"',
    'two\nlines',
    'two\r\nlines',
    'ends with CR\r',
    'ends with LF\n',
    '"',
    ' spaces ',
    'İstanbul',
    'e\u0301 is not \u00E9',
    'zero\u200Bwidth',
    'with\uFEFFmark',
    '\uFEFFfirst',
    '👩‍💻',
    "'already",
    ';',
    'a\0b',
  ])('gives %j back', async (value) => {
    const text = await csvOf(['a', 'b', 'c'], [{ a: value, b: value, c: value }]);
    expect(parse(text, STRICT)[1]).toEqual([value, value, value]);
  });

  it('quotes a cell that holds what another reader splits at', async () => {
    const values = ['a;=1+1', 'a\tb', 'a"b', 'a,b', 'a\nb', 'a\rb'];
    const lines = (
      await csvOf(
        ['a'],
        values.map((a) => ({ a })),
      )
    )
      .split('\r\n')
      .slice(1, -1);
    expect(lines).toEqual(values.map((value) => `"${value.replaceAll('"', '""')}"`));
  });

  it('shows what would act on a terminal, and keeps JSON in a cell whole', async () => {
    const bell = 'a\u0007\u001b[2J\u009b\u202e\u2066z';
    const shown = 'a\\u{7}\\u{1b}[2J\\u{9b}\\u{202e}\\u{2066}z';
    const [header, row] = parse(
      await csvOf([bell, 'b'], [{ [bell]: bell, b: { [bell]: bell } }]),
      STRICT,
    ) as string[][];
    expect([header?.[0], row?.[0]]).toEqual([shown, shown]);
    expect(row?.[1]).toMatch(/^[\x20-\x7e]+$/u);
    expect(JSON.parse(row?.[1] ?? '')).toEqual({ [bell]: bell });
  });

  it('gives any text back, but for the guard', async () => {
    const cell = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { maxLength: 10 }), async (rows) => {
        const text = await csvOf(
          ['a', 'b'],
          rows.map(([a, b]) => ({ a, b })),
        );
        const parsed = parse(text, STRICT) as string[][];
        expect(parsed.slice(1)).toEqual(rows.map((row) => row.map(guardCell)));
      }),
      { numRuns: 300 },
    );
  });
});

describe('the order of rows', () => {
  it('is by code unit, not by locale, and not by code point', () => {
    const names = ['a', 'B', 'Ä', 'b', '', '10', '9', '\u{1F600}', '\uFF1D', 'Z'];
    const sorted = names
      .map((name) => ({ name }))
      .sort(byColumns(['name']))
      .map(({ name }) => name);
    expect(sorted).toEqual(['', '10', '9', 'B', 'Z', 'a', 'b', 'Ä', '\u{1F600}', '\uFF1D']);
  });

  it('goes by the columns from left to right, null first, numbers by size', () => {
    const rows = [
      { a: 'x', n: 10, b: 'p' },
      { a: 'x', n: 9, b: 'q' },
      { a: null, n: 99, b: 'z' },
      { a: 'x', n: null, b: 'r' },
      { a: 'x', n: 9, b: 'p' },
      { a: '', n: 1, b: 's' },
    ];
    expect([...rows].sort(byColumns(['a', 'n', 'b']))).toEqual([
      rows[2],
      rows[5],
      rows[3],
      rows[4],
      rows[1],
      rows[0],
    ]);
  });

  it('goes by raw values: the guard does not move a row', async () => {
    await writeRules(
      dir,
      ['-b', '(a', '0c'].map((rule) => ({
        rule,
        category: 'users',
        severity: 'info',
        outcome: 'pass',
        findings: 0,
        reason: '',
      })),
    );
    expect(rowsOf('rules.csv').map(([rule]) => rule)).toEqual(['rule', '(a', "'-b", '0c']);
  });

  it('does not depend on the order in which rows come', async () => {
    const arbitrary = fc.array(
      fc.record({
        a: fc.option(fc.string({ maxLength: 2 })),
        n: fc.option(fc.integer({ min: -3, max: 3 })),
        b: fc.string({ maxLength: 1 }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(
        arbitrary.chain((rows) =>
          fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
        ),
        ([rows, shuffled]) => {
          const order = byColumns(['a', 'n', 'b']);
          expect([...shuffled].sort(order)).toEqual([...rows].sort(order));
        },
      ),
    );
  });

  it('of findings is severity, worst first, then rule, subject and id', async () => {
    const findings = [
      finding({ severity: 'info', rule: 'a', finding_id: '1' }),
      finding({ severity: 'error', rule: 'b', subject: 'b', finding_id: '2' }),
      finding({ severity: 'error', rule: 'b', subject: 'B', finding_id: '4' }),
      finding({ severity: 'error', rule: 'b', subject: 'B', finding_id: '3', state: 'resolved' }),
      finding({ severity: 'error', rule: 'a', subject: 'z', finding_id: '5' }),
      finding({ severity: 'blocker', rule: 'z', finding_id: '6' }),
      finding({ severity: 'warning', rule: 'a', finding_id: '7' }),
    ];
    await writeFindings(dir, findings);
    expect(
      rowsOf('findings.csv')
        .slice(1)
        .map(([id]) => id),
    ).toEqual(['6', '5', '3', '4', '2', '7', '1']);
    const ndjson = readFileSync(join(dir, 'findings.ndjson'), 'utf8').trimEnd().split('\n');
    expect(ndjson.map((line) => JSON.parse(line).finding_id)).toEqual(['6', '5', '3', '4', '2', '7', '1']);
  });
});

describe('the files', () => {
  it('hold a finding guarded in CSV and raw in NDJSON, evidence as an object there', async () => {
    const one = finding({ subject: '=cmd|x, "y"', okta_id: null });
    await writeFindings(dir, [one]);
    const [line] = readFileSync(join(dir, 'findings.ndjson'), 'utf8').split('\n');
    expect(JSON.parse(line ?? '')).toEqual(one);
    expect(Object.keys(JSON.parse(line ?? ''))).toEqual(columnsOf('findings'));
    const [, row = []] = rowsOf('findings.csv');
    expect(row[5]).toBe('\'=cmd|x, "y"');
    expect(row[6]).toBe('');
    expect(row[12]).toBe('{"names":["a","b"],"members":3,"custom":true,"note":null}');
  });

  it('hold groups and checks, each value in its column', async () => {
    await writeGroups(dir, [group({ okta_group_id: '00g2' }), group({ okta_group_name: '-Editors' })]);
    await writeConfiguration(dir, [
      { check: 'jit-still-on', expected: 'scim', actual: 'jit', outcome: 'fail', fix: 'Switch.' },
    ]);
    expect(rowsOf('groups.csv').slice(1)).toEqual([
      ['CREATE', '00g1', "'-Editors", '', '', '', '3', '', '0', '3', '', '', ''],
      ['CREATE', '00g2', 'Editors', '', '', '', '3', '', '0', '3', '', '', ''],
    ]);
    expect(rowsOf('configuration.csv')[1]).toEqual(['jit-still-on', 'scim', 'jit', 'fail', 'Switch.']);
  });

  it('can be read by their owner only, and are never written over', async () => {
    await writeFindings(dir, [finding()]);
    for (const file of ['findings.csv', 'findings.ndjson']) {
      expect((statSync(join(dir, file)).mode & 0o777).toString(8)).toBe('600');
    }
    await expect(writeFindings(dir, [])).rejects.toThrow('EEXIST');
  });

  it('have the same bytes for the same findings in any order', async () => {
    const findings = Array.from({ length: 30 }, (_, n) =>
      finding({ finding_id: String(n * 7919).padStart(16, '0') }),
    );
    await writeFindings(dir, findings);
    const first = readFileSync(join(dir, 'findings.csv'));
    await rm(join(dir, 'findings.csv'));
    await rm(join(dir, 'findings.ndjson'));
    await writeFindings(dir, [...findings].reverse());
    expect(readFileSync(join(dir, 'findings.csv')).equals(first)).toBe(true);
  });
});
