import pc from 'picocolors';
import type { ChainLink, Explanation, GroupExplanation, ShownRows } from '../../domain/explanation.ts';
import {
  byCodeUnit,
  type Finding,
  type FindingState,
  isOpenState,
  worstFirst,
} from '../../domain/finding.ts';
import type { PlanStep } from '../../domain/plan.ts';
import type { CatalogueRule } from '../../domain/rule.ts';
import { stepDetails } from '../files/plan-md.ts';
import { shownText } from './query-text.ts';
import { describeRule, plainSql } from './rule-text.ts';
import { indented, joinSections, section, textTable } from './text-parts.ts';
import { visibleText } from './visible-text.ts';

/** What `explain --json` prints. */
export function explanationAsData(
  { finding, run, steps, chain, behind }: Explanation,
  rule: CatalogueRule | null,
) {
  const { missing, ...shown } = behind;
  return { finding, run, rule: rule && describeRule(rule), behind: shown, steps, chain, missing };
}

const STATES: Readonly<Record<FindingState, string>> = {
  new: 'new: the last complete run before did not have it',
  known: 'known: the last complete run before had it too',
  resolved: 'resolved: this run no longer found it, and nothing is left to do',
  waived: 'waived: somebody accepts it for a time; the waivers file says who, why and until when',
};

/** A finding with all that explains it, for a person; ends with a line end. Names come from directories. */
export function renderExplanation(
  { finding, run, steps, chain, plan, behind }: Explanation,
  rule: CatalogueRule | null,
  { color }: { color: boolean },
): string {
  const { bold } = pc.createColors(color);
  const said = (text: string) => `  ${visibleText(text)}`;
  return joinSections([
    [bold(visibleText(`${finding.rule}: ${rule ? `${rule.title}.` : finding.detail}`))],
    subjectLines(finding, run),
    [bold('What was found'), said(finding.detail)],
    rule ? [bold('Why it matters'), said(rule.why)] : [],
    [bold(`What to do (${visibleText(finding.who)})`), said(finding.fix)],
    [bold('Evidence'), ...evidenceLines(finding, rule)],
    rule
      ? [bold('What the rule says of it in this snapshot'), ...ruleSays(finding, behind, rule).map(said)]
      : [],
    behind.tables.length > 0
      ? [bold('Rows behind it'), ...behind.tables.flatMap((rows) => ['', ...shownRows(rows)])]
      : [],
    [bold('Steps of the plan that resolve it'), ...stepLines(finding, steps, plan)],
    chain.length > steps.length
      ? [bold('All that the plan does about its subject, in order'), ...chain.flatMap(chainLines)]
      : [],
    rule?.kind === 'sql' ? [bold("The rule's query"), '', indented(plainSql(rule.sql))] : [],
    section(bold('Not shown here'), behind.missing),
  ]);
}

function subjectLines(finding: Finding, run: Explanation['run']): string[] {
  return [
    `Finding:  ${finding.finding_id}, ${finding.severity}`,
    `State:    ${STATES[finding.state]}; first seen ${finding.first_seen}`,
    `Subject:  ${visibleText(finding.subject)} (${finding.subject_type})`,
    ...(finding.okta_id === null ? [] : [`Okta id:  ${visibleText(finding.okta_id)}`]),
    ...(finding.opti_id === null ? [] : [`Opti ID:  ${visibleText(finding.opti_id)}`]),
    ...runLines(run),
  ];
}

/** The run and its verdict. */
function runLines({ folder, job, org, began, verdict_lines }: Explanation['run']): string[] {
  return [
    `Run:      ${visibleText(folder)} (${job} of ${visibleText(org)}, read ${began})`,
    ...verdict_lines.map((line, at) => `${at === 0 ? 'Verdict:  ' : '          '}${visibleText(line)}`),
  ];
}

function evidenceLines({ evidence }: Finding, rule: CatalogueRule | null): string[] {
  const entries = Object.entries(evidence);
  if (entries.length === 0) return ['  none but the subject'];
  return entries.flatMap(([key, value]) => [
    `  ${visibleText(key)}: ${visibleText(shownText(value))}`,
    ...(rule?.evidence[key] === undefined ? [] : [`      ${rule.evidence[key]}`]),
  ]);
}

/** What the rule says of the subject when it is asked again. */
function ruleSays(
  { state }: Finding,
  { row, verdict, unasked }: Explanation['behind'],
  rule: CatalogueRule,
): string[] {
  if (unasked !== null) return [`it was not asked: ${unasked}`];
  if (verdict !== null) {
    const actual = 'reason' in verdict ? verdict.reason : verdict.actual;
    return [`expected: ${rule.expected ?? ''}`, `actual:   ${actual}`];
  }
  if (row !== null) return Object.entries(row).map(([key, value]) => `${key}: ${shownText(value)}`);
  const why =
    state === 'resolved'
      ? 'as it must be where it is resolved'
      : 'it may be in flight, or have been judged with what an earlier run knew';
  return [`its query gives no row for it: ${why}`];
}

