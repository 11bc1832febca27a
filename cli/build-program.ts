import { join } from 'node:path';
import { Argument, Option, Command as Program } from 'commander';
import { ownPackage, type RunContext, toolVersion } from '../src/runtime/run-context.ts';
import type { Command, OptionSpec } from './commands/command.ts';
import { COMMANDS } from './commands/index.ts';
import { jsonSchemaPath } from './commands/json-output.ts';
import { LOG_OPTION } from './commands/options.ts';
import type { LogFormat } from './terminal/logger.ts';

const USAGE_HINT = 'Run optiid-audit --help to see what there is.';

/** Whoever got the flags of a command wrong is helped by that command's own help. */
const commandHint = (path: string) => `Run optiid-audit ${path} --help for its flags and examples.`;

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
): Program {
  const isText = format === 'text';
  const sayUsage = (text: string, hint?: string) => {
    const message = text.trim().replace(/^error: /u, '');
    context.say({ level: 'error', event: 'usage', message, hint });
  };
  const program = new Program('optiid-audit')
    .description(
      'Audits the move from just-in-time provisioning to SCIM between Okta and Opti ID, and every night after it. Reads only.',
    )
    .version(toolVersion().version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .showHelpAfterError(isText ? USAGE_HINT : false)
    .configureOutput({
      writeOut: context.stdout,
      writeErr: (text) => (isText ? write(text) : sayUsage(text)),
      outputError: (text, tell) => (isText ? tell(text) : sayUsage(text, USAGE_HINT)),
    })
    .exitOverride()
    .addHelpText(
      'after',
      `${examplesText({ ...COMMANDS[0]?.examples, 'help precutover': 'every flag of a command, with examples' })}
Exit codes: 0 clean, 1 findings at or above --fail-on, 2 failed, 3 incomplete.
Settings come from the environment or a .env file; see the README.`,
    );
  for (const command of COMMANDS) addCommand(program, command, command.name);
  return program;

  function addCommand(parent: Program, command: Command, path: string): void {
    const added = parent.command(command.name).description(command.about);
    const hint = commandHint(path);
    added
      .showHelpAfterError(isText ? hint : false)
      .configureOutput({ outputError: (text, tell) => (isText ? tell(text) : sayUsage(text, hint)) });
    for (const argument of command.arguments) {
      const { name, what, choices } = argument;
      added.addArgument(choices ? new Argument(name, what).choices(choices) : new Argument(name, what));
    }
    for (const option of [...Object.values(command.options), LOG_OPTION]) added.addOption(asOption(option));
    added.addHelpText('after', examplesText(command.examples));
    if ('json' in command.options) added.addHelpText('after', () => schemaText(path));
    for (const below of command.subcommands) addCommand(added, below, `${path} ${below.name}`);
    added.action(async (...given: unknown[]) => {
      const flags = added.optsWithGlobals();
      const shown = flags.color === false ? { ...context, color: false } : context;
      const run = (await command.load()) as (...all: unknown[]) => Promise<number>;
      exitWith(await run(...given.slice(0, command.arguments.length), flags, shown, program));
    });
  }
}

function schemaText(path: string): string {
  return `JSON Schema of what --json prints:\n  ${join(ownPackage().folder, jsonSchemaPath(path))}\n`;
}

function asOption(spec: OptionSpec): Option {
  const option = new Option(spec.flag, spec.what);
  if (spec.parse) option.argParser(spec.parse);
  if (spec.choices) option.choices(spec.choices);
  if (spec.conflicts) option.conflicts([...spec.conflicts]);
  return option.default(spec.default).makeOptionMandatory(spec.mandatory === true);
}

function examplesText(examples: Command['examples']): string {
  const lines = Object.entries(examples).map(([line, what]) => `  # ${what}\n  optiid-audit ${line}\n`);
  return `\nExamples:\n${lines.join('\n')}`;
}
