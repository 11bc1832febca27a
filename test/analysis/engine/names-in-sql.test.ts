import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase, type SqlRow } from '../../../src/analysis/engine/database.ts';
import {
  emailDomain,
  foldDomain,
  foldEmail,
  foldName,
  isReservedName,
  lookalikeName,
  looksReserved,
  nameFragilities,
} from '../../../src/domain/names.ts';
import { asciiText, trickyEmail, trickyText } from '../../support/tricky-text.ts';

describe('the SQL functions are these very functions', () => {
  let database: Database;
  beforeAll(async () => {
    database = await openDatabase();
  });
  afterAll(() => database.close());

  /** What SQL makes of each text, in order. The texts go in as bytes, so that none is changed on its way. */
  async function inSql(texts: readonly string[]): Promise<SqlRow[]> {
    const bytes = texts.map((one) => `decode(unhex('${Buffer.from(one, 'utf8').toString('hex')}'))`);
    return database.all(`
      select
        fold_name(t) as fold_name,
        lookalike_name(t) as lookalike_name,
        fold_email(t) as fold_email,
        fold_domain(t) as fold_domain,
        email_domain(t) as email_domain,
        name_fragilities(t) as name_fragilities,
        is_reserved_name(t) as is_reserved_name,
        looks_reserved(t) as looks_reserved
      from (select unnest([${bytes.join(', ')}]) as t, generate_subscripts([${bytes.join(', ')}], 1) as place)
      order by place`);
  }

  const inDomain = (name: string) => ({
    fold_name: foldName(name),
    lookalike_name: lookalikeName(name),
    fold_email: foldEmail(name),
    fold_domain: foldDomain(name),
    email_domain: emailDomain(name),
    name_fragilities: nameFragilities(name).join('; ') || null,
    is_reserved_name: isReservedName(name),
    looks_reserved: looksReserved(name),
  });

  test.each([
    ['any texts', trickyText],
    ['ASCII texts, some of which take the short way', asciiText],
    ['e-mails', trickyEmail],
  ])('on %s', async (_kind, arbitrary) => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitrary, { minLength: 30, maxLength: 60 }), async (names) => {
        expect(await inSql(names)).toEqual(names.map(inDomain));
      }),
      { numRuns: 20 },
    );
  });

  test('on a null they are null', async () => {
    const [row] = await database.all(
      'select fold_name(null) as a, lookalike_name(null) as b, fold_email(null) as c, email_domain(null) as d, looks_reserved(null) as e',
    );
    expect(row).toEqual({ a: null, b: null, c: null, d: null, e: null });
  });
});
