import type { BrakeSettings } from '../config/config.ts';
import type { Finding } from '../domain/finding.ts';
import type { Memory } from '../domain/memory.ts';
import type { Plan, PlanState } from '../domain/plan.ts';
import type { Job } from '../domain/rule.ts';
import { makePlan } from '../plan/make-plan.ts';
import { type ProvedOn, proveSteps } from '../plan/prove.ts';
import { toolVersion } from '../runtime/run-context.ts';
import type { Snapshot } from '../snapshot/open-snapshot.ts';

/** The plan for what a run found, proved on the tables of its analysis: nothing else can be read from them after it. */
export async function planFor(
  analysis: ProvedOn,
  snapshot: Snapshot,
  job: Job,
  { findings, planState, memory }: { findings: readonly Finding[]; planState: PlanState; memory: Memory },
  { brakes, stale = false }: { brakes: BrakeSettings; stale?: boolean },
): Promise<Plan> {
  const plan = makePlan({
    tool: toolVersion(),
    job,
    org: snapshot.manifest.org,
    snapshotHash: snapshot.hash,
    stale,
    findings,
    state: planState,
    limits: brakes,
  });
  const waived = new Set(
    findings.filter(({ state }) => state === 'waived').map(({ finding_id }) => finding_id),
  );
  return {
    ...plan,
    proof: await proveSteps(analysis, snapshot.manifest, job, plan.steps, { memory, waived }),
  };
}
