import stringWidth from 'string-width';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { barText, drawDatasets } from '../../cli/terminal/bars.ts';
import {
  createLogger,
  formatAskedFor,
  type LogFormat,
  type Logger,
  type LogStream,
} from '../../cli/terminal/logger.ts';
import { CollectionProgress, oktaText, phaseActivity, showEvents } from '../../cli/terminal/progress.ts';
import type { DatasetName } from '../../src/domain/dataset.ts';
import type { ExpectedCalls, RequestsState, RunEvent } from '../../src/domain/run-event.ts';
import { note, unlessQuiet } from '../../src/runtime/run-context.ts';
import { runContextIn } from './support/cli.ts';
import { Screen } from './support/screen.ts';

const START = Date.parse('2026-11-24T03:15:00Z');
const QUIET: RequestsState = {
  onTheirWay: 3,
  atOnce: 12,
  usuallyAtOnce: 12,
  waiting: [],
  repeatsInMs: null,
};
const WAITING: RequestsState = {
  ...QUIET,
  onTheirWay: 0,
  waiting: [{ bucket: '/api/v1/groups', waiting: 4, waitMs: 31_400, spent: 250, share: 250 }],
};
const FORECAST: RunEvent = {
  kind: 'forecast',
  message: 'Forecast: at least 4 min.',
  expected: [
    { dataset: 'okta.groupMembers', calls: 1_000, certainty: 'about', minutes: 4 },
    { dataset: 'okta.logEvents', calls: 12, certainty: 'at least', minutes: 0.2 },
    { dataset: 'okta.appUsers', calls: 200, certainty: 'at most', minutes: 4 },
  ] satisfies ExpectedCalls[],
};

/** What is waited for in {@link WAITING} counts for these. */
const BUCKETS: Partial<Record<DatasetName, string>> = {
  'okta.groupMembers': '/api/v1/groups',
  'okta.groups': '/api/v1/groups',
};

/** A clock that stands still until it is moved, and then calls back whoever is due. */
class Clock {
  now = START;
  readonly #ticks = new Set<{ every: number; next: number; tick: () => void }>();

  readonly every = (ms: number, tick: () => void): (() => void) => {
    const one = { every: ms, next: this.now + ms, tick };
    this.#ticks.add(one);
    return () => void this.#ticks.delete(one);
  };

