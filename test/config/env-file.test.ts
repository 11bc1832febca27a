import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'dotenv';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseEnvFile, readEnvFile, settingsLeftOut, withEnvironment } from '../../src/config/env-file.ts';
import { AuditError } from '../../src/domain/errors.ts';

describe('the text of a .env file', () => {
  it('is read as dotenv reads it', () => {
    const text = [
      '\uFEFF# comment',
      '',
      'PLAIN=value',
      '  export EXPORTED = spaced out  # a comment',
      'EMPTY=',
      'EMPTY_WITH_COMMENT= # nothing',
      "SINGLE='a # b \\n c'",
      'DOUBLE="line\\nbreak" # comment',
      'BACKTICK=`it\'s "quoted"`',
      'WITH_EQUALS=a=b==',
      'MULTI="-----BEGIN',
      'abcd==',
      '# not a comment',
      '-----END"',
      'LAST=1',
    ].join('\r\n');
    const { values, mistakes } = parseEnvFile(text);
    expect(mistakes).toEqual([]);
    expect(values).toEqual({ ...parse(text.slice(1)) });
    expect(values).toEqual({
      PLAIN: 'value',
      EXPORTED: 'spaced out',
      EMPTY: '',
      EMPTY_WITH_COMMENT: '',
      SINGLE: 'a # b \\n c',
      DOUBLE: 'line\nbreak',
      BACKTICK: 'it\'s "quoted"',
      WITH_EQUALS: 'a=b==',
      MULTI: '-----BEGIN\nabcd==\n# not a comment\n-----END',
      LAST: '1',
    });
  });

  it.each([
    ['a line without =', 'A=1\nOKTA_CLIENT_TOKEN\nB=2', '.env:2', 'is not NAME=value.'],
    ['a colon for =', 'A=1\n\nOKTA_CLIENT_TOKEN: abc\nB=2', '.env:3', 'is not NAME=value.'],
    ['a name with a space', 'A=1\nMY NAME=1\nB=2', '.env:2', 'is not NAME=value.'],
    ['export alone', 'A=1\nexport\nB=2', '.env:2', 'is not NAME=value.'],
    ['the second line of a value', 'A=1\nC=-----BEGIN\nabcd+efg\nB=2', '.env:3', 'is not NAME=value.'],
    ['a quote that is never closed', 'A=1\nC="abc\nB=2', '.env:2', 'opens a quote that is never closed.'],
    [
      'a single quote that is never closed',
      "A=1\nC='abc\nB=2",
      '.env:2',
      'opens a quote that is never closed.',
    ],
    [
      'text behind the closing quote',
      'A=1\nC="abc" def\nB=2',
      '.env:2',
      'has text behind the closing quote.',
    ],
    [
      'a quote that takes in a setting',
      'A=1\nC="abc\nOKTA_CLIENT_TOKEN=x\nD="\nB=2',
      '.env:2',
      'opens a quote that takes in the settings below it.',
    ],
    ['a # inside of a value', 'A=1\nOKTA_CLIENT_TOKEN=ab#cd\nB=2', '.env:2', 'has a # in its value'],
    ['a # at the begin of a value', 'A=1\nAUDIT_PUSH_GROUPS=#general\nB=2', '.env:2', 'has a # in its value'],
  ])('has a mistake in %s, and the other lines still count', (_what, text, where, what) => {
    const { values, mistakes } = parseEnvFile(text);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]?.where).toBe(where);
    expect(mistakes[0]?.what).toContain(what);
    expect(values).toMatchObject({ A: '1', B: '2' });
    expect(values).not.toHaveProperty('OKTA_CLIENT_TOKEN');
  });

  it('has as many mistakes as it has malformed lines', () => {
    expect(parseEnvFile('one\nA=1\ntwo\n"three').mistakes.map(({ where }) => where)).toEqual([
      '.env:1',
      '.env:3',
      '.env:4',
    ]);
  });

  it('never gives a value that dotenv would not give, and repeats no value in a mistake', () => {
    const line = fc
      .array(fc.constantFrom('A', 'B=', '=', '"', "'", '`', '#', ' ', '\\', 'x', '\n', 'export ', 's3cr3t'), {
        maxLength: 25,
      })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(line, (text) => {
        const { values, mistakes } = parseEnvFile(text);
        for (const mistake of mistakes) expect(JSON.stringify(mistake)).not.toContain('s3cr3t');
        if (mistakes.length === 0) expect(values).toEqual({ ...parse(text) });
      }),
      { numRuns: 5000 },
    );
  });
});

