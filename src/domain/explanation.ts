import type { Finding } from './finding.ts';
import { foldName } from './names.ts';
import { inOrder, type Plan, type PlanStep } from './plan.ts';
import type { QueryValue } from './query-value.ts';
import type { ConfigurationVerdict, Job } from './rule.ts';

export type ShownRow = Readonly<Record<string, QueryValue>>;

/** Rows of a table that have the ids of a finding: the first of them, and how many more there are. */
export interface ShownRows {
  table: string;
  means: string;
  rows: ShownRow[];
  more: number;
}

/** What stands behind a finding in its snapshot. */
export interface RowsBehind {
  /** What the rule's query gives for the finding's subject; null: no row, or the rule is not a query. */
  row: ShownRow | null;
  /** Why the rule could not be asked; null: it was. */
  unasked: string | null;
  /** What a configuration rule says of its setting; null for other rules. */
  verdict: ConfigurationVerdict | null;
  tables: ShownRows[];
  /** What could not be looked up and why, in sentences. */
  missing: string[];
}

/** A step of the plan, as far as it is about somebody or something. */
export interface ChainLink
  extends Pick<PlanStep, 'step' | 'phase' | 'who' | 'action' | 'irreversible' | 'verify'> {
  /** What is done to whom or what, of those that were asked about. */
  subjects: { subject: string; how: string; each: string }[];
  /** Needs a decision first, and changes nothing itself. */
  is_decision: boolean;
  /** Null, or why it is withheld: what must be read or decided first. */
  withheld: string[] | null;
}

/** Several findings, of a rule or on a subject, with what the plan does about them from the first step to the last. */
export interface GroupExplanation {
  /** What was asked for: the id of a rule, or a subject. */
  asked: { rule: string } | { subject: string };
  run: Explanation['run'];
  findings: Finding[];
  chain: ChainLink[];
}

/** A finding with all that explains it. */
export interface Explanation {
  finding: Finding;
  run: {
    folder: string;
    job: Job;
    org: string;
    /** When its snapshot began, UTC ISO-8601. */
    began: string;
    /** Its verdict in words: why, then what the plan leaves or what comes next. */
    verdict_lines: readonly string[];
  };
  steps: PlanStep[];
  /** All that the plan does to its subject, in order: what is recorded, deleted, pushed and given back. */
  chain: ChainLink[];
  /** What these steps wait for is told by. */
  plan: Pick<Plan, 'steps' | 'decisions' | 'withheld'>;
  behind: RowsBehind;
}

/** Names of whom and what a finding is about: of a membership both. */
export function subjectNames({ subject, subject_type }: Finding): string[] {
  return subject_type === 'membership' ? [subject, ...subject.split(' → ')] : [subject];
}

/** The steps of a plan that are about these names or settle these findings, in order; then what is withheld. */
export function chainOf(
  plan: Pick<Plan, 'steps' | 'decisions' | 'withheld'>,
  names: readonly string[],
  findings: readonly Pick<Finding, 'finding_id'>[],
): ChainLink[] {
  const folded = new Set(names.map(foldName));
  const ids = new Set(findings.map(({ finding_id }) => finding_id));
  const isAsked = (subject: string, resolves: readonly string[] = []) =>
    folded.has(foldName(subject)) || resolves.some((id) => ids.has(id));
  const links = inOrder(plan).map((step): ChainLink => {
    const { step: number, phase, who, action, irreversible, verify } = step;
    const subjects = step.subjects.filter(({ subject, resolves }) => isAsked(subject, resolves));
    return {
      step: number,
      phase,
      who,
      action,
      irreversible,
      verify,
      subjects: subjects.map(({ subject, how, each }) => ({ subject, how: how || step.how, each })),
      is_decision: 'hits' in step,
      withheld: null,
    };
  });
  const withheld = plan.withheld.map(
    ({ phase, who, action, irreversible, subjects, resolves, first }): ChainLink => {
      const own = subjects.filter((subject) => isAsked(subject));
      const named = own.length > 0 || !resolves.some((id) => ids.has(id)) ? own : subjects;
      return {
        step: 0,
        phase,
        who,
        action,
        irreversible,
        verify: '',
        subjects: named.map((subject) => ({ subject, how: '', each: '' })),
        is_decision: false,
        withheld: first,
      };
    },
  );
  return [...links, ...withheld].filter(({ subjects }) => subjects.length > 0);
}
