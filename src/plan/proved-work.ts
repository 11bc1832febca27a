import type { Database } from '../analysis/engine/database.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Proof, WorkPlan } from '../domain/plan.ts';
import type { Braked } from './drafts.ts';
import { findHarm } from './harm.ts';
import { makePlan, type PlanRequest } from './make-plan.ts';
import { type ProvedOn, type ProveOptions, proveSteps } from './prove.ts';

/**
 * The work for the findings of a run, with its proof. Steps that the proof shows to do harm become decisions, and what
 * is left is proved again, on tables that `reopen` opens: a proof leaves none that anything else can be read from.
 */
export async function proveWork(
  analysis: ProvedOn,
  manifest: Manifest,
  request: PlanRequest,
  { reopen, ...options }: ProveOptions & { reopen: () => Promise<Database> },
): Promise<{ work: WorkPlan; proof: Proof }> {
  const braked: Braked[] = [];
  let tables = analysis;
  // Each try makes a decision of at least one step more.
  for (;;) {
    const work = makePlan({ ...request, braked });
    const proof = await proveSteps(tables, manifest, request.job, work.steps, options);
    const harm = findHarm(work.steps, proof, request);
    if (harm.length === 0) return { work, proof };
    braked.push(...harm);
    tables = { ...analysis, database: await reopen() };
  }
}
