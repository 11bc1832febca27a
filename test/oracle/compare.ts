import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Judgement } from '../../src/analysis/judge/run-rules.ts';
import type { DatasetName } from '../../src/domain/dataset.ts';
import { JOBS, type Job } from '../../src/domain/rule.ts';
import type { JudgedAnalysis, judgeSnapshot } from '../support/analyse.ts';
import { World } from '../support/world.ts';
import type { ExpectedFinding } from './facts.ts';
import { type ExpectedGroup, type ExpectedUser, expectReport } from './oracle.ts';
import { ORGANIZATION_ID, type OrgPair } from './org-pair.ts';

/** The world that holds exactly the rows and the completeness of an org pair. */
export function toWorld(pair: OrgPair): World {
  const world = new World();
  Object.assign(world.settings, {
    scim_app: pair.scimApp,
    sso_app: pair.ssoApp,
    push_groups: pair.pushGroups,
    lag_minutes: pair.lagMinutes,
    log_days: pair.logDays,
  });
  world.memory = pair.memory;
  for (const name of Object.keys(world.rows) as DatasetName[]) {
    world.rows[name] = [...pair.rows[name]] as never;
    const state = pair.states[name];
    if (state === undefined) world.complete(name);
    else world.setState(name, state, `generated as ${state}`);
  }
  return world;
}

/** Runs the real engine over an org pair: one snapshot, judged for each of the jobs and read with `read`. */
export async function analysePair<Read>(
  pair: OrgPair,
  jobs: readonly Job[],
  read: (...given: Parameters<typeof judgeSnapshot>) => Promise<Read>,
  order?: <Row>(rows: Row[]) => Row[],
): Promise<Read[]> {
  const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-oracle-'));
  try {
    const snapshot = await toWorld(pair).seal(join(folder, 'snapshot'), order);
    const analyses: Read[] = [];
    // Orgs are small and tests run side by side: more threads would only wait for each other.
    for (const job of jobs) {
      analyses.push(await read(snapshot, job, { threads: 1, memory: pair.memory }));
    }
    return analyses;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Report {
  findings: readonly ExpectedFinding[];
  outcomes: Readonly<Record<string, string>>;
  groups: readonly ExpectedGroup[];
  users: readonly ExpectedUser[];
}

/** One line per finding, outcome and situation: what two reports are compared by. */
function linesOf({ findings, outcomes, groups, users }: Report): string[] {
  return [
    ...findings.map(
      ({ rule, subject, okta_id, opti_id }) =>
        `finding ${rule}: ${JSON.stringify(subject)} ${okta_id}/${opti_id}`,
    ),
    ...Object.entries(outcomes).map(([rule, outcome]) => `outcome ${rule}: ${outcome}`),
    ...groups.map((row) => `group ${row.okta_group_id}/${row.opti_group_id}: ${row.situation}`),
    ...users.map((row) => `user ${row.okta_user_id}/${row.opti_user_id}: ${row.situation}`),
  ].sort();
}

/** The engine's report by lines, its ids renamed if need be. Apps and the organization keep theirs. */
export function engineLines(
  { findings, rules, groups, users }: JudgedAnalysis,
  rename: (id: string) => string = (id) => id,
): string[] {
  const renameIfAny = (id: string | null): string | null =>
    id === null || id === ORGANIZATION_ID || id.startsWith('0oa') ? id : rename(id);
  return linesOf({
    findings: findings.map(({ rule, subject, okta_id, opti_id }) => ({
      rule,
      subject,
      okta_id: renameIfAny(okta_id),
      opti_id: renameIfAny(opti_id),
    })),
    outcomes: Object.fromEntries(rules.map(({ rule, outcome }) => [rule, outcome])),
    groups: groups.map((row) => ({
      situation: row.situation,
      okta_group_id: renameIfAny(row.okta_group_id),
      opti_group_id: renameIfAny(row.opti_group_id),
    })),
    users: users.map((row) => ({
      situation: row.situation,
      okta_user_id: renameIfAny(row.okta_user_id),
      opti_user_id: renameIfAny(row.opti_user_id),
    })),
  });
}

/** Lines that only one side has, each as often as it has it more often. */
function differences(
  expected: readonly string[],
  actual: readonly string[],
): Pick<Disagreement, 'side' | 'line'>[] {
  const balance = new Map<string, number>();
  for (const line of expected) balance.set(line, (balance.get(line) ?? 0) - 1);
  for (const line of actual) balance.set(line, (balance.get(line) ?? 0) + 1);
  return [...balance].flatMap(([line, count]) =>
    Array.from({ length: Math.abs(count) }, () => ({
      side: count < 0 ? ('-' as const) : ('+' as const),
      line,
    })),
  );
}

/** A line that only one side has. */
export interface Disagreement {
  job: Job;
  /** `-`: only the oracle has it, so the engine misses it; `+`: only the engine has it. */
  side: '-' | '+';
  /** The rule, `outcome of` a rule, `group situation` or `user situation`. */
  topic: string;
  line: string;
}

function topicOf(line: string): string {
  const [kind, rule = ''] = line.split(/:? /u);
  if (kind === 'finding') return rule;
  return kind === 'outcome' ? `outcome of ${rule}` : `${kind} situation`;
}

/** Where the engine and the oracle disagree on an org pair, in either job or in these. */
export async function disagreements(pair: OrgPair, jobs: readonly Job[] = JOBS): Promise<Disagreement[]> {
  const world = toWorld(pair);
  const all: Disagreement[] = [];
  for (const job of jobs) {
    const engine = engineLines(await world.judged(job));
    for (const { side, line } of differences(linesOf(expectReport(pair, job)), engine)) {
      all.push({ job, side, topic: topicOf(line), line });
    }
  }
  return all;
}

/** Whether the engine says of one rule in an org pair what the oracle says. */
export function agreesOn(rule: string, judgement: Judgement, report: Report): boolean {
  const ofRule = ({ findings, outcomes }: Omit<Report, 'groups' | 'users'>) =>
    linesOf({
      findings: findings.filter((finding) => finding.rule === rule),
      outcomes: { [rule]: outcomes[rule] ?? '' },
      groups: [],
      users: [],
    });
  const outcomes = Object.fromEntries(judgement.rules.map((each) => [each.rule, each.outcome]));
  return differences(ofRule(report), ofRule({ ...judgement, outcomes })).length === 0;
}
