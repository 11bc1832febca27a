import { execFile, fork } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openDatabase } from '../../src/analysis/engine/database.ts';
import type { DatasetName } from '../../src/domain/dataset.ts';
import type { Job } from '../../src/domain/rule.ts';
import type { Snapshot } from '../../src/snapshot/open-snapshot.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { writeBigSnapshot } from './support/big-snapshot.ts';
import { environment } from './support/processes.ts';
import type { AnalysisCost } from './support/run-analysis.ts';

const RUN_ANALYSIS = fileURLToPath(new URL('support/run-analysis.ts', import.meta.url));

/** One size: this project's audit beside what only finds the differences. */
export interface AnalysisComparison {
  users: number;
  memberships: number;
  job: Job;
  /** How often each was run, in turns. */
  rounds: number;
  /** The runs of this project, in their order, each in a process of its own. */
  audits: AnalysisCost[];
  /**
   * COPY of both sides' users, groups and memberships, and full outer joins that count the differing users and
   * memberships; null where no PostgreSQL can be started.
   */
  postgres: { origin: string; wallMs: number[]; users: number; memberships: number } | null;
  /** `sort` of both sides' memberships, written with the same ids beforehand, and `comm`; 512 MB each. */
  sortAndComm: { wallMs: number[]; memberships: number };
}

export interface AnalysisBenchResult {
  /** When it was measured, UTC ISO-8601. */
  at: string;
  comparisons: AnalysisComparison[];
  growth: {
    /** Medians of the drift audit's `analysedMs`. */
    points: { users: number; analysedMs: number }[];
    /** By least squares of the logarithm of the time over that of the size. */
    exponent: number;
  };
}

interface Size {
  users: number;
  memberships: number;
  rounds: number;
}

const size = (users: number, rounds: number): Size => ({ users, memberships: users * 10, rounds });

/** The largest takes minutes a round; medians of what time allows, and the result says of how many. */
const STANDARD: readonly Size[] = [size(10_000, 5), size(100_000, 3), size(1_000_000, 1)];
const SMALL: readonly Size[] = [size(1_000, 1), size(10_000, 1)];

