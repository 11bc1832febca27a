import type { MembershipCause } from './codes.ts';
import type { Severity, Who } from './finding.ts';
import type { Job } from './rule.ts';

/** When a step is done, in their order. "The day" is the one on which SCIM takes over. Closed list. */
export const PLAN_PHASES = [
  'before the day',
  'the day: before the switch',
  'the switch',
  'the day: after the switch',
  'after',
] as const;
export type PlanPhase = (typeof PLAN_PHASES)[number];

/** How a plan is printed. */
export const PLAN_FORMATS = ['markdown', 'terraform'] as const;

/** The kinds of work of a plan, in the order in which they are done. Closed list. */
export const WORK_PHASES = [
  'record',
  'protect',
  'fix Okta',
  'delete in Opti ID',
  'switch on SCIM',
  'assign',
  'push',
  'give access back',
  'verify',
] as const;
export type WorkPhase = (typeof WORK_PHASES)[number];

/** When each kind of work is done. */
export const PHASE_OF: Readonly<Record<WorkPhase, PlanPhase>> = {
  record: 'before the day',
  protect: 'before the day',
  'fix Okta': 'before the day',
  'delete in Opti ID': 'the day: before the switch',
  'switch on SCIM': 'the switch',
  assign: 'the day: after the switch',
  push: 'the day: after the switch',
  'give access back': 'the day: after the switch',
  verify: 'after',
};

/** A role on a product instance, by ids and in words. */
export interface PlanGrant {
  opti_instance_id: string;
  opti_role_id: string;
  product: string;
  instance: string;
  role: string;
  is_admin_center_role: boolean;
}

interface RecordedPerson {
  email: string;
  opti_user_id: string;
  first_name: string | null;
  last_name: string | null;
  home_organization_id: string | null;
  /** Home organization is another one: SCIM does not manage this person. Null, as the next: not shown. */
  is_collaborator: boolean | null;
  local_login: boolean | null;
}

/** A member of a store group that will be deleted. */
export interface RecordedMember extends RecordedPerson {
  okta_user_id: string | null;
  /** In the Okta group and active or about to be: the push brings this person once assigned. */
  comes_back: boolean;
}

/** What a store group is today, so that its access can be given back exactly. */
export interface GroupRecord {
  kind: 'group';
  opti_group_id: string;
  name: string;
  description: string | null;
  /** Null: not shown. */
  group_type: string | null;
  members: RecordedMember[];
  grants: PlanGrant[];
}

/** What a store user is today. */
export interface UserRecord extends RecordedPerson {
  kind: 'user';
  status: string | null;
  last_login_at: string | null;
  /** Tied to an Okta user by an id, not by the e-mail alone. */
  is_linked: boolean;
  groups: { opti_group_id: string; name: string; group_type: string | null }[];
  grants: PlanGrant[];
}

export type PlanRecord = GroupRecord | UserRecord;

/** Effects that need to know the same. */
type Effects<Kind extends string, Fields> = Kind extends string ? { kind: Kind } & Fields : never;

/**
 * What a step changes on the two systems: enough to do it to a copy of the snapshot. Ids that begin with
 * `predicted:` are of what does not exist yet. `provision_users`: Okta takes over or creates everybody assigned and
 * active, except for those who need a decision. `send_users`: Okta sends these people again as they are there.
 * `push_group` makes the mapping, the target and an internal store group with the expected members. `push_again` sends
 * the name and the members of a group that a push made; an inactive push sends nothing.
 */
