#!/usr/bin/env node
import { Command } from 'commander';
import { addAudits } from './commands/audits.ts';
import { addCollect } from './commands/collect.ts';
import { addConfirm } from './commands/confirm.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExplain } from './commands/explain.ts';
import { logOption } from './commands/options.ts';
import { addPlan } from './commands/plan.ts';
import { addQuery } from './commands/query.ts';
import { addRules } from './commands/rules.ts';
import { addRuns } from './commands/runs.ts';
import { addWaive } from './commands/waive.ts';
import { addressesIn, explainFailure, redactAll } from './exit-codes.ts';
import { endSoonAfter } from './stopping.ts';
import { type Surroundings, toolVersion, whenDrained } from './surroundings.ts';
import { createVoice, formatAskedFor } from './voice.ts';

const USAGE_HINT = 'Run optiid-audit --help to see what there is.';

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

function buildProgram(): Command {
  const program = new Command('optiid-audit')
    .description(
      'Audits the move from just-in-time provisioning to SCIM between Okta and Opti ID, and every night after it. Reads only.',
    )
    .version(toolVersion().version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .showHelpAfterError(format === 'text' ? USAGE_HINT : false)
    .configureOutput({
      writeErr: (text) => (format === 'text' ? voice.write(text) : sayUsage(text)),
      outputError: (text, write) => (format === 'text' ? write(text) : sayUsage(text, USAGE_HINT)),
    })
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
  addRules(program, surroundings, exitWith);
  addQuery(program, surroundings, exitWith);
  addExplain(program, surroundings, exitWith);
  addRuns(program, surroundings, exitWith);
  addWaive(program, surroundings, exitWith);
  for (const command of commandsBelow(program)) command.addOption(logOption());
  return program;
}

function sayUsage(text: string, hint?: string): void {
  const message = text.trim().replace(/^error: /u, '');
  voice.say({ level: 'error', event: 'usage', message, ...(hint === undefined ? {} : { hint }) });
}

function commandsBelow(command: Command): Command[] {
  return command.commands.flatMap((below) => [below, ...commandsBelow(below)]);
}

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

try {
  await endSoonAfter(stopping.signal, buildProgram().parseAsync(process.argv));
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
