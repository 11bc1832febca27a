import pc from 'picocolors';
import { DATASETS, type DatasetName } from '../../domain/dataset.ts';
import {
  type Finding,
  type RuleOutcome,
  SEVERITIES,
  type Severity,
  worstFirst,
} from '../../domain/finding.ts';
import { daysBetween } from '../../domain/history.ts';
import { isOpen, type RunDataset, type RunOutcome, type RunSummary, type Verdict } from '../../domain/run.ts';
import { joinSections } from './rule-text.ts';
import { bullet, visibleText } from './visible-text.ts';

/** Blockers named one by one; a longer list belongs into `findings.csv`. */
const MOST_BLOCKERS = 20;

type Colours = ReturnType<typeof pc.createColors>;

/** What is printed at the end of a run, for a person; ends with a line end. */
export function renderSummary(
  run: RunSummary,
  findings: readonly Finding[],
  paths: { run: string },
  { color }: { color: boolean },
): string {
  const colours = pc.createColors(color);
  const open = findings.filter(isOpen).sort(worstFirst);
  const sections = [
    [...suspectLines(run, colours), verdictLine(run, colours), countsLine(run, colours)],
    brakeLines(run, colours),
    blockerLines(run, open, colours),
    unknownLines(run, colours),
    skippedLines(run, colours),
    run.notes.length > 0 ? [colours.bold('Notes:'), ...run.notes.map(bullet)] : [],
    planLines(run, colours),
    nextLines(run, open, colours),
    [colours.bold('Files:'), `  ${visibleText(paths.run)}`, ...fileLines(run)],
  ];
  return joinSections(sections);
}

/** What the plan would do beyond the limits: said before anything else that is to be done. */
function brakeLines(run: RunSummary, colours: Colours): string[] {
  if (run.plan.brakes.length === 0) return [];
  return [
    colours.red(colours.bold('Stop and read: the plan goes beyond limits.')),
    ...run.plan.brakes.map(bullet),
  ];
}

function planLines({ plan: { steps, proof } }: RunSummary, colours: Colours): string[] {
  if (steps === 0) return [];
  const lines = [colours.bold(`Plan: ${steps} steps, in plan.md.`)];
  if (proof) {
    const { before, after, after_without_support: without } = proof;
    lines.push(
      bullet(
        `Proved on a copy of the snapshot: of ${before.blockers} blockers and ${before.errors} errors, ${after.blockers} and ${after.errors} remain (${without.blockers} and ${without.errors} until Optimizely Support has done its part).`,
      ),
    );
  }
  return lines;
}

/** Said before anything else: what was read may not be all there is. */
function suspectLines(run: RunSummary, colours: Colours): string[] {
  if (run.suspect.length === 0) return [];
  const shrunk = run.suspect.map(({ dataset, before, now }) =>
    bullet(`${dataset}: ${now} ${now === 1 ? 'row' : 'rows'}, ${before} in the last run`),
  );
  return run.shrink_accepted
    ? [colours.yellow('Datasets shrank since the last run, which --accept-shrink accepts:'), ...shrunk, '']
    : [
        colours.red(colours.bold('SUSPECT INPUT: datasets shrank since the last run by more than a fifth.')),
        ...shrunk,
        '  What is missing may be a reading gone wrong: nothing is taken for resolved. If it is right, run again with --accept-shrink.',
        '',
      ];
}

/** The verdict of a run in one or two sentences. */
export function verdictSentence(run: RunOutcome): string {
  const words = run.job === 'drift' ? { go: 'CLEAN', 'no-go': 'DRIFT' } : { go: 'GO', 'no-go': 'NO-GO' };
  const SAY: Readonly<Record<Verdict, string>> = {
    go: `${words.go}: nothing at or above ${run.fail_on} was found.`,
    'no-go': `${words['no-go']}: there are findings at or above ${run.fail_on}.`,
    unknown: 'UNKNOWN: not everything could be read, so nothing found is no proof.',
  };
  return SAY[run.verdict];
}

/** What must be said beside the verdict, or nothing. */
export function verdictAside(run: RunOutcome): string {
  if (run.verdict !== 'no-go') return '';
  if (run.exit_code === 3) return 'Not everything could be read.';
  return run.exit_code === 0 ? 'None of them is new.' : '';
}