export type Effect =
  | Effects<'stop_sso_provisioning' | 'map_names', unknown>
  | { kind: 'add_scim_app'; okta_app_id: string; label: string }
  | {
      kind: 'set_scim_app';
      changes: { status?: string; username_template?: string; username_push_status?: string };
    }
  | {
      kind: 'set_app_option';
      option: 'create_users' | 'update_attributes' | 'deactivate_users' | 'sync_password' | 'import';
      on: boolean;
    }
  | { kind: 'set_connection'; base_url: string }
  | { kind: 'unmap_attributes'; attributes: readonly string[] }
  | { kind: 'rename_okta_group'; okta_group_id: string; name: string }
  | Effects<
      'leave_out_of_push' | 'pause_push' | 'remove_push' | 'stop_assigning_by_group',
      { okta_group_id: string }
    >
  | Effects<
      'activate_users' | 'fill_names' | 'assign_users' | 'unassign_users' | 'send_users',
      { okta_user_ids: readonly string[] }
    >
  | { kind: 'set_email'; okta_user_id: string; email: string }
  | { kind: 'set_user_name'; okta_user_id: string; user_name: string }
  | { kind: 'provision_users'; except_okta_user_ids: readonly string[] }
  | { kind: 'remove_okta_members'; okta_group_id: string; okta_user_ids: readonly string[] }
  | ({ kind: 'create_opti_group'; name: string } & Members & Grants)
  | { kind: 'rename_opti_group'; opti_group_id: string; name: string }
  | Effects<'add_members' | 'remove_members', Members>
  | Effects<'grant' | 'revoke', Grants>
  | Effects<'delete_opti_group' | 'support_removes_group', { opti_group_id: string }>
  | Effects<'delete_opti_user' | 'set_local_login', { opti_user_id: string }>
  | { kind: 'revoke_invitations'; opti_invitation_ids: readonly string[] }
  | { kind: 'add_domain'; opti_connection_id: string; domain: string }
  | { kind: 'set_provisioning_mode'; mode: 'scim' }
  | { kind: 'push_group'; okta_group_id: string; opti_group_id: string }
  | { kind: 'push_again'; okta_group_id: string; activate: boolean };

interface Members {
  opti_group_id: string;
  opti_user_ids: readonly string[];
}

interface Grants {
  opti_group_id: string;
  grants: readonly PlanGrant[];
}

/** Whether the proof can follow a step, or what it must leave open. */
export type StepProof = 'applied' | 'decision' | 'support' | 'time';

/** One of those whom a step is done to. */
export interface PlanSubject {
  subject: string;
  /** What is done to this one, where the step puts several actions together. */
  action?: string;
  /** How, for this one. */
  how: string;
  /** What differs from one subject to the next: what a group grants, who would lose access; empty where nothing does. */
  each: string;
  /** Ids of the findings that are settled when it is done. */
  resolves: string[];
  verify: string;
  record?: PlanRecord;
}

/** What every step says, whether it is on one subject or on all subjects of its kind. */
interface StepWords {
  step: number;
  who: Who;
  action: string;
  /** To whom or what, in one line. */
  subject: string;
  how: string;
  /** What must hold before it is begun; empty where nothing but its dependencies. */
  requires: string;
  depends_on: number[];
  /** Ids of the findings that are settled when it is done. */
  resolves: string[];
  irreversible: boolean;
  verify: string;
  /** `applied`: its effects are done to a copy of the snapshot and judged. Otherwise its findings stay open. */
  proof: StepProof;
}

/** One piece of work: who does what to whom, how, after what, and how to see that it is done. */
export interface WorkStep extends StepWords {
  /** Its name while the plan is made. */
  key: string;
  phase: WorkPhase;
  /** What it is put together by with others of its kind; its action unless it says otherwise. */
  kind: string;
  each: string;
  /** Those whom it is done to, where they are several: a row each, with the findings of each. */
  people: { subject: string; resolves: string[] }[];
  /** Whom it would take access from: then it is a decision, and does nothing. */
  hits: string[];
  /** What it would do, were it not for them. */
  waiting: Effect[];
  record?: PlanRecord;
  effects: Effect[];
}

/** Work of one kind, done to all its subjects, as people do it. */
export interface PlanStep extends StepWords {
  phase: PlanPhase;
  subjects: PlanSubject[];
  /** What is done to a copy of the snapshot in its place. */
  effects: Effect[];
}

