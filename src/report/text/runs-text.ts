import { type Finding, SEVERITIES } from '../../domain/finding.ts';
import type { RunSummary } from '../../domain/run.ts';
import type { RunDiff } from '../../domain/run-diff.ts';
import { joinSections } from './rule-text.ts';
import { textTable } from './text-table.ts';
import { bullet, visibleText } from './visible-text.ts';

/** A run as the list of runs shows it. */
export interface ListedRun {
  name: string;
  org: string;
  /** `precutover`, `drift` or `collect`. */
  job: string;
  /** When its snapshot began, UTC ISO-8601. */
  began: string;
  /** Null for a collection, which judges nothing. */
  verdict: string | null;
  complete: boolean;
  exit_code: number;
  /** Open findings by severity, and all by state; null for a collection. */
  severity: RunSummary['counts']['severity'] | null;
  state: RunSummary['counts']['state'] | null;
}

const STATES = ['new', 'known', 'resolved', 'waived'] as const;

/** Runs as an aligned table, ends with a line end. */
export function renderRuns(runs: readonly ListedRun[], reportsDir: string): string {
  if (runs.length === 0) return `There are no runs in ${visibleText(reportsDir)} yet.\n`;
  const rows = runs.map((run) => [
    run.org,
    run.name,
    run.verdict ?? '–',
    run.complete ? 'yes' : 'no',
    String(run.exit_code),
    ...SEVERITIES.map((severity) => String(run.severity?.[severity] ?? '')),
    ...STATES.map((state) => String(run.state?.[state] ?? '')),
  ]);
  return textTable(['org', 'run', 'verdict', 'complete', 'exit', ...SEVERITIES, ...STATES], rows);
}

type NamedRun = Pick<ListedRun, 'org' | 'name' | 'job' | 'began'>;

/** What `runs prune` did, or for a dry run would do; oldest first. */
export interface Pruning {
  dry_run: boolean;
  removed: (NamedRun & { bytes: number })[];
  stay: (NamedRun & { reason: string })[];
  /** Hidden folders of removals that were interrupted: ended, too. */
  interrupted: string[];
}

/** Runs that went as a table, with their sum; ends with a line end. */
export function renderPruning({ dry_run, removed, stay, interrupted }: Pruning): string {
  const bytes = removed.reduce((sum, run) => sum + run.bytes, 0);
  const table = textTable(
    ['org', 'run', 'began', 'size'],
    removed.map((run) => [run.org, run.name, run.began, sizeText(run.bytes)]),
  );
  const count = (runs: readonly unknown[]) => `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}`;
  const ended = interrupted.length === 0 ? '' : ` Interrupted removals ended: ${interrupted.length}.`;
  return [
    removed.length === 0 ? '' : table,
    dry_run
      ? `Would remove ${count(removed)}, ${sizeText(bytes)}; ${count(stay)} would stay. Nothing was removed.\n`
      : `Removed ${count(removed)}, ${sizeText(bytes)}; ${count(stay)} stay.${ended}\n`,
  ].join('');
}

/** A number of bytes in the unit that leaves one to three digits before the point, decimal units. */
function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [size, unit] = [bytes, 0];
  for (; size >= 999.95 && unit < units.length - 1; unit += 1) size /= 1000;
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

/** Longer lists belong into `--json`. */
const MOST_LISTED = 50;

/** What changed between two runs, for a person; ends with a line end. */
export function renderDiff(diff: RunDiff, names: { before: string; after: string }): string {
  const sections = [
    [
      `From ${visibleText(names.before)} to ${visibleText(names.after)}: ${diff.added.length} new, ${diff.gone.length} gone, ${diff.notJudged.length} not judged, ${diff.changed.length} changed, ${diff.same} the same.`,
    ],
    findingLines('New:', diff.added),
    findingLines('Gone:', diff.gone),
    findingLines('Not judged by the later run, so not known to be gone:', diff.notJudged),
    listed(
      'Changed:',
      diff.changed.map(({ before, after, what }) => {
        const moves = what.map((key) => {
          const name = key as 'severity' | 'detail' | 'state';
          return name === 'detail' ? after.detail : `${name} ${before[name]} → ${after[name]}`;
        });
        return `${after.rule} on ${after.subject}: ${moves.join('; ')}`;
      }),
    ),
    listed(
      'Rules with another outcome:',
      diff.rules.map(({ rule, before, after }) => `${rule}: ${before} → ${after}`),
    ),
    listed(
      'Situations:',
      diff.situations.map(
        ({ what, situation, before, after }) => `${what} ${situation}: ${before} → ${after}`,
      ),
    ),
    listed(
      'Rows read:',
      diff.datasets.map(({ dataset, before, after }) => `${dataset}: ${before} → ${after}`),
    ),
  ];
  return joinSections(sections);
}

function findingLines(title: string, findings: readonly Finding[]): string[] {
  return listed(
    title,
    findings.map(
      ({ severity, rule, detail, finding_id }) => `${severity} ${rule} (${finding_id}): ${detail}`,
    ),
  );
}

function listed(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const rest = lines.length - MOST_LISTED;
  return [
    title,
    ...lines.slice(0, MOST_LISTED).map(bullet),
    ...(rest > 0 ? [`  and ${rest} more; --json lists them all`] : []),
  ];
}
