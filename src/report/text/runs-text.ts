import { type Finding, SEVERITIES } from '../../domain/finding.ts';
import type { RunSummary } from '../../domain/run.ts';
import type { RunDiff } from '../../domain/run-diff.ts';
import type { ChangedRow, SnapshotDiff } from '../../domain/snapshot-diff.ts';
import { counted } from './summary.ts';
import { joinSections, section, textTable } from './text-parts.ts';
import { visibleText } from './visible-text.ts';

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
  /** The verdict in words: why, then what the plan leaves or what comes next. Empty for a collection. */
  verdict_lines: readonly string[];
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
  const table = textTable(['org', 'run', 'verdict', 'complete', 'exit', ...SEVERITIES, ...STATES], rows);
  // Of each org and job the newest is what counts; the words of all others are in --json.
  const newest = new Map(
    runs.filter(({ verdict }) => verdict !== null).map((run) => [`${run.org}\n${run.job}`, run]),
  );
  const said = [...newest.values()].map(({ org, name, verdict_lines }) =>
    [`${org}/${name}`, ...verdict_lines.map((line) => `  ${line}`)].map(visibleText).join('\n'),
  );
  return [table, ...said.map((lines) => `${lines}\n`)].join('\n');
}

/** What the check of a run's seals found. */
export interface VerifiedRun {
  /** Path of its folder. */
  folder: string;
  org: string;
  /** True where every file is there as it was sealed, and signed where a key asks for that. */
  sealed: boolean;
  /** The key that signed it: the first digits of the sha256 of its public half. Null where nobody did, or it is not believed. */
  signed_by: string | null;
  /** What speaks against it. */
  problems: string[];
  /** Files in its folder that are not part of it: nobody reads them. */
  unlisted: string[];
}

/** The outcome of checking seals, a run a line; ends with a line end. */
export function renderVerified(verified: readonly VerifiedRun[], reportsDir: string): string {
  if (verified.length === 0) return `There are no runs in ${visibleText(reportsDir)} yet.\n`;
  const lines = verified.flatMap(({ folder, sealed, signed_by, problems, unlisted }) => [
    `${sealed ? 'sealed' : 'BROKEN'}  ${visibleText(folder)}${signed_by === null ? '' : ` (signed by ${visibleText(signed_by)})`}`,
    ...problems.map((problem) => `          ${visibleText(problem)}`),
    ...unlisted.map((file) => `          ${visibleText(file)} is not part of the run, and nobody reads it`),
  ]);
  const broken = verified.filter(({ sealed }) => !sealed).length;
  return `${lines.join('\n')}\n${counted(verified.length, 'run')}, ${broken} broken.\n`;
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
  const bytes = sizeText(removed.reduce((sum, run) => sum + run.bytes, 0));
  const rows = removed.map((run) => [run.org, run.name, run.began, sizeText(run.bytes)]);
  const table = rows.length === 0 ? '' : textTable(['org', 'run', 'began', 'size'], rows);
  const [going, staying] = [counted(removed.length, 'run'), counted(stay.length, 'run')];
  if (dry_run) {
    return `${table}Would remove ${going}, ${bytes}; ${staying} would stay. Nothing was removed.\n`;
  }
  const ended = interrupted.length === 0 ? '' : ` Interrupted removals ended: ${interrupted.length}.`;
  return `${table}Removed ${going}, ${bytes}; ${staying} stay.${ended}\n`;
}

/** A number of bytes in the unit that leaves one to three digits before the point, decimal units. */
function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [size, unit] = [bytes, 0];
  for (; size >= 999.95 && unit < units.length - 1; unit += 1) size /= 1000;
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

/** Longer lists belong into `--json`. */
const LISTED = { most: 50, rest: '; --json lists them all' };

/** What differs between two runs or snapshots: `runs diff --json`. */
export interface Difference {
  before: string;
  after: string;
  /** Null where one of them judged nothing: a snapshot, or a collection. */
  findings: RunDiff | null;
  /** Null where a snapshot cannot be read. */
  data: SnapshotDiff[] | null;
  /** What was not compared and why, in sentences. */
  missing: string[];
}

/** The same for a person; ends with a line end. */
export function renderDifference({ before, after, findings, data, missing }: Difference): string {
  const names = { before, after };
  const head = `From ${visibleText(before)} to ${visibleText(after)}`;
  return [
    findings === null ? `${head}.\n` : renderDiff(findings, names),
    ...(data === null ? [] : [renderData(data)]),
    ...(missing.length === 0 ? [] : [joinSections([section('Not compared:', missing)])]),
  ].join('\n');
}

/** What differs in the data, a table of the counts and then the rows. */
function renderData(parts: readonly SnapshotDiff[]): string {
  const count = (number: number | null) => (number === null ? 'not known' : String(number));
  const ofRow = ({ change, subject, values }: ChangedRow) =>
    `${change}: ${subject}${values.length === 0 ? '' : ` (${values.map(ofValue).join('; ')})`}`;
  const table = textTable(
    ['data', 'added', 'gone', 'changed'],
    parts.map(({ title, added, gone, changed }) => [title, count(added), count(gone), count(changed)]),
  );
  return joinSections([
    [table.trimEnd()],
    ...parts.map(({ title, rows, more }) => {
      const shown = section(`${title}:`, rows.map(ofRow), LISTED);
      return more === 0 ? shown : [...shown, `  and ${more} more that --json does not list`];
    }),
    section('What is not in a list that was read partially may be there all the same:', [
      ...new Set(parts.flatMap((each) => each.missing)),
    ]),
  ]);
}

function ofValue({ column, before, after }: ChangedRow['values'][number]): string {
  return `${column.replaceAll('_', ' ')} ${before ?? 'none'} → ${after ?? 'none'}`;
}

function renderDiff(diff: RunDiff, names: { before: string; after: string }): string {
  const { added, gone, notJudged, changed, same, rules, situations, datasets } = diff;
  const ofFinding = ({ severity, rule, detail, finding_id }: Finding) =>
    `${severity} ${rule} (${finding_id}): ${detail}`;
  const ofChange = ({ before, after, what }: RunDiff['changed'][number]) => {
    const moves = what.map((name) =>
      name === 'detail' ? after.detail : `${name} ${before[name]} → ${after[name]}`,
    );
    return `${after.rule} on ${after.subject}: ${moves.join('; ')}`;
  };
  const move = (what: string, { before, after }: { before: unknown; after: unknown }) =>
    `${what}: ${before} → ${after}`;
  const lists: [string, string[]][] = [
    ['New:', added.map(ofFinding)],
    ['Gone:', gone.map(ofFinding)],
    ['Not judged by the later run, so not known to be gone:', notJudged.map(ofFinding)],
    ['Changed:', changed.map(ofChange)],
    ['Rules with another outcome:', rules.map((row) => move(row.rule, row))],
    ['Situations:', situations.map((row) => move(`${row.what} ${row.situation}`, row))],
    ['Rows read:', datasets.map((row) => move(row.dataset, row))],
  ];
  return joinSections([
    [
      `From ${visibleText(names.before)} to ${visibleText(names.after)}: ${added.length} new, ${gone.length} gone, ${notJudged.length} not judged, ${changed.length} changed, ${same} the same.`,
    ],
    ...lists.map(([heading, items]) => section(heading, items, LISTED)),
  ]);
}