describe('the .env file of a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'optiid-audit-test-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('is read', async () => {
    await writeFile(join(folder, '.env'), 'A=1\n');
    expect(await readEnvFile(folder)).toEqual({ values: { A: '1' }, mistakes: [] });
  });

  it('need not exist', async () => {
    expect(await readEnvFile(folder)).toEqual({ values: {}, mistakes: [] });
  });

  it('is an error when it is a folder', async () => {
    await mkdir(join(folder, '.env'));
    await expect(readEnvFile(folder)).rejects.toThrow(AuditError);
    await expect(readEnvFile(folder)).rejects.toThrow(`Cannot read ${join(folder, '.env')}`);
  });

  it.skipIf(process.getuid?.() === 0)('is an error when it may not be read', async () => {
    await writeFile(join(folder, '.env'), 'A=1\n');
    await chmod(join(folder, '.env'), 0);
    await expect(readEnvFile(folder)).rejects.toThrow(AuditError);
  });

  it('is an error when it is no UTF-8 text', async () => {
    await writeFile(join(folder, '.env'), Buffer.from('A=1\n', 'utf16le').fill(0xff, 0, 2));
    await expect(readEnvFile(folder)).rejects.toThrow('it is not UTF-8 text');
  });
});

describe('the environment', () => {
  it('wins over the file, unless it is empty', () => {
    const file = { values: { A: 'file', B: 'file', C: 'file' }, mistakes: [] };
    expect(withEnvironment(file, { A: 'env', B: '', C: undefined, D: 'env' })).toEqual({
      A: 'env',
      B: 'file',
      C: 'file',
      D: 'env',
    });
  });

  const OKTA = { OKTA_CLIENT_ORGURL: 'https://evil.example', OKTA_CLIENT_TOKEN: 'of the file' };
  const STORE = { OPTIID_DATABASE_URL: 'postgresql://ada@evil.example/x', OPTIID_ORGANIZATION: 'org-1' };
  const file = { values: { ...OKTA, ...STORE, AUDIT_LOG_DAYS: '9' }, mistakes: [] };

  it.each([
    ['a token of the environment', { OKTA_CLIENT_TOKEN: 'mine' }, { ...STORE, OKTA_CLIENT_TOKEN: 'mine' }],
    [
      'a token of the file',
      { OKTA_CLIENT_ORGURL: 'https://a' },
      { ...STORE, OKTA_CLIENT_ORGURL: 'https://a' },
    ],
    [
      'an organization of the environment',
      { OPTIID_ORGANIZATION: 'o' },
      { ...OKTA, OPTIID_ORGANIZATION: 'o' },
    ],
    ['a password of the environment', { PGPASSWORD: 'pw' }, { ...OKTA, PGPASSWORD: 'pw' }],
  ])('%s never goes where the other one says', (_what, env, expected) => {
    expect(withEnvironment(file, env)).toEqual({ AUDIT_LOG_DAYS: '9', ...expected });
    const [warning, ...others] = settingsLeftOut(file, env);
    expect(others).toEqual([]);
    expect(warning).toMatchObject({
      where: '.env',
      what: expect.stringContaining(`environment sets ${Object.keys(env)[0]}.`),
    });
    expect(JSON.stringify(warning)).not.toMatch(/evil|of the file|mine|pw/u);
  });

  it('leaves the file to itself where it speaks of neither side, or of the store with a password of its own', () => {
    const env = { AUDIT_LOG_DAYS: '3', OKTA_TESTING: '1', PGPASSWORD: 'pw' };
    const whole = { ...file, values: { ...file.values, OPTIID_DATABASE_URL: 'postgresql://ada:own@db/x' } };
    expect(withEnvironment(whole, env)).toEqual({ ...whole.values, ...env });
    expect(settingsLeftOut(whole, env)).toEqual([]);
  });

  it('that says all that the file says is no reason for a word', () => {
    expect(settingsLeftOut(file, { ...OKTA, ...STORE })).toEqual([]);
  });
});
