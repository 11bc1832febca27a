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

/** Starts this program once more, with an environment of its own. It ends when this process does. */
export function startChild(
  program: ThisProgram,
  args: readonly string[],
  { env, cwd }: { env: Record<string, string>; cwd: string },
): Child {
  const began = Date.now();
  const child = fork(program.path, [...args, '--log', 'json'], {
    execArgv: [...program.execArgv],
    env,
    cwd,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let stdout = '';
  let progress = 'starting';
  let error: string | null = null;
  let again: TryAgain = 'may-help';
  let peakMb: number | null = null;
  let killing: NodeJS.Timeout | undefined;

  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    if (stdout.length < MOST_OUTPUT) stdout += text;
  });
  const lines = child.stderr === null ? null : createInterface({ input: child.stderr });
  lines?.on('line', (line) => {
    const entry = parseEntry(line);
    if (entry === null) return;
    if (PROGRESS.has(entry.event)) progress = entry.message;
    if (entry.level !== 'error') return;
    error ??= entry.message.split('\n', 1)[0] ?? '';
    if (entry.again !== undefined) again = entry.again;
  });
  // A message to a process that has just ended.
  child.on('error', () => {});
  const lookAtMemory = async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    const kb = /^VmHWM:\s+(\d+) kB/mu.exec(status)?.[1];
    if (kb !== undefined) peakMb = Math.round(Number(kb) / 1024);
  };
  const looking = setInterval(lookAtMemory, 2_000);
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
