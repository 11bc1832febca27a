import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { TryAgain } from '../domain/errors.ts';

/** This program, as another process of it is started. */
export interface ThisProgram {
  path: string;
  execArgv: readonly string[];
}

/** Variables that are nobody's secret and that Node or the system needs. */
const PASSED_ON =
  /^(?:PATH|HOME|TMPDIR|TEMP|TMP|LANG|LC_ALL|TZ|SystemRoot|NODE_OPTIONS|NODE_EXTRA_CA_CERTS|NODE_USE_ENV_PROXY|SSL_CERT_FILE|SSL_CERT_DIR|(?:https?|no)_proxy)$/iu;

/** The environment of an audit: what the machine needs, and the settings of one organization alone. */
export function childEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  const passed = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && PASSED_ON.test(entry[0]),
  );
  return { ...Object.fromEntries(passed), ...settings };
}

export interface ChildEnding {
  /** Null where a signal ended it. */
  code: number | null;
  signal: string | null;
  stdout: string;
  /** The last error that it said, without secrets. */
  error: string | null;
  /** What it said of trying again. */
  again: TryAgain;
  seconds: number;
}

/**
 * How the memory of a slot is shared out: what the program and its libraries take themselves is the rest. Node collects its
 * garbage earlier and DuckDB goes to the disk where they come near; who needs more all the same is ended.
 */
const SHARES = { heap: 0.35, duckDb: 0.4 };
/** DuckDB counts blocks of 128 MB that it asks for and hardly uses: with less the smallest audit fails. */
const DUCKDB_LEAST_MB = 400;
/** Between two looks an audit may take what Node or DuckDB hand out within that time. */
const LOOK_EVERY_MS = 500;

/** An audit underway. */
export interface Child {
  pid: number;
  ended: Promise<ChildEnding>;
  /** The last it said of how far it is. */
  progress: () => string;
  /** Memory at its peak in MB; null where the system does not tell. */
  peakMb: () => number | null;
  /** It stops by itself once it has not been told this for so long. */
  mayGoOn: (ms: number) => void;
  /** Asks it to stop, and ends it where it does not. What it read is kept. */
  stop: () => void;
}

/** Events of the log that say how far an audit is. None of them has names of people or groups. */
const PROGRESS = new Set(['dataset-progress', 'dataset-read', 'phase', 'forecast', 'okta-requests']);
/** A program that was told to stop ends itself within 10 s. */
const STOP_MS = 15_000;
/** `run.json`, which is far smaller. */
const MOST_OUTPUT = 64 * 1024 * 1024;

/**
 * Starts this program once more, with an environment of its own. It ends when this process does, and where it needs more
 * than `memoryMb`; its `error` then says so.
 */
export function startChild(
  program: ThisProgram,
  args: readonly string[],
  { env, cwd, memoryMb }: { env: Record<string, string>; cwd: string; memoryMb?: number },
): Child {
  const began = Date.now();
  const limited = memoryMb === undefined ? null : limitsOf(memoryMb);
  const child = fork(program.path, [...args, '--log', 'json'], {
    execArgv: [...program.execArgv, ...(limited?.execArgv ?? [])],
    env: { ...env, ...limited?.env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let stdout = '';
  let progress = 'starting';
  let error: string | null = null;
  let again: TryAgain = 'may-help';
  let peakMb: number | null = null;
  const tooMuch = `It needed more than the ${memoryMb} MB of its slot. Give it more memory_mb.`;
  let killing: NodeJS.Timeout | undefined;

  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    if (stdout.length < MOST_OUTPUT) stdout += text;
  });
  const lines = child.stderr === null ? null : createInterface({ input: child.stderr });
  lines?.on('line', (line) => {
    const entry = parseEntry(line);
    if (entry === null) {
      // The last words of Node before it ends itself.
      if (limited !== null && line.includes('heap out of memory')) error ??= tooMuch;
      return;
    }
    if (PROGRESS.has(entry.event)) progress = entry.message;
    if (entry.level !== 'error') return;
    error ??= entry.message.split('\n', 1)[0] ?? '';
    if (entry.again !== undefined) again = entry.again;
  });
  // A message to a process that has just ended.
  child.on('error', () => {});
  const lookAtMemory = async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    const [peak, now] = ['VmHWM', 'VmRSS'].map((name) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'mu').exec(status)?.[1] ?? Number.NaN),
    ) as [number, number];
    if (!Number.isNaN(peak)) peakMb = Math.round(peak / 1024);
    if (memoryMb === undefined || !(now / 1024 > memoryMb)) return;
    error ??= tooMuch;
    // At once: while it is asked to stop it would take more, and what it read is kept in any case.
    child.kill('SIGKILL');
  };
  const looking = setInterval(lookAtMemory, LOOK_EVERY_MS);
  const ended = new Promise<ChildEnding>((resolve) => {
    child.once('close', (code, signal) => {
      clearTimeout(killing);
      clearInterval(looking);
      resolve({ code, signal, stdout, error, again, seconds: (Date.now() - began) / 1_000 });
    });
    child.once('error', (failure) => {
      if (child.pid !== undefined) return;
      clearInterval(looking);
      resolve({ code: null, signal: null, stdout, error: failure.message, again, seconds: 0 });
    });
  });
  return {
    pid: child.pid ?? 0,
    ended,
    progress: () => progress,
    peakMb: () => peakMb,
    mayGoOn(ms) {
      if (child.connected) child.send({ mayGoOnMs: ms }, () => {});
    },
    stop() {
      if (killing !== undefined) return;
      child.kill('SIGTERM');
      killing = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    },
  };
}

/** Flags and variables by which the program keeps to so much memory. */
function limitsOf(memoryMb: number): { execArgv: string[]; env: Record<string, string> } {
  return {
    execArgv: [`--max-old-space-size=${Math.floor(memoryMb * SHARES.heap)}`],
    env: { DUCKDB_MEMORY_LIMIT: `${Math.max(DUCKDB_LEAST_MB, Math.floor(memoryMb * SHARES.duckDb))}MB` },
  };
}

function parseEntry(
  line: string,
): { level: string; event: string; message: string; again?: TryAgain } | null {
  try {
    const entry = JSON.parse(line);
    return typeof entry?.message === 'string' ? entry : null;
  } catch {
    return null;
  }
}