/** What a person must decide first. It changes nothing itself. */
export interface PlanDecision extends PlanStep {
  /** Who would lose access by what it is about, by e-mail. */
  hits: string[];
}

/** Work that is left out of a plan until something is known. */
export interface WithheldStep
  extends Pick<PlanStep, 'phase' | 'who' | 'action' | 'subject' | 'irreversible'> {
  subjects: string[];
  /** Ids of the findings that it would settle. */
  resolves: string[];
  /** What must be read or decided first, a sentence each. */
  first: string[];
}

/** A skipped rule: somebody must look at it. */
export interface UncheckedRule {
  rule: string;
  title: string;
  reason: string;
}

/** A limit that the plan goes beyond. */
export interface Brake {
  brake: 'deletes' | 'membership-loss' | 'last-paths';
  limit: number;
  actual: number;
  sentence: string;
}

/** Limits beyond which a plan says so first: `AUDIT_MAX_DELETES` and its like. Reached is not beyond. */
export interface BrakeLimits {
  maxDeletes: number;
  maxMembershipLossPercent: number;
  maxLastPaths: number;
}

/** Findings by severity. */
export interface ProofCounts {
  blockers: number;
  errors: number;
}

/** Access that somebody has before the plan and not after it. */
export interface LostAccess {
  email: string;
  opti_user_id: string;
  product: string;
  instance: string;
  role: string;
  /** Assigned and active in Okta: no step takes access from them for good. */
  is_active: boolean;
  /** Ids of the groups that gave it. */
  opti_group_ids: string[];
}

/**
 * How to go back within a phase, from its last step to its first. From the point of no return on: what can still be given
 * back.
 */
export interface PlanUndo {
  phase: PlanPhase;
  /** False from the first step that cannot be undone on. */
  goes_back: boolean;
  steps: {
    step: number;
    action: string;
    how: string;
    /** Groups and users whose record in this plan says what to give back. */
    records: string[];
  }[];
}

/** What is left when the plan's steps to a copy of the snapshot and the rules run again. */
export interface Proof {
  before: ProofCounts;
  /** When every step is done, those of Optimizely Support among them. */
  after: ProofCounts;
  /** When Optimizely Support has not done its part yet: counts over `remaining`. */
  after_without_support: ProofCounts;
  steps: { step: number; resolved: string[] }[];
  remaining: {
    finding_id: string;
    rule: string;
    severity: Severity;
    subject: string;
    okta_id: string | null;
    opti_id: string | null;
    reason: string;
    /** True when the rules did not find it before, but do after the plan. */
    introduced: boolean;
    /** True when only Optimizely Support can settle it. */
    needs_support: boolean;
  }[];
  /** What the rules say afterwards because the plan was meant to lead there. */
  expected: { finding_id: string; rule: string; subject: string; reason: string }[];
  lost_access: LostAccess[];
}

export const PLAN_FORMAT = 2;

/** What stands at the top of a plan, wherever it is shown. No time but the data's: one snapshot gives the same plan. */
export interface PlanHead {
  organization: { id: string; name: string | null };
  /** Okta host, a port joined by `_`. */
  org: string;
  job: Job;
  /** Name of the run that read the data. */
  run: string;
  /** When the data was read, and until when the plan may be followed; UTC. */
  read: { began: string; ended: string; good_until: string };
  /** The verdict and its causes. */
  verdict: string;
  /** What the proof says, in a sentence. */
  proof: string;
  /** Steps and decisions by who does them. */
  steps_by_role: { who: Who; steps: number }[];
  /** Whose access is away for a while, and from which step to which; null where no step takes it or gives it back. People are null where nobody knows what groups grant. */
  interrupted: { people: number | null; from_step: number | null; to_step: number | null };
  /** Who loses access for good when the whole plan is done, decisions included. */
  lost_for_good: { people: number | null };
  /** Deletions in Opti ID, of groups and of users. */
  deletions: { groups: number; users: number };
  /** Limits that the plan goes beyond, in sentences. */
  guardrails: string[];
  /** The first step that cannot be undone; null where there is none. */
  point_of_no_return: { step: number; action: string } | null;
}

