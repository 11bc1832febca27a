import type { DatasetName } from '../../src/domain/dataset.ts';
import { bucketFor } from '../../src/okta/endpoints.ts';
import type { Certainty, Forecast } from '../../src/okta/forecast.ts';
import type { WaitingBucket } from '../../src/okta/governor.ts';
import type { RequestsState } from '../../src/okta/requests.ts';
import type { Activity, Canvas, LogEntry, RunContext } from '../../src/runtime/run-context.ts';
import { type DatasetLine, drawDatasets, fitted } from './bars.ts';

/** How far a dataset is. Counted while it is read, looked at only by who watches. */
export interface Underway {
  rows: number;
  requests: number;
}

interface Reading extends Underway {
  name: DatasetName;
  /** Milliseconds since the epoch. */
  began: number;
}

/** What is left of a dataset, as far as it is known. */
interface Left {
  amount: number;
  unit: 'call' | 'row';
  certainty: Certainty;
  /** Part that is done, 0 to 1; null where the whole is not known. */
  done: number | null;
  /** Minutes until it is read; null where they are not known. */
  minutes: number | null;
}

/** What the org's last run read, by dataset, where it read it to its end. */
export interface LastRead {
  requests: Readonly<Partial<Record<DatasetName, number>>>;
  rows: Readonly<Partial<Record<DatasetName, number>>>;
}

/** Calls after which their pace says more than the forecast. */
const TELLING_CALLS = 5;

/** A collection as those who wait for it see it: how far each dataset is, and what Okta's limits hold up. */
export class CollectionProgress implements Activity {
  readonly #now: () => number;
  readonly #last: LastRead;
  readonly #underway = new Map<DatasetName, Reading>();
  #forecast: Forecast | null = null;
  #okta: (() => RequestsState) | null = null;

  constructor(now: () => number, last: LastRead) {
    this.#now = now;
    this.#last = last;
  }

  /** A dataset whose reading begins; whoever reads it counts in what this returns. */
  beginDataset(name: DatasetName): Underway {
    const reading = { name, rows: 0, requests: 0, began: this.#now() };
    this.#underway.set(name, reading);
    return reading;
  }

  endDataset(name: DatasetName): void {
    this.#underway.delete(name);
  }

  foretell(forecast: Forecast): void {
    this.#forecast = forecast;
  }

  /** What tells how the requests to Okta stand; null once its side is read. */
  watchOkta(state: (() => RequestsState) | null): void {
    this.#okta = state;
  }

  draw({ columns, rows, now }: Canvas): string[] {
    const okta = this.#okta === null ? [] : [`Okta: ${oktaText(this.#okta())}`];
    const lines = [...this.#underway.values()].map((reading) => this.#line(reading, now));
    const room = Math.max(1, rows - okta.length);
    return [...drawDatasets(lines, { columns, rows: room, now }), ...okta]
      .slice(0, rows)
      .map((line) => fitted(line, columns));
  }

  begin(): LogEntry[] {
    return [];
  }

  report(now: number): LogEntry[] {
    const state = this.#okta?.() ?? null;
    const datasets = [...this.#underway.values()]
      // What has not begun has nothing to tell.
      .filter(({ rows, requests }) => rows > 0 || requests > 0)
      .map((reading) => this.#entry(reading, state, now));
    return state === null ? datasets : [...datasets, oktaEntry(state)];
  }

  end(): LogEntry[] {
    return [];
  }

  #line(reading: Reading, now: number): DatasetLine {
    const { name, rows, requests } = reading;
    if (rows === 0 && requests === 0) return { name, done: null, cells: ['waits to begin', '', '', ''] };
    const left = this.#left(reading, now);
    const known = left === null || left.amount <= 0 ? null : left;
    return {
      name,
      done: left?.done ?? null,
      cells: [
        counted(rows, 'row'),
        `${numberText(rateOf(reading, now))} rows/s`,
        known === null ? '' : leftText(known),
        known === null || known.minutes === null ? '' : minutesText(known.minutes, known.certainty),
      ],
    };
  }

  #entry(reading: Reading, state: RequestsState | null, now: number): LogEntry {
    const { name, rows, requests } = reading;
    const left = this.#left(reading, now);
    const rate = rateOf(reading, now);
    const bucket = bucketFor(name);
    const waits = state?.waiting.find((one) => one.bucket === bucket) ?? null;
    const parts = [
      counted(rows, 'row'),
      `${numberText(rate)} rows/s`,
      left === null ? 'how much is left is unknown' : leftText(left),
      ...(left === null || left.minutes === null ? [] : [minutesText(left.minutes, left.certainty)]),
    ];
    const waiting = waits === null ? '' : `; ${waitingText(waits)}`;
    return {
      level: 'info',
      event: 'dataset-progress',
      message: `reading ${name}: ${parts.join(', ')}${waiting}`,
      fields: {
        dataset: name,
        rows,
        requests,
        rows_per_second: rate,
        calls_left: left?.unit === 'call' ? left.amount : null,
        rows_left: left?.unit === 'row' ? left.amount : null,
        minutes_left: left === null || left.minutes === null ? null : Math.ceil(left.minutes),
        certainty: left?.certainty ?? null,
        waits_for: waits?.bucket ?? null,
        wait_seconds: waits === null ? null : seconds(waits.waitMs),
      },
    };
  }

  /** Null where nothing tells, or where more had to be asked than anything told. */
  #left(reading: Reading, now: number): Left | null {
    return this.#callsLeft(reading, now) ?? this.#rowsLeft(reading, now);
  }

  #callsLeft({ name, requests, began }: Reading, now: number): Left | null {
    const foretold = this.#forecast?.datasets.find(({ dataset }) => dataset === name);
    const before = name.startsWith('okta.') ? this.#last.requests[name] : undefined;
    const calls = foretold?.calls ?? before ?? 0;
    const amount = calls - requests;
    if (amount <= 0) return null;
    const certainty = foretold?.certainty ?? 'about';
    const least = foretold === undefined ? null : foretold.minutes / foretold.calls;
    const seen = requests < TELLING_CALLS ? null : (now - began) / 60_000 / requests;
    const pace = least === null ? seen : Math.max(least, seen ?? 0);
    const minutes = pace === null ? null : amount * pace;
    return {
      amount,
      unit: 'call',
      certainty,
      done: certainty === 'at least' ? null : requests / calls,
      // At least no minute says nothing.
      minutes: certainty === 'at least' && minutes !== null && minutes < 1 ? null : minutes,
    };
  }

