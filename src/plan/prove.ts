import type { Analysis } from '../analysis/analyse.ts';
import type { Database } from '../analysis/engine/database.ts';
import { readConfigurationFacts, readNeedFacts, readWaits } from '../analysis/judge/facts.ts';
import { ruleReadiness } from '../analysis/judge/needs.ts';
import { runRules } from '../analysis/judge/run-rules.ts';
import { byCodeUnit, type Finding, type RuleResult, worstFirst } from '../domain/finding.ts';
import type { Manifest } from '../domain/manifest.ts';
import { type Memory, NO_MEMORY } from '../domain/memory.ts';
import type { LostAccess, Proof, ProofCounts, StepProof, WorkStep } from '../domain/plan.ts';
import type { CatalogueRule, Job } from '../domain/rule.ts';
import { RULES } from '../rules/index.ts';
import { evidenceOf } from './evidence.ts';
import { groupBy } from './planning.ts';
import { Simulation } from './simulate.ts';
import { LIVE, membershipFindingId } from './state.ts';

export interface ProveOptions {
  /** Findings that do not count, because somebody has waived them. */
  waived?: ReadonlySet<string>;
  memory?: Memory;
}

/** The analysis of what the plan was made for, its database open. */
export type ProvedOn = Pick<Analysis, 'database' | 'findings' | 'rules' | 'facts'>;

const REASONS: Readonly<Record<Exclude<StepProof, 'applied'>, string>> = {
  decision: 'needs a decision',
  support: 'only Optimizely Support can',
  time: 'only time can: the System Log must show it, or it must leave the window of the log',
};
const UNSETTLED = 'not resolved by this plan';
/** Why a finding is there after a plan that was not before it. */
export const INTRODUCED = 'the plan causes it';
const NOT_JUDGED_BEFORE = 'could not be checked before the plan, and can be after it';

/**
 * Does the steps to the tables of an analysis, which is good for nothing else from then on, and lets the rules of the
 * job judge what has become of them, as far as what they read has changed: the steps that settle a finding are credited
 * with it when it is gone in the end.
 *
 * A rule that looks at a group falls silent when the group is deleted, so silence alone proves nothing there:
 * lost memberships and lost access count as resolved only when the person has them again at the end, or was
 * deleted by the plan. What only a person, Optimizely Support or time can settle is listed as remaining, whatever
 * the rules say.
 */
export async function proveSteps(
  { database, ...first }: ProvedOn,
  manifest: Manifest,
  job: Job,
  steps: readonly WorkStep[],
  { waived, memory = NO_MEMORY }: ProveOptions = {},
): Promise<Proof> {
  const before = withoutWaived(first.findings, waived);
  const simulation = new Simulation(database, manifest);
  const waits = await readWaits(database, manifest, memory);
  // What was read does not come to be hidden by what the steps remove.
  const { hidesMembers } = await readNeedFacts(database, { job, memory });
  await rememberAccess(database);
  for (const [, phase] of groupBy(steps, (step) => step.phase)) {
    await simulation.apply(phase.flatMap(({ effects }) => effects));
  }

  await simulation.derive([FACT_TABLES]);
  const needs = { ...(await readNeedFacts(database, { job, memory })), hidesMembers };
  const ran = new Set(first.rules.filter(hasRun).map(({ rule }) => rule));
  const due = RULES.filter(({ when }) => when.includes(job)).filter((rule) => {
    const isReady = ruleReadiness(rule, simulation.manifest, needs).state === 'ready';
    return !isReady || !ran.has(rule.id) || rule.kind !== 'sql' || simulation.hasChanged(rule.sql);
  });
  await simulation.derive([...queriesOf(due), PROOF_TABLES]);
  const configuration = await readConfigurationFacts(database, simulation.manifest);
  const judged = await runRules(database, simulation.manifest, due, { needs, configuration, waits });
  const again = new Set(due.map(({ id }) => id));
  const unchanged = first.findings.filter(({ rule }) => !again.has(rule));
  await database.run(ACCESS_LOST);
  return conclude({
    before,
    after: withoutWaived([...unchanged, ...judged.findings], waived),
    judgedBefore: ran,
    steps,
    unproved: await findUnproved(database, before),
    lostAccess: (await database.all(
      `select email, opti_user_id, coalesce(product, '') as product, instance, role,
         opti_user_id in (select opti_user_id from live_before) as is_active, opti_group_ids
       from access_lost order by all`,
    )) as unknown as LostAccess[],
  });
}

function withoutWaived(findings: readonly Finding[], waived: ReadonlySet<string> = new Set()): Finding[] {
  return findings.filter(({ finding_id }) => !waived.has(finding_id));
}