function verdictLine(run: RunSummary, colours: Colours): string {
  const organization = run.opti_organization.name ?? run.opti_organization.id;
  const about = `${run.job} of ${visibleText(organization)} on ${visibleText(run.org)}`;
  const PAINT: Readonly<Record<Verdict, (text: string) => string>> = {
    go: colours.green,
    'no-go': colours.red,
    unknown: colours.yellow,
  };
  const aside = verdictAside(run);
  const sentence = colours.bold(PAINT[run.verdict](verdictSentence(run)));
  return `${sentence}${aside === '' ? '' : ` ${aside}`} (${about})`;
}

function countsLine(run: RunSummary, colours: Colours): string {
  const PAINT: Readonly<Record<Severity, (text: string) => string>> = {
    blocker: colours.red,
    error: colours.red,
    warning: colours.yellow,
    info: colours.cyan,
  };
  const counts = SEVERITIES.map((severity) => {
    const text = counted(run.counts.severity[severity], severity);
    return run.counts.severity[severity] > 0 ? PAINT[severity](text) : text;
  });
  const { new: fresh, known, resolved, waived } = run.counts.state;
  return [
    `Findings: ${counts.join(', ')}`,
    ...(run.previous === null ? [] : [`${fresh} new, ${known} known since ${run.previous.run} or before`]),
    ...(resolved > 0 ? [`${resolved} resolved`] : []),
    ...(waived > 0 ? [`${waived} waived`] : []),
  ].join('; ');
}

/** `1 error`, `2 errors`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 || noun === 'info' ? '' : 's'}`;
}

function blockerLines(run: RunSummary, open: readonly Finding[], colours: Colours): string[] {
  const blockers = open.filter((finding) => finding.severity === 'blocker');
  if (blockers.length === 0) return [];
  const rest = blockers.length - MOST_BLOCKERS;
  return [
    colours.bold('Blockers:'),
    ...blockers
      .slice(0, MOST_BLOCKERS)
      .map((finding) =>
        bullet(`${finding.subject} (${finding.rule}): ${finding.detail}${age(run, finding)}`),
      ),
    ...(rest > 0 ? [`  and ${rest} more in findings.csv`] : []),
  ];
}

function age(run: RunSummary, { state, first_seen }: Finding): string {
  if (state !== 'known') return '';
  const days = daysBetween(first_seen, run.snapshot.began);
  return ` Known for ${days === 0 ? 'less than a day' : counted(days, 'day')}.`;
}

function unknownLines(run: RunSummary, colours: Colours): string[] {
  const datasets = incompleteReasons(run.datasets);
  const rules = Object.entries(run.rules).filter(([, { outcome }]) => outcome === 'unknown');
  if (datasets.length === 0 && rules.length === 0) return [];
  return [
    colours.bold('Unknown:'),
    ...datasets.map(bullet),
    ...rules.map(([rule, { reason }]) => bullet(`${rule} did not run: ${reason}`)),
  ];
}

/** What was not read to its end and why, a sentence each. */
export function incompleteReasons(datasets: Readonly<Record<DatasetName, RunDataset>>): string[] {
  return (Object.entries(datasets) as [DatasetName, RunDataset][])
    .filter(
      ([name, { completeness }]) =>
        completeness === 'partial' || (completeness === 'unread' && !DATASETS[name].bestEffort),
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

function skippedLines(run: RunSummary, colours: Colours): string[] {
  const skipped = rulesByReason(run.rules, 'skipped');
  if (skipped.length === 0) return [];
  return [
    colours.bold('Skipped checks, for you to look at:'),
    ...skipped.map(({ reason, rules }) => bullet(`${rules.join(', ')}: ${reason}`)),
  ];
}

/** What is to be done after a run, a sentence each; never empty. */
export function nextSteps(run: RunOutcome, open: readonly Pick<Finding, 'who'>[]): string[] {
  const steps: string[] = [];
  if (run.exit_code === 3) steps.push('Mend what could not be read (see Unknown), then run it again.');
  const who = [...new Set(open.map((finding) => finding.who))].sort();
  if (who.length > 0) steps.push(`Give findings.csv to: ${who.join(', ')}. Each finding says what to do.`);
  if (run.counts.outcome.skipped > 0) steps.push('Look at the skipped checks by hand.');
  if (steps.length === 0) steps.push('Nothing.');
  return steps;
}

function nextLines(run: RunSummary, open: readonly Finding[], colours: Colours): string[] {
  const read = run.files.includes('report.html')
    ? ['Open report.html in a browser: the whole run for reading.']
    : [];
  return [colours.bold('Next:'), ...[...read, ...nextSteps(run, open)].map((step) => `  - ${step}`)];
}

function fileLines(run: RunSummary): string[] {
  return run.files.filter((file) => !file.includes('/')).map((file) => `    ${visibleText(file)}`);
}
