import pc from 'picocolors';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { DATASETS, type DatasetName, plainName, type Side, sideOf } from '../../domain/dataset.ts';
import {
  type Finding,
  type RuleOutcome,
  SEVERITIES,
  type Severity,
  worstFirst,
} from '../../domain/finding.ts';
import { daysBetween } from '../../domain/history.ts';
import { consequencesSentence, rootCauseOf } from '../../domain/root-cause.ts';
import {
  isOpen,
  openByRule,
  type RunDataset,
  type RunOutcome,
  type RunSummary,
  refusedSentences,
} from '../../domain/run.ts';
import { hiddenDataset } from '../../domain/source.ts';
import { headRows, oldBanner, planBanner } from './plan-head.ts';
import { joinSections, section } from './text-parts.ts';
import { verdictLines } from './verdict.ts';
import { visibleText } from './visible-text.ts';

/** Blockers named one by one; a longer list belongs into `findings.csv`. */
const MOST_BLOCKERS = 20;

type Colours = ReturnType<typeof pc.createColors>;

/** How the summary is shown. `columns`: of the terminal, absent where nobody watches and lines stay whole. */
export interface SummaryLook {
  color: boolean;
  now?: Date;
  columns?: number | undefined;
  /** Turns a file of the run into a link that a terminal can open, with this text. */
  link?: (file: string, text: string) => string;
}

/**
 * What is printed at the end of a run, for a person; ends with a line end. `folder` is the run's. The verdict, what is
 * next and where the report is are the last lines: what a terminal shows when the run is over.
 */
export function renderSummary(
  run: RunSummary,
  findings: readonly Finding[],
  folder: string,
  look: SummaryLook,
): string {
  const colours = pc.createColors(look.color);
  const { bold, red } = colours;
  const open = findings.filter(isOpen).sort(worstFirst);
  const text = joinSections([
    readLines(run, colours),
    // Before anything is concluded: what was read may not be all there is.
    suspectLines(run, colours),
    rootLines(run, open, colours),
    tableLines(run, open, colours),
    blockerLines(run, open, colours),
    section(bold('Unknown:'), unknownLines(run)),
    section(
      bold('Skipped checks, for you to look at:'),
      rulesByReason(run.rules, 'skipped').map(({ reason, rules }) => `${rules.join(', ')}: ${reason}`),
    ),
    section(bold('Notes:'), run.notes),
    section(red(bold('Stop and read: the plan goes beyond limits.')), run.plan.head.guardrails),
    planLines(run, look.now, colours),
    verdictBlock(run, open, folder, look, colours),
  ]);
  return look.columns === undefined ? text : wrapped(text, look.columns);
}

/** Lines no wider than the terminal; what continues hangs below the text, not below its mark or label. */
export function wrapped(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => {
      if (stringWidth(line) <= columns) return line;
      const mark = /^(?: {2}\S+(?: \S+)* {2,}|\s*(?:- )?)/u.exec(line)?.[0] ?? '';
      const hang = Math.min(stringWidth(mark), Math.floor(columns / 2));
      const lines = wrapAnsi(line.slice(mark.length), columns - hang, { hard: true, trim: true }).split('\n');
      return lines.map((part, at) => (at === 0 ? `${mark}${part}` : `${' '.repeat(hang)}${part}`)).join('\n');
    })
    .join('\n');
}

/** What of each side is worth a number; the rest is counted as read. */
const COUNTED_FIRST: Readonly<Record<Side, readonly DatasetName[]>> = {
  okta: [
    'okta.users',
    'okta.appUsers',
    'okta.groups',
    'okta.groupMembers',
    'okta.groupPushMappings',
    'okta.logEvents',
  ],
  'opti-id': [
    'optiId.users',
    'optiId.groups',
    'optiId.groupMembers',
    'optiId.productInstances',
    'optiId.groupInstanceRoles',
  ],
};

