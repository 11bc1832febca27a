import { byCodeUnit, type Finding } from '../domain/finding.ts';
import type { GroupRecord, PlanMembership, PlanState, UserRecord, WorkPhase } from '../domain/plan.ts';
import type { Job } from '../domain/rule.ts';
import { RULES } from '../rules/index.ts';
import type { Draft, Drafts } from './drafts.ts';
import type { GroupDecisions } from './group-decisions.ts';
import { KEY } from './keys.ts';
import { addTo } from './lists.ts';

/** Predicted id of the store group that the push of an Okta group makes. */
export function pushedGroupId(oktaGroupId: string): string {
  return `predicted:${oktaGroupId}`;
}

/** What the SCIM app is called where there is none yet. */
export const SCIM_APP_LABEL = 'SCIM 2.0 Test App (Header Auth)';

type OptiGroup = PlanState['opti_groups'][number];

/** What all remedies share while a plan is made. */
export interface Planning {
  readonly job: Job;
  readonly state: PlanState;
  readonly drafts: Drafts;
  readonly decisions: GroupDecisions;
  /** Records by the id of the group or the user in the store. */
  readonly groupRecords: ReadonlyMap<string, GroupRecord>;
  readonly userRecords: ReadonlyMap<string, UserRecord>;
  /** Okta users who need a decision before Okta may take them over. */
  readonly heldBack: ReadonlySet<string>;
  /** Okta users whom the plan activates. */
  readonly activated: ReadonlySet<string>;
  /** Rows of the state by the id that remedies look them up by: an org has many. */
  readonly membershipsOf: ReadonlyMap<string, readonly PlanMembership[]>;
  readonly takersOf: ReadonlyMap<string, readonly string[]>;
  /** Of each recorded group the members whom SCIM does not manage. */
  readonly outsideScim: ReadonlyMap<string, ReadonlySet<string>>;
  readonly toAssign: ReadonlySet<string>;
  /** Store users whose account the plan ends after the cutover, with the step that does. */
  readonly leaving: Map<string, string>;
  /** The SCIM app's label, or a word for it. */
  readonly app: string;
  /** Store groups by their id, by the folded name that they have, and by the one that is decided for them. */
  readonly optiGroups: ReadonlyMap<string, OptiGroup>;
  readonly optiGroupsNow: ReadonlyMap<string, readonly OptiGroup[]>;
  readonly optiGroupsThen: ReadonlyMap<string, readonly OptiGroup[]>;
  /** Whom the next push takes out, by the Okta group. */
  readonly takenOutOf: ReadonlyMap<string, readonly string[]>;
  findingsOf(rule: string): readonly Finding[];
  /** Whether a rule has found something about an Okta user, group or app. */
  hasFound(rule: string, oktaId: string): boolean;
  /** Store groups of a pushed group's name, with what they grant. */
  readonly namesakesOf: ReadonlyMap<string, PlanState['namesakes']>;
}

/** Rows by a key of theirs, in their order. */
export function groupBy<Row, Key extends string, Value = Row>(
  rows: Iterable<Row>,
  keyOf: (row: Row) => Key,
  itemOf: (row: Row) => Value = (row) => row as unknown as Value,
): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const row of rows) addTo(groups, keyOf(row), itemOf(row));
  return groups;
}

/** Okta ids of the subjects, each once, in their order. */
export function oktaIdsOf(findings: readonly Finding[]): string[] {
  return [...new Set(findings.flatMap(({ okta_id }) => okta_id ?? []))].sort(byCodeUnit);
}

/** Findings that are so, and the others. */
export function split(
  findings: readonly Finding[],
  isSo: (finding: Finding) => boolean,
): [Finding[], Finding[]] {
  return [findings.filter(isSo), findings.filter((finding) => !isSo(finding))];
}

/** What a plan does about the findings of one rule: adds steps, or lets a step that is there settle them. */
export type Remedy = (planning: Planning, findings: readonly Finding[]) => void;

/** A step that leaves findings to a person; what it does not say follows from their rule. */
interface Decision extends Partial<Pick<Draft, 'who' | 'action' | 'how' | 'noun'>> {
  key?: string;
  phase?: WorkPhase;
  proof?: 'decision' | 'support';
}

/** What a rule looks for, as people say it. */
export function titleOf(rule: string): string {
  return RULES.find(({ id }) => id === rule)?.title ?? rule;
}

/** One step that leaves the findings of a rule to a person. */
export function decide(
  { drafts }: Planning,
  findings: readonly Finding[],
  { key, phase = 'record', proof = 'decision', ...decision }: Decision = {},
): void {
  const [first] = findings;
  if (!first) return;
  drafts.add(phase, key ?? KEY[proof](first.rule), findings, {
    who: first.who,
    action: `Decide: ${titleOf(first.rule)}`,
    how: [...new Set(findings.map(({ fix }) => fix))].join(' '),
    verify: 'Audit again: the finding is gone, or waived with an owner and a reason.',
    proof,
    ...decision,
  });
}

/** Keys of steps that settle a finding; those that never come about do not count. */
export type KeysOf = (finding: Finding, planning: Planning) => readonly (string | null)[];

/** Ids of findings sorted by the step that settles them; what no step settles is left over. */
export function claim(planning: Planning, findings: readonly Finding[], keysOf: KeysOf): Finding[] {
  return findings.filter((finding) => {
    const keys = keysOf(finding, planning).filter((key) => key !== null && planning.drafts.has(key));
    for (const key of keys) planning.drafts.resolve(key as string, [finding]);
    return keys.length === 0;
  });
}

/** The remedy for findings that steps settle which are there already; the others a person decides on. */
export function settledBy(keysOf: KeysOf, otherwise?: Decision): Remedy {
  return (planning, findings) => decide(planning, claim(planning, findings, keysOf), otherwise);
}

/** The remedy for findings that a person decides on, whatever the plan does. */
export function undecided(decision: Decision): Remedy {
  return settledBy(() => [], decision);
}

/** The step that settles what is wrong with an Okta group's name or its link. */
export function nameStepOf(planning: Planning, oktaGroupId: string | null): string[] {
  if (oktaGroupId === null) return [];
  return [KEY.askSupport(oktaGroupId), KEY.settleName(oktaGroupId)].filter((key) => planning.drafts.has(key));
}