function hasRun({ outcome }: RuleResult): boolean {
  return outcome === 'pass' || outcome === 'fail';
}

function idsOf(findings: readonly Pick<Finding, 'finding_id'>[]): Set<string> {
  return new Set(findings.map(({ finding_id }) => finding_id));
}

function queriesOf(rules: readonly CatalogueRule[]): string[] {
  return rules.flatMap((rule) => (rule.kind === 'sql' ? [rule.sql] : []));
}

/** What `readNeedFacts` and `readConfigurationFacts` read of the derived tables. */
const FACT_TABLES = 'app_user push_mapping';

/** What the proof itself reads of the derived tables. */
const PROOF_TABLES =
  'grant_path group_pair membership_change opti_grant opti_group opti_group_member opti_user';

/** What people have before anything is done: who is in which group, and what the groups grant. */
async function rememberAccess(database: Database): Promise<void> {
  await database.run(`create table user_before as select opti_user_no, opti_user_id, email from opti_user`);
  await database.run(`create table live_before as select distinct opti_user_id from (${LIVE})`);
  await database.run(`create table member_before as select * from opti_group_member`);
  await database.run(
    `create table grant_before as
     select opti_group_no, opti_grant.* from opti_grant join opti_group using (opti_group_id)`,
  );
  await database.run(
    `create table lost_before as
     select distinct okta_group_id, opti_group_id, opti_user_id
     from membership_change
     where change = 'lost' and relation = 'taken'`,
  );
}

/** Makes the table of the access that people had before and do not have now. */
const ACCESS_LOST = `
  create table access_lost as
  with changed_group as (
    select opti_group_no
    from grant_before
    anti join (select opti_group_no, opti_grant.* from opti_grant join opti_group using (opti_group_id)) as granted
      using (opti_group_no, opti_instance_id, opti_role_id)
  ),
  -- Only who left a group, or is in one that grants less, can have lost anything.
  changed_user as (
    select opti_user_no from member_before anti join opti_group_member using (opti_group_no, opti_user_no)
    union
    select opti_user_no from member_before semi join changed_group using (opti_group_no)
  ),
  before as (
    select opti_user_no, product, opti_instance_id, instance, opti_role_id, role,
      list(distinct opti_group_id order by opti_group_id) as opti_group_ids
    from (from member_before semi join changed_user using (opti_user_no))
    join grant_before using (opti_group_no)
    group by all
  ),
  now as (
    select opti_user_no, opti_instance_id, opti_role_id
    from (from opti_group_member semi join changed_user using (opti_user_no))
    join grant_path using (opti_group_no)
  )
  select user_before.opti_user_id, user_before.email, before.* exclude (opti_user_no)
  from before
  join user_before using (opti_user_no)
  anti join now using (opti_user_no, opti_instance_id, opti_role_id)`;

/** Rules on access that goes with a group. */
const LOSSES = new Set(['access-lost-with-group', 'access-interrupted']);

/** Findings on loss whose rules may be silent although the loss has come to be. */
async function findUnproved(database: Database, before: readonly Finding[]): Promise<Set<string>> {
  const who = await database.all(
    `select distinct opti_user_id from access_lost where opti_user_id in (select opti_user_id from opti_user)`,
  );
  const losers = new Set(who.map(({ opti_user_id }) => opti_user_id));
  const unproved = new Set(
    before
      .filter(({ rule, opti_id }) => LOSSES.has(rule) && losers.has(opti_id))
      .map(({ finding_id }) => finding_id),
  );
  const missing = await database.all(
    `with place as (
       select *, id_no(opti_group_id) as opti_group_no from lost_before
       union all
       select lost.*, id_no(group_pair.opti_group_id)
       from lost_before as lost
       join group_pair using (okta_group_id)
     ),
     held as (
       select okta_group_id, opti_group_id, opti_user_id
       from place
       join opti_group_member as member
         on member.opti_group_no = place.opti_group_no and member.opti_user_no = id_no(place.opti_user_id)
     )
     select lost.okta_group_id, lost.opti_group_id, lost.opti_user_id
     from lost_before as lost
     semi join opti_user using (opti_user_id)
     anti join held using (okta_group_id, opti_group_id, opti_user_id)
     order by all`,
  );
  for (const { okta_group_id, opti_group_id, opti_user_id } of missing) {
    const ids = [String(okta_group_id), String(opti_group_id), String(opti_user_id)];
    unproved.add(membershipFindingId('member-loses-group', ...ids));
  }
  return unproved;
}

