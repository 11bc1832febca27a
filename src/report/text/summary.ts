import pc from 'picocolors';
import { DATASETS, type DatasetName } from '../../domain/dataset.ts';
import { type Finding, type RuleOutcome, SEVERITIES, worstFirst } from '../../domain/finding.ts';
import { daysBetween } from '../../domain/history.ts';
import {
  isOpen,
  type JudgedRun,
  type RunDataset,
  type RunOutcome,
  type RunSummary,
  refusedSentences,
} from '../../domain/run.ts';
import { hiddenDataset } from '../../domain/source.ts';
import { waivedSentence } from '../../domain/waiver.ts';
import { headRows, oldBanner, planBanner } from './plan-head.ts';
import { joinSections, section } from './text-parts.ts';
import { visibleText } from './visible-text.ts';

/** Blockers named one by one; a longer list belongs into `findings.csv`. */
const MOST_BLOCKERS = 20;

type Colours = ReturnType<typeof pc.createColors>;

/** What is printed at the end of a run, for a person; ends with a line end. `folder` is the run's. */
export function renderSummary(
  run: RunSummary,
  findings: readonly Finding[],
  folder: string,
  { color, now }: { color: boolean; now?: Date },
): string {
  const colours = pc.createColors(color);
  const { bold, red } = colours;
  const open = findings.filter(isOpen).sort(worstFirst);
  const blockers = open.filter(({ severity }) => severity === 'blocker');
  return joinSections([
    // First of all: what was read may not be all there is.
    [...suspectLines(run, colours), verdictLine(run, colours), countsLine(run, colours)],
    section(red(bold('Stop and read: the plan goes beyond limits.')), run.plan.head.guardrails),
    section(
      bold('Blockers:'),
      blockers.map(
        (finding) => `${finding.subject} (${finding.rule}): ${finding.detail}${age(run, finding)}`,
      ),
      { most: MOST_BLOCKERS, rest: ' in findings.csv' },
    ),
    section(bold('Unknown:'), [
      ...refusedHistoryLines(run),
      ...incompleteReasons(run),
      ...Object.entries(run.rules)
        .filter(([, { outcome }]) => outcome === 'unknown')
        .map(([rule, { reason }]) => `${rule} did not run: ${reason}`),
    ]),
    section(
      bold('Skipped checks, for you to look at:'),
      rulesByReason(run.rules, 'skipped').map(({ reason, rules }) => `${rules.join(', ')}: ${reason}`),
    ),
    section(bold('Notes:'), run.notes),
    planLines(run, now, colours),
    section(bold('Next:'), [
      ...(run.files.includes('report.html')
        ? ['Open report.html in a browser: the whole run for reading.']
        : []),
      ...nextSteps(run, open),
    ]),
    [
      bold('Files:'),
      `  ${visibleText(folder)}`,
      ...run.files.filter((file) => !file.includes('/')).map((file) => `    ${visibleText(file)}`),
    ],
  ]);
}

/** Earlier runs that this one was not compared with; a sentence each. */
export function refusedHistoryLines({ refused_history }: Pick<RunOutcome, 'refused_history'>): string[] {
  return refusedSentences(refused_history).map(
    (sentence) => `${sentence} What was known by then is not compared: restore that run, or move it away.`,
  );
}

/** The head of the plan, as it stands on the page and in `plan.md`; what must not be overlooked stands first. */
function planLines({ plan }: RunSummary, now: Date | undefined, { bold, red }: Colours): string[] {
  if (plan.steps + plan.decisions + plan.withheld === 0) return [];
  const banner = planBanner(plan);
  const old = now ? oldBanner(plan.head, now) : null;
  const rows = headRows(plan, now);
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
    ...section(
      bold('Plan, in plan.md:'),
      rows.map(([label, said]) => `${label.padEnd(width)}  ${said}`),
    ),
  ];
}

