import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../src/analysis/engine/database.ts';
import { bound } from '../../../src/analysis/engine/statement.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'optiid-audit-database-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('what does not fit into memory goes into the folder given, and is gone when the database is closed', async () => {
  const database = await openDatabase({ spillFolder: folder, memoryLimit: '16MB', threads: 1 });
  await database.run(
    "create table large as select hash(i) as a, 'text ' || hash(i + 1) as b from range(800000) r(i)",
  );
  const spilled = await readdir(folder, { recursive: true });
  expect(spilled.filter((name) => name.includes('duckdb_temp'))).not.toEqual([]);
  await database.close();
  expect(await readdir(folder)).toEqual([]);
});

test('of statements run side by side one that fails is told, and the database goes on', async () => {
  const database = await openDatabase({ spillFolder: folder, threads: 2 });
  try {
    const statements = [
      'create table a as select 1 as one',
      'select no_such_column',
      'create table b as select 2',
    ];
    await expect(database.runSideBySide(statements)).rejects.toThrow(/no_such_column/u);
    expect(await database.all('select one from a')).toEqual([{ one: 1 }]);
  } finally {
    await database.close();
  }
});

test('what is asked at once runs at once, and whoever asks one after the other finds what was made before', async () => {
  const database = await openDatabase({ spillFolder: folder, threads: 1, lanes: 2 });
  try {
    const longer = 'select count(*) as count from range(3000000) r(i) where hash(i) % 7 = 1';
    const ended: string[] = [];
    await Promise.all([
      database.all(longer).then(() => ended.push('longer')),
      database.all('select 1 as one').then(() => ended.push('shorter')),
    ]);
    expect(ended).toEqual(['shorter', 'longer']);
    await database.run('create temp table given as select 1 as one');
    expect(await database.all('select one from given')).toEqual([{ one: 1 }]);
    await database.run('insert into given values (2)');
    expect(await database.all('select one from given order by one')).toEqual([{ one: 1 }, { one: 2 }]);
  } finally {
    await database.close();
  }
});

test('a reading that is broken off leaves the database usable', async () => {
  const database = await openDatabase({ spillFolder: folder, threads: 1 });
  try {
    for await (const rows of database.stream('select i from range(100000) r(i) order by i')) {
      expect(rows[0]).toEqual({ i: 0 });
      break;
    }
    expect(await database.all('select 1 as one')).toEqual([{ one: 1 }]);
  } finally {
    await database.close();
  }
});

/** Runs for hours. */
const ENDLESS = `select sum(a.i * b.i) as sum from range(10000000) a(i), range(10000000) b(i) where (a.i + b.i) % 7 = 1`;

test.each<[how: string, ask: (database: Database) => Promise<unknown>]>([
  ['a statement', (database) => database.run(`create table endless as ${ENDLESS}`)],
  ['a question', (database) => database.all(ENDLESS)],
  [
    'statements side by side',
    (database) =>
      database.runSideBySide([`create table a as ${ENDLESS}`, `create table b as ${ENDLESS}`, 'select 1']),
  ],
  ['a reading', (database) => database.stream(ENDLESS).next()],
])('%s is broken off when the run is to stop, and nothing runs after it', async (_, ask) => {
  const stopping = new AbortController();
  const database = await openDatabase({ spillFolder: folder, threads: 2, signal: stopping.signal });
  const asked = expect(ask(database)).rejects.toThrow(/interrupt|abort/iu);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const began = performance.now();
  stopping.abort();
  await asked;
  // Hours without it; a busy machine takes its time.
  expect(performance.now() - began).toBeLessThan(5_000);
  await expect(database.all('select 1 as one')).rejects.toThrow(/abort/iu);
  await database.close();
  expect(await readdir(folder)).toEqual([]);
});

test('closing waits for what DuckDB is doing, ends it, and leaves a process that goes on', async () => {
  const database = await openDatabase({ spillFolder: folder, threads: 2 });
  // Text functions are called on the main thread: closing that waited there would wait forever.
  const calling = `select count(*) from range(100000000) r(i) where js_fold_name('É' || i) = 'é'`;
  const asked = [
    database.all(ENDLESS),
    database.runSideBySide([`create table a as ${ENDLESS}`, `create table b as ${calling}`]),
    database.stream(`select js_fold_name('É' || i) as name from range(100000000) r(i)`).next(),
  ].map((asking) => expect(asking).rejects.toThrow(/interrupt|closed/iu));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const began = performance.now();
  await Promise.all([database.close(), database.close()]);
  expect(performance.now() - began).toBeLessThan(5_000);
  await Promise.all(asked);
  await expect(database.all('select 1')).rejects.toThrow('closed');
  expect(await readdir(folder)).toEqual([]);
});

test('a value with any character is a value, alone and in a list', async () => {
  const database = await openDatabase({ spillFolder: folder, threads: 1 });
  try {
    const values = ["it's", '\0', 'a\0b', '$1', '?', '"', '\\', '/*', '--', '', '\u{1F600}', '\uFEFFx'];
    await database.run(bound`create table given as select unnest(${[...values, null]}) as text`);
    for (const value of values) {
      expect(await database.all(bound`select text from given where text = ${value}`)).toEqual([
        { text: value },
      ]);
    }
    expect(
      await database.all(bound`select count(*) as count from given where text in (select unnest(${[]}))`),
    ).toEqual([{ count: 0 }]);
    expect(await database.all(bound`select ${null} as none, ${2} as number`)).toEqual([
      { none: null, number: 2 },
    ]);
  } finally {
    await database.close();
  }
});
