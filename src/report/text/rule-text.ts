import {
  CATEGORIES,
  CATEGORY_TITLES,
  type CatalogueRule,
  commonFix,
  JOBS,
  jobLetters,
  type Need,
} from '../../domain/rule.ts';
import { needsOf } from '../../rules/needs.ts';
import { indented, joinSections, section, textTable } from './text-parts.ts';

/** What a rule is, as data: without its functions. Null: each finding has its own fix, no query, no setting. */
export function describeRule(rule: CatalogueRule) {
  const judgesWithout = rule.judgesWithout ?? [];
  return {
    id: rule.id,
    category: rule.category,
    when: rule.when,
    severity: rule.severity,
    who: rule.who,
    subject: rule.subject,
    title: rule.title,
    why: rule.why,
    fix: commonFix(rule),
    source: rule.source,
    needs: needsOf(rule).filter((need) => !judgesWithout.includes(need)),
    also_reads: judgesWithout,
    evidence: rule.evidence,
    sql: rule.kind === 'sql' ? plainSql(rule.sql) : null,
    expected: rule.expected ?? null,
  };
}

export type RuleDescription = ReturnType<typeof describeRule>;

/** The rules by section, for a terminal; ends with a line end. */
export function renderRules(rules: readonly CatalogueRule[]): string {
  const sections = CATEGORIES.flatMap((category) => {
    const rows = rules
      .filter((rule) => rule.category === category)
      .map((rule) => [rule.id, jobLetters(rule), rule.severity, rule.who, `${rule.title}.`]);
    const head = ['rule', 'when', 'severity', 'who acts', 'what it says'];
    return rows.length === 0 ? [] : [`${CATEGORY_TITLES[category]}\n\n${textTable(head, rows)}`];
  });
  const legend =
    'P: runs before the cutover. D: runs every night after it. optiid-audit rules ID explains one.\n';
  return [...sections, legend].join('\n');
}

/** Needs that are more than a dataset, in words; datasets are named as they are. */
const NEEDS_IN_WORDS: Readonly<Partial<Record<Need, string>>> = {
  assigned: 'who is assigned to the SCIM app (before a cutover, to the SSO app in its place)',
  provisionedUsers: "the SCIM app's own users, once somebody is assigned to it",
  pushScope: 'which groups are meant to be pushed',
  otherManagers: 'what other apps manage in this organization, if there are any',
  baseline: 'what the groups of an earlier run granted (--baseline)',
};

/** One rule, for a person; ends with a line end. */
export function renderRule(rule: CatalogueRule): string {
  const { also_reads, needs, evidence, fix, sql, expected } = describeRule(rule);
  const inWords = (need: Need) => NEEDS_IN_WORDS[need] ?? need;
  const width = Math.max(...Object.keys(evidence).map((key) => key.length));
  const meanings = Object.entries(evidence).map(([key, meaning]) => `  ${key.padEnd(width)}  ${meaning}`);
  return joinSections([
    [`${rule.id}: ${rule.title}.`],
    [
      `When:     ${JOBS.filter((job) => rule.when.includes(job)).join(', ')}`,
      `Severity: ${rule.severity}`,
      `Who acts: ${rule.who}`,
      `Subject:  ${rule.subject}`,
      `Section:  ${CATEGORY_TITLES[rule.category]}`,
    ],
    ['Why it matters', `  ${rule.why}`],
    ['What to do', `  ${fix ?? 'Each finding has its own: see the column fix of findings.csv.'}`],
    ['Where it comes from', `  ${rule.source}`],
    section(
      'What it needs (read only partially: the rule is unknown; does not apply: it is skipped)',
      needs.map(inWords),
    ),
    section('What it reads as well, where it applies', also_reads.map(inWords)),
    ['Evidence', ...(meanings.length === 0 ? ['  none but the subject'] : meanings)],
    expected === null ? [] : ['What is expected', `  ${expected}`],
    sql === null ? [] : ['Its query (optiid-audit query runs it over a snapshot)', '', indented(sql)],
  ]);
}

/** SQL from a source file without the indentation that it has there. */
export function plainSql(sql: string): string {
  const lines = sql
    .replace(/^\s*\n/u, '')
    .trimEnd()
    .split('\n');
  const depth = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/u)));
  return lines.map((line) => line.slice(depth)).join('\n');
}
