import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appendWaiver, parseWaivers, readWaivers } from '../../src/config/waivers.ts';
import type { AuditError } from '../../src/domain/errors.ts';

const RULE_IDS = new Set(['group-orphaned', 'member-missing']);
const HEADER = 'finding_id,rule,subject,owner,reason,expires';
const parse = (...lines: string[]) => parseWaivers('w.csv', lines.join('\r\n'), RULE_IDS);
const refusal = (...lines: string[]): Promise<string> =>
  parse(...lines).then(
    () => 'no refusal',
    (error: AuditError) => `${error.message} ${error.hint}`,
  );

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'optiid-audit-waivers-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a waivers file', () => {
  test('names findings by id, or by rule and subject, which is kept to the space', async () => {
    const waivers = await parse(
      `\uFEFF${HEADER}`,
      '00112233445566AA,,,Ada,"ticket ""7"", again",2026-12-31',
      '',
      ',member-missing,"a@b.c → Sales, EMEA ",Bo,why,2027-01-01',
      ',group-orphaned,*,Bo,why,2027-01-01',
      ',,00112233445566aa,Bo,an id among the subjects,2027-01-01',
    );
    expect(waivers).toEqual([
      {
        line: 2,
        finding_id: '00112233445566aa',
        rule: null,
        subject: null,
        owner: 'Ada',
        reason: 'ticket "7", again',
        expires: '2026-12-31',
      },
      {
        line: 4,
        finding_id: null,
        rule: 'member-missing',
        subject: 'a@b.c → Sales, EMEA ',
        owner: 'Bo',
        reason: 'why',
        expires: '2027-01-01',
      },
      expect.objectContaining({ line: 5, rule: 'group-orphaned', subject: '*' }),
      expect.objectContaining({ line: 6, finding_id: '00112233445566aa', subject: null }),
    ]);
  });

  test('may call its columns as people do, in any order', async () => {
    const [waiver] = await parse(
      'Owner,Expiry date,Reason,Subject,Rule',
      'Ada,2026-12-31,why,Sales,group-orphaned',
    );
    expect(waiver).toMatchObject({ owner: 'Ada', expires: '2026-12-31', subject: 'Sales', finding_id: null });
  });

  test('may be saved by a spreadsheet that separates with ;', async () => {
    const [waiver] = await parse(
      '\uFEFFrule;subject;owner;reason;expires',
      'group-orphaned;"Sales; North";Ada;cheap, and late;2026-12-31',
    );
    expect(waiver).toMatchObject({ subject: 'Sales; North', reason: 'cheap, and late', owner: 'Ada' });
  });

  test.each([
    ['finding', 'finding_id'],
    ['ID', 'finding_id'],
    ['Finding-id', 'finding_id'],
    ['subject or finding id', 'subject'],
    ['expiry', 'expires'],
    ['Expiry  date', 'expires'],
    ['expiration', 'expires'],
    ['expiration_date', 'expires'],
    ['expires at', 'expires'],
    [' expires on ', 'expires'],
    ['until', 'expires'],
    ['Valid until', 'expires'],
  ])('may call a column "%s" for %s', async (alias, column) => {
    const values = {
      finding_id: '00112233445566aa',
      rule: 'group-orphaned',
      subject: 'Sales',
      owner: 'Ada',
      reason: 'why',
      expires: '2026-12-31',
    };
    const names = Object.keys(values).map((name) => (name === column ? alias : name));
    const [waiver] = await parse(names.join(','), Object.values(values).join(','));
    expect(waiver).toEqual({ line: 2, ...values });
  });

  test('may have spaces around everything but a subject', async () => {
    const [starred, byId] = await parse(
      HEADER,
      ', group-orphaned , * , Ada , why , 2026-12-31 ',
      ', , 00112233445566aa ,Ada,why,2026-12-31',
    );
    expect(starred).toEqual({
      line: 2,
      finding_id: null,
      rule: 'group-orphaned',
      subject: '*',
      owner: 'Ada',
      reason: 'why',
      expires: '2026-12-31',
    });
    expect(byId).toMatchObject({ finding_id: '00112233445566aa', rule: null, subject: null });
  });

  test('that is a folder is not read, though a file need not be there', async () => {
    mkdirSync(join(folder, 'waivers.csv'));
    await expect(
      readWaivers(join(folder, 'waivers.csv'), RULE_IDS, { mayBeMissing: true }),
    ).rejects.toMatchObject({
      message: expect.stringContaining('Cannot read the waivers file'),
      hint: 'Check the path given with --waivers.',
    });
  });

  test.each<[string, string[], string]>([
    [
      'with a date that is none is told how to write one',
      [HEADER, ',group-orphaned,S,A,r,soon'],
      '"soon" is not a valid date. Write it as YYYY-MM-DD.',
    ],
    [
      'with more behind a date',
      [HEADER, ',group-orphaned,S,A,r,2026-12-311'],
      '"2026-12-311" is not a valid date. Write it as YYYY-MM-DD.',
    ],
    [
      'with more before a date',
      [HEADER, ',group-orphaned,S,A,r,12026-12-31'],
      '"12026-12-31" is not a valid date. Write it as YYYY-MM-DD.',
    ],
    [
      'with a month that is none',
      [HEADER, ',group-orphaned,S,A,r,2026-13-01'],
      '"2026-13-01" is not a valid date. Write it as YYYY-MM-DD.',
    ],
    [
      'with a bad id is told what one looks like',
      [HEADER, '00112233445566aabb,,,A,r,2027-01-01'],
      '"00112233445566aabb" is not a finding id. It has 16 hex digits; findings.csv lists them.',
    ],
    [
      'with an unknown rule is told where the rules are',
      [HEADER, ',nope,S,A,r,2027-01-01'],
      'There is no rule "nope". rules.csv of a run lists the rules.',
    ],
    [
      'with a rule and no subject is told what stands for all',
      [HEADER, ',group-orphaned, ,A,r,2027-01-01'],
      'The row names a rule and no subject. Write * for every finding of the rule.',
    ],
    [
      'with a row that names nothing',
      [HEADER, ',,Sales,A,r,2027-01-01'],
      'line 2, column 1: The row names neither a finding nor a rule. A waivers file is a CSV with the columns finding_id, rule, subject, owner, reason, expires; optiid-audit waive writes one.',
    ],
    [
      'without an owner in a row',
      [HEADER, ',group-orphaned,S,,r,2027-01-01'],
      'line 2, column 4: The owner is missing.',
    ],
    [
      'without a date in a row, which is one mistake',
      [HEADER, ',group-orphaned,S,A,r,'],
      'w.csv, line 2, column 6: The expires is missing.',
    ],
    ['with a column twice', [`${HEADER},Owner`, 'a,b'], 'line 1, column 7: The column owner is there twice.'],
    [
      'with a rule and no subject among its columns',
      ['rule,owner,reason,expires'],
      'line 1, column 1: There is neither a column finding_id nor the columns rule and subject.',
    ],
    [
      'with a subject and no rule among its columns',
      ['subject,owner,reason,expires'],
      'There is neither a column finding_id nor the columns rule and subject.',
    ],
  ])('%s', async (_how, lines, message) => {
    const refused = await refusal(...lines);
    expect(refused).toContain(message);
    expect(refused.match(/w\.csv, line/gu)).toHaveLength(1);
  });

  test.each<[string, string[], string]>([
    ['that is empty', [''], 'w.csv, line 1, column 1: The file is empty.'],
    ['without an owner column', ['rule,subject,reason,expires'], 'The column owner is missing'],
    ['with a column nobody knows', [`${HEADER},colour`], 'line 1, column 7: There is no column "colour"'],
    ['without a way to name a finding', ['rule,owner,reason,expires'], 'neither a column finding_id nor'],
    [
      'with an unknown rule',
      [HEADER, ',nope,Sales,A,r,2027-01-01'],
      'line 2, column 2: There is no rule "nope"',
    ],
    [
      'with a date that is none',
      [HEADER, ',group-orphaned,S,A,r,2026-02-30'],
      'line 2, column 6: "2026-02-30" is not a valid date',
    ],
    [
      'with a date of another order',
      [HEADER, ',group-orphaned,S,A,r,31.12.2026'],
      'column 6: "31.12.2026" is not a valid date',
    ],
    [
      'without a reason',
      [HEADER, ',group-orphaned,S,A, ,2027-01-01'],
      'line 2, column 5: The reason is missing',
    ],
    [
      'with a rule and no subject',
      [HEADER, ',group-orphaned,,A,r,2027-01-01'],
      'column 3: The row names a rule and no subject',
    ],
    ['with a bad id', [HEADER, '0011,,,A,r,2027-01-01'], 'line 2, column 1: "0011" is not a finding'],
    ['with a row of another length', [HEADER, 'a,b'], 'line 2, column 1: The row has 2 cells, the header 6'],
    [
      'with an open quote',
      [HEADER, ',group-orphaned,"S,A,r,2027-01-01'],
      'w.csv, line 2, column 3: It is not a CSV',
    ],
  ])('%s is refused by line and column', async (_how, lines, message) => {
    expect(await refusal(...lines)).toContain(message);
  });

  test('tells every mistake at once', async () => {
    const message = await refusal(HEADER, ',nope,S,A,r,2027-01-01', ',group-orphaned,S,,r,soon');
    expect(message).toContain('line 2, column 2');
    expect(message).toContain('line 3, column 4');
    expect(message).toContain('line 3, column 6');
  });

  test('that is not there is refused', async () => {
    await expect(readWaivers(join(folder, 'none.csv'), RULE_IDS)).rejects.toThrow(
      'Cannot read the waivers file',
    );
    expect(await readWaivers(join(folder, 'none.csv'), RULE_IDS, { mayBeMissing: true })).toEqual([]);
  });
});

