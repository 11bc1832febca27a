import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../../src/analysis/engine/database.ts';
import { openTables } from '../../../src/analysis/engine/open-tables.ts';
import { AuditError } from '../../../src/domain/errors.ts';
import { World } from '../../support/world.ts';

describe('a query of a person', () => {
  let folder: string;
  let database: Database;

  /** All of its rows. */
  const read = async (sql: string): Promise<object[]> => {
    const all: object[] = [];
    for await (const batch of (await database.query(sql)).rows) all.push(...batch);
    return all;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'optiid-audit-query-'));
    const world = new World();
    world.person({ email: 'ada@example.com' });
    const snapshot = await world.seal(join(folder, 'snapshot'));
    ({ database } = await openTables(snapshot, 'drift', { queries: ['okta_user'] }));
  });

  afterAll(async () => {
    await database?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    'with a as (select 1 as x) select * from a',
    'from okta_user',
    'values (1)',
    'describe okta_user',
    'summarize okta_user',
    'explain select * from okta_user',
    'select 1; -- one statement',
    "pivot okta_user on status in ('ACTIVE') using count(*) group by is_active",
  ])('reads: %s', async (sql) => {
    const { columns, rows } = await database.query(sql);
    for await (const batch of rows) expect(Object.keys(batch[0] ?? {})).toEqual(columns);
  });

  it.each([
    ['create table other as select 1', 'CREATE'],
    ['insert into snapshot.okta_users select * from snapshot.okta_users', 'INSERT'],
    ["update snapshot.okta_users set email = 'x'", 'UPDATE'],
    ['delete from snapshot.okta_users', 'DELETE'],
    ['drop table snapshot.okta_users', 'DROP'],
    ["attach '/tmp/other.db'", 'ATTACH'],
    ['install httpfs', 'LOAD'],
    ['load httpfs', 'LOAD'],
    ['set threads = 1', 'SET'],
    ['set enable_external_access = true', 'SET'],
    ['pragma enable_external_access = true', 'SET'],
    ['reset lock_configuration', 'SET'],
    ['use snapshot', 'SET'],
    ['begin', 'TRANSACTION'],
    ['commit', 'TRANSACTION'],
    ['prepare p as select 1', 'PREPARE'],
    ['call pragma_version()', 'CALL'],
    ['checkpoint', 'CALL'],
    ['select 1; select 2', '2 statements'],
    ['commit; drop table snapshot.okta_users', '2 statements'],
    ['explain analyze delete from snapshot.okta_users', 'writes'],
    ['explain analyze create table other as select 1', 'writes'],
    ['select $1', 'parameters'],
    ['', 'no query'],
    ['-- nothing', 'no query'],
    ['  ', 'no query'],
  ])('refuses before it runs: %s', async (sql, why) => {
    await expect(read(sql)).rejects.toThrow(why);
    await expect(read(sql)).rejects.toBeInstanceOf(AuditError);
  });

  it.each([
    "select * from read_csv('/etc/passwd')",
    "select * from read_text('/etc/passwd')",
    "select * from read_blob('/etc/passwd')",
    "select * from '/etc/passwd'",
    "select * from glob('/etc/*')",
    "copy okta_user to '/tmp/optiid-audit-query-test.csv'",
    "explain copy okta_user to '/tmp/optiid-audit-query-test.csv'",
    "export database '/tmp/optiid-audit-query-test'",
    "import database '/tmp'",
    "select getenv('HOME')",
    "select * from read_json('https://example.com/x.json')",
    'select * from duckdb_secrets()',
  ])('reaches no file, no network and no environment: %s', async (sql) => {
    await expect(read(sql)).rejects.toBeInstanceOf(AuditError);
    expect(existsSync('/tmp/optiid-audit-query-test.csv')).toBe(false);
  });

  it.each([
    ['select emial from okta_user', 'query --tables'],
    ['select cast(email as integer) from okta_user', 'try_cast'],
    ["from read_text('/etc/passwd')", 'no file'],
  ])('says what helps: %s', async (sql, hint) => {
    await expect(read(sql)).rejects.toMatchObject({ hint: expect.stringContaining(hint) });
  });

  it('has changed nothing', async () => {
    expect(await read('select email from snapshot.okta_users')).toEqual([{ email: 'ada@example.com' }]);
    expect(await read("select value from duckdb_settings() where name = 'enable_external_access'")).toEqual([
      { value: 'false' },
    ]);
    expect(await read("from duckdb_tables() where table_name = 'other'")).toEqual([]);
  });
});