/** Which run this is, and one line for what was read of each side. */
function readLines(run: RunSummary, { bold, yellow }: Colours): string[] {
  const organization = run.opti_organization.name ?? run.opti_organization.id;
  const at = `${run.snapshot.began.slice(0, 16).replace('T', ' ')} UTC`;
  return [
    bold(visibleText(`${run.job} of ${organization} on ${run.org}, read ${at}`)),
    ...(['okta', 'opti-id'] as const).map((side) => {
      const counts = COUNTED_FIRST[side].flatMap((name) => {
        const dataset = run.datasets[name];
        return dataset.completeness === 'not_applicable' || dataset.completeness === 'unread'
          ? []
          : [
              `${dataset.rows.toLocaleString('en')} ${dataset.rows === 1 ? plainName(name).replace(/s$/u, '') : plainName(name)}`,
            ];
      });
      const gaps = incompleteDatasetNames(run).filter((name) => sideOf(name) === side);
      const read =
        gaps.length === 0 ? 'all read' : yellow(`NOT READ COMPLETELY: ${gaps.map(plainName).join(', ')}`);
      return `  ${side === 'okta' ? 'Okta' : 'Opti ID'}${side === 'okta' ? '   ' : ''}  ${counts.join(', ')}; ${read}`;
    }),
  ];
}

/** Why nothing arrives, before all that may follow from it. */
function rootLines(run: RunSummary, open: readonly Finding[], { red, bold }: Colours): string[] {
  const cause = run.job === 'drift' ? rootCauseOf(open) : null;
  if (cause === null) return [];
  return [
    red(bold('The root cause first:')),
    `  - ${visibleText(cause.root.detail)} (${cause.root.rule})`,
    `  - ${visibleText(consequencesSentence(cause))}.`,
  ];
}

/** Rule × findings × who, worst first; new ones are marked where an earlier run knew the others. */
function tableLines(run: RunSummary, open: readonly Finding[], colours: Colours): string[] {
  const { bold, dim } = colours;
  const heading = bold(countsLine(run, colours));
  const rules = openByRule(open);
  if (rules.length === 0) return [heading];
  const whoOf = new Map<string, Set<string>>();
  for (const { rule, who } of open) whoOf.set(rule, (whoOf.get(rule) ?? new Set()).add(who));
  const isFirst = run.previous === null;
  const rows = rules.map(({ rule, severity, findings: count, new: fresh }) => [
    severity,
    count.toLocaleString('en'),
    ...(isFirst ? [] : [fresh === 0 ? '' : fresh === count ? 'new' : `${fresh.toLocaleString('en')} new`]),
    rule,
    [...(whoOf.get(rule) ?? [])].sort().join(', '),
  ]);
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => stringWidth(row[at] ?? ''))));
  const last = widths.length - 1;
  return [
    heading,
    ...rows.map((row) => {
      const cells = row.map((cell, at) => {
        const space = ' '.repeat((widths[at] ?? 0) - stringWidth(cell));
        if (at === 0) return `${paintOf(colours, row[0] as Severity)(cell)}${space}`;
        if (at === 1) return `${space}${cell}`;
        if (!isFirst && at === 2) return `${bold(cell)}${space}`;
        return at === last ? dim(cell) : `${cell}${space}`;
      });
      return `  ${cells.join('  ').trimEnd()}`;
    }),
  ];
}

function paintOf({ red, yellow, cyan }: Colours, severity: Severity): (text: string) => string {
  return { blocker: red, error: red, warning: yellow, info: cyan }[severity];
}

/** Each night the new ones by name; what is known already is counted. */
function blockerLines(run: RunSummary, open: readonly Finding[], { bold }: Colours): string[] {
  const blockers = open.filter(({ severity }) => severity === 'blocker');
  const fresh = blockers.filter(({ state }) => state === 'new');
  const named = run.previous === null ? blockers : fresh;
  const known = blockers.length - named.length;
  const oldest = blockers.filter(({ state }) => state === 'known').sort(firstSeenFirst)[0];
  const rest =
    known === 0 || oldest === undefined
      ? []
      : [
          `  ${known} known ${known === 1 ? 'blocker' : 'blockers'} from earlier runs, the oldest for ${ageOf(run, oldest)}: ${visibleText(oldest.subject)} (${oldest.rule})`,
        ];
  const lines = section(
    bold(run.previous === null ? 'Blockers:' : 'New blockers:'),
    named.map(({ subject, rule, detail }) => `${subject} (${rule}): ${detail}`),
    { most: MOST_BLOCKERS, rest: ' in findings.csv' },
  );
  return lines.length > 0 ? [...lines, ...rest] : rest.length > 0 ? [bold('No new blockers:'), ...rest] : [];
}

