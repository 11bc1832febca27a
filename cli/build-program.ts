import { Command } from 'commander';
import { addAudits } from './commands/audits.ts';
import { addCollect } from './commands/collect.ts';
import { addConfirm } from './commands/confirm.ts';
import { addDemo } from './commands/demo.ts';
import { addPlan } from './commands/plan.ts';
import { addRuns } from './commands/runs.ts';
import { addWaive } from './commands/waive.ts';
import { type Surroundings, toolVersion } from './surroundings.ts';

/** The program with all its commands; `exitWith` takes the code that a command ends with. */
export function buildProgram(surroundings: Surroundings, exitWith: (code: number) => void): Command {
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
  addDemo(program, surroundings, exitWith);
  addCollect(program, surroundings, exitWith);
  addAudits(program, surroundings, exitWith);
  addConfirm(program, surroundings, exitWith);
  addPlan(program, surroundings, exitWith);
  addRuns(program, surroundings, exitWith);
  addWaive(program, surroundings, exitWith);
  return program;
}
