import { byCodeUnit, type Finding } from '../domain/finding.ts';
import type { GroupRecord, PlanMembership, PlanState, UserRecord } from '../domain/plan.ts';
import type { Job } from '../domain/rule.ts';
import { type Draft, type Drafts, nameAll } from './drafts.ts';
import type { GroupDecisions } from './group-decisions.ts';

/** Keys of the steps that several remedies speak of. */
export const KEY = {
  record: (optiGroupId: string) => `record ${optiGroupId}`,
  recordUser: (optiUserId: string) => `record user ${optiUserId}`,
  approve: (optiGroupId: string) => `approve ${optiGroupId}`,
  move: (optiGroupId: string) => `move collaborators ${optiGroupId}`,
  deleteGroup: (optiGroupId: string) => `delete ${optiGroupId}`,
  removeOrphan: (optiGroupId: string) => `remove orphan ${optiGroupId}`,
  deleteUser: (optiUserId: string) => `delete user ${optiUserId}`,
  settleName: (oktaGroupId: string) => `settle name ${oktaGroupId}`,
  renameStore: (optiGroupId: string) => `rename ${optiGroupId}`,
  askSupport: (oktaGroupId: string) => `ask Support ${oktaGroupId}`,
  recordLost: (oktaGroupId: string) => `record lost ${oktaGroupId}`,
  unlink: (oktaGroupId: string) => `unlink ${oktaGroupId}`,
  pushAgain: (oktaGroupId: string) => `push again ${oktaGroupId}`,
  strip: (optiGroupId: string) => `strip ${optiGroupId}`,
  push: (oktaGroupId: string) => `push ${oktaGroupId}`,
  giveBack: (oktaGroupId: string, optiGroupId: string) => `give back ${oktaGroupId} ${optiGroupId}`,
  superAdmin: 'super admin',
  activate: 'activate',
  scimOn: 'scim on',
  connect: 'connect',
  token: 'token',
  assign: 'assign',
  provision: 'provision',
} as const;

/** Predicted id of the store group that the push of an Okta group makes. */
export function pushedGroupId(oktaGroupId: string): string {
  return `predicted:${oktaGroupId}`;
}

/** What all remedies share while a plan is made. */
export interface Planning {
  readonly job: Job;
  readonly state: PlanState;
  readonly drafts: Drafts;
  readonly decisions: GroupDecisions;
  /** Records by the id of the group or the user in the store. */
  readonly groupRecords: ReadonlyMap<string, GroupRecord>;
  readonly userRecords: ReadonlyMap<string, UserRecord>;
  /** Okta users whom a person must decide on before Okta may take them over. */
  readonly heldBack: ReadonlySet<string>;
  /** Okta users whom the plan activates. */
  readonly activated: ReadonlySet<string>;
  /** Rows of the state by the id that remedies look them up by: an org has many. */
  readonly membershipsOf: ReadonlyMap<string, readonly PlanMembership[]>;
  readonly takersOf: ReadonlyMap<string, readonly string[]>;
  /** Members of recorded groups whom SCIM does not manage, as `group id|user id`. */
  readonly ownDoors: ReadonlySet<string>;
  readonly toAssign: ReadonlySet<string>;
  /** Store users whose account the plan ends after the cutover, with the step that does. */
  readonly leaving: Map<string, string>;
  /** The SCIM app's label, or a word for it. */
  readonly app: string;
  findingsOf(rule: string): readonly Finding[];
}

/** Rows by a key of theirs, in their order. */
export function groupBy<Row, Value = Row>(
  rows: Iterable<Row>,
  keyOf: (row: Row) => string,
  itemOf: (row: Row) => Value,
): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(itemOf(row));
    else groups.set(keyOf(row), [itemOf(row)]);
  }
  return groups;
}

export function idsOf(findings: readonly Finding[]): string[] {
  return findings.map(({ finding_id }) => finding_id);
}

/** Okta ids of the subjects, each once, in their order. */
export function oktaIdsOf(findings: readonly Finding[]): string[] {
  return [...new Set(findings.flatMap(({ okta_id }) => okta_id ?? []))].sort(byCodeUnit);
}

/** One line that names the subjects. */
export function subjectsOf(findings: readonly Finding[], noun = 'people'): string {
  return nameAll(
    findings.map(({ subject }) => subject),
    noun,
  );
}

/** A text of a finding's evidence, or null. */
export function textOf(finding: Finding, key: string): string | null {
  const value = finding.evidence[key];
  return typeof value === 'string' ? value : null;
}

/** A list of a finding's evidence. */
export function listOf(finding: Finding, key: string): string[] {
  const value = finding.evidence[key];
  return Array.isArray(value) ? value.map(String) : [];
}

/** One step that leaves the findings of a rule to a person; several calls for one rule make one step. */
export function decide(
  planning: Planning,
  findings: readonly Finding[],
  step: Pick<Draft, 'who' | 'action' | 'how'> & Partial<Pick<Draft, 'phase' | 'verify' | 'key'>>,
  noun: string,
  proof: 'decision' | 'support' = 'decision',
): void {
  const [first] = findings;
  if (!first) return;
  planning.drafts.add({
    key: step.key ?? `${proof} ${first.rule}`,
    phase: step.phase ?? 'record',
    who: step.who,
    action: step.action,
    subject: nameAll(
      findings.map(({ subject }) => subject),
      noun,
    ),
    how: step.how,
    resolves: idsOf(findings),
    verify: step.verify ?? 'Audit again: the finding is gone, or waived with an owner and a reason.',
    proof,
  });
}

/** Ids of findings sorted by the step that settles them; what no step settles is left to a person. */
export function claim(
  planning: Planning,
  findings: readonly Finding[],
  keyOf: (finding: Finding) => readonly string[],
): Finding[] {
  const unclaimed: Finding[] = [];
  for (const finding of findings) {
    const keys = keyOf(finding).filter((key) => planning.drafts.has(key));
    if (keys.length === 0) unclaimed.push(finding);
    for (const key of keys) planning.drafts.resolve(key, [finding.finding_id]);
  }
  return unclaimed;
}

/** The step that settles what is wrong with an Okta group's name or its link. */
export function nameStepOf(planning: Planning, oktaGroupId: string | null): string[] {
  if (oktaGroupId === null) return [];
  return [KEY.askSupport(oktaGroupId), KEY.settleName(oktaGroupId)].filter((key) => planning.drafts.has(key));
}
