import { type Analysis, openAnalysis } from '../../src/analysis/analyse.ts';
import type { PlanState } from '../../src/domain/plan.ts';
import type { Job } from '../../src/domain/rule.ts';
import type { AccessRow, MembershipRow, UserRow } from '../../src/domain/situation.ts';
import type { Snapshot } from '../../src/snapshot/open-snapshot.ts';

/** An analysis with all its rows: what tests look at is small. */
export interface WholeAnalysis
  extends Omit<Analysis, 'users' | 'memberships' | 'access' | 'planState' | 'close'> {
  users: UserRow[];
  memberships: MembershipRow[];
  access: AccessRow[];
  planState: PlanState;
}

/** Opens an analysis, reads all of it and closes it. */
export async function analyse(
  snapshot: Snapshot,
  job: Job,
  options?: Parameters<typeof openAnalysis>[2],
): Promise<WholeAnalysis> {
  const { users, memberships, access, planState, close, ...analysis } = await openAnalysis(
    snapshot,
    job,
    options,
  );
  try {
    return {
      ...analysis,
      users: await allOf(users()),
      memberships: await allOf(memberships()),
      access: await allOf(access()),
      planState: await planState(),
    };
  } finally {
    await close();
  }
}

async function allOf<Row>(batches: AsyncIterable<Row[]>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of batches) rows.push(...batch);
  return rows;
}