/** What a plan is made of while it is made and proved: one piece of work per subject. */
export interface WorkPlan {
  steps: WorkStep[];
  /** What waits for a decision: left out of the steps. */
  withheld: { work: WorkStep; first: string[] }[];
  /** People whose access is away for a while, and who lose some for good, decisions included. */
  losses: { interrupted: number; for_good: number };
  brakes: Brake[];
  notes: string[];
}

/** `plan.json`. */
export interface Plan {
  format: number;
  tool: { name: string; version: string };
  job: Job;
  org: string;
  /** sha256 of the manifest of the snapshot that it was made from. */
  snapshot_hash: string;
  /** True when a newer snapshot of the org was there when it was made. */
  stale: boolean;
  head: PlanHead;
  /** False: something was not read completely, or shrank suspiciously. */
  complete: boolean;
  /** False: it must not be followed; what cannot be undone, and every push, is withheld. */
  applicable: boolean;
  /** What must be read first, a sentence each; empty where it is applicable. */
  unread: string[];
  brakes: Brake[];
  notes: string[];
  /** Numbered together with the decisions, in the order in which they are done. */
  steps: PlanStep[];
  decisions: PlanDecision[];
  withheld: WithheldStep[];
  unchecked: UncheckedRule[];
  /** How to go back, phase by phase; phases that change nothing are not among them. */
  undo: PlanUndo[];
  /** Null where it is not applicable: nothing is proved on half of the data. */
  proof: Proof | null;
}

/** Steps and decisions in the order in which they are done. */
export function inOrder({
  steps,
  decisions,
}: Pick<Plan, 'steps' | 'decisions'>): (PlanStep | PlanDecision)[] {
  return [...steps, ...decisions].sort((a, b) => a.step - b.step);
}

/** An Okta group that is meant to be pushed or has a push mapping. */
export interface PlanOktaGroup {
  okta_group_id: string;
  name: string;
  is_built_in_everyone: boolean;
  in_scope: boolean;
  has_mapping: boolean;
  /** The store group that its mapping is matched with. */
  opti_group_id: string | null;
}

export interface PlanOptiGroup {
  opti_group_id: string;
  name: string;
  /** Null: not shown. */
  group_type: string | null;
  is_reserved: boolean;
}

/** A membership that changes when a pushed group replaces a group of the store. */
export interface PlanMembership {
  finding_id: string;
  change: 'lost' | 'gained';
  okta_group_id: string;
  opti_group_id: string;
  okta_user_id: string | null;
  opti_user_id: string | null;
  cause: MembershipCause;
  /** The plan's assigning and activating bring this person in time for the push. */
  comes_back: boolean;
}

