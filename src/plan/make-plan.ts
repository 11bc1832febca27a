import { byCodeUnit, type Finding } from '../domain/finding.ts';
import { foldName } from '../domain/names.ts';
import type { BrakeLimits, PlanState, WorkPlan } from '../domain/plan.ts';
import { consequencesSentence, rootCauseOf } from '../domain/root-cause.ts';
import type { Job } from '../domain/rule.ts';
import { isOpen } from '../domain/run.ts';
import { countLosses, findBrakes } from './brakes.ts';
import { checkPlan } from './check-plan.ts';
import { addCutover, addDeletions, addGates, addPilot, addVerification, sayGrants } from './cutover.ts';
import { type Braked, Drafts } from './drafts.ts';
import { evidenceOf } from './evidence.ts';
import { decideGroups } from './group-decisions.ts';
import { brake, decideLive, ENDING_RULES, guardAccess, splitLive } from './guard.ts';
import { KEY } from './keys.ts';
import { idsOutsideScim } from './outside-scim.ts';
import { decide, groupBy, type Planning, type Remedy, SCIM_APP_LABEL, titleOf } from './planning.ts';
import { pushArrivals } from './push-again.ts';
import { keepSuperAdmin } from './remedies/access.ts';
import { addHandMadeDeletions } from './remedies/drift-groups.ts';
import { addAssignment, addLeavers, addProvisioning } from './remedies/drift-people.ts';
import { addNameSteps, addOrphanSteps } from './remedies/groups.ts';
import { REMEDIES } from './remedies/index.ts';
import { addActivation, proposeKept } from './remedies/people.ts';

export interface PlanRequest {
  job: Job;
  findings: readonly Finding[];
  state: PlanState;
  limits: BrakeLimits;
  /** Steps that the proof of an earlier try showed to do harm. */
  braked?: readonly Braked[];
}

/**
 * The ordered work for the open findings of a run; pure, and the same whatever the order of findings. Throws on a circle
 * and on a step that an earlier one makes impossible: bugs.
 */
export function makePlan(request: PlanRequest): WorkPlan {
  const { job, state } = request;
  const open = [...request.findings].filter(isOpen).sort(bySubject);
  const byRule = groupBy(open, ({ rule }) => rule);
  const findingsOf = (rule: string) => byRule.get(rule) ?? [];
  const foundOn = new Map<string, ReadonlySet<string | null>>();
  const hasFound = (rule: string, oktaId: string) => {
    const found = foundOn.get(rule) ?? new Set(findingsOf(rule).map(({ okta_id }) => okta_id));
    foundOn.set(rule, found);
    return found.has(oktaId);
  };
  const cutoverIsPossible = job === 'precutover' && appIsKnown(state, findingsOf);
  const userRecords = new Map(state.user_records.map((record) => [record.opti_user_id, record]));
  const held = heldBack(findingsOf, { job, state, userRecords });
  const live = ENDING_RULES.map((rule) => {
    const [used, others] = splitLive({ state, heldBack: held }, findingsOf(rule));
    if (byRule.has(rule)) byRule.set(rule, others);
    return used;
  });
  const decisions = decideGroups(state, findingsOf, { cutoverIsPossible });
  const planning: Planning = {
    job,
    state,
    drafts: new Drafts(),
    decisions,
    optiGroups: new Map(state.opti_groups.map((group) => [group.opti_group_id, group])),
    optiGroupsNow: groupBy(state.opti_groups, ({ name }) => foldName(name)),
    optiGroupsThen: groupBy(state.opti_groups, ({ opti_group_id: id, name }) =>
      foldName(decisions.storeNames.get(id) ?? name),
    ),
    takenOutOf: groupBy(
      findingsOf('member-unexpected').map((finding) => evidenceOf(finding, 'member-unexpected')),
      ({ okta_group_id }) => okta_group_id,
      ({ person }) => person,
    ),
    groupRecords: new Map(state.group_records.map((record) => [record.opti_group_id, record])),
    userRecords,
    heldBack: held,
    membershipsOf: groupBy(state.memberships, ({ opti_group_id }) => opti_group_id),
    takersOf: groupBy(
      state.taken,
      ({ opti_group_id }) => opti_group_id,
      ({ okta_group_id }) => okta_group_id,
    ),
    outsideScim: new Map(state.group_records.map((record) => [record.opti_group_id, idsOutsideScim(record)])),
    toAssign: new Set(state.to_assign.map(({ okta_user_id }) => okta_user_id).filter((id) => !held.has(id))),
    leaving: new Map(),
    activated: new Set(findingsOf('member-staged').flatMap(({ okta_id }) => okta_id ?? [])),
    app: state.scim_app?.label ?? SCIM_APP_LABEL,
    findingsOf,
    hasFound,
    namesakesOf: groupBy(state.namesakes, ({ okta_group_id }) => okta_group_id),
  };

  if (cutoverIsPossible) {
    addDeletions(planning);
    addCutover(planning);
  }
  addNameSteps(planning);
  addOrphanSteps(planning);
  addActivation(planning);
  if (job === 'drift') {
    addHandMadeDeletions(planning);
    addLeavers(planning);
    addAssignment(planning);
    addProvisioning(planning);
    sendNewNames(planning);
  }
  // In the order of the table; a rule without a remedy leaves it to a person to do what the rule itself says.
  const others = [...byRule.keys()].filter((rule) => !(rule in REMEDIES)).sort(byCodeUnit);
  for (const rule of [...Object.keys(REMEDIES), ...others]) {
    const findings = findingsOf(rule);
    if (findings.length > 0) (REMEDIES[rule] ?? byHand)(planning, findings);
  }
  for (const findings of live) decideLive(planning, findings);
  if (job === 'drift') keepSuperAdmin(planning);
  sayGrants(planning);
  addGates(planning);
  const losses = countLosses(planning);
  const brakes = findBrakes(planning, losses, request.limits);
  // What is withheld because of a decision may have given somebody access back: then the next step is one, too.
  const braked = (request.braked ?? []).filter(({ key }) => planning.drafts.has(key));
  const withheld = brake(planning, braked, open);
  for (let more = guard(); more.length > 0; more = guard()) {
    braked.push(...more);
    withheld.push(...brake(planning, braked, open));
  }
  function guard(): Braked[] {
    return guardAccess(planning, request.findings).filter(
      ({ key }) => !braked.some((other) => other.key === key),
    );
  }
  if (cutoverIsPossible) addPilot(planning);
  addVerification(planning);

  const steps = planning.drafts.number();
  checkPlan(steps, state, job);
  return {
    steps,
    withheld,
    losses,
    brakes,
    notes: [...state.notes, ...rootNotes(job, open), ...notesOn(planning, cutoverIsPossible)],
  };
}

