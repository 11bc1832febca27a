import { type Analysis, openAnalysis } from '../../src/analysis/analyse.ts';
import { describeGroups } from '../../src/analysis/describe/groups.ts';
import { describeUsers } from '../../src/analysis/describe/users.ts';
import type { Database } from '../../src/analysis/engine/database.ts';
import { readFacts } from '../../src/analysis/judge/facts.ts';
import { type Judgement, runRules } from '../../src/analysis/judge/run-rules.ts';
import type { PlanState } from '../../src/domain/plan.ts';
import type { CatalogueRule, Job } from '../../src/domain/rule.ts';
import type { AccessRow, MembershipRow, UserRow } from '../../src/domain/situation.ts';
import { readPlanState } from '../../src/plan/state.ts';
import { RULES } from '../../src/rules/index.ts';
import type { Snapshot } from '../../src/snapshot/open-snapshot.ts';
import { type Asked, inTables, type UnsealedSnapshot } from './literal-tables.ts';

/** An analysis with all its rows: what tests look at is small. */
export interface WholeAnalysis
  extends Omit<Analysis, 'users' | 'memberships' | 'access' | 'facts' | 'database' | 'close'> {
  users: UserRow[];
  memberships: MembershipRow[];
  access: AccessRow[];
  planState: PlanState;
}

/** Findings, outcomes and situations: what the oracle speaks of. The rest takes a fifth of an analysis' time. */
export type JudgedAnalysis = Pick<WholeAnalysis, 'findings' | 'rules' | 'groups' | 'users'>;

type Options = Parameters<typeof openAnalysis>[2];

/** Opens an analysis, reads all of it and closes it. */
export function analyse(snapshot: Snapshot, job: Job, options?: Options): Promise<WholeAnalysis> {
  return withAnalysis([snapshot, job, options], async ({ close: _, facts, database, ...analysis }) => ({
    ...analysis,
    users: await allOf(analysis.users()),
    memberships: await allOf(analysis.memberships()),
    access: await allOf(analysis.access()),
    planState: await readPlanState(database, snapshot.manifest, facts),
  }));
}

/** Opens an analysis, reads what was judged and closes it. */
export function judgeSnapshot(snapshot: Snapshot, job: Job, options?: Options): Promise<JudgedAnalysis> {
  return withAnalysis([snapshot, job, options], async ({ findings, rules, groups, users }) => ({
    findings,
    rules,
    groups,
    users: await allOf(users()),
  }));
}

/** Judges rows by these rules, as far as they are of the job. */
export function judgeTables(
  snapshot: UnsealedSnapshot,
  asked: Asked,
  rules: readonly CatalogueRule[] = RULES,
): Promise<Judgement> {
  return inTables(snapshot, asked, (database) => runRulesOf(database, snapshot, asked, rules));
}

/** The same as {@link judgeSnapshot}, of rows that are not sealed. */
export function judgeUnsealed(snapshot: UnsealedSnapshot, asked: Asked): Promise<JudgedAnalysis> {
  const { manifest } = snapshot;
  return inTables(snapshot, asked, async (database) => {
    const judgement = await runRulesOf(database, snapshot, asked, RULES);
    const { findings, rules } = judgement;
    return {
      findings,
      rules,
      groups: await describeGroups(database, manifest, judgement),
      users: await allOf(describeUsers(database, manifest, asked.job, findings)),
    };
  });
}

async function runRulesOf(
  database: Database,
  { manifest }: UnsealedSnapshot,
  asked: Asked,
  rules: readonly CatalogueRule[],
): Promise<Judgement> {
  const facts = await readFacts(database, manifest, asked);
  return runRules(
    database,
    manifest,
    rules.filter((rule) => rule.when.includes(asked.job)),
    facts,
  );
}

/** Lets somebody use an open analysis. */
export async function withAnalysis<Read>(
  given: Parameters<typeof openAnalysis>,
  read: (analysis: Analysis) => Promise<Read>,
): Promise<Read> {
  const analysis = await openAnalysis(...given);
  try {
    return await read(analysis);
  } finally {
    await analysis.close();
  }
}

/** All rows of a table that is read in batches. */
export async function allOf<Row>(batches: AsyncIterable<Row[]>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of batches) rows.push(...batch);
  return rows;
}
