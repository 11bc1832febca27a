export const SEVERITIES = ['blocker', 'error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** 0 for the worst. */
export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

export type FindingState = 'new' | 'known' | 'resolved' | 'waived';

/** Waived and resolved findings are listed; they do not count against a run. */
export function isOpenState(state: FindingState): boolean {
  return state === 'new' || state === 'known';
}
export const SUBJECT_TYPES = ['user', 'group', 'membership', 'app', 'organization', 'event'] as const;
export type SubjectType = (typeof SUBJECT_TYPES)[number];
export const WHO = ['Okta admin', 'Opti ID admin', 'Optimizely Support', 'product owner'] as const;
export type Who = (typeof WHO)[number];
export type EvidenceValue = string | number | boolean | null | readonly string[];

export interface Finding {
  /** 16 hex digits from the rule and the subject's ids; the same on every night. */
  finding_id: string;
  rule: string;
  severity: Severity;
  state: FindingState;
  subject_type: SubjectType;
  /** The Okta side's name where there is one, else the store's. */
  subject: string;
  okta_id: string | null;
  opti_id: string | null;
  detail: string;
  fix: string;
  who: Who;
  /** UTC ISO-8601: when the snapshot in which it was first seen began. */
  first_seen: string;
  evidence: Readonly<Record<string, EvidenceValue>>;
  /** What the plan goes by and no file shows; none on a finding that was read from a file. */
  codes?: Readonly<Record<string, EvidenceValue>>;
}

export type RuleOutcome = 'pass' | 'fail' | 'unknown' | 'skipped';

export interface RuleResult {
  rule: string;
  category: string;
  severity: Severity;
  outcome: RuleOutcome;
  findings: number;
  /** Why it is unknown or skipped; empty otherwise. */
  reason: string;
}

/** Order by UTF-16 code unit: no locale, the same on every machine. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The order of `findings.csv`: severity (worst first), rule, subject, finding_id. */
export function worstFirst(a: Finding, b: Finding): number {
  return (
    severityRank(a.severity) - severityRank(b.severity) ||
    byCodeUnit(a.rule, b.rule) ||
    byCodeUnit(a.subject, b.subject) ||
    byCodeUnit(a.finding_id, b.finding_id)
  );
}