/** A group that gets another name in Okta is pushed again, or the two sides would differ in it. */
function sendNewNames(planning: Planning): void {
  const renamed = [...planning.decisions.okta].flatMap(([id, { newName }]) =>
    newName !== undefined && planning.drafts.has(KEY.settleName(id)) ? [id] : [],
  );
  pushArrivals(planning, renamed);
}

function bySubject(a: Finding, b: Finding): number {
  return byCodeUnit(a.subject, b.subject) || byCodeUnit(a.finding_id, b.finding_id);
}

/** Nothing is deleted for a push while nobody knows which app pushes. */
function appIsKnown(state: PlanState, findingsOf: (rule: string) => readonly Finding[]): boolean {
  return state.scim_app !== null || (findingsOf('scim-app-missing').length > 0 && !state.scim_app_is_set);
}

/** Rules that say that an account may be somebody else's, or that nobody can be made of the person. */
const HOLDING_BACK = [
  'take-over-of-another',
  'user-address-held',
  'user-domain-changed',
  'user-email-alias',
  'user-in-other-organization',
  'user-known-by-login',
  'user-linked-to-another',
];

/** Okta users who may be somebody else in the store: taken over or created before that is known, they double. */
function heldBack(
  findingsOf: (rule: string) => readonly Finding[],
  planning: Pick<Planning, 'job' | 'state' | 'userRecords'>,
): Set<string> {
  return new Set([
    ...HOLDING_BACK.flatMap((rule) => findingsOf(rule).flatMap(({ okta_id }) => okta_id ?? [])),
    ...findingsOf('user-linked-to-another').map(
      (finding) => evidenceOf(finding, 'user-linked-to-another').colleague_id,
    ),
    ...planning.state.to_assign.flatMap(({ is_other_profile, okta_user_id }) =>
      is_other_profile ? [okta_user_id] : [],
    ),
    // Whom an id ties already is in SCIM's hands: Optimizely Support takes them out of it.
    ...findingsOf('person-outside-scim-assigned').flatMap((finding) =>
      evidenceOf(finding, 'person-outside-scim-assigned').matched_by_id ? [] : (finding.okta_id ?? []),
    ),
    ...findingsOf('user-match-ambiguous')
      .filter((finding) => proposeKept(planning, finding) === null)
      .flatMap((finding) => evidenceOf(finding, 'user-match-ambiguous').okta_user_ids ?? []),
  ]);
}

/** The remedy for a rule that has none of its own: its fix, by hand, before anything is changed in Opti ID. */
const byHand: Remedy = (planning, findings) => {
  const [first] = findings;
  decide(planning, findings, {
    phase: 'fix Okta',
    action: `Settle: ${titleOf(first?.rule ?? '')}`,
    proof: first?.who === 'Optimizely Support' ? 'support' : 'decision',
  });
};

/** Forty consequences of a refused token are not worked through before the token is. */
function rootNotes(job: Job, open: readonly Finding[]): string[] {
  const cause = job === 'drift' ? rootCauseOf(open) : null;
  return cause === null
    ? []
    : [
        `The root cause first: ${titleOf(cause.root.rule)}. ${consequencesSentence(cause)}. Settle it, run the audit again, and do what is then left.`,
      ];
}

function notesOn({ decisions, job }: Planning, cutoverIsPossible: boolean): string[] {
  if (job !== 'precutover') return [];
  if (!cutoverIsPossible) {
    return [
      'No SCIM app is chosen, so the plan stops before anything is deleted or pushed: choose one and plan again.',
    ];
  }
  return [...decisions.okta.values()].flatMap(({ group, kind, newName, why }) =>
    kind === 'blocked'
      ? [`${newName ?? group.name} is not pushed by this plan: ${why ?? 'something is in its way'}.`]
      : [],
  );
}
