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
import { textTable } from './text-table.ts';

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
    const own = rules.filter((rule) => rule.category === category);
    if (own.length === 0) return [];
    const rows = own.map((rule) => [rule.id, jobLetters(rule), rule.severity, rule.who, `${rule.title}.`]);
    return [
      `${CATEGORY_TITLES[category]}\n\n${textTable(['rule', 'when', 'severity', 'who acts', 'what it says'], rows)}`,
    ];
  });
  const legend =
    'P: runs before the cutover. D: runs every night after it. optiid-audit rules ID explains one.\n';
  return [...sections, legend].join('\n');
}

/** Readings of datasets that rules need, in words; datasets are named as they are. */
const NEEDS_IN_WORDS: Readonly<Partial<Record<Need, string>>> = {
  assigned: 'who is assigned to the SCIM app (before a cutover, to the SSO app in its place)',
  provisionedUsers: "the SCIM app's own users, once somebody is assigned to it",
  pushScope: 'which groups are meant to be pushed',
  baseline: 'what the groups of an earlier run granted (--baseline)',
};

/** One rule, for a person; ends with a line end. */
export function renderRule(rule: CatalogueRule): string {
  const { also_reads, needs, evidence, fix, sql, expected } = describeRule(rule);
  const sections = [
    [`${rule.id}: ${rule.title}.`],
    [
      `When:     ${JOBS.filter((job) => rule.when.includes(job)).join(', ')}`,
      `Severity: ${rule.severity}`,
      `Who acts: ${rule.who}`,
      `Subject:  ${rule.subject}`,
      `Section:  ${CATEGORY_TITLES[rule.category]}`,
    ],
    ['Why it matters', `  ${rule.why}`],
    ['What to do', `  ${fix ?? 'Each finding has its own: the column fix of findings.csv says it.'}`],
    ['Where it comes from', `  ${rule.source}`],
    [
      'What it needs (not read to its end: the rule is unknown; does not apply: it is skipped)',
      ...needs.map(needLine),
    ],
    also_reads.length > 0 ? ['What it reads as well, where it applies', ...also_reads.map(needLine)] : [],
    ['Evidence', ...evidenceLines(evidence)],
    expected === null ? [] : ['What is expected', `  ${expected}`],
    sql === null ? [] : ['Its query (optiid-audit query runs it over a snapshot)', '', indented(sql)],
  ];
  return joinSections(sections);
}

function needLine(need: Need): string {
  return `  - ${NEEDS_IN_WORDS[need] ?? need}`;
}

function evidenceLines(evidence: Readonly<Record<string, string>>): string[] {
  const entries = Object.entries(evidence);
  if (entries.length === 0) return ['  none beside the subject'];
  const width = Math.max(...entries.map(([key]) => key.length));
  return entries.map(([key, meaning]) => `  ${key.padEnd(width)}  ${meaning}`);
}

/** Paragraphs with an empty line between them, empty ones left out; ends with a line end. */
export function joinSections(sections: readonly (readonly string[])[]): string {
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
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

/** Lines two spaces further in. */
export function indented(text: string): string {
  return text.replace(/^(?=.)/gmu, '  ');
}
