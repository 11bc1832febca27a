import { DATASETS, type DatasetName, type DatasetState } from '../../src/domain/dataset.ts';
import type {
  Certainty,
  DatasetCounts,
  ExpectedCalls,
  LastRead,
  Phase,
  RequestsState,
  RunEvent,
  WaitingBucket,
} from '../../src/domain/run-event.ts';
import { type LogEntry, note, type RunContext, warning } from '../../src/runtime/run-context.ts';
import type { Canvas, DatasetLine } from './bars.ts';
import type { Activity, Bars, Logger } from './logger.ts';

/** A dataset that is being read. */
interface Reading {
  name: DatasetName;
  bucket: string | null;
  counts: DatasetCounts;
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

/** Calls after which their pace says more than the forecast. */
const TELLING_CALLS = 5;

/** A collection as those who wait for it see it: how far each dataset is, and what Okta's limits hold up. */
export class CollectionProgress implements Activity {
  readonly #now: () => number;
  readonly #last: LastRead;
  readonly #underway = new Map<DatasetName, Reading>();
  #expected: readonly ExpectedCalls[] = [];
  #okta: (() => RequestsState) | null = null;

  constructor(now: () => number, last: LastRead) {
    this.#now = now;
    this.#last = last;
  }

  /** Takes note of what happens. */
  onEvent(event: RunEvent): void {
    if (event.kind === 'okta-began') this.#okta = event.state;
    else if (event.kind === 'okta-ended') this.#okta = null;
    else if (event.kind === 'forecast') this.#expected = event.expected;
    else if (event.kind === 'dataset-ended') this.#underway.delete(event.dataset);
    else if (event.kind === 'dataset-began') {
      const { dataset: name, bucket, counts } = event;
      this.#underway.set(name, { name, bucket, counts, began: this.#now() });
    }
  }