describe('a waiver is added', () => {
  const waiver = {
    finding_id: '00112233445566aa',
    rule: 'group-orphaned',
    subject: '=cmd|"x"',
    owner: 'Ada',
    reason: 'why, and\nhow',
    expires: '2026-12-31',
  };

  test('to a file that separates with ; in its own way', async () => {
    const path = join(folder, 'w.csv');
    writeFileSync(path, '\uFEFFrule;subject;owner;reason;expires\r\ngroup-orphaned;*;Ada;why;2026-12-31\r\n');
    await appendWaiver(path, { ...waiver, reason: 'a; b, c' });
    expect(await readWaivers(path, RULE_IDS)).toMatchObject([{ subject: '*' }, { reason: 'a; b, c' }]);
  });

  test('to a new file that a spreadsheet opens safely and that is read back', async () => {
    const path = join(folder, 'w.csv');
    await appendWaiver(path, waiver);
    const text = readFileSync(path, 'utf8');
    expect(text).toMatch(/^\uFEFFfinding_id,rule,subject,owner,reason,expires\r\n.*,"'=cmd/u);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await appendWaiver(path, { ...waiver, finding_id: '00112233445566bb' });
    expect(await readWaivers(path, RULE_IDS)).toMatchObject([
      { finding_id: '00112233445566aa', subject: '\'=cmd|"x"', reason: 'why, and\nhow' },
      { finding_id: '00112233445566bb' },
    ]);
  });

  test('while others add theirs: none is lost, nobody adds the same twice, and nothing is left next to the file', async () => {
    const path = join(folder, 'at-once.csv');
    const idOf = (at: number) => `a${at.toString(16).padStart(15, '0')}`;
    const onlyOnce = (id: string) => async () => {
      const known = await readWaivers(path, RULE_IDS, { mayBeMissing: true });
      if (known.some(({ finding_id }) => finding_id === id)) throw new Error('There already.');
    };
    const adding = Array.from({ length: 12 }, (_, at) => [idOf(at), idOf(0)]).flat();
    const ended = await Promise.allSettled(
      adding.map((finding_id) => appendWaiver(path, { ...waiver, finding_id }, onlyOnce(finding_id))),
    );
    expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(12);
    const ids = (await readWaivers(path, RULE_IDS)).map(({ finding_id }) => finding_id);
    expect(ids.sort()).toEqual(Array.from({ length: 12 }, (_, at) => idOf(at)));
    expect(readdirSync(folder).filter((name) => name.startsWith('at-once'))).toEqual(['at-once.csv']);
  });

  test('to a file whose rights stay as they are, and whose other columns stay empty', async () => {
    const path = join(folder, 'w.csv');
    writeFileSync(path, 'owner,Ticket,reason,until,rule,subject\r\n');
    chmodSync(path, 0o640);
    await appendWaiver(path, waiver);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readFileSync(path, 'utf8')).toBe(
      'owner,Ticket,reason,until,rule,subject\r\nAda,,"why, and\nhow",2026-12-31,group-orphaned,"\'=cmd|""x"""\r\n',
    );
  });

  test('in no folder that is not there, which says what to do and leaves nothing', async () => {
    await expect(appendWaiver(join(folder, 'none', 'w.csv'), waiver)).rejects.toMatchObject({
      message: expect.stringContaining(`Cannot write the waivers file ${join(folder, 'none', 'w.csv')}: `),
      hint: 'Check that its folder is there and writable, or name another file with --waivers.',
    });
    mkdirSync(join(folder, 'w.csv'));
    await expect(appendWaiver(join(folder, 'w.csv'), waiver)).rejects.toThrow(
      'Cannot write the waivers file',
    );
    expect(readdirSync(folder)).toEqual(['w.csv']);
  });

  test('to a file of other columns and without a line end, which stays as it was', async () => {
    const path = join(folder, 'w.csv');
    const before = 'owner,reason,until,rule,subject\nBo,why,2027-01-01,member-missing,*';
    writeFileSync(path, before);
    await appendWaiver(path, waiver);
    expect(readFileSync(path, 'utf8').startsWith(before)).toBe(true);
    expect(await readWaivers(path, RULE_IDS)).toMatchObject([
      { owner: 'Bo' },
      { owner: 'Ada', rule: 'group-orphaned' },
    ]);
  });
});
