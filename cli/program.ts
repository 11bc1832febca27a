#!/usr/bin/env node
import { Command } from 'commander';
import { addAudits } from './commands/audits.ts';
import { addCollect } from './commands/collect.ts';
import { addConfirm } from './commands/confirm.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addPlan } from './commands/plan.ts';
import { addRuns } from './commands/runs.ts';
import { addWaive } from './commands/waive.ts';
import { explainFailure, redactAll } from './exit-codes.ts';
import { type Surroundings, toolVersion } from './surroundings.ts';

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

function buildProgram(): Command {
  const program = new Command('optiid-audit')
    .description(
      'Audits the move from just-in-time provisioning to SCIM between Okta and Opti ID, and every night after it. Reads only.',
    )
    .version(toolVersion().version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .showHelpAfterError('Run optiid-audit --help to see what there is.')
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 clean, 1 findings at or above --fail-on, 2 failed, 3 incomplete.\nSettings come from the environment or a .env file; see the README.',
    );
  const exitWith = (code: number) => {
    process.exitCode = code;
  };
  addDemo(program, surroundings, exitWith);
  addDoctor(program, surroundings, exitWith);
  addCollect(program, surroundings, exitWith);
  addAudits(program, surroundings, exitWith);
  addConfirm(program, surroundings, exitWith);
  addPlan(program, surroundings, exitWith);
  addRuns(program, surroundings, exitWith);
  addWaive(program, surroundings, exitWith);
  return program;
}

// Whoever reads the output may have seen enough: `optiid-audit precutover --json | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The first asks to stop and clean up, a second one ends at once.
  process.once(signal, () => stopping.abort());
}

try {
  await buildProgram().parseAsync(process.argv);
} catch (error) {
  const { exitCode, text } = explainFailure(error, redactAll([...secrets]));
  process.exitCode = exitCode;
  // A server that hangs would keep the program alive after the last word is said.
  if (text !== '') process.stderr.write(text, () => process.exit(exitCode));
}
