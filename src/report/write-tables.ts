import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ConfirmationRow } from '../domain/confirmation.ts';
import { type Finding, type RuleResult, worstFirst } from '../domain/finding.ts';
import type { ConfigurationCheck } from '../domain/run.ts';
import type { AccessRow, GroupRow, MembershipRow, UserRow } from '../domain/situation.ts';
import { columnsOf, type ReportTable } from './columns.ts';
import { csvStreams } from './csv.ts';
import { byColumns } from './order.ts';

/** Writes `findings.csv` and `findings.ndjson` into `dir`, worst first. */
export async function writeFindings(dir: string, findings: readonly Finding[]): Promise<void> {
  const sorted = [...findings].sort(worstFirst);
  const columns = columnsOf('findings');
  await writeCsv(dir, 'findings', sorted);
  await pipeline(
    Readable.from(ndjsonLines(columns, sorted)),
    createWriteStream(join(dir, 'findings.ndjson'), { flags: 'wx', mode: 0o600 }),
  );
}

/** Writes `rules.csv` into `dir`. */
export function writeRules(dir: string, rules: readonly RuleResult[]): Promise<void> {
  return writeSorted(dir, 'rules', rules);
}

/** Writes `groups.csv` into `dir`. */
export function writeGroups(dir: string, groups: readonly GroupRow[]): Promise<void> {
  return writeSorted(dir, 'groups', groups);
}

/** Writes `users.csv` into `dir`. */
export function writeUsers(dir: string, users: readonly UserRow[]): Promise<void> {
  return writeSorted(dir, 'users', users);
}

/** Writes `memberships.csv` into `dir`. */
export function writeMemberships(dir: string, memberships: readonly MembershipRow[]): Promise<void> {
  return writeSorted(dir, 'memberships', memberships);
}

/** Writes `access.csv` into `dir`. */
export function writeAccess(dir: string, access: readonly AccessRow[]): Promise<void> {
  return writeSorted(dir, 'access', access);
}

/** Writes `configuration.csv` into `dir`. */
export function writeConfiguration(dir: string, checks: readonly ConfigurationCheck[]): Promise<void> {
  return writeSorted(dir, 'configuration', checks);
}

/** Writes `confirmations.csv` into `dir`. */
export function writeConfirmations(dir: string, confirmations: readonly ConfirmationRow[]): Promise<void> {
  return writeSorted(dir, 'confirmations', confirmations);
}

function writeSorted(dir: string, name: ReportTable, rows: readonly object[]): Promise<void> {
  return writeCsv(dir, name, [...rows].sort(byColumns(columnsOf(name))));
}

async function writeCsv(dir: string, name: ReportTable, rows: readonly object[]): Promise<void> {
  const [records, csv] = csvStreams(columnsOf(name), rows);
  await pipeline(records, csv, createWriteStream(join(dir, `${name}.csv`), { flags: 'wx', mode: 0o600 }));
}

function* ndjsonLines(columns: readonly string[], rows: readonly object[]): Generator<string> {
  for (const row of rows) {
    const values = row as Readonly<Record<string, unknown>>;
    yield `${JSON.stringify(Object.fromEntries(columns.map((column) => [column, values[column] ?? null])))}\n`;
  }
}
