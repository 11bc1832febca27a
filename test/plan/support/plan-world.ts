import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatasetName } from '../../../src/domain/dataset.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import type {
  BrakeLimits,
  PlanRecord,
  PlanState,
  Proof,
  WorkPlan,
  WorkStep,
} from '../../../src/domain/plan.ts';
import type { Job } from '../../../src/domain/rule.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import { proveSteps } from '../../../src/plan/prove.ts';
import { readPlanState } from '../../../src/plan/state.ts';
import type { OrgPair } from '../../oracle/org-pair.ts';
import { withAnalysis } from '../../support/analyse.ts';
import { World } from '../../support/world.ts';

export const LIMITS: BrakeLimits = { maxDeletes: 5, maxMembershipLossPercent: 20, maxLastPaths: 10 };

export interface Planned {
  plan: WorkPlan & { proof: Proof };
  findings: Finding[];
  state: PlanState;
}

/** Seals a world, plans for it and proves the plan, as a run does. */
export async function planWorld(
  world: World,
  options: { job?: Job; order?: <Row>(rows: Row[]) => Row[]; limits?: BrakeLimits } = {},
): Promise<Planned> {
  const job = options.job ?? 'precutover';
  const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-plan-'));
  try {
    const snapshot = await world.seal(join(folder, 'snapshot'), options.order);
    const { memory } = world;
    return await withAnalysis([snapshot, job, { memory }], async (analysis) => {
      const { findings } = analysis;
      const state = await readPlanState(analysis.database, snapshot.manifest, analysis.facts);
      const plan = makePlan({
        job,
        findings,
        state,
        limits: options.limits ?? LIMITS,
      });
      const proof = await proveSteps(analysis, snapshot.manifest, job, plan.steps, { memory });
      return { plan: { ...plan, proof }, findings, state };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The world that holds exactly the rows and the completeness of a generated org pair. */
export function worldOf(pair: OrgPair): World {
  const world = new World();
  Object.assign(world.settings, {
    scim_app: pair.scimApp,
    sso_app: pair.ssoApp,
    push_groups: pair.pushGroups,
  });
  for (const name of Object.keys(world.rows) as DatasetName[]) {
    world.rows[name] = [...pair.rows[name]] as never;
    const state = pair.states[name];
    if (state === undefined) world.complete(name);
    else world.setState(name, state, `generated as ${state}`);
  }
  return world;
}

/** Every step that must be done before a step. */
export function stepsBefore(plan: WorkPlan, step: WorkStep): Set<number> {
  const before = new Set<number>();
  const queue = [...step.depends_on];
  for (let number = queue.pop(); number !== undefined; number = queue.pop()) {
    if (before.has(number)) continue;
    before.add(number);
    queue.push(...(plan.steps[number - 1]?.depends_on ?? []));
  }
  return before;
}

export function recordedId(record: PlanRecord): string {
  return record.kind === 'group' ? record.opti_group_id : record.opti_user_id;
}
