import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ConfirmationRow } from '../../domain/confirmation.ts';
import { type Finding, type RuleResult, worstFirst } from '../../domain/finding.ts';
import type { ConfigurationCheck } from '../../domain/run.ts';
import {
  type AccessRow,
  type GroupRow,
  type MembershipRow,
  USER_SITUATIONS,
  type UserRow,
  type UserSituation,
} from '../../domain/situation.ts';
import { columnsOf, inFileOrder, type ReportTable } from './columns.ts';
import { csvText } from './csv.ts';

/** Writes `findings.csv` and `findings.ndjson` into `dir`, worst first. */
export async function writeFindings(dir: string, findings: readonly Finding[]): Promise<void> {
  const sorted = [...findings].sort(worstFirst);
  await writeCsv(dir, 'findings', [sorted]);
  await pipeline(
    Readable.from(ndjsonLines(columnsOf('findings'), sorted)),
    createWriteStream(join(dir, 'findings.ndjson'), { flags: 'wx', mode: 0o600 }),
  );
}

/** Writes a file of few rows into a folder, in its order. */
function sortedTable<Row extends object>(name: ReportTable) {
  return (dir: string, rows: readonly Row[]): Promise<void> => writeCsv(dir, name, [inFileOrder(name, rows)]);
}

export const writeRules = sortedTable<RuleResult>('rules');
export const writeGroups = sortedTable<GroupRow>('groups');
export const writeConfiguration = sortedTable<ConfigurationCheck>('configuration');
export const writeConfirmations = sortedTable<ConfirmationRow>('confirmations');

/** Rows in the order of their file, some at a time: there may be more of them than memory holds. */
type Batches<Row> = Iterable<readonly Row[]> | AsyncIterable<readonly Row[]>;

type UserCounts = Record<UserSituation, number>;

/** Writes `users.csv` into `dir`; resolves with how many users have which situation. */
export async function writeUsers(dir: string, users: Batches<UserRow>): Promise<UserCounts> {
  const counts = Object.fromEntries(USER_SITUATIONS.map((situation) => [situation, 0])) as UserCounts;
  async function* counted(): AsyncGenerator<readonly UserRow[]> {
    for await (const batch of users) {
      for (const { situation } of batch) counts[situation] += 1;
      yield batch;
    }
  }
  await writeCsv(dir, 'users', counted());
  return counts;
}

/** Writes a file into a folder whose rows come in its order. */
function streamedTable<Row extends object>(name: ReportTable) {
  return (dir: string, rows: Batches<Row>): Promise<void> => writeCsv(dir, name, rows);
}

export const writeMemberships = streamedTable<MembershipRow>('memberships');
export const writeAccess = streamedTable<AccessRow>('access');

async function writeCsv(dir: string, name: ReportTable, rows: Batches<object>): Promise<void> {
  await pipeline(
    csvText(columnsOf(name), rows),
    createWriteStream(join(dir, `${name}.csv`), { flags: 'wx', mode: 0o600 }),
  );
}

function* ndjsonLines(columns: readonly string[], rows: readonly object[]): Generator<string> {
  for (const row of rows) {
    const values = row as Readonly<Record<string, unknown>>;
    yield `${JSON.stringify(Object.fromEntries(columns.map((column) => [column, values[column] ?? null])))}\n`;
  }
}
