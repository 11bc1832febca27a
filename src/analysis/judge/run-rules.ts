import { createHash } from 'node:crypto';
import { type Finding, type RuleOutcome, type RuleResult, worstFirst } from '../../domain/finding.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type {
  CatalogueRule,
  ConfigurationFacts,
  ConfigurationRule,
  FlaggedRow,
  SqlRule,
} from '../../domain/rule.ts';

import type { ConfigurationCheck } from '../../domain/run.ts';
import type { Database, SqlValue } from '../engine/database.ts';
import type { Facts } from './facts.ts';
import { ruleReadiness } from './needs.ts';

/** What the rules of a job said. */
export interface Judgement {
  findings: Finding[];
  /** What rules would say of users and groups whose changes are on their way: no findings yet. */
  inFlight: Finding[];
  rules: RuleResult[];
  configuration: ConfigurationCheck[];
}

/** Stable over nights: the same rule on the same subject. The name counts only where there is no id. */
export function findingId(
  rule: string,
  {
    subject,
    okta_id,
    opti_id,
    identity,
  }: Pick<FlaggedRow<never>, 'subject' | 'okta_id' | 'opti_id' | 'identity'>,
): string {
  const parts =
    identity !== undefined
      ? [rule, identity]
      : okta_id === null && opti_id === null
        ? [rule, subject]
        : [rule, okta_id, opti_id];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

interface RuleVerdict {
  outcome: RuleOutcome;
  reason: string;
  findings: Finding[];
  inFlight: Finding[];
  /** For `configuration.csv`. */
  actual: string;
}

/** Runs the rules in order; a rule whose data is not there does not run and says why. */
export async function runRules(
  database: Database,
  manifest: Manifest,
  rules: readonly CatalogueRule[],
  facts: Facts,
): Promise<Judgement> {
  const judgement: Judgement = { findings: [], inFlight: [], rules: [], configuration: [] };
  for (const rule of rules) {
    const readiness = ruleReadiness(rule, manifest, facts.needs);
    const verdict: RuleVerdict =
      readiness.state === 'ready'
        ? await judge(database, manifest, rule, facts)
        : {
            outcome: readiness.state === 'unknown' ? 'unknown' : 'skipped',
            reason: readiness.reason,
            findings: [],
            inFlight: [],
            actual: '',
          };
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

function judge(
  database: Database,
  manifest: Manifest,
  rule: CatalogueRule,
  facts: Facts,
): Promise<RuleVerdict> {
  return rule.kind === 'sql'
    ? judgeByQuery(database, manifest, rule, facts.inFlight)
    : Promise.resolve(judgeConfiguration(manifest, rule, facts.configuration));
}

async function judgeByQuery(
  database: Database,
  manifest: Manifest,
  rule: SqlRule,
  inFlight: ReadonlySet<SqlValue>,
): Promise<RuleVerdict> {
  const rows = (await database.all(rule.sql)) as FlaggedRow<string>[];
  const waits = (row: FlaggedRow<string>) =>
    rule.firesInFlight !== true && concernedIds(rule, row).some((id) => inFlight.has(id));
  const asFinding = (row: FlaggedRow<string>): Finding => {
    const { subject, okta_id, opti_id, identity: _identity, ...columns } = row;
    const isCode = ([column]: [string, unknown]) => rule.codes !== undefined && column in rule.codes;
    const entries = Object.entries(columns);
    return {
      finding_id: findingId(rule.id, row),
      rule: rule.id,
      severity: rule.severity,
      state: 'new',
      subject_type: rule.subject,
      subject,
      okta_id,
      opti_id,
      detail: rule.detail(row),
      fix: typeof rule.fix === 'string' ? rule.fix : rule.fix(row),
      who: rule.who,
      first_seen: manifest.began,
      evidence: Object.fromEntries(entries.filter((entry) => !isCode(entry))),
      ...(rule.codes && { codes: Object.fromEntries(entries.filter(isCode)) }),
    };
  };
  const findings = rows.filter((row) => !waits(row)).map(asFinding);
  return {
    outcome: findings.length > 0 ? 'fail' : 'pass',
    reason: '',
    findings,
    inFlight: rows.filter(waits).map(asFinding),
    actual:
      findings.length > 0 ? findings.map((finding) => finding.subject).join('; ') : (rule.expected ?? ''),
  };
}

/** Ids of the users and groups that a row is about. */
function concernedIds(rule: SqlRule, row: FlaggedRow<string>): SqlValue[] {
  if (rule.subject === 'organization' || rule.subject === 'app') return [];
  const ids: SqlValue[] = [row.okta_id, row.opti_id];
  for (const column of rule.alsoAbout ?? []) ids.push(...[(row[column] ?? null) as SqlValue].flat());
  return ids.filter((id) => id !== null);
}

function judgeConfiguration(
  manifest: Manifest,
  rule: ConfigurationRule,
  facts: ConfigurationFacts,
): RuleVerdict {
  const verdict = rule.judge(facts);
  if (verdict.outcome === 'pass') {
    return { outcome: 'pass', reason: '', findings: [], inFlight: [], actual: verdict.actual };
  }
  if (verdict.outcome !== 'fail') {
    return {
      outcome: verdict.outcome,
      reason: verdict.reason,
      findings: [],
      inFlight: [],
      actual: verdict.actual,
    };
  }
  const finding: Finding = {
    finding_id: findingId(rule.id, verdict),
    rule: rule.id,
    severity: rule.severity,
    state: 'new',
    subject_type: rule.subject,
    subject: verdict.subject,
    okta_id: verdict.okta_id,
    opti_id: verdict.opti_id,
    detail: verdict.detail,
    fix: verdict.fix,
    who: rule.who,
    first_seen: manifest.began,
    evidence: verdict.evidence,
  };
  return { outcome: 'fail', reason: '', findings: [finding], inFlight: [], actual: verdict.actual };
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