  draw({ columns, rows, now }: Canvas, { drawDatasets, fitted }: Bars): string[] {
    const okta = this.#okta === null ? [] : [`Okta: ${oktaText(this.#okta())}`];
    const lines = [...this.#underway.values()].map((reading) => this.#line(reading, now));
    const room = Math.max(1, rows - okta.length);
    return [...drawDatasets(lines, { columns, rows: room, now }), ...okta]
      .slice(0, rows)
      .map((line) => fitted(line, columns));
  }

  report(now: number): LogEntry[] {
    const state = this.#okta?.() ?? null;
    const datasets = [...this.#underway.values()]
      .filter(hasBegun)
      .map((reading) => this.#entry(reading, state, now));
    return state === null ? datasets : [...datasets, oktaEntry(state)];
  }

  #line(reading: Reading, now: number): DatasetLine {
    const { name, counts } = reading;
    if (!hasBegun(reading)) return { name, done: null, cells: ['waits to begin', '', '', ''] };
    const left = this.#left(reading, now);
    return {
      name,
      done: left?.done ?? null,
      cells: [
        counted(counts.rows, 'row'),
        `${numberText(rateOf(reading, now))} rows/s`,
        left === null ? '' : leftText(left),
        left === null ? '' : minutesText(left),
      ],
    };
  }

  #entry(reading: Reading, state: RequestsState | null, now: number): LogEntry {
    const { name, bucket } = reading;
    const { rows, requests } = reading.counts;
    const left = this.#left(reading, now);
    const rate = rateOf(reading, now);
    const waits = state?.waiting.find((one) => one.bucket === bucket) ?? null;
    const parts = [
      counted(rows, 'row'),
      `${numberText(rate)} rows/s`,
      ...(left === null ? ['how much is left is unknown'] : [leftText(left), minutesText(left)]),
    ].filter((part) => part !== '');
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
        minutes_left: left?.minutes == null ? null : Math.ceil(left.minutes),
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

  #callsLeft({ name, counts, began }: Reading, now: number): Left | null {
    const { requests } = counts;
    const foretold = this.#expected.find(({ dataset }) => dataset === name);
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
    const { name, counts } = reading;
    const { rows } = counts;
    const before = name.startsWith('optiId.') ? (this.#last.rows[name] ?? 0) : 0;
    const amount = before - rows;
    if (amount <= 0) return null;
    const rate = rateOf(reading, now);
    const minutes = rate === 0 ? null : amount / rate / 60;
    return { amount, unit: 'row', certainty: 'about', done: rows / before, minutes };
  }
}

/** What has not begun has nothing to tell. */
function hasBegun({ counts }: Reading): boolean {
  return counts.rows > 0 || counts.requests > 0;
}

/** Rows a second since the reading began, whole. */
function rateOf({ counts, began }: Reading, now: number): number {
  return Math.round(counts.rows / Math.max(1, (now - began) / 1_000));
}

function leftText({ amount, unit, certainty }: Left): string {
  return `${certainty} ${counted(amount, unit)} left`;
}

function minutesText({ minutes, certainty }: Left): string {
  if (minutes === null) return '';
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

/** What is said of a dataset whose reading is over, however far it came. */
function datasetRead(name: DatasetName, { rows, requests }: DatasetCounts, state: DatasetState): LogEntry {
  const isGap = state.completeness !== 'complete' && !DATASETS[name].bestEffort;
  const count = `${rows} row${rows === 1 ? '' : 's'}`;
  return {
    level: isGap ? 'warning' : 'info',
    event: 'dataset-read',
    message: isGap ? `read ${name} partially, ${count}: ${state.reason}` : `read ${name}: ${count}`,
    fields: { dataset: name, rows, requests, completeness: state.completeness },
  };
}

const PHASES: Readonly<Record<Phase, { doing: string; done: string }>> = {
  copy: { doing: 'copying the snapshot', done: 'copied the snapshot' },
  analyse: { doing: 'analysing: who is who, and what differs', done: 'analysed' },
  judge: { doing: 'judging', done: 'judged' },
  report: { doing: 'writing the reports', done: 'wrote the reports' },
  plan: { doing: 'planning, and proving the plan', done: 'planned, and proved the plan' },
};

/** A phase that begins now, as those who wait for it see it. */
export function phaseActivity(phase: Phase, began: number): Activity {
  const { doing, done } = PHASES[phase];
  const tookSeconds = (now: number): number => Math.round((now - began) / 100) / 10;
  const entry = (message: string, now: number): LogEntry => {
    return { level: 'info', event: 'phase', message, fields: { phase, seconds: tookSeconds(now) } };
  };
  return {
    draw: ({ columns, now }, { fitted }) => [fitted(`${doing} (${Math.floor(tookSeconds(now))} s)`, columns)],
    begin: () => [entry(doing, began)],
    report: (now) => [entry(`still ${doing} (${Math.floor(tookSeconds(now))} s)`, now)],
    end: (now) => [entry(`${done} in ${tookSeconds(now).toFixed(1)} s`, now)],
  };
}

/** Turns the events of a run into what a person watches and a log is told. */
export function showEvents(
  { say, show }: Pick<Logger, 'say' | 'show'>,
  now: () => number,
): RunContext['onEvent'] {
  let collection: CollectionProgress | null = null;
  /** Ends what is shown at the moment. */
  let end: ReturnType<Logger['show']> = () => {};
  return (event) => {
    switch (event.kind) {
      case 'note':
      case 'kept':
        return say(note(event.message));
      case 'warning':
        return say(warning(event.message, event.about));
      case 'forecast':
      case 'forecast-against-fact':
        collection?.onEvent(event);
        return say({ level: 'info', event: event.kind, message: event.message });
      case 'collection-began':
        collection = new CollectionProgress(now, event.last);
        end = show(collection);
        return;
      case 'dataset-ended':
        collection?.onEvent(event);
        if (event.state !== null) say(datasetRead(event.dataset, event.counts, event.state));
        return;
      case 'dataset-began':
      case 'okta-began':
      case 'okta-ended':
        return collection?.onEvent(event);
      case 'collection-ended':
        collection = null;
        return end();
      case 'phase-began':
        end();
        end = show(phaseActivity(event.phase, now()));
        return;
      case 'phases-ended':
        // What came to nothing ends without a word.
        return end(event.outcome === 'done' ? undefined : { silently: true });
    }
  };
}
