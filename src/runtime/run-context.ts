import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { RunEvent } from '../domain/run-event.ts';

/** What a program is told next to the sentence, by its name in the log: a dataset, rows, requests. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Something said to whoever watches or reads the log. */
export interface LogEntry {
  level: 'info' | 'warning' | 'error';
  /** What happened, for programs: `dataset-read`. A `note` is introduced as one. */
  event: string;
  /** Sentences for people, without secrets. */
  message: string;
  /** What to do about it. */
  hint?: string | undefined;
  /** None of them is called time, level, event, message or hint. */
  fields?: LogFields;
}

/** What comes from outside: the one place where clock, chance and streams are real. */
export interface RunContext {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  now: () => Date;
  stdout: (text: string) => void;
  /**
   * Resolves once stdout takes more, with false when nobody reads it any longer: for output that is larger than memory.
   * Absent where it takes everything at once.
   */
  drained?: () => Promise<boolean>;
  /** Says something on stderr. */
  say: (entry: LogEntry) => void;
  /** Is told how far a run is. */
  onEvent: (event: RunEvent) => void;
  /** True where a person watches and colours help. */
  color: boolean;
  /** Columns of the terminal that stdout is; absent where it is none, and lines stay whole. */
  columns?: number | undefined;
  /** Aborted when the run is to stop. */
  signal: AbortSignal;
  /** Says that the command needs so long to stop, as one that waits for others. Absent where nothing ends it early. */
  stopWithin?: (ms: number) => void;
  /** Takes a value that must not be printed, whatever goes wrong. */
  hide: (secret: string) => void;
  /** A text without the values that were hidden, for what leaves by another way than stderr. */
  redact: (text: string) => string;
}

/** Resolves once a stream takes more, with false when nobody reads it any longer. */
export function whenDrained(stream: Writable): Promise<boolean> {
  if (!stream.writable || !stream.writableNeedDrain) return Promise.resolve(stream.writable);
  return new Promise((resolve) => {
    const settle = () => {
      for (const event of ['drain', 'close', 'error']) stream.off(event, settle);
      resolve(stream.writable);
    };
    for (const event of ['drain', 'close', 'error']) stream.once(event, settle);
  });
}

/** The context of a command that has nothing to say while it works, where `--quiet` asks for that. */
export function unlessQuiet(flags: { quiet?: boolean }, context: RunContext): RunContext {
  if (!flags.quiet) return context;
  return {
    ...context,
    say: () => {},
    onEvent: (event) => {
      if (event.kind === 'kept') context.onEvent(event);
    },
  };
}

/** A remark on what is going on. */
export function note(message: string): LogEntry {
  return { level: 'info', event: 'note', message };
}

/** Something that looks wrong and does not end the run. */
export function warning(message: string, event = 'warning'): LogEntry {
  return { level: 'warning', event, message };
}

const PACKAGE_NAME = 'optiid-audit';

/** Name and version of this tool, from its package. */
export function toolVersion(): { name: string; version: string } {
  return { name: PACKAGE_NAME, version: ownPackage().version };
}

/** The folder of this tool's package, and its version. */
export function ownPackage(): { folder: string; version: string } {
  // The build lies a level deeper than the sources: upwards, to whichever folder holds the package.
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    try {
      const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (found.name === PACKAGE_NAME) return { folder, version: found.version ?? '0.0.0' };
    } catch {
      // Not here: one level up.
    }
    const above = dirname(folder);
    if (above === folder) throw new Error('The package of optiid-audit was not found.');
    folder = above;
  }
}