  pass(ms: number): void {
    for (const end = this.now + ms; ; ) {
      const [next] = [...this.#ticks].sort((a, b) => a.next - b.next);
      if (next === undefined || next.next > end) {
        this.now = end;
        return;
      }
      this.now = next.next;
      next.next += next.every;
      next.tick();
    }
  }

  /** Who still waits to be called back. */
  get waiting(): number {
    return this.#ticks.size;
  }
}

const clock = new Clock();
const loggers: Logger[] = [];
afterEach(() => {
  for (const logger of loggers.splice(0)) logger.close();
  expect(clock.waiting).toBe(0);
});

function loggerOn(
  stream: LogStream,
  {
    env = {},
    format = 'text',
    secrets = [],
  }: { env?: Record<string, string>; format?: LogFormat; secrets?: string[] } = {},
): Logger {
  const logger = createLogger({
    stream,
    env,
    format,
    now: () => new Date(clock.now),
    redact: (text) => secrets.reduce((shown, secret) => shown.replaceAll(secret, '[hidden]'), text),
    every: clock.every,
  });
  loggers.push(logger);
  return logger;
}

/** A log: not a terminal. */
function logFile(): LogStream & { text: string } {
  return {
    text: '',
    write(text) {
      this.text += text;
    },
  };
}

function collection(): CollectionProgress {
  const progress = new CollectionProgress(() => clock.now, {
    requests: { 'okta.groups': 20 },
    rows: { 'optiId.users': 1_000 },
  });
  progress.onEvent({ kind: 'okta-began', state: () => WAITING });
  return progress;
}

/** A dataset whose reading begins, or is in the middle; returns what counts it. */
function begin(progress: CollectionProgress, dataset: DatasetName, rows = 0, requests = 0) {
  const counts = { rows, requests };
  progress.onEvent({ kind: 'dataset-began', dataset, counts, bucket: BUCKETS[dataset] ?? null });
  return counts;
}

/** A collection in the middle: some known, some not, one that has not begun. */
function underWay(): CollectionProgress {
  const progress = collection();
  progress.onEvent(FORECAST);
  begin(progress, 'okta.groupMembers', 123_456, 400);
  begin(progress, 'okta.logEvents', 40, 3);
  begin(progress, 'optiId.users', 250, 1);
  begin(progress, 'okta.users', 7, 0);
  begin(progress, 'okta.appUsers');
  return progress;
}

describe('in a log', () => {
  it('a dataset under way is told every 30 s: rows, rate, calls and minutes left, what it waits for', () => {
    const log = logFile();
    const logger = loggerOn(log);
    const hide = logger.show(underWay());
    clock.pass(29_000);
    expect(log.text).toBe('');
    clock.pass(1_000);
    expect(log.text.trimEnd().split('\n')).toEqual([
      'reading okta.groupMembers: 123,456 rows, 4,115 rows/s, about 600 calls left, about 3 min left; waiting 32 s for /api/v1/groups (250 of 250 spent)',
      'reading okta.logEvents: 40 rows, 1 rows/s, at least 9 calls left',
      'reading optiId.users: 250 rows, 8 rows/s, about 750 rows left, about 2 min left',
      'reading okta.users: 7 rows, 0 rows/s, how much is left is unknown',
      'Okta: waiting 32 s for /api/v1/groups (250 of 250 spent)',
    ]);
    clock.pass(60_000);
    expect(log.text.match(/^reading okta\.groupMembers/gmu)).toHaveLength(3);
    hide();
    clock.pass(60_000);
    expect(log.text.match(/^reading okta\.groupMembers/gmu)).toHaveLength(3);
  });

  it('what is not known is said as unknown, and no more is left than was foretold', () => {
    const progress = collection();
    progress.onEvent({ kind: 'okta-ended' });
    progress.onEvent(FORECAST);
    const members = begin(progress, 'okta.groupMembers', 10, 1_000);
    begin(progress, 'okta.groups', 10, 4);
    begin(progress, 'okta.suspendedUsers', 0, 1);
    const told = () => progress.report(clock.now).map(({ message, fields }) => ({ message, fields }));
    expect(told()).toEqual([
      {
        message: 'reading okta.groupMembers: 10 rows, 10 rows/s, how much is left is unknown',
        fields: expect.objectContaining({
          dataset: 'okta.groupMembers',
          calls_left: null,
          minutes_left: null,
          certainty: null,
        }),
      },
      {
        // As many as in the last run.
        message: 'reading okta.groups: 10 rows, 10 rows/s, about 16 calls left',
        fields: expect.objectContaining({ calls_left: 16, certainty: 'about' }),
      },
      {
        message: 'reading okta.suspendedUsers: 0 rows, 0 rows/s, how much is left is unknown',
        fields: expect.objectContaining({ calls_left: null }),
      },
    ]);
    members.requests = 1_400;
    expect(told()[0]?.fields).toMatchObject({ requests: 1_400, calls_left: null });
  });

  it('a phase is told when it begins, and while it goes on', () => {
    const log = logFile();
    const end = loggerOn(log).show(phaseActivity('analyse', clock.now));
    clock.pass(31_000);
    end();
    expect(log.text).toBe(
      'analysing: who is who, and what differs\nstill analysing: who is who, and what differs (30 s)\n',
    );
  });

  it.each([
    ['a dumb terminal', { TERM: 'dumb' }],
    ['CI', { TERM: 'xterm', CI: 'true' }],
  ])('lines are all that is written on %s', (_, env) => {
    const screen = new Screen(80, 24);
    const logger = loggerOn(screen, { env });
    const hide = logger.show(underWay());
    clock.pass(30_000);
    logger.say(note('still here'));
    hide();
    expect(screen.written).toContain('reading okta.groupMembers');
    expect(screen.written).toContain('Note: still here\n');
    expect(screen.written).not.toContain('\u001B');
  });
});

describe('the events of a run', () => {
  const COUNTS = { rows: 2, requests: 1 };
  const COMPLETE = { completeness: 'complete', reason: '' } as const;
  const PARTIAL = { completeness: 'partial', reason: 'HTTP 403' } as const;

  it('are told in a log, a line each where there is news', () => {
    const log = logFile();
    const onEvent = showEvents(loggerOn(log), () => clock.now);
    const events: RunEvent[] = [
      { kind: 'note', message: 'it begins' },
      { kind: 'collection-began', last: { requests: {}, rows: {} } },
      { kind: 'okta-began', state: () => QUIET },
      { kind: 'dataset-began', dataset: 'okta.apps', counts: COUNTS, bucket: null },
      { kind: 'dataset-ended', dataset: 'okta.apps', counts: COUNTS, state: COMPLETE },
      { kind: 'dataset-ended', dataset: 'okta.groups', counts: { rows: 1, requests: 1 }, state: PARTIAL },
      { kind: 'dataset-ended', dataset: 'okta.appFeatures', counts: COUNTS, state: PARTIAL },
      { kind: 'dataset-ended', dataset: 'okta.users', counts: COUNTS, state: null },
      FORECAST,
      { kind: 'okta-ended' },
      { kind: 'collection-ended' },
      { kind: 'forecast-against-fact', message: 'Against fact: 3.' },
      { kind: 'phase-began', phase: 'analyse' },
      { kind: 'phase-began', phase: 'judge' },
      { kind: 'warning', about: 'waiver', message: 'it is over' },
      { kind: 'phases-ended', outcome: 'done' },
      { kind: 'kept', message: 'with --resume' },
    ];
    for (const event of events) onEvent(event);
    expect(log.text.trimEnd().split('\n')).toEqual([
      'Note: it begins',
      'read okta.apps: 2 rows',
      'Warning: read okta.groups partially, 1 row: HTTP 403',
      'read okta.appFeatures: 2 rows',
      'Forecast: at least 4 min.',
      'Against fact: 3.',
      'analysing: who is who, and what differs',
      'judging',
      'Warning: it is over',
      'Note: with --resume',
    ]);
  });

  it('end what is drawn: a phase that is over in a line, one that came to nothing without a word', async () => {
    const screen = new Screen(80, 24);
    const onEvent = showEvents(loggerOn(screen, { env: {} }), () => clock.now);
    onEvent({ kind: 'phase-began', phase: 'analyse' });
    await vi.waitFor(() => expect(screen.lines).toHaveLength(1));
    clock.pass(1_000);
    onEvent({ kind: 'phase-began', phase: 'judge' });
    clock.pass(2_000);
    onEvent({ kind: 'phases-ended', outcome: 'broken-off' });
    expect(screen.lines).toEqual(['analysed in 1.0 s']);
    expect(screen.isCursorShown).toBe(true);
  });

  it('are not told with --quiet, but for what belongs to an error', () => {
    const told: RunEvent[] = [];
    const { context } = runContextIn('.', { onEvent: (event) => void told.push(event) });
    const kept: RunEvent = { kind: 'kept', message: 'with --resume' };
    for (const quiet of [true, false]) {
      const { onEvent } = unlessQuiet({ quiet }, context);
      onEvent({ kind: 'note', message: 'it begins' });
      onEvent(kept);
    }
    expect(told).toEqual([kept, { kind: 'note', message: 'it begins' }, kept]);
  });
});

describe('as JSON', () => {
  it('every line is one object, secrets are hidden in every text of it', () => {
    const log = logFile();
    const logger = loggerOn(log, { secrets: ['s3cret-value'], format: 'json' });
    const hide = logger.show(underWay());
    const said = new Date(clock.now).toISOString();
    logger.say(note('line one\nline two'));
    logger.say({
      level: 'error',
      event: 'failed',
      message: 'The s3cret-value is wrong.',
      hint: 'Change s3cret-value.',
      fields: { dataset: 'okta.apps', where: 's3cret-value', rows: 3 },
    });
    clock.pass(30_000);
    hide();
    const lines = log.text.trimEnd().split('\n');
    const objects = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(objects[0]).toEqual({
      time: said,
      level: 'info',
      event: 'note',
      message: 'line one\nline two',
    });
    expect(objects[1]).toMatchObject({
      level: 'error',
      message: 'The [hidden] is wrong.',
      hint: 'Change [hidden].',
      where: '[hidden]',
      rows: 3,
    });
    expect(objects.slice(2).map(({ event, dataset, rows }) => [event, dataset, rows])).toEqual([
      ['dataset-progress', 'okta.groupMembers', 123_456],
      ['dataset-progress', 'okta.logEvents', 40],
      ['dataset-progress', 'optiId.users', 250],
      ['dataset-progress', 'okta.users', 7],
      ['okta-requests', undefined, undefined],
    ]);
    expect(log.text).not.toContain('s3cret');
  });

  it('is asked for by the last --log before --, in either form', () => {
    expect(formatAskedFor(['drift', '--log', 'json'])).toBe('json');
    expect(formatAskedFor(['drift', '--log=json', '--bogus'])).toBe('json');
    expect(formatAskedFor(['drift', '--log', 'json', '--log=text'])).toBe('text');
    expect(formatAskedFor(['confirm', 'user-added', '--', '--log=json'])).toBe('text');
  });
});

describe('on a terminal', () => {
  /** A logger that has begun to draw. */
  async function drawing(screen: Screen, progress: CollectionProgress) {
    const logger = loggerOn(screen, { env: { TERM: 'xterm-256color' } });
    const hide = logger.show(progress);
    await vi.waitFor(() => expect(screen.written).toContain('rows'));
    return { logger, hide };
  }

  it('a bar per dataset and a line on Okta are drawn over, and what is said appears above them', async () => {
    const screen = new Screen(110, 24);
    const progress = underWay();
    const { logger, hide } = await drawing(screen, progress);
    expect(screen.lines).toEqual([
      expect.stringMatching(
        /^okta\.groupMembers {2}\[=+> +\] +123,456 rows +.* rows\/s +about 600 calls left/u,
      ),
      expect.stringMatching(/^okta\.logEvents .*\[ *<=> *\] .*at least 9 calls left/u),
      expect.stringMatching(/^optiId\.users .*\[=+> +\] .*about 750 rows left/u),
      expect.stringMatching(/^okta\.users .*\[ *<=> *\] .*7 rows/u),
      expect.stringMatching(/^okta\.appUsers .*waits to begin$/u),
      'Okta: waiting 32 s for /api/v1/groups (250 of 250 spent)',
    ]);
    expect(screen.isCursorShown).toBe(false);

    progress.onEvent({
      kind: 'dataset-ended',
      dataset: 'okta.groupMembers',
      counts: { rows: 123_456, requests: 400 },
      state: null,
    });
    logger.say({ level: 'info', event: 'dataset-read', message: 'read okta.groupMembers: 123456 rows' });
    logger.say(note('something else'));
    clock.pass(400);
    expect(screen.lines[0]).toBe('read okta.groupMembers: 123456 rows');
    expect(screen.lines[1]).toBe('Note: something else');
    expect(screen.lines[2]).toMatch(/^okta\.logEvents/u);
    expect(screen.lines).toHaveLength(2 + 4 + 1);

    hide();
    expect(screen.lines).toEqual(['read okta.groupMembers: 123456 rows', 'Note: something else']);
    expect(screen.isCursorShown).toBe(true);
  });

  it('is left clean when the program ends in the middle, whatever was drawn', async () => {
    const screen = new Screen(80, 24);
    const { logger } = await drawing(screen, underWay());
    logger.close();
    expect(screen.lines).toEqual([]);
    expect(screen.isCursorShown).toBe(true);
    const before = screen.written;
    clock.pass(5_000);
    logger.close();
    expect(screen.written).toBe(before);
    logger.say({ level: 'error', event: 'failed', message: 'Interrupted.', hint: 'Again.' });
    expect(screen.lines).toEqual(['Error: Interrupted.', 'Hint: Again.']);
  });

  it('follows the size of the terminal: no line is wider, no more lines than rows, and the rest is counted', async () => {
    const screen = new Screen(40, 6);
    const progress = underWay();
    for (const name of ['okta.apps', 'okta.groups', 'okta.provisioningConnection'] as const) {
      begin(progress, name, 0, 1);
    }
    await drawing(screen, progress);
    const check = () => {
      expect(screen.lines.length).toBeLessThan(screen.rows);
      for (const line of screen.lines) expect(stringWidth(line)).toBeLessThan(screen.columns);
    };
    check();
    expect(screen.lines.at(-2)).toBe('and 5 more');
    expect(screen.lines.at(-1)).toMatch(/^Okta: waiting 32 s.*…$/u);
    expect(screen.lines[0]).toMatch(/^okta\.groupMembers .*123,456 rows/u);
    Object.assign(screen, { columns: 200, rows: 40 });
    clock.pass(200);
    expect(screen.lines.join('\n')).toContain('okta.provisioningConnection');
    expect(screen.lines.join('\n')).toContain('about 600 calls left');
    Object.assign(screen, { columns: 12, rows: 2 });
    clock.pass(200);
    expect(screen.lines.length).toBeLessThanOrEqual(1);
  });

  it('a phase shows its seconds and collapses to a line, or to nothing where it came to nothing', async () => {
    const screen = new Screen(80, 24);
    const logger = loggerOn(screen, { env: {} });
    const end = logger.show(phaseActivity('plan', clock.now));
    await vi.waitFor(() => expect(screen.lines).toEqual(['planning, and proving the plan (0 s)']));
    clock.pass(12_300);
    expect(screen.lines).toEqual(['planning, and proving the plan (12 s)']);
    end();
    end();
    expect(screen.lines).toEqual(['planned, and proved the plan in 12.3 s']);
    const broken = logger.show(phaseActivity('judge', clock.now));
    broken({ silently: true });
    expect(screen.lines).toEqual(['planned, and proved the plan in 12.3 s']);
    expect(screen.isCursorShown).toBe(true);
  });

  it('texts from directories cannot move the cursor', () => {
    const screen = new Screen(80, 24);
    loggerOn(screen).say(note('a group named \u001B[2Jx\u202E'));
    expect(screen.lines).toEqual(['Note: a group named \\u{1b}[2Jx\\u{202e}']);
  });
});

describe('a bar', () => {
  it('is full at the end alone, and never over it', () => {
    expect(barText(0, 10, 0)).toBe('[          ]');
    expect(barText(0.5, 10, 0)).toBe('[====>     ]');
    expect(barText(0.999, 10, 0)).toBe('[========> ]');
    expect(barText(1, 10, 0)).toBe('[==========]');
    expect(barText(3, 10, 0)).toBe('[==========]');
  });

  it('without a known end holds a mark that goes to and fro', () => {
    const seen = Array.from({ length: 12 }, (_, step) => barText(null, 8, step * 400));
    expect(new Set(seen.map((bar) => bar.length))).toEqual(new Set([10]));
    expect(seen.slice(0, 3)).toEqual(['[<=>     ]', '[ <=>    ]', '[  <=>   ]']);
    expect(seen[5]).toBe('[     <=>]');
    expect(seen[6]).toBe('[    <=> ]');
    expect(seen[10]).toBe(seen[0]);
  });

  it('gives way where there is no room', () => {
    const line = {
      name: 'okta.groupMembers',
      done: 0.5,
      cells: ['1 row', '1 rows/s', 'about 5 calls left', 'about 1 min left'],
    } as const;
    const drawn = (columns: number) => drawDatasets([line], { columns, rows: 5, now: 0 })[0] ?? '';
    expect(drawn(120)).toContain(`[${'='.repeat(11)}>`);
    expect(drawn(60)).toContain('about 5 calls left');
    expect(drawn(60)).not.toContain('rows/s');
    expect(drawn(36)).toMatch(/\[==>\s+\] {2}1 row$/u);
    expect(drawn(8)).toBe('okta.gr…');
  });
});

describe('what the requests to Okta do', () => {
  it.each<[Partial<RequestsState>, string]>([
    [{}, 'running, 3 requests on their way'],
    [{ onTheirWay: 1 }, 'running, 1 request on its way'],
    [{ onTheirWay: 0 }, 'running, 0 requests on their way'],
    [WAITING, 'waiting 32 s for /api/v1/groups (250 of 250 spent)'],
    [
      { waiting: [{ bucket: '/api/v1/logs', waiting: 1, waitMs: 900, spent: 7, share: 60 }] },
      'running, 3 requests on their way; waiting 1 s for /api/v1/logs (7 of 60 spent, others spent the rest)',
    ],
    [
      { atOnce: 6, onTheirWay: 6 },
      'running, 6 requests on their way; at most 6 at once, not 12: Okta complained of too many',
    ],
    [{ onTheirWay: 0, repeatsInMs: 12_001 }, 'a refused request is repeated in 13 s'],
  ])('%o is told', (patch, text) => {
    expect(oktaText({ ...QUIET, ...patch })).toBe(text);
  });
});
