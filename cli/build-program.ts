import { Command } from 'commander';
import { type RunContext, toolVersion } from '../src/runtime/run-context.ts';
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
import type { LogFormat } from './terminal/logger.ts';

const USAGE_HINT = 'Run optiid-audit --help to see what there is.';

/** How what is wrong with the command line itself is told. */
export interface UsageOutput {
  format: LogFormat;
  /** Takes the text as commander formats it. */
  write: (text: string) => void;
}

/** The program with all its commands; `exitWith` takes the code that a command ends with. */
export function buildProgram(
  context: RunContext,
  exitWith: (code: number) => void,
  { format, write }: UsageOutput,
): Command {
  const isText = format === 'text';
  const sayUsage = (text: string, hint?: string) => {
    const message = text.trim().replace(/^error: /u, '');
    context.say({ level: 'error', event: 'usage', message, ...(hint === undefined ? {} : { hint }) });
  };
  const program = new Command('optiid-audit')
    .description(
      'Audits the move from just-in-time provisioning to SCIM between Okta and Opti ID, and every night after it. Reads only.',
    )
    .version(toolVersion().version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .showHelpAfterError(isText ? USAGE_HINT : false)
    .configureOutput({
      writeErr: (text) => (isText ? write(text) : sayUsage(text)),
      outputError: (text, tell) => (isText ? tell(text) : sayUsage(text, USAGE_HINT)),
    })
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 clean, 1 findings at or above --fail-on, 2 failed, 3 incomplete.\nSettings come from the environment or a .env file; see the README.',
    );
  addDemo(program, context, exitWith);
  addDoctor(program, context, exitWith);
  addCollect(program, context, exitWith);
  addAudits(program, context, exitWith);
  addConfirm(program, context, exitWith);
  addPlan(program, context, exitWith);
  addRules(program, context, exitWith);
  addQuery(program, context, exitWith);
  addExplain(program, context, exitWith);
  addRuns(program, context, exitWith);
  addWaive(program, context, exitWith);
  for (const command of commandsBelow(program)) command.addOption(logOption());
  return program;
}

function commandsBelow(command: Command): Command[] {
  return command.commands.flatMap((below) => [below, ...commandsBelow(below)]);
}
