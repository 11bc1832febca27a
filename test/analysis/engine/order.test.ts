import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fillTable } from '../../../src/analysis/derived/derive.ts';
import { type Database, openDatabase } from '../../../src/analysis/engine/database.ts';
import { orderByColumns } from '../../../src/analysis/engine/order.ts';
import { byColumns } from '../../../src/report/files/order.ts';

const COLUMNS = ['first', 'second'];

let database: Database;
beforeAll(async () => {
  database = await openDatabase({ threads: 1 });
});
afterAll(() => database.close());

/** Rows as SQL sorts them. */
async function sortedBySql(rows: readonly Record<string, string | null>[]): Promise<unknown[]> {
  await fillTable(
    database,
    `r (${COLUMNS.map((column) => `${column} varchar`).join(', ')})`,
    rows.map((row) => COLUMNS.map((column) => row[column] ?? null)),
  );
  const sorted: unknown[] = [];
  for await (const batch of database.stream(
    `select * from r order by ${orderByColumns(COLUMNS.join(', '))}`,
  )) {
    sorted.push(...batch);
  }
  return sorted;
}

test('SQL sorts texts as the reports do: by code unit, where UTF-8 has another order', async () => {
  // From either side of U+E000 and U+10000, where the orders part, and the last of all.
  const character = fc.constantFrom(
    ...['', 'a', 'B', '"', "'", 'é', '\uD7FF', '\uE000', '\uFEFF', '\uFFFD', '\uFFFF'],
    ...['\u{10000}', '\u{1F600}', '\u{10FFFE}', '\u{10FFFF}', '\u0001', '\n'],
  );
  const text = fc.option(
    fc.array(character, { maxLength: 4 }).map((characters) => characters.join('')),
    { nil: null },
  );
  const row = fc.record({ first: text, second: text });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 25 }), async (rows) => {
      expect(await sortedBySql(rows)).toEqual([...rows].sort(byColumns(COLUMNS)));
    }),
    { numRuns: 200 },
  );
});

test('and they are the very texts that went in', async () => {
  const first = '\uFEFFé\u{1F600}\u{10FFFF}\uE000"\\\n\t\u2028';
  expect(await sortedBySql([{ first, second: null }])).toEqual([{ first, second: null }]);
});
