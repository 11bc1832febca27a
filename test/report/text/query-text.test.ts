import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../src/analysis/engine/database.ts';
import type { QueryFormat } from '../../../src/domain/query-value.ts';
import { queryText } from '../../../src/report/text/query-text.ts';

const HOSTILE = '=HYPERLINK("http://evil.example")\u001b[2J\u202e';

describe('the answer to a query as text', () => {
  let database: Database;

  const print = async (sql: string, format: QueryFormat): Promise<string> => {
    const pieces: string[] = [];
    for await (const piece of queryText(await database.query(sql), format)) pieces.push(piece);
    return pieces.join('');
  };

  beforeAll(async () => {
    database = await openDatabase({ threads: 1 });
  });

  afterAll(async () => {
    await database?.close();
  });

  it('shows values for people: NULL, lists, times, whole numbers to the last digit, hidden characters', async () => {
    const text = await print(
      `select null as nothing, [1, null, 2] as list, timestamptz '2026-01-02 03:04:05+02' as at,
         18446744073709551615::ubigint as big, '${HOSTILE}' as name, 1.5 as half`,
      'table',
    );
    expect(text.split('\n')[1]?.split(/ {2,}/u)).toEqual([
      'NULL',
      '1; NULL; 2',
      '2026-01-02T01:04:05.000Z',
      '18446744073709551615',
      '=HYPERLINK("http://evil.example")\\u{1b}[2J\\u{202e}',
      '1.5',
    ]);
  });

  it('gives JSON as an array of objects, exact and nested', async () => {
    const sql = `select 9007199254740993 as big, -1::bigint as less, [{'at': timestamp '2026-01-02'}] as list,
       'nan'::double as nan, map {'k': 1} as map, 2 as twice, 3 as twice`;
    expect(await print(sql, 'json')).toBe(
      '[\n{"big":9007199254740993,"less":-1,"list":[{"at":"2026-01-02T00:00:00.000Z"}],"nan":"NaN","map":[{"key":"k","value":1}],"twice":2,"twice:1":3}\n]\n',
    );
    expect(await print('select 1 as a where false', 'json')).toBe('[]\n');
  });

  it('gives CSV as the reports do: byte order mark, CRLF, guarded, lists joined', async () => {
    const text = await print(
      `select '${HOSTILE}' as name, -5::bigint as less, null as nothing, ['a', 'b'] as list, 'inf'::double as inf, 1 as "=x"`,
      'csv',
    );
    expect(text.startsWith("\ufeffname,less,nothing,list,inf,'=x\r\n")).toBe(true);
    expect(parse(text, { bom: true })[1]).toEqual([
      `'=HYPERLINK("http://evil.example")\\u{1b}[2J\\u{202e}`,
      '-5',
      '',
      'a; b',
      'Infinity',
      '1',
    ]);
    expect(await print('select 1 as a where false', 'csv')).toBe('\ufeffa\r\n');
  });

  it('draws the plan of a query as lines', async () => {
    const text = await print('explain select 1 as a', 'table');
    expect(text.split('\n').length).toBeGreaterThan(3);
    expect(text).toContain('PROJECTION');
    expect(text).not.toContain('\\u{');
  });

  it('shows the first rows of many, and says how many more there are and how to get them', async () => {
    const text = await print('select range as n from range(100000) order by n', 'table');
    expect(text.split('\n')).toHaveLength(103);
    expect(text).toContain('and 99900 more rows; --format csv or --format json gives all of them.');
    expect(JSON.parse(await print('select range as n from range(100000)', 'json'))).toHaveLength(100_000);
    expect(await print('select 1 as a where false', 'table')).toBe('a\nNo rows.\n');
    expect(await print('select range from range(10000000000)', 'table')).toContain(
      'and more than 999900 more rows',
    );
  });
});
