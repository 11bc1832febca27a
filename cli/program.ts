#!/usr/bin/env node
import { endSoonAfter } from '../src/runtime/cancellation.ts';
import { type Surroundings, whenDrained } from '../src/runtime/run-context.ts';
import { buildProgram } from './build-program.ts';
import { addressesIn, explainFailure, redactAll } from './terminal/exit-codes.ts';
import { createVoice, formatAskedFor } from './terminal/logger.ts';

const stopping = new AbortController();
const secrets = new Set<string>(addressesIn(process.argv));
const format = formatAskedFor(process.argv);
const redact = (text: string) => redactAll([...secrets])(text);
const voice = createVoice({
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
const surroundings: Surroundings = {
  env: process.env,
  cwd: process.cwd(),
  now: () => new Date(),
  stdout: (text) => void process.stdout.write(text),
  drained: () => whenDrained(process.stdout),
  say: voice.say,
  show: voice.show,
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
      voice.close();
      process.kill(process.pid, signal);
    });
    stopping.abort();
  });
}
process.once('exit', voice.close);

const exitWith = (code: number) => {
  process.exitCode = code;
};

try {
  const program = buildProgram(surroundings, exitWith, { format, write: voice.write });
  await endSoonAfter(stopping.signal, program.parseAsync(process.argv));
} catch (error) {
  voice.close();
  const { exitCode, saying } = explainFailure(error);
  process.exitCode = exitCode;
  if (saying !== null) {
    voice.say(saying);
    // A server that hangs would keep the program alive after the last word is said.
    process.stderr.write('', () => process.exit(exitCode));
  }
}
