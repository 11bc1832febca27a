import { FLEET_STATES, type FleetEntry, type FleetReport } from '../../domain/fleet.ts';
import { counted } from '../text/summary.ts';
import { section, textTable } from '../text/text-parts.ts';

/** A duration as people say it: `45 s`, `12 min`, `1 h 05 min`. */
export function durationText(seconds: number | null): string {
  if (seconds === null) return '';
  if (seconds < 100) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** What became of an organization's night, in a few words. */
export function resultText({ exit_code, state, new_blockers }: FleetEntry): string {
  if (exit_code === null) return 'no run tonight';
  const blockers =
    new_blockers === null || new_blockers === 0 ? '' : `, ${counted(new_blockers, 'new blocker')}`;
  const words = { 0: 'clean', 1: 'findings', 2: 'failed', 3: 'incomplete' } as const;
  return state === 'done' ? `${words[exit_code]}${blockers}` : state;
}

/** Seconds against those of the night before: `+12 %`; empty where there is nothing to compare. */
export function trendText(seconds: number | null, before: number | undefined): string {
  if (seconds === null || before === undefined || before === 0) return '';
  const percent = Math.round(((seconds - before) / before) * 100);
  return `${percent > 0 ? '+' : ''}${percent} %`;
}

function countsLine({ counts, entries, nights }: FleetReport): string {
  const parts = FLEET_STATES.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
  return `${counted(entries.length, 'organization')}, night of ${nights.join(' and ')}: ${parts.join(', ')}.`;
}

/** How far a night is, a line an organization; ends with a line end. */
export function renderStatus(report: FleetReport, now: Date): string {
  const rows = report.entries.map((entry) => [
    entry.org,
    entry.state,
    entry.exit_code === null ? '' : String(entry.exit_code),
    entry.tries === 0 ? '' : String(entry.tries),
    durationText(
      entry.seconds ??
        (entry.state === 'running' && entry.started !== null
          ? (now.getTime() - new Date(entry.started).getTime()) / 1_000
          : null),
    ),
    entry.worker ?? '',
    entry.note,
  ]);
  return `${textTable(['organization', 'state', 'code', 'tries', 'took', 'worker', 'what'], rows)}${countsLine(report)}\n`;
}

const MOST_LISTED = 20;

/** An organization with its verdict, as its own run told it, and where that is. */
function toldAt({ org, verdict_lines, run }: FleetEntry, first = ''): string {
  const said = verdict_lines.length === 0 ? '' : `${verdict_lines.join(' ')} `;
  return `${org}: ${first}${said}${run === null ? '' : `(${run})`}`.trimEnd();
}

/** The roll-up for a terminal: those who need somebody first; ends with a line end. */
export function renderFleetReport(report: FleetReport): string {
  const of = (wanted: (entry: FleetEntry) => boolean, text: (entry: FleetEntry) => string) =>
    report.entries.filter(wanted).map(text);
  const rest = { most: MOST_LISTED, rest: ' in the files' };
  const blocks = [
    section(
      'No run tonight:',
      of(
        ({ exit_code }) => exit_code === null,
        ({ org, state, note }) => `${org} (${state})${note === '' ? '' : `: ${note}`}`,
      ),
      rest,
    ),
    section(
      'Incomplete:',
      of(({ exit_code }) => exit_code === 3, toldAt),
      rest,
    ),
    section(
      'New blockers:',
      of(
        ({ new_blockers }) => (new_blockers ?? 0) > 0,
        (entry) => toldAt(entry, `${entry.new_blockers} new. `),
      ),
      rest,
    ),
    section(
      'Rules by organizations:',
      report.rules.map(
        ({ rule, organizations, findings }) =>
          `${rule}: ${counted(organizations, 'organization')}, ${counted(findings, 'finding')}`,
      ),
      rest,
    ),
  ].filter((lines) => lines.length > 0);
  const { tonight, before } = report.seconds;
  const trend =
    before > 0 ? ` All runs together took ${durationText(tonight)} (${trendText(tonight, before)}).` : '';
  return `${[[`${countsLine(report)}${trend}`], ...blocks].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
