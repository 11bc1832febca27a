import { visibleJson, visibleLines } from '../../src/report/text/visible-text.ts';
import type { LogEntry, RunContext } from '../../src/runtime/run-context.ts';
import type { Canvas } from './bars.ts';
import type { Redact } from './exit-codes.ts';

/** How stderr is written: sentences for people, or one JSON object a line for programs. */
export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Where a logger writes: stderr, or what a test puts in its place. */
export interface LogStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

export interface LoggerParts {
  stream: LogStream;
  env: Readonly<Record<string, string | undefined>>;
  format: LogFormat;
  now: () => Date;
  redact: Redact;
  /** Calls back again and again, so many milliseconds apart, until what it returns is called. */
  every: (ms: number, tick: () => void) => () => void;
}

/** What lines are drawn with; loaded with what draws them. */
export type Bars = typeof import('./bars.ts');

/** Something that takes its time, as those who wait for it see it. Asked only while somebody watches. */
export interface Activity {
  /** Lines for a terminal, none wider than the canvas; drawn again a few times a second. */
  draw: (canvas: Canvas, bars: Bars) => string[];
  /** What a log is told when it begins. */
  begin?: () => LogEntry[];
  /** What a log is told of it every now and then; `now` in milliseconds since the epoch. */
  report: (now: number) => LogEntry[];
  /** What stays on a terminal when it is over. */
  end?: (now: number) => LogEntry[];
}

/** The one way to stderr. */
export interface Logger {
  say: RunContext['say'];
  /** Shows how far something is, until what it returns is called: silently where it came to nothing. */
  show: (activity: Activity) => (how?: { silently: boolean }) => void;
  /** Writes what others have formatted, such as commander its usage errors. */
  write: (text: string) => void;
  /** Leaves a terminal as it was found: nothing half-drawn, the cursor where it can be seen. May be called at any time. */
  close: () => void;
}

/** Between two lines of a log about the same thing under way. */
const REPORT_EVERY_MS = 30_000;
const DRAW_EVERY_MS = 200;
const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';

/** The last `--log` among the arguments; for what is said before they are understood, and when they are not. */
export function formatAskedFor(args: readonly string[]): LogFormat {
  const end = args.indexOf('--');
  const flags = end === -1 ? args : args.slice(0, end);
  const asked = flags.flatMap((arg, at) =>
    arg === '--log' ? [flags[at + 1]] : arg.startsWith('--log=') ? [arg.slice('--log='.length)] : [],
  );
  return asked.at(-1) === 'json' ? 'json' : 'text';
}

const PREFIXES = { error: 'Error: ', warning: 'Warning: ', info: '' } as const;

/** An entry as a person reads it; ends with a line end. */
export function logEntryText({ level, event, message, hint }: LogEntry): string {
  const prefix = event === 'bug' ? '' : event === 'note' ? 'Note: ' : PREFIXES[level];
  const lines = `${prefix}${message}${hint ? `\nHint: ${hint}` : ''}`;
  return `${visibleLines(lines, { color: false })}\n`;
}

/** True where lines may be drawn over: a terminal that can do it, watched by a person. */
function isDrawable({ stream, env, format }: LoggerParts): boolean {
  const isCi = !['', '0', 'false'].includes((env.CI ?? '').toLowerCase());
  return stream.isTTY === true && format === 'text' && env.TERM !== 'dumb' && !isCi;
}

/** Speaks in lines; on a terminal what is under way is drawn below them, a few times a second. */
export function createLogger(parts: LoggerParts): Logger {
  const { stream, redact } = parts;
  const isDrawn = isDrawable(parts);
  const line = parts.format === 'json' ? jsonLine : logEntryText;
  const now = (): number => parts.now().getTime();
  const shown = new Set<Activity>();
  let stop: (() => void) | null = null;
  /** Null until it is loaded, and before anything is drawn. */
  let painter: Painter | null = null;
  let isClosed = false;

  const draw = (): void => {
    if (painter === null || shown.size === 0) return;
    const { paint, bars } = painter;
    // The last column stays free, since some terminals wrap there; the last row is the cursor's.
    const columns = Math.max(1, (stream.columns || 80) - 1);
    const rows = Math.max(1, (stream.rows ?? 24) - 1);
    const lines = [...shown].flatMap((activity) => activity.draw({ columns, rows, now: now() }, bars));
    paint(lines.slice(-rows).join('\n'));
  };
  const write = (text: string): void => {
    painter?.paint.clear();
    stream.write(text);
    draw();
  };
  const say = (entry: LogEntry): void => write(line(redacted(entry, redact), parts.now()));
  const report = (): void => {
    for (const entry of [...shown].flatMap((activity) => activity.report(now()))) say(entry);
  };
  const beginDrawing = async (): Promise<void> => {
    // It would hide the cursor through a library that ends the process at the first Ctrl-C.
    const [{ createLogUpdate }, bars] = await Promise.all([import('log-update'), import('./bars.ts')]);
    if (isClosed || shown.size === 0 || painter !== null) return;
    const paint = createLogUpdate(stream as unknown as NodeJS.WritableStream, { showCursor: true });
    painter = { paint, bars };
    stream.write(HIDE_CURSOR);
    draw();
  };
  const stopShowing = (): void => {
    stop?.();
    stop = null;
    painter?.paint.clear();
    if (painter !== null) stream.write(SHOW_CURSOR);
    painter = null;
  };
  return {
    say,
    write: (text) => write(visibleLines(redact(text), { color: false })),
    show(activity) {
      isClosed = false;
      shown.add(activity);
      stop ??= isDrawn ? parts.every(DRAW_EVERY_MS, draw) : parts.every(REPORT_EVERY_MS, report);
      if (isDrawn) void beginDrawing();
      else for (const entry of activity.begin?.() ?? []) say(entry);
      return (how) => {
        if (!shown.delete(activity)) return;
        if (shown.size === 0) stopShowing();
        if (isDrawn && !how?.silently) for (const entry of activity.end?.(now()) ?? []) say(entry);
      };
    },
    close() {
      isClosed = true;
      shown.clear();
      stopShowing();
    },
  };
}

interface Painter {
  paint: ReturnType<typeof import('log-update')['createLogUpdate']>;
  bars: Bars;
}

/** Every text of an entry without secrets. */
function redacted({ hint, fields = {}, ...entry }: LogEntry, redact: Redact): LogEntry {
  const clean = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value]),
  );
  return { ...entry, message: redact(entry.message), hint: hint && redact(hint), fields: clean };
}

function jsonLine({ level, event, message, hint, fields }: LogEntry, now: Date): string {
  const said = { time: now.toISOString(), level, event, message, ...(hint ? { hint } : {}), ...fields };
  return `${visibleJson(said)}\n`;
}