/** Audits synthetic orgs of growing size, in turns with PostgreSQL and with coreutils on the same memberships. */
export async function analysisBench({
  small,
  log,
}: {
  small: boolean;
  log: (text: string) => void;
}): Promise<AnalysisBenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'optiid-bench-analysis-'));
  // PostgreSQL reads the files as another user.
  await chmod(folder, 0o755);
  const postgres = await startPostgres();
  try {
    const comparisons: AnalysisComparison[] = [];
    for (const each of small ? SMALL : STANDARD) {
      comparisons.push(await compare(each, folder, 'unavailable' in postgres ? null : postgres, log));
    }
    const points = comparisons.map(({ users, audits }) => ({
      users,
      analysedMs: median(audits.map(({ analysedMs }) => analysedMs)),
    }));
    return { at: new Date().toISOString(), comparisons, growth: { points, exponent: exponentOf(points) } };
  } finally {
    if (!('unavailable' in postgres)) await postgres.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(
  { users, memberships, rounds }: Size,
  parent: string,
  postgres: TestPostgres | null,
  log: (text: string) => void,
): Promise<AnalysisComparison> {
  const job: Job = 'drift';
  const about = `${users.toLocaleString('en')} users, ${memberships.toLocaleString('en')} memberships`;
  const folder = join(parent, String(users));
  log(`analysis: writing an org of ${about}`);
  const snapshot = await writeBigSnapshot({ folder, users, memberships, stage: 'night' });
  await chmod(folder, 0o755);
  await writePlainFiles(snapshot);
  const result: AnalysisComparison = {
    users,
    memberships,
    job,
    rounds,
    audits: [],
    postgres: postgres && { origin: postgres.origin, wallMs: [], users: 0, memberships: 0 },
    sortAndComm: { wallMs: [], memberships: 0 },
  };
  for (let round = 1; round <= rounds; round += 1) {
    const audit = await auditOnce(folder, job);
    result.audits.push(audit);
    log(
      `analysis: ${about}, round ${round}: audited in ${seconds(audit.analysedMs)}, all in ${seconds(audit.plannedMs)}`,
    );
    const sorted = await timed(() => sortAndCompare(folder));
    result.sortAndComm.wallMs.push(sorted.wallMs);
    result.sortAndComm.memberships = sorted.value;
    if (postgres === null || result.postgres === null) continue;
    const joined = await timed(() => loadAndJoin(postgres, folder));
    result.postgres.wallMs.push(joined.wallMs);
    Object.assign(result.postgres, joined.value);
    log(`analysis: sort and comm ${seconds(sorted.wallMs)}, PostgreSQL ${seconds(joined.wallMs)}`);
  }
  await rm(folder, { recursive: true, force: true });
  return result;
}

function auditOnce(folder: string, job: Job): Promise<AnalysisCost> {
  return new Promise((resolve, reject) => {
    const child = fork(RUN_ANALYSIS, [folder, job], { env: environment() });
    child.once('message', (cost) => resolve(cost as AnalysisCost));
    child.once('exit', (code) => reject(new Error(`The process that audits ended with ${code}.`)));
  });
}

async function timed<Value>(work: () => Promise<Value>): Promise<{ wallMs: number; value: Value }> {
  const began = performance.now();
  const value = await work();
  return { wallMs: performance.now() - began, value };
}

/** Files of tab-separated texts, and the tables that PostgreSQL makes of them. */
const PLAIN: Readonly<Record<string, { dataset: DatasetName; columns: readonly string[] }>> = {
  okta_users: { dataset: 'okta.users', columns: ['okta_user_id', 'email', 'first_name', 'last_name'] },
  app_users: { dataset: 'okta.appUsers', columns: ['okta_user_id', 'external_id'] },
  okta_groups: { dataset: 'okta.groups', columns: ['okta_group_id', 'name', 'external_id'] },
  mappings: { dataset: 'okta.groupPushMappings', columns: ['source_group_id', 'target_group_id'] },
  okta_members: { dataset: 'okta.groupMembers', columns: ['okta_group_id', 'okta_user_id'] },
  opti_users: {
    dataset: 'optiId.users',
    columns: ['opti_user_id', 'external_id', 'email', 'first_name', 'last_name'],
  },
  opti_groups: { dataset: 'optiId.groups', columns: ['opti_group_id', 'name'] },
  opti_members: { dataset: 'optiId.groupMembers', columns: ['opti_group_id', 'opti_user_id'] },
};

async function writePlainFiles(snapshot: Snapshot): Promise<void> {
  const database = await openDatabase();
  const copy = (query: string, name: string) =>
    database.run(
      `copy (${query}) to '${join(snapshot.dir, `${name}.tsv`)}'
       (format csv, delimiter '\t', header false, quote '')`,
    );
  try {
    for (const [name, { dataset, columns }] of Object.entries(PLAIN)) {
      await database.run(
        `create table ${name} as select ${columns.join(', ')} from read_json('${snapshot.path(dataset)}',
           format = 'newline_delimited', columns = {${columns.map((column) => `${column}: 'VARCHAR'`).join(', ')}})`,
      );
      await copy(`select * from ${name}`, name);
    }
    await copy('select * from opti_members', 'opti_edges');
    await copy(
      `select okta_groups.external_id, app_users.external_id
       from okta_members
       join mappings on source_group_id = okta_members.okta_group_id
       join okta_groups on okta_groups.okta_group_id = target_group_id
       join app_users using (okta_user_id)`,
      'okta_edges',
    );
  } finally {
    await database.close();
  }
}

/** Number of memberships that one side has alone. */
async function sortAndCompare(folder: string): Promise<number> {
  const sort = (side: string) => `sort -S 512M -T . ${side}_edges.tsv > ${side}_sorted`;
  const { stdout } = await promisify(execFile)(
    'sh',
    ['-e', '-c', `${sort('okta')} & ${sort('opti')}; wait; comm -3 okta_sorted opti_sorted | wc -l`],
    { cwd: folder, env: { ...process.env, LC_ALL: 'C' } },
  );
  return Number(stdout);
}

async function loadAndJoin(
  postgres: TestPostgres,
  folder: string,
): Promise<{ users: number; memberships: number }> {
  for (const [name, { columns }] of Object.entries(PLAIN)) {
    await postgres.query(`drop table if exists ${name}`);
    await postgres.query(
      `create unlogged table ${name} (${columns.map((column) => `${column} text`).join(', ')})`,
    );
    await postgres.query(`copy ${name} from '${join(folder, `${name}.tsv`)}' with (null '')`);
    await postgres.query(`analyze ${name}`);
  }
  const [users] = await postgres.query(
    `select count(*) as differing
     from okta_users
     full join opti_users on opti_users.external_id = okta_users.okta_user_id
     where (okta_users.email, okta_users.first_name, okta_users.last_name)
       is distinct from (opti_users.email, opti_users.first_name, opti_users.last_name)`,
  );
  const [memberships] = await postgres.query(
    `select count(*) as differing
     from (
       select okta_groups.external_id as opti_group_id, app_users.external_id as opti_user_id
       from okta_members
       join mappings on source_group_id = okta_members.okta_group_id
       join okta_groups on okta_groups.okta_group_id = target_group_id
       join app_users using (okta_user_id)
     ) as expected
     full join opti_members using (opti_group_id, opti_user_id)
     where expected.* is null or opti_members.* is null`,
  );
  return { users: Number(users?.differing), memberships: Number(memberships?.differing) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function exponentOf(points: readonly { users: number; analysedMs: number }[]): number {
  const logs = points.map(({ users, analysedMs }) => [Math.log(users), Math.log(analysedMs)] as const);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(logs.map(([size]) => size)), mean(logs.map(([, time]) => time))];
  const slope = logs.reduce((sum, [size, time]) => sum + (size - x) * (time - y), 0);
  return slope / logs.reduce((sum, [size]) => sum + (size - x) ** 2, 0);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
