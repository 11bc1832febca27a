import { createHash } from 'node:crypto';
import pLimit from 'p-limit';
import { type Finding, type RuleOutcome, type RuleResult, worstFirst } from '../../domain/finding.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { CatalogueRule, FlaggedRow, Rule, SqlRule } from '../../domain/rule.ts';
import type { ConfigurationCheck } from '../../domain/run.ts';
import type { Database, SqlValue } from '../engine/database.ts';
import type { Facts, Waits } from './facts.ts';
import { ruleReadiness } from './needs.ts';

/** What the rules of a job said. */
export interface Judgement {
  findings: Finding[];
  /** What rules would say of users and groups whose changes are on their way: no findings yet. */
  inFlight: Finding[];
  rules: RuleResult[];
  configuration: ConfigurationCheck[];
}

/**
 * Stable over nights: the same rule on the same subject. The name counts only where there is no id. 16 hex digits, the
 * first a letter: no spreadsheet takes it for a number.
 */
export function findingId(
  rule: string,
  { subject, okta_id, opti_id, identity }: Pick<Flagged, 'subject' | 'okta_id' | 'opti_id' | 'identity'>,
): string {
  const subjectParts =
    identity !== undefined
      ? [identity]
      : okta_id === null && opti_id === null
        ? [subject]
        : [okta_id, opti_id];
  return createHash('sha256')
    .update(JSON.stringify([rule, ...subjectParts]))
    .digest('hex')
    .slice(0, 16)
    .replace(/^\d/u, (digit) => 'abcdef'.charAt(Number(digit) % 6));
}

interface RuleVerdict {
  outcome: RuleOutcome;
  reason: string;
  /** For `configuration.csv`. */
  actual: string;
  findings: Finding[];
  inFlight: Finding[];
}

const NOTHING_FOUND = { reason: '', actual: '', findings: [], inFlight: [] };

/** Runs the rules; a rule whose data is not there does not run and says why. */
export async function runRules(
  database: Database,
  manifest: Manifest,
  rules: readonly CatalogueRule[],
  facts: Facts,
): Promise<Judgement> {
  const judgement: Judgement = { findings: [], inFlight: [], rules: [], configuration: [] };
  const inLane = pLimit(database.lanes);
  const verdicts = await Promise.all(
    rules.map((rule) =>
      inLane(async () => ({ rule, verdict: await judge(database, manifest, rule, facts) })),
    ),
  );
  for (const { rule, verdict } of verdicts) {
    // One by one: as arguments of a call, a few hundred thousand would overflow the stack.
    for (const finding of verdict.findings) judgement.findings.push(finding);
    for (const finding of verdict.inFlight) judgement.inFlight.push(finding);
    judgement.rules.push({
      rule: rule.id,
      category: rule.category,
      severity: rule.severity,
      outcome: verdict.outcome,
      findings: verdict.findings.length,
      reason: verdict.reason,
    });
    if (rule.category === 'configuration') judgement.configuration.push(checkOf(rule, verdict));
  }
  judgement.findings.sort(worstFirst);
  return judgement;
}

async function judge(
  database: Database,
  manifest: Manifest,
  rule: CatalogueRule,
  facts: Facts,
): Promise<RuleVerdict> {
  const readiness = ruleReadiness(rule, manifest, facts.needs);
  if (readiness.state !== 'ready') {
    const outcome = readiness.state === 'unknown' ? 'unknown' : 'skipped';
    return { ...NOTHING_FOUND, outcome, reason: readiness.reason };
  }
  if (rule.kind === 'sql') {
    const rows = (await database.all(rule.sql)) as FlaggedRow<string>[];
    return judgeRows(rule, rows, facts.waits, manifest.began);
  }
  const verdict = rule.judge(facts.configuration);
  if (verdict.outcome !== 'fail') return { ...NOTHING_FOUND, ...verdict };
  return {
    ...NOTHING_FOUND,
    outcome: 'fail',
    actual: verdict.actual,
    findings: [findingOf(rule, verdict, manifest.began)],
  };
}

function judgeRows(
  rule: SqlRule,
  rows: readonly FlaggedRow<string>[],
  waits: Waits,
  began: string,
): RuleVerdict {
  const findings: Finding[] = [];
  const inFlight: Finding[] = [];
  for (const row of rows) {
    const { subject, okta_id, opti_id, identity, ...columns } = row;
    const isCode = ([column]: [string, unknown]) => rule.codes !== undefined && column in rule.codes;
    const entries = Object.entries(columns);
    const evidence = Object.fromEntries(entries.filter((entry) => !isCode(entry)));
    const codes = rule.codes && Object.fromEntries(entries.filter(isCode));
    const fix = typeof rule.fix === 'string' ? rule.fix : rule.fix(row);
    const flagged = { subject, okta_id, opti_id, identity, evidence, codes, detail: rule.detail(row), fix };
    const finding = findingOf(rule, flagged, began);
    const isWaiting = rule.firesInFlight !== true && waits(finding.finding_id, concernedIds(rule, row));
    (isWaiting ? inFlight : findings).push(finding);
  }
  if (findings.length === 0)
    return { ...NOTHING_FOUND, outcome: 'pass', inFlight, actual: rule.expected ?? '' };
  const actual = findings.map(({ subject }) => subject).join('; ');
  return { ...NOTHING_FOUND, outcome: 'fail', findings, inFlight, actual };
}

/** What a rule says of one subject. */
interface Flagged extends Pick<Finding, 'subject' | 'okta_id' | 'opti_id' | 'detail' | 'fix' | 'evidence'> {
  identity?: string | undefined;
  codes?: Finding['codes'] | undefined;
}

function findingOf(rule: Rule, flagged: Flagged, began: string): Finding {
  return {
    finding_id: findingId(rule.id, flagged),
    rule: rule.id,
    severity: rule.severity,
    state: 'new',
    subject_type: rule.subject,
    subject: flagged.subject,
    okta_id: flagged.okta_id,
    opti_id: flagged.opti_id,
    detail: flagged.detail,
    fix: flagged.fix,
    who: rule.who,
    first_seen: began,
    evidence: flagged.evidence,
    ...(flagged.codes && { codes: flagged.codes }),
  };
}

/** Ids of the users and groups that a row is about. */
function concernedIds(rule: SqlRule, row: FlaggedRow<string>): SqlValue[] {
  if (rule.subject === 'organization' || rule.subject === 'app') return [];
  const ids: SqlValue[] = [row.okta_id, row.opti_id];
  for (const column of rule.alsoAbout ?? []) ids.push(...[(row[column] ?? null) as SqlValue].flat());
  return ids.filter((id) => id !== null);
}

function checkOf(rule: CatalogueRule, verdict: RuleVerdict): ConfigurationCheck {
  return {
    check: rule.id,
    expected: rule.expected ?? '',
    actual: verdict.actual || verdict.reason,
    outcome: verdict.outcome,
    fix: verdict.findings[0]?.fix ?? '',
  };
}