function suspectLines({ suspect, shrink_accepted }: RunSummary, { bold, red, yellow }: Colours): string[] {
  const shrunk = suspect.map(
    ({ dataset, before, now }) => `${dataset}: ${counted(now, 'row')}, ${before} in the last run`,
  );
  if (shrunk.length === 0) return [];
  if (shrink_accepted) {
    return [
      ...section(yellow('Datasets shrank since the last run, which --accept-shrink accepts:'), shrunk),
      '',
    ];
  }
  return [
    ...section(red(bold('SUSPECT INPUT: datasets shrank since the last run by more than a fifth.')), shrunk),
    '  The missing rows may not have been read: nothing is taken for resolved. If they are really gone, run again with --accept-shrink.',
    '',
  ];
}

/** The verdict of a run in one or two sentences. */
export function verdictSentence({ job, verdict, fail_on, complete, waived_blockers }: JudgedRun): string {
  if (verdict === 'unknown') {
    return complete
      ? 'UNKNOWN: without an active SCIM app almost nothing was checked (see Skipped checks).'
      : 'UNKNOWN: not everything could be read, so nothing found is no proof.';
  }
  if (verdict === 'go') {
    const go = job === 'drift' ? 'CLEAN' : 'GO';
    const waived = waivedSentence(waived_blockers);
    return waived === ''
      ? `${go}: nothing at or above ${fail_on} was found.`
      : `${go}, with ${waived}: nothing else at or above ${fail_on} was found.`;
  }
  return `${job === 'drift' ? 'DRIFT' : 'NO-GO'}: there are findings at or above ${fail_on}.`;
}

/** What must be said with the verdict, or nothing. */
export function verdictAside(run: RunOutcome): string {
  if (run.verdict !== 'no-go') return '';
  if (run.exit_code === 3) return 'Not everything could be read.';
  return run.exit_code === 0 ? 'None of them is new.' : '';
}

function verdictLine(run: RunSummary, { bold, green, red, yellow }: Colours): string {
  const organization = run.opti_organization.name ?? run.opti_organization.id;
  const about = `(${run.job} of ${visibleText(organization)} on ${visibleText(run.org)})`;
  const paint = { go: green, 'no-go': red, unknown: yellow }[run.verdict];
  return [bold(paint(visibleText(verdictSentence(run)))), verdictAside(run), about]
    .filter((part) => part !== '')
    .join(' ');
}

function countsLine(run: RunSummary, { red, yellow, cyan }: Colours): string {
  const paint = { blocker: red, error: red, warning: yellow, info: cyan };
  // Nothing counts as none while something was not read.
  const shown = SEVERITIES.filter((severity) => run.complete || run.counts.severity[severity] > 0);
  const counts = shown.map((severity) => {
    const count = run.counts.severity[severity];
    return count > 0 ? paint[severity](counted(count, severity)) : counted(count, severity);
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

function age(run: RunSummary, { state, first_seen }: Finding): string {
  if (state !== 'known') return '';
  const days = daysBetween(first_seen, run.snapshot.began);
  return ` Known for ${days === 0 ? 'less than a day' : counted(days, 'day')}.`;
}

/** What was not read completely and why, a sentence each. */
export function incompleteReasons(
  run: Pick<RunSummary, 'opti_id_source'> & { datasets: Readonly<Record<DatasetName, RunDataset>> },
): string[] {
  return (Object.entries(run.datasets) as [DatasetName, RunDataset][])
    .filter(
      ([name, { completeness }]) =>
        completeness === 'partial' ||
        (completeness === 'unread' && !DATASETS[name].bestEffort && hiddenDataset(run, name) === null),
    )
    .map(
      ([name, { completeness, reason, rows }]) =>
        `${name} was ${completeness === 'partial' ? `read in part (${rows} rows)` : 'not read'}: ${reason}`,
    );
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

/** What is to be done after a run, a sentence each; never empty. */
export function nextSteps(run: RunOutcome, open: readonly Pick<Finding, 'who'>[]): string[] {
  const steps: string[] = [];
  if (!run.complete) steps.push('Fix what could not be read (see Unknown), then run it again.');
  const who = [...new Set(open.map((finding) => finding.who))].sort();
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