function firstSeenFirst(a: Finding, b: Finding): number {
  return a.first_seen < b.first_seen ? -1 : a.first_seen > b.first_seen ? 1 : 0;
}

/** What nobody knows and why: a cause once, with the rules that did not run because of it. */
function unknownLines(run: RunSummary): string[] {
  return [
    ...refusedHistoryLines(run),
    ...incompleteReasons(run),
    ...rulesByReason(run.rules, 'unknown').map(
      ({ reason, rules }) =>
        `${rules.length === 1 ? rules[0] : `${rules.length} rules`} did not run: ${reason}${rules.length === 1 ? '' : ` (${rules.join(', ')})`}`,
    ),
  ];
}

/** Go or not and why, what it costs, what is next, and where to read on. */
function verdictBlock(
  run: RunSummary,
  open: readonly Finding[],
  folder: string,
  { link }: SummaryLook,
  { bold, green, red, yellow }: Colours,
): string[] {
  const [why, then] = verdictLines(run);
  const paint = { go: green, 'no-go': red, unknown: yellow }[run.verdict];
  const [next] = nextSteps(run, open);
  const hasReport = run.files.includes('report.html');
  const report = visibleText(hasReport ? `${folder}/report.html` : folder);
  return [
    bold(paint(visibleText(why))),
    visibleText(then),
    ...(next === undefined || run.verdict === 'go' ? [] : [`Next: ${visibleText(next)}`]),
    `${hasReport ? 'Report' : 'Run'}: ${link?.(hasReport ? 'report.html' : '', report) ?? report}`,
  ];
}

/** Earlier runs that this one was not compared with; a sentence each. */
export function refusedHistoryLines({ refused_history }: Pick<RunOutcome, 'refused_history'>): string[] {
  return refusedSentences(refused_history).map(
    (sentence) => `${sentence} What was known by then is not compared: restore that run, or move it away.`,
  );
}

const TOLD_ELSEWHERE: ReadonlySet<string> = new Set([
  'Organization',
  'Run',
  'Verdict',
  'After the plan',
  'Guardrails',
]);

/** The head of the plan, as it stands on the page and in `plan.md`; what must not be overlooked stands first. */
function planLines({ plan }: RunSummary, now: Date | undefined, { bold, red }: Colours): string[] {
  if (plan.steps + plan.decisions + plan.withheld === 0) return [];
  const banner = planBanner(plan);
  const old = now ? oldBanner(plan.head, now) : null;
  // The verdict and what follows the plan are the last lines; the organization is the first.
  const rows = headRows(plan, now).filter(([label]) => !TOLD_ELSEWHERE.has(label));
  const width = Math.max(...rows.map(([label]) => label.length));
  return [
    ...(banner
      ? [
          ...section(red(bold(banner.title)), [banner.text, ...banner.unread], {
            most: MOST_BLOCKERS,
            rest: ' in plan.md',
          }),
          '',
        ]
      : []),
    ...(old === null ? [] : [red(bold(old)), '']),
    bold('Plan, in plan.md:'),
    ...rows.map(([label, said]) => `  ${label.padEnd(width)}  ${visibleText(said)}`),
  ];
}

function suspectLines(run: RunSummary, { bold, red, yellow }: Colours): string[] {
  const changed = changedSettingLines(run);
  const shrunk = run.suspect.map(
    ({ dataset, before, now }) => `${dataset}: ${counted(now, 'row')}, ${before} in the last run`,
  );
  const settings =
    changed.length === 0 ? [] : section(yellow(bold('Settings changed since the last run:')), changed);
  if (shrunk.length === 0) return settings;
  if (run.shrink_accepted) {
    return [
      ...settings,
      ...section(yellow('Datasets shrank since the last run, which --accept-shrink accepts:'), shrunk),
    ];
  }
  return [
    ...settings,
    ...section(red(bold('SUSPECT INPUT: datasets shrank since the last run by more than a fifth.')), shrunk),
    changed.length === 0
      ? '  The missing rows may not have been read: nothing is taken for resolved. If they are really gone, run again with --accept-shrink.'
      : '  The changed settings may be the cause. Nothing is taken for resolved. If the change is meant, run again with --accept-shrink.',
  ];
}

