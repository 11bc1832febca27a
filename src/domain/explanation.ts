import type { Finding } from './finding.ts';
import type { Plan, PlanStep } from './plan.ts';
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

/** A finding with all that explains it. */
export interface Explanation {
  finding: Finding;
  run: { folder: string; job: Job; org: string; began: string };
  steps: PlanStep[];
  /** What these steps wait for is told by. */
  plan: Pick<Plan, 'steps' | 'decisions' | 'withheld'>;
  behind: RowsBehind;
}