function shownRows({ table, means, rows, more }: ShownRows): string[] {
  const title = `  ${means} (${table})`;
  if (rows.length === 0) return [`${title}: none`];
  // An empty column only makes the others hard to find.
  const columns = Object.keys(rows[0] ?? {}).filter((column) => rows.some((row) => row[column] !== null));
  const cells = rows.map((row) => columns.map((column) => shownText(row[column] ?? null)));
  return [
    title,
    indented(indented(textTable(columns, cells).trimEnd())),
    ...(more > 0 ? [`    and ${more} more; optiid-audit query shows all`] : []),
  ];
}

function stepLines(
  { state, finding_id }: Finding,
  steps: readonly PlanStep[],
  plan: Explanation['plan'],
): string[] {
  const withheld = plan.withheld.filter(({ resolves }) => resolves.includes(finding_id));
  if (steps.length === 0 && withheld.length > 0) {
    return withheld.flatMap(({ action, who, phase, first }) => [
      `  withheld: ${visibleText(action)} (${visibleText(who)}; phase: ${phase})`,
      ...first.map((each) => `     First: ${visibleText(each)}`),
    ]);
  }
  if (steps.length === 0) {
    return [isOpenState(state) ? '  none: see above for what to do' : `  none: it is ${state}`];
  }
  return steps.flatMap((step) => [
    `  ${step.step}. ${visibleText(step.action)}: ${visibleText(step.subject)} (${visibleText(step.who)}; phase: ${step.phase})`,
    ...stepDetails(step, plan).map((detail) => `     ${detail}`),
  ]);
}

/** One line of the chain, and how for each subject. */
function chainLines({
  step,
  phase,
  who,
  action,
  irreversible,
  subjects,
  is_decision,
  withheld,
}: ChainLink): string[] {
  const number = withheld !== null ? 'withheld' : `${step}.${is_decision ? ' decision:' : ''}`;
  const end = irreversible ? '; cannot be undone' : '';
  const names = subjects.slice(0, MOST_SUBJECTS).map(({ subject }) => visibleText(subject));
  const more = subjects.length > MOST_SUBJECTS ? ` and ${subjects.length - MOST_SUBJECTS} more` : '';
  return [
    `  ${number} ${visibleText(action)}: ${names.join(', ')}${more} (${visibleText(who)}; phase: ${phase}${end})`,
    ...(subjects.length === 1
      ? subjects.flatMap(({ how, each }) => [
          ...(how === '' ? [] : [`     ${visibleText(how)}`]),
          ...(each === '' ? [] : [`     It ${visibleText(each)}.`]),
        ])
      : []),
    ...(withheld ?? []).map((each) => `     First: ${visibleText(each)}`),
  ];
}

const MOST_SUBJECTS = 5;
/** More are for findings.csv. */
const MOST_FINDINGS = 30;

/** The findings of a rule or on a subject, with the chain of the plan's steps; ends with a line end. */
export function renderGroupExplanation(
  { asked, run, findings, chain }: GroupExplanation,
  rule: CatalogueRule | null,
  { color }: { color: boolean },
): string {
  const { bold } = pc.createColors(color);
  const name = 'rule' in asked ? asked.rule : asked.subject;
  const shown = [...findings].sort(worstFirst).slice(0, MOST_FINDINGS);
  const more = findings.length - shown.length;
  return joinSections([
    [bold(visibleText(rule ? `${rule.id}: ${rule.title}.` : name))],
    runLines(run),
    rule ? [bold('Why it matters'), `  ${visibleText(rule.why)}`] : [],
    [
      bold(`Findings (${findings.length})`),
      ...shown.flatMap((finding) => [
        `  ${finding.finding_id}  ${finding.severity}, ${finding.state}  ${visibleText('rule' in asked ? finding.subject : finding.rule)}`,
        `      ${visibleText(finding.detail)}`,
      ]),
      ...(more > 0 ? [`  and ${more} more in findings.csv`] : []),
    ],
    [
      bold('What the plan does about it, in order'),
      ...(chain.length === 0 ? ['  nothing: see the fix of each finding'] : chain.flatMap(chainLines)),
    ],
    ['optiid-audit explain FINDING shows the evidence and the rows behind one.'],
  ]);
}

/** Findings whose ids begin alike, for the message that asks which one is meant. */
export function listFindings(findings: readonly Finding[]): string {
  return [...findings]
    .sort((a, b) => byCodeUnit(a.finding_id, b.finding_id))
    .map(({ finding_id, rule, subject }) => `  ${finding_id}  ${rule}: ${visibleText(subject)}`)
    .join('\n');
}