/** `AUDIT_PUSH_GROUPS was 17 groups, is 5 groups`. */
export function changedSettingLines({
  changed_settings = [],
}: Pick<RunOutcome, 'changed_settings'>): string[] {
  return changed_settings.map(({ setting, before, now }) => `${setting} was ${before}, is ${now}.`);
}

function countsLine(run: RunSummary, colours: Colours): string {
  // Nothing counts as none while something was not read.
  const shown = SEVERITIES.filter((severity) => run.complete || run.counts.severity[severity] > 0);
  const counts = shown.map((severity) => {
    const count = run.counts.severity[severity];
    return count > 0 ? paintOf(colours, severity)(counted(count, severity)) : counted(count, severity);
  });
  const { new: fresh, known, resolved, waived } = run.counts.state;
  return [
    `Findings: ${counts.join(', ') || 'none in what was read'}`,
    ...(run.previous === null ? [] : [`${fresh} new, ${known} known since ${run.previous.run} or before`]),
    ...(resolved > 0 ? [`${resolved} resolved`] : []),
    ...(waived > 0 ? [`${waived} waived`] : []),
  ].join('; ');
}

/** `1 error`, `2 errors`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 || noun === 'info' ? '' : 's'}`;
}

function ageOf(run: RunSummary, { first_seen }: Finding): string {
  const days = daysBetween(first_seen, run.snapshot.began);
  return days === 0 ? 'less than a day' : counted(days, 'day');
}

/** What says of a run, or of a snapshot, how far each dataset was read. */
type Readable = Pick<RunSummary, 'opti_id_source'> & { datasets: Readonly<Record<DatasetName, RunDataset>> };

function incompleteDatasetNames(run: Readable): DatasetName[] {
  return (Object.entries(run.datasets) as [DatasetName, RunDataset][])
    .filter(
      ([name, { completeness }]) =>
        completeness === 'partial' ||
        (completeness === 'unread' && !DATASETS[name].bestEffort && hiddenDataset(run, name) === null),
    )
    .map(([name]) => name);
}

/** What was not read completely and why, a sentence each. */
export function incompleteReasons(run: Readable): string[] {
  return incompleteDatasetNames(run).map((name) => {
    const { completeness, reason, rows } = run.datasets[name];
    return `${name} was ${completeness === 'partial' ? `read in part (${rows} rows)` : 'not read'}: ${reason}`;
  });
}

/** Rules that did not run because of the same reason: told once each, they would drown the rest. */
export function rulesByReason(
  rules: RunSummary['rules'],
  outcome: RuleOutcome,
): { reason: string; rules: string[] }[] {
  const byReason = new Map<string, string[]>();
  for (const [rule, { outcome: its, reason }] of Object.entries(rules)) {
    if (its === outcome) byReason.set(reason, [...(byReason.get(reason) ?? []), rule]);
  }
  return [...byReason].map(([reason, ids]) => ({ reason, rules: ids }));
}

/** What is to be done after a run, a sentence each, the first thing first; never empty. */
export function nextSteps(run: RunOutcome, open: readonly Pick<Finding, 'who'>[]): string[] {
  const steps: string[] = [];
  if (!run.complete) steps.push('Fix what could not be read (see Unknown), then run it again.');
  const who = [...new Set(open.map((finding) => finding.who))].sort();
  if (run.plan.applicable && run.plan.steps > 0) {
    steps.push(`Work through the plan: ${counted(run.plan.steps, 'step')} in plan.md, in their order.`);
  }
  if (who.length > 0) steps.push(`Give findings.csv to: ${who.join(', ')}. Each finding says what to do.`);
  if (run.counts.outcome.skipped > 0) steps.push('Look at the skipped checks by hand.');
  if (run.verdict === 'go') {
    steps.push(
      run.job === 'drift'
        ? 'Nothing to do tonight: run it again tomorrow night.'
        : 'Agree on the day with Optimizely Support. Audit again on its morning, and work through plan.md of that run.',
    );
  }
  if (steps.length === 0) steps.push('Nothing.');
  return steps;
}