/** What the rules say after a plan because it was meant to lead there, by rule. */
const MEANT: Readonly<Record<string, (finding: Finding, paused: ReadonlySet<string>) => string | null>> = {
  'scim-already-on': () =>
    'the plan switches SCIM on: from then on the nightly audit (drift) is the one to run',
  'break-glass-admin-missing': () =>
    'a Super Admin stays who depends on Okta: the plan says to make another who does not',
  'group-push-inactive': ({ okta_id }, paused) =>
    paused.has(okta_id ?? '')
      ? 'the plan takes the group out of the push, or pauses it until Optimizely Support answers'
      : null,
};

function conclude(seen: {
  before: readonly Finding[];
  after: readonly Finding[];
  judgedBefore: ReadonlySet<string>;
  steps: readonly WorkStep[];
  unproved: ReadonlySet<string>;
  lostAccess: LostAccess[];
}): Proof {
  const claims = new Map<string, Set<StepProof>>();
  for (const { resolves, proof } of seen.steps) {
    for (const id of resolves) claims.set(id, (claims.get(id) ?? new Set()).add(proof));
  }
  const leftOpen = ({ finding_id }: Finding) =>
    (['decision', 'support', 'time'] as const).find((kind) => claims.get(finding_id)?.has(kind));
  const pauses = seen.steps
    .flatMap(({ effects }) => effects)
    .filter((effect) => effect.kind === 'pause_push' || effect.kind === 'leave_out_of_push');
  const waiting = new Set(
    seen.steps
      .flatMap((step) => step.waiting)
      .flatMap((effect) => (effect.kind === 'push_again' ? [effect.okta_group_id] : [])),
  );
  const paused = new Set(pauses.map(({ okta_group_id }) => okta_group_id));
  const wereOpen = idsOf(seen.before);
  const areOpen = idsOf(seen.after);

  const expected: Proof['expected'] = [];
  const remaining: Proof['remaining'] = [];
  const stay = seen.before.filter(
    (finding) =>
      areOpen.has(finding.finding_id) ||
      seen.unproved.has(finding.finding_id) ||
      leftOpen(finding) !== undefined,
  );
  const arise = seen.after.filter(({ finding_id }) => !wereOpen.has(finding_id));
  // As the last of the two judgements has them: a plan may change a subject's name.
  const last = new Map([...seen.before, ...seen.after].map((finding) => [finding.finding_id, finding]));
  const lastOf = (finding: Finding) => last.get(finding.finding_id) ?? finding;
  for (const finding of [...stay, ...arise].sort((a, b) => worstFirst(lastOf(a), lastOf(b)))) {
    const { finding_id, rule, severity, subject, okta_id, opti_id } = finding;
    const introduced = !wereOpen.has(finding_id);
    const meant = introduced ? (MEANT[rule]?.(finding, paused) ?? null) : null;
    if (meant !== null) {
      expected.push({ finding_id, rule, subject, reason: meant });
      continue;
    }
    const open = leftOpen(finding);
    // Who arrives comes into their groups with a push: where that waits for a decision, they do too.
    const waits =
      rule === 'member-missing' && waiting.has(evidenceOf(finding, 'member-missing').okta_group_id);
    const isNew = waits ? REASONS.decision : seen.judgedBefore.has(rule) ? INTRODUCED : NOT_JUDGED_BEFORE;
    const reason = introduced ? isNew : open ? REASONS[open] : UNSETTLED;
    const needs_support = !introduced && open === 'support';
    remaining.push({
      finding_id,
      rule,
      severity,
      subject,
      okta_id,
      opti_id,
      reason,
      introduced,
      needs_support,
    });
  }
  const left = idsOf(remaining);
  // What several steps settle together is settled when the last phase of theirs is over.
  const settledIn = new Map(seen.steps.flatMap(({ resolves, phase }) => resolves.map((id) => [id, phase])));
  return {
    before: count(seen.before),
    after: count(remaining.filter(({ needs_support }) => !needs_support)),
    after_without_support: count(remaining),
    steps: seen.steps.map(({ step, phase, resolves }) => ({
      step,
      resolved: resolves.filter((id) => wereOpen.has(id) && !left.has(id) && settledIn.get(id) === phase),
    })),
    remaining,
    expected: expected.sort((a, b) => byCodeUnit(a.finding_id, b.finding_id)),
    lost_access: seen.lostAccess,
  };
}

function count(findings: readonly Pick<Finding, 'severity'>[]): ProofCounts {
  return {
    blockers: findings.filter(({ severity }) => severity === 'blocker').length,
    errors: findings.filter(({ severity }) => severity === 'error').length,
  };
}
