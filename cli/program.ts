#!/usr/bin/env node
import { buildProgram } from './build-program.ts';
import { explainFailure, redactAll } from './exit-codes.ts';
import type { Surroundings } from './surroundings.ts';

const stopping = new AbortController();
const secrets = new Set<string>();
const surroundings: Surroundings = {
  env: process.env,
  cwd: process.cwd(),
  now: () => new Date(),
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  color: process.stdout.isTTY === true && !process.env.NO_COLOR,
  signal: stopping.signal,
  hide: (secret) => void secrets.add(secret),
};

// Whoever reads the output may have seen enough: `optiid-audit precutover --json | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The first asks to stop and clean up, a second one ends at once.
  process.once(signal, () => stopping.abort());
}

const exitWith = (code: number) => {
  process.exitCode = code;
};

try {
  await buildProgram(surroundings, exitWith).parseAsync(process.argv);
} catch (error) {
  const { exitCode, text } = explainFailure(error, redactAll([...secrets]));
  process.exitCode = exitCode;
  // A server that hangs would keep the program alive after the last word is said.
  if (text !== '') process.stderr.write(text, () => process.exit(exitCode));
}
