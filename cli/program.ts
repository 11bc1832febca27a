#!/usr/bin/env node
import { endSoonAfter } from '../src/runtime/cancellation.ts';
import { type RunContext, whenDrained } from '../src/runtime/run-context.ts';
import { buildProgram } from './build-program.ts';
import { addressesIn, explainFailure, redactAll } from './terminal/exit-codes.ts';
import { createLogger, formatAskedFor } from './terminal/logger.ts';
import { showEvents } from './terminal/progress.ts';

const stopping = new AbortController();
const secrets = new Set<string>(addressesIn(process.argv));
const format = formatAskedFor(process.argv);
const redact = (text: string) => redactAll([...secrets])(text);
const logger = createLogger({
  stream: process.stderr,
  env: process.env,
  format,
  now: () => new Date(),
  redact,
  every: (ms, tick) => {
    const timer = setInterval(tick, ms).unref();
    return () => clearInterval(timer);
  },
});
const context: RunContext = {
  env: process.env,
  cwd: process.cwd(),
  now: () => new Date(),
  stdout: (text) => void process.stdout.write(text),
  drained: () => whenDrained(process.stdout),
  say: logger.say,
  onEvent: showEvents(logger, () => Date.now()),
  color: process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
  signal: stopping.signal,
  hide: (secret) => void secrets.add(secret),
  redact,
};

// Whoever reads the output may have seen enough: `optiid-audit precutover --json | head`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // The first asks to stop and clean up, a second one ends at once.
    process.once(signal, () => {
      logger.close();
      process.kill(process.pid, signal);
    });
    stopping.abort();
  });
}
process.once('exit', logger.close);

const exitWith = (code: number) => {
  process.exitCode = code;
};

try {
  const program = buildProgram(context, exitWith, { format, write: logger.write });
  await endSoonAfter(stopping.signal, program.parseAsync(process.argv));
} catch (error) {
  logger.close();
  const { exitCode, entry } = explainFailure(error);
  process.exitCode = exitCode;
  if (entry !== null) {
    logger.say(entry);
    // A server that hangs would keep the program alive after the last word is said.
    process.stderr.write('', () => process.exit(exitCode));
  }
}