/** What the plan is made from, apart from the findings: plain rows, sorted, as the analysis knows them. */
export interface PlanState {
  organization: { name: string; provisioning_mode: string };
  scim_app: { okta_app_id: string; label: string } | null;
  /** True when `AUDIT_SCIM_APP` chooses the app. */
  scim_app_is_set: boolean;
  inactive_scim_apps: { okta_app_id: string; label: string }[];
  sso_connections: { opti_connection_id: string; name: string | null; scim_enabled: boolean }[];
  okta_groups: PlanOktaGroup[];
  opti_groups: PlanOptiGroup[];
  /** A pushed group and the store group that must go before it is pushed: a custom one, or one that an earlier push left. */
  taken: { okta_group_id: string; opti_group_id: string }[];
  /** Taken, orphaned and linked store groups. */
  group_records: GroupRecord[];
  memberships: PlanMembership[];
  /** What store groups of a pushed group's name, or of one that looks like it, grant today. */
  namesakes: { okta_group_id: string; name: string; grants: PlanGrant[] }[];
  /** Roles that a user reaches only through taken groups. */
  lost_access: { opti_user_id: string; opti_group_id: string; comes_back: boolean }[];
  /** Store users that findings may want to delete. */
  user_records: UserRecord[];
  /** Who must be assigned to the SCIM app before the push. */
  to_assign: {
    okta_user_id: string;
    email: string;
    is_stand_in: boolean;
    /** They point to an account that somebody else uses, who is assigned and active: two would claim it. */
    is_other_profile: boolean;
    okta_group_ids: string[];
  }[];
  /** Accounts that a step may want to end although somebody assigned and active points to them. */
  live_accounts: LiveAccount[];
  /** People assigned and active with access that nothing but groups which steps end gives them. */
  live_access: LiveAccess[];
  /** Assigned people whom SCIM should not manage, with the pushed groups that they are in. */
  outside_scim: { okta_user_id: string; okta_group_ids: string[] }[];
  super_admins: {
    opti_user_id: string;
    email: string;
    stays: boolean;
    signs_in_without_sso: boolean;
    /** Somebody assigned points to the account: Okta can take it away. */
    is_assigned: boolean;
    okta_user_id: string | null;
    /** Suspended or deprovisioned in Okta. */
    is_shut_out: boolean;
    /** Holds it through a group that is not taken. */
    through_group_that_stays: boolean;
    grant: PlanGrant;
  }[];
  /** What is known of the two sides once SCIM is on; empty before the cutover. */
  drift: DriftState;
  /** What could not be read and what the plan therefore leaves out, in sentences. */
  notes: string[];
}

export interface LiveAccount {
  opti_user_id: string;
  email: string;
  /** Whoever is assigned and active and points to it, by e-mail. */
  people: string[];
  /** Okta users whose unassignment may delete it. */
  held_by: string[];
}

/** Somebody assigned and active, and where in the store they are. */
export interface LiveAccess {
  opti_user_id: string;
  email: string;
  /** The Okta user whom pushes bring as this account. */
  okta_user_id: string | null;
  /** An id ties the two already. */
  is_linked: boolean;
  opti_group_ids: string[];
  /** Okta groups whose push brings them. */
  okta_group_ids: string[];
  /** Okta groups whose next push takes them out of the store group. */
  pushed_out_of: string[];
  /** Roles that may end, with all groups that give them. */
  roles: { opti_instance_id: string; opti_role_id: string; opti_group_ids: string[] }[];
}

/** What a plan after the cutover stands on. */
export interface DriftState {
  /** Instances that a user reaches only through groups that go, or that a push takes the user out of. */
  last_paths: {
    opti_user_id: string;
    opti_instance_id: string;
    opti_group_ids: string[];
    comes_back: boolean;
    signs_in_without_sso: boolean;
  }[];
  /** Store groups that pushes made. */
  managed_groups: {
    okta_group_id: string;
    opti_group_id: string;
    members: number;
    /** Those whom the next push takes out. */
    unexpected: number;
  }[];
  /**
   * What a pushed group granted in the baseline, does not grant now, and can still be given. Of a group that is
   * gone (no `opti_group_id`), all of it.
   */
  baseline_grants: { okta_group_id: string; opti_group_id: string | null; grants: PlanGrant[] }[];
  /** Assigned people, active or about to be, whom no id ties to their store user yet: no push brings them. */
  not_linked: { okta_user_id: string; okta_group_ids: string[] }[];
  /** Okta users with a store user or an app user, whom Okta sends nothing about: not assigned, or not active. */
  out_of_reach: string[];
  /** Store users whom Okta gave up: out in Okta, tied by an id, and still there. */
  gone_users: {
    okta_user_id: string;
    opti_user_id: string;
    /** Custom groups, whose members the Admin Center lets be edited. */
    custom_group_ids: string[];
    /** Okta groups whose push takes them out. */
    okta_group_ids: string[];
    /** Okta holds their store user by its id. */
    is_held: boolean;
  }[];
}

export const NO_DRIFT: DriftState = {
  last_paths: [],
  managed_groups: [],
  baseline_grants: [],
  not_linked: [],
  out_of_reach: [],
  gone_users: [],
};