  #rowsLeft(reading: Reading, now: number): Left | null {
    const { name, rows } = reading;
    const before = name.startsWith('optiId.') ? (this.#last.rows[name] ?? 0) : 0;
    const amount = before - rows;
    if (amount <= 0) return null;
    const rate = rateOf(reading, now);
    return {
      amount,
      unit: 'row',
      certainty: 'about',
      done: rows / before,
      minutes: rate === 0 ? null : amount / rate / 60,
    };
  }
}

/** Rows a second since the reading began, whole. */
function rateOf({ rows, began }: Reading, now: number): number {
  return Math.round(rows / Math.max(1, (now - began) / 1_000));
}

function leftText({ amount, unit, certainty }: Left): string {
  return `${certainty} ${counted(amount, unit)} left`;
}

function minutesText(minutes: number, certainty: Certainty): string {
  if (certainty === 'at least') return `at least ${numberText(Math.floor(minutes))} min left`;
  return minutes < 1 ? 'under a minute left' : `${certainty} ${numberText(Math.ceil(minutes))} min left`;
}

/** What the requests to Okta do at the moment, in a few words. */
export function oktaText({ onTheirWay, atOnce, usuallyAtOnce, waiting, repeatsInMs }: RequestsState): string {
  const parts: string[] = waiting.map(waitingText);
  if (repeatsInMs !== null) parts.push(`a refused request is repeated in ${seconds(repeatsInMs)} s`);
  if (onTheirWay > 0 || parts.length === 0) {
    parts.unshift(`running, ${counted(onTheirWay, 'request')} on ${onTheirWay === 1 ? 'its' : 'their'} way`);
  }
  if (atOnce < usuallyAtOnce) {
    parts.push(`at most ${atOnce} at once, not ${usuallyAtOnce}: Okta complained of too many`);
  }
  return parts.join('; ');
}

function oktaEntry(state: RequestsState): LogEntry {
  const [longest] = state.waiting;
  return {
    level: 'info',
    event: 'okta-requests',
    message: `Okta: ${oktaText(state)}`,
    fields: {
      on_their_way: state.onTheirWay,
      at_once: state.atOnce,
      usually_at_once: state.usuallyAtOnce,
      waits_for: longest?.bucket ?? null,
      wait_seconds: longest === undefined ? null : seconds(longest.waitMs),
      repeats_in_seconds: state.repeatsInMs === null ? null : seconds(state.repeatsInMs),
    },
  };
}

/** Where the share is not spent, others have taken what was left for them and more. */
function waitingText({ bucket, waitMs, spent, share }: WaitingBucket): string {
  const why = `${numberText(spent)} of ${numberText(share)} spent${spent < share ? ', others spent the rest' : ''}`;
  return `waiting ${seconds(waitMs)} s for ${bucket} (${why})`;
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}

function counted(count: number, noun: string): string {
  return `${numberText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function numberText(number: number): string {
  return number.toLocaleString('en-US');
}

/** What is done after the reading, a line each. */
export const PHASES = {
  copy: { doing: 'copying the snapshot', done: 'copied the snapshot' },
  analyse: { doing: 'analysing: who is who, and what differs', done: 'analysed' },
  judge: { doing: 'judging', done: 'judged' },
  report: { doing: 'writing the reports', done: 'wrote the reports' },
  plan: { doing: 'planning, and proving the plan', done: 'planned, and proved the plan' },
} as const;
export type Phase = keyof typeof PHASES;

/** A phase that begins now, as those who wait for it see it. */
export function phaseActivity(phase: Phase, began: number): Activity {
  const { doing, done } = PHASES[phase];
  const entry = (message: string, now: number): LogEntry => ({
    level: 'info',
    event: 'phase',
    message,
    fields: { phase, seconds: tookSeconds(now) },
  });
  const tookSeconds = (now: number): number => Math.round((now - began) / 100) / 10;
  return {
    draw: ({ columns, now }) => [fitted(`${doing} (${Math.floor(tookSeconds(now))} s)`, columns)],
    begin: () => [entry(doing, began)],
    report: (now) => [entry(`still ${doing} (${Math.floor(tookSeconds(now))} s)`, now)],
    end: (now) => [entry(`${done} in ${tookSeconds(now).toFixed(1)} s`, now)],
  };
}

/** Shows one phase after the other: the next one ends the last. */
export class PhaseDisplay {
  readonly #show: RunContext['show'];
  readonly #now: () => number;
  #end: ReturnType<RunContext['show']> = () => {};

  constructor(show: RunContext['show'], now: () => number) {
    this.#show = show;
    this.#now = now;
  }

  begin(phase: Phase): void {
    this.end();
    this.#end = this.#show(phaseActivity(phase, this.#now()));
  }

  end(): void {
    this.#end();
    this.#end = () => {};
  }

  /** Ends it without a word, because it came to nothing. */
  breakOff(): void {
    this.#end({ silently: true });
    this.#end = () => {};
  }
}
