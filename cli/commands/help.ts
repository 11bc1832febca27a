import type { Command as Program } from 'commander';
import type { RunContext } from '../../src/runtime/run-context.ts';

/** Prints what `--help` prints, of the program or of the command named. */
export async function help(
  names: readonly string[],
  _flags: object,
  _context: RunContext,
  program: Program,
): Promise<number> {
  let shown = program;
  for (const name of names) {
    shown =
      shown.commands.find((command) => command.name() === name) ??
      shown.error(`error: unknown command '${names.join(' ')}'`);
  }
  shown.outputHelp();
  return 0;
}
