import { EXIT, type ExitCode } from './errors.ts';
import { byCodeUnit } from './finding.ts';
import type { Job } from './rule.ts';

/**
 * How far an organization is on its night. `late`: no answer, and its window is over; `dead`: tried in vain, a person has to
 * look; `not enqueued`: nobody asked for it.
 */
export const FLEET_STATES = ['dead', 'late', 'not enqueued', 'running', 'waiting', 'done'] as const;
export type FleetState = (typeof FLEET_STATES)[number];

/** What a fleet knows of an organization on a night: no names of people or groups. */
export interface FleetEntry {
  org: string;
  night: string;
  state: FleetState;
  job: Job;
  /** Null without an answer. */
  exit_code: ExitCode | null;
  verdict: string | null;
  /** The same in words: why, then what the plan leaves or what comes next. Empty without an answer. */
  verdict_lines: readonly string[];
  /** New findings of severity blocker. */
  new_blockers: number | null;
  /** Open findings by severity. */
  severity: Readonly<Record<string, number>> | null;
  /** Rules that found something, with how much. */
  rules: Readonly<Record<string, number>>;
  /** Tries so far. */
  tries: number;
  /** Which worker has it, or had it last. */
  worker: string | null;
  /** What is being done, or why the last try failed; empty where there is nothing to say. */
  note: string;
  /** UTC ISO-8601. */
  started: string | null;
  ended: string | null;
  seconds: number | null;
  /** Memory at its peak, where the system tells. */
  peak_mb: number | null;
  /** Seconds of the nights before, the last first. */
  seconds_before: readonly number[];
  /** Where the run is: below the folder of runs, or an address. */
  run: string | null;
}

/** The roll-up of a night: those who need somebody first. */
export interface FleetReport {
  /** UTC ISO-8601. */
  made: string;
  /** Distinct nights of the entries: one, unless time zones differ. */
  nights: string[];
  exit_code: ExitCode;
  counts: Record<FleetState, number>;
  incomplete: number;
  with_new_blockers: number;
  entries: FleetEntry[];
  /** By the number of organizations that they found something in. */
  rules: { rule: string; organizations: number; findings: number }[];
  /** Seconds of all runs of the night in sum, and of the same organizations the night before. */
  seconds: { tonight: number; before: number };
}

/** The first that is true decides: no run, then an incomplete one, then new blockers, then what `--fail-on` counts. */
function urgency({ exit_code, new_blockers }: FleetEntry): number {
  if (exit_code === null) return 0;
  if (exit_code === EXIT.incomplete) return 1;
  if ((new_blockers ?? 0) > 0) return 2;
  return exit_code === EXIT.findings ? 3 : 4;
}

/** Makes the roll-up; its exit code is the worst of all, a missing run counting as incomplete. */
export function rollUp(entries: readonly FleetEntry[], made: Date): FleetReport {
  const sorted = [...entries].sort(
    (a, b) =>
      urgency(a) - urgency(b) ||
      FLEET_STATES.indexOf(a.state) - FLEET_STATES.indexOf(b.state) ||
      (b.new_blockers ?? 0) - (a.new_blockers ?? 0) ||
      byCodeUnit(a.org, b.org),
  );
  const worst = sorted.map(urgency).reduce((low, each) => Math.min(low, each), 4);
  const hasFindings = sorted.some(({ exit_code }) => exit_code === EXIT.findings);
  const rules = new Map<string, { organizations: number; findings: number }>();
  for (const entry of sorted) {
    for (const [rule, findings] of Object.entries(entry.rules)) {
      const sum = rules.get(rule) ?? { organizations: 0, findings: 0 };
      rules.set(rule, { organizations: sum.organizations + 1, findings: sum.findings + findings });
    }
  }
  const both = sorted.filter(({ seconds, seconds_before }) => seconds !== null && seconds_before.length > 0);
  return {
    made: made.toISOString(),
    nights: [...new Set(sorted.map(({ night }) => night))].sort(),
    exit_code: worst <= 1 ? EXIT.incomplete : hasFindings ? EXIT.findings : EXIT.clean,
    counts: Object.fromEntries(
      FLEET_STATES.map((state) => [state, sorted.filter((entry) => entry.state === state).length]),
    ) as FleetReport['counts'],
    incomplete: sorted.filter(({ exit_code }) => exit_code === EXIT.incomplete).length,
    with_new_blockers: sorted.filter(({ new_blockers }) => (new_blockers ?? 0) > 0).length,
    entries: sorted,
    rules: [...rules]
      .map(([rule, sum]) => ({ rule, ...sum }))
      .sort((a, b) => b.organizations - a.organizations || byCodeUnit(a.rule, b.rule)),
    seconds: {
      tonight: both.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0),
      before: both.reduce((sum, { seconds_before }) => sum + (seconds_before[0] ?? 0), 0),
    },
  };
}
