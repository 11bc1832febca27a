import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Effect, WorkPlan, WorkStep } from '../../src/domain/plan.ts';
import { JOBS, type Job } from '../../src/domain/rule.ts';
import { Simulation } from '../../src/plan/simulate.ts';
import { readPlanState } from '../../src/plan/state.ts';
import { toWorld } from '../oracle/compare.ts';
import { generateOrgPair } from '../oracle/generate.ts';
import { withAnalysis } from '../support/analyse.ts';
import { planFor } from './support/plain-state.ts';
import { stepsBefore } from './support/plan-world.ts';

/** `PLAN_SEEDS=1-400` tries more, or others; a seed takes two seconds. */
const [FIRST = 1, LAST = 5] = (process.env.PLAN_SEEDS ?? '1-5').split('-').map(Number);
const SEEDS_OF_ONE_TEST = 10;

/** Store users whose owner is assigned and active, and those that two such people may own. */
const LIVE = `
  select opti_user_id from account_owner semi join coming_user using (okta_user_id)
  union
  select opti_user_id from account_owner where is_ambiguous
  union
  select opti_user_id
  from account_tie
  semi join coming_user using (okta_user_id)
  semi join (from ambiguous_user where opti_user_id is not null) using (opti_user_id)`;

const ACCESS = `
  select opti_user_id, email, opti_instance_id, opti_role_id, list(distinct opti_group_id) as groups
  from access_path
  join opti_user using (opti_user_no)
  semi join live_before using (opti_user_id)
  group by all
  order by all`;

interface Access {
  opti_user_id: string;
  email: string;
  opti_instance_id: string;
  opti_role_id: string;
  groups: string[];
}

const keyOf = ({ opti_user_id, opti_instance_id, opti_role_id }: Access) =>
  [opti_user_id, opti_instance_id, opti_role_id].join(' ');

/** What goes wrong with live people in the plan for a generated org, in sentences. */
async function wrongs(seed: number, job: Job): Promise<string[]> {
  const pair = generateOrgPair(seed);
  const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-live-'));
  try {
    const snapshot = await toWorld(pair).seal(join(folder, 'snapshot'));
    return await withAnalysis([snapshot, job, { threads: 1, memory: pair.memory }], async (analysis) => {
      const { database, facts, findings } = analysis;
      const state = await readPlanState(database, snapshot.manifest, facts);
      const plan = planFor(state, findings, { job });
      await database.run(`create table live_before as ${LIVE}`);
      const live = new Set((await database.all('from live_before')).map((row) => String(row.opti_user_id)));
      const held = new Map(
        (await database.all('select okta_user_id, external_id from app_user')).map((row) => [
          String(row.okta_user_id),
          String(row.external_id),
        ]),
      );
      const before = (await database.all(ACCESS)) as unknown as Access[];
      const simulation = new Simulation(database, snapshot.manifest);
      for (const { effects } of plan.steps) await simulation.apply(effects);
      await simulation.derive([ACCESS]);
      const after = new Set(((await database.all(ACCESS)) as unknown as Access[]).map(keyOf));
      const targets = new Map(state.okta_groups.map((group) => [group.okta_group_id, group.opti_group_id]));
      const isOn = job === 'drift' || state.organization.provisioning_mode === 'scim';
      return [
        ...deletions(plan, live, isOn ? held : new Map()),
        ...before
          .filter((access) => !after.has(keyOf(access)))
          .flatMap((access) => undecided(plan, access, targets)),
      ];
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Steps that delete an account of somebody live, by hand or by an unassignment. */
function deletions(plan: WorkPlan, live: ReadonlySet<string>, held: ReadonlyMap<string, string>): string[] {
  return plan.steps.flatMap(({ step, action, effects }) =>
    effects.flatMap((effect) => {
      const ids =
        effect.kind === 'delete_opti_user'
          ? [effect.opti_user_id]
          : effect.kind === 'unassign_users'
            ? effect.okta_user_ids.map((id) => held.get(id) ?? '')
            : [];
      return ids.filter((id) => live.has(id)).map((id) => `step ${step} (${action}) deletes ${id}`);
    }),
  );
}

/** Steps that take a way to a role that is gone in the end, and wait for no decision that names the person. */
function undecided(
  plan: WorkPlan,
  { email, opti_user_id, groups }: Access,
  targets: ReadonlyMap<string, string | null>,
): string[] {
  const takes = (effect: Effect) => {
    if (effect.kind === 'push_again') return groups.includes(targets.get(effect.okta_group_id) ?? '');
    if (effect.kind === 'remove_members')
      return groups.includes(effect.opti_group_id) && effect.opti_user_ids.includes(opti_user_id);
    return (
      (effect.kind === 'delete_opti_group' ||
        effect.kind === 'support_removes_group' ||
        effect.kind === 'revoke') &&
      groups.includes(effect.opti_group_id)
    );
  };
  const names = ({ proof, how }: WorkStep) =>
    proof === 'decision' && (how.includes(email) || /; and \d+ more/u.test(how));
  const taking = plan.steps.filter(({ effects }) => effects.some(takes));
  if (taking.length === 0) return [`${email} (${opti_user_id}) loses a role, and no step takes it`];
  // Of a group that is pushed again only the push takes people out who are not sent.
  const decided = taking.filter((step) => {
    const before = stepsBefore(plan, step);
    return plan.steps.some((other) => before.has(other.step) && names(other));
  });
  return taking
    .filter((step) => !decided.includes(step))
    .filter(({ effects }) => decided.length === 0 || effects.some(({ kind }) => kind !== 'push_again'))
    .map(({ step, action }) => `step ${step} (${action}) takes a role from ${email} (${opti_user_id})`);
}

describe('no plan ends an account of somebody assigned and active, or takes their access unasked', () => {
  for (let from = FIRST; from <= LAST; from += SEEDS_OF_ONE_TEST) {
    const seeds = Array.from(
      { length: Math.min(SEEDS_OF_ONE_TEST, LAST - from + 1) },
      (_, index) => from + index,
    );
    test(`for generated orgs ${seeds[0]} to ${seeds.at(-1)}`, { timeout: 1_200_000 }, async () => {
      const found: string[] = [];
      for (const seed of seeds) {
        for (const job of JOBS) {
          try {
            found.push(...(await wrongs(seed, job)).map((line) => `seed ${seed} ${job}: ${line}`));
          } catch (error) {
            found.push(`seed ${seed} ${job}: ${String(error)}`);
          }
        }
      }
      expect(found.join('\n')).toBe('');
    });
  }
});
