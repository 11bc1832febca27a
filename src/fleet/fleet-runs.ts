import type { Night } from './night.ts';

/** Whatever runs a statement: the queue's pool, or a transaction. */
export interface Sql {
  // biome-ignore lint/suspicious/noExplicitAny: as pg-boss has it
  executeSql(text: string, values?: unknown[]): Promise<{ rows: any[] }>;
}

/**
 * What the fleet remembers of each organization and night: counts, codes, times, the verdict, and where the run is. No names
 * of people or groups. `answered` is final.
 */
const TABLE = `
create table if not exists fleet.fleet_run (
  org text not null,
  night date not null,
  state text not null check (state in ('waiting', 'running', 'failed', 'dead', 'answered')),
  job text not null,
  due timestamptz,
  tries integer not null default 0,
  worker text,
  note text not null default '',
  started timestamptz,
  seen timestamptz,
  ended timestamptz,
  seconds double precision,
  peak_mb integer,
  exit_code integer,
  verdict text,
  verdict_lines jsonb,
  new_blockers integer,
  severity jsonb,
  rules jsonb,
  run text,
  primary key (org, night)
)`;

/** Makes the schema and the table where they are not there; several may do so at once. */
export async function installFleetRuns(sql: Sql): Promise<void> {
  await sql.executeSql('select pg_advisory_xact_lock(7303015)');
  await sql.executeSql('create schema if not exists fleet');
  await sql.executeSql(TABLE);
}

export interface FleetRun {
  org: string;
  night: Night;
  state: 'waiting' | 'running' | 'failed' | 'dead' | 'answered';
  job: string;
  due: Date | null;
  tries: number;
  worker: string | null;
  note: string;
  started: Date | null;
  seen: Date | null;
  ended: Date | null;
  seconds: number | null;
  peak_mb: number | null;
  exit_code: number | null;
  verdict: string | null;
  verdict_lines: string[] | null;
  new_blockers: number | null;
  severity: Record<string, number> | null;
  rules: Record<string, number> | null;
  run: string | null;
}

const COLUMNS = `org, night::text as night, state, job, due, tries, worker, note, started, seen, ended, seconds, peak_mb,
  exit_code, verdict, verdict_lines, new_blockers, severity, rules, run`;

/** What is known of these nights. */
export async function runsOfNights(sql: Sql, nights: readonly Night[]): Promise<FleetRun[]> {
  const { rows } = await sql.executeSql(
    `select ${COLUMNS} from fleet.fleet_run where night = any($1::date[]) order by org, night`,
    [nights],
  );
  return rows as FleetRun[];
}

/** Seconds of the answers before a night, by organization, the last first. */
export async function durationsBefore(sql: Sql, night: Night, most = 14): Promise<Map<string, number[]>> {
  const { rows } = await sql.executeSql(
    `select org, (array_agg(seconds order by night desc))[1:${most}] as seconds from fleet.fleet_run
     where state = 'answered' and night < $1::date and night >= $1::date - 60 group by org order by org`,
    [night],
  );
  return new Map((rows as { org: string; seconds: number[] }[]).map(({ org, seconds }) => [org, seconds]));
}

/** Notes that audits are asked for; what is underway or answered stays as it is. */
export async function noteWaiting(
  sql: Sql,
  runs: readonly { org: string; night: Night; job: string; due: Date }[],
): Promise<void> {
  await sql.executeSql(
    `insert into fleet.fleet_run (org, night, state, job, due)
     select org, night, 'waiting', job, due from json_to_recordset($1::json) as r(org text, night date, job text, due timestamptz)
     on conflict (org, night) do nothing`,
    [JSON.stringify(runs)],
  );
}

/** Notes that a try begins. Null where the night has its answer already; else when its first try began. */
export async function noteBegin(
  sql: Sql,
  run: { org: string; night: Night; job: string; worker: string; tries: number },
): Promise<{ first: Date } | null> {
  const { rows } = await sql.executeSql(
    `insert into fleet.fleet_run as f (org, night, state, job, worker, tries, started, seen)
     values ($1, $2, 'running', $3, $4, $5, now(), now())
     on conflict (org, night) do update set state = 'running', job = $3, worker = $4, tries = $5, note = '',
       started = coalesce(f.started, now()), seen = now(), ended = null
     where f.state <> 'answered'
     returning started`,
    [run.org, run.night, run.job, run.worker, run.tries],
  );
  return rows.length === 0 ? null : { first: rows[0].started as Date };
}

/** Notes how far audits are. */
export async function noteProgress(
  sql: Sql,
  worker: string,
  runs: readonly { org: string; night: Night; note: string; peak_mb: number | null }[],
): Promise<void> {
  if (runs.length === 0) return;
  await sql.executeSql(
    `update fleet.fleet_run f set note = r.note, peak_mb = r.peak_mb, seen = now()
     from json_to_recordset($1::json) as r(org text, night date, note text, peak_mb integer)
     where f.org = r.org and f.night = r.night and f.state = 'running' and f.worker = $2`,
    [JSON.stringify(runs), worker],
  );
}

/** Notes that a try came to nothing, and what comes next. */
export async function noteFailure(
  sql: Sql,
  run: { org: string; night: Night; state: 'waiting' | 'failed' | 'dead'; note: string },
): Promise<void> {
  await sql.executeSql(
    `update fleet.fleet_run set state = $3, note = $4, seen = now()
     where org = $1 and night = $2 and state <> 'answered'`,
    [run.org, run.night, run.state, run.note],
  );
}

export type Answer = Pick<
  FleetRun,
  | 'exit_code'
  | 'verdict'
  | 'verdict_lines'
  | 'new_blockers'
  | 'severity'
  | 'rules'
  | 'run'
  | 'seconds'
  | 'peak_mb'
>;

/** Notes the answer of a night. False where it has one already. */
export async function noteAnswer(
  sql: Sql,
  run: { org: string; night: Night; job: string; worker: string; tries: number },
  answer: Answer,
): Promise<boolean> {
  const { rows } = await sql.executeSql(
    `insert into fleet.fleet_run as f (org, night, state, job, worker, tries, started, ended, seen, note,
       exit_code, verdict, new_blockers, severity, rules, run, seconds, peak_mb, verdict_lines)
     values ($1, $2, 'answered', $3, $4, $5, now(), now(), now(), '', $6, $7, $8, $9, $10, $11, $12, $13, $14)
     on conflict (org, night) do update set state = 'answered', job = $3, worker = $4, tries = greatest(f.tries, $5),
       ended = now(), seen = now(), note = '', exit_code = $6, verdict = $7, new_blockers = $8, severity = $9, rules = $10,
       run = $11, seconds = $12, peak_mb = coalesce($13, f.peak_mb), verdict_lines = $14
     where f.state <> 'answered'
     returning org`,
    [
      run.org,
      run.night,
      run.job,
      run.worker,
      run.tries,
      answer.exit_code,
      answer.verdict,
      answer.new_blockers,
      JSON.stringify(answer.severity),
      JSON.stringify(answer.rules),
      answer.run,
      answer.seconds,
      answer.peak_mb,
      JSON.stringify(answer.verdict_lines),
    ],
  );
  return rows.length > 0;
}
