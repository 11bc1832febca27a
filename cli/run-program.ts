import { fstatSync, writeFileSync } from 'node:fs';
import { SETTING_NAMES, SETTINGS } from '../src/config/settings.ts';
import { AuditError, EXIT, hasCode } from '../src/domain/errors.ts';
import { endSoonAfter, endTrackedWork, isWorkUnderway } from '../src/runtime/cancellation.ts';
import { type RunContext, whenDrained } from '../src/runtime/run-context.ts';
import { buildProgram } from './build-program.ts';
import { addressesIn, explainFailure, redactAll } from './terminal/exit-codes.ts';
import { createLogger, formatAskedFor } from './terminal/logger.ts';
import { endWithParent } from './terminal/parent.ts';
import { showEvents } from './terminal/progress.ts';
import { startWatchdog } from './terminal/watchdog.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The program on a real terminal: streams, signals, and the code that the process ends with. */
export async function runProgram(): Promise<void> {
  const stopping = new AbortController();
  const watchdog = startWatchdog();
  const addresses = addressesIn(process.argv);
  const secrets = new Set<string>(addresses);
  const env = takeEnvironment(addresses.length > 0);
  const format = formatAskedFor(process.argv);
  const redact = (text: string) => redactAll([...secrets])(text);
  const logger = createLogger({
    stream: process.stderr,
    env,
    format,
    now: () => new Date(),
    redact,
    every: (ms, tick) => {
      const timer = setInterval(tick, ms).unref();
      return () => clearInterval(timer);
    },
  });
  /** What an error ends the process with; told once, since what follows from the first says nothing new. */
  let failed: number | null = null;
  const fail = (error: unknown): void => {
    logger.close();
    if (failed !== null) return;
    const { exitCode, entry } = explainFailure(error);
    failed = exitCode;
    if (entry !== null) logger.say(entry);
  };
  /** How long a command may take to stop; null: as long as any. */
  let stopWithinMs: number | null = null;
  /** What nobody caught, or came when nobody listened: what goes on is stopped and cleaned up after. */
  const crash = (error: unknown): void => {
    fail(error);
    process.exitCode = EXIT.failed;
    watchdog.stopSoon();
    stopping.abort();
  };
  process.on('uncaughtException', crash);

  // Whoever reads the output may have seen enough: `optiid-audit precutover --json | head`.
  process.stdout.on('error', (error) => {
    if (!hasCode(error, 'EPIPE')) crash(outputFailure(error));
  });
  // Nobody is left to be told: the terminal is gone, or its disk is full.
  process.stderr.on('error', () => {});
  const context: RunContext = {
    env,
    cwd: process.cwd(),
    now: () => new Date(),
    stdout: writerOfStdout(),
    drained: () => whenDrained(process.stdout),
    say: logger.say,
    onEvent: showEvents(logger, () => Date.now()),
    // A terminal that nobody looks at has no width.
    columns: process.stdout.isTTY ? process.stdout.columns || undefined : undefined,
    color: process.stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb',
    signal: stopping.signal,
    hide: (secret) => void secrets.add(secret),
    redact,
    stopWithin(ms) {
      stopWithinMs = ms;
    },
  };

  for (const signal of SIGNALS) {
    process.once(signal, () => {
      // The first asks to stop and clean up, a second one ends at once.
      process.once(signal, () => {
        logger.close();
        process.kill(process.pid, signal);
      });
      watchdog.stopSoon(stopWithinMs);
      stopping.abort();
    });
  }
  endWithParent(() => {
    watchdog.stopSoon(stopWithinMs);
    stopping.abort();
  });
  process.once('exit', logger.close);

  let code: number = EXIT.failed;
  const exitWith = (given: number) => {
    code = given;
  };
  try {
    const program = buildProgram(context, exitWith, { format, write: logger.write });
    await endSoonAfter(stopping.signal, program.parseAsync(process.argv), () => stopWithinMs);
    process.exitCode = failed ?? code;
  } catch (error) {
    fail(error);
    process.exitCode = failed ?? EXIT.failed;
    // A process that ends under the feet of native code crashes or hangs; the watchdog waits no longer than it must.
    if (isWorkUnderway()) watchdog.stopSoon();
    await endTrackedWork();
    // A server that hangs would keep the program alive after the last word is said.
    process.stderr.write('', () => process.exit());
  }
}

/**
 * The environment, for the program alone: secrets are taken out of the process's own, which goes into Node's diagnostic
 * reports and to whatever is started. Where a secret stands in the command line, or the driver of the store reads it from
 * the environment itself, there are no such reports.
 */
function takeEnvironment(isSecretInArguments: boolean): Record<string, string | undefined> {
  const env = { ...process.env };
  for (const name of SETTING_NAMES) if ('secret' in SETTINGS[name]) delete process.env[name];
  const { report } = process;
  // Known to newer versions of Node alone.
  if (report && 'excludeEnv' in report) report.excludeEnv = true;
  if (report && (isSecretInArguments || env.PGPASSWORD !== undefined)) {
    Object.assign(report, {
      reportOnFatalError: false,
      reportOnUncaughtException: false,
      reportOnSignal: false,
    });
  }
  return env;
}

function outputFailure(error: Error): AuditError {
  return new AuditError(`The output could not be written: ${error.message}.`, {
    hint: 'Free space where it goes, or send it elsewhere. What a run has left under the reports folder is complete.',
    cause: error,
  });
}

/** Node writes to a file once and takes a part for all of it, as on a disk that becomes full. */
function writerOfStdout(): RunContext['stdout'] {
  if (!isFile(1)) return (text) => void process.stdout.write(text);
  return (text) => {
    try {
      writeFileSync(1, text);
    } catch (error) {
      throw outputFailure(error as Error);
    }
  };
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
}
