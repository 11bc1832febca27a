import { type Command, Option } from 'commander';
import type { Surroundings } from '../compose.ts';
import {
  type AuditFlags,
  failOnOption,
  jsonOption,
  noColorOption,
  outOption,
  quietOption,
} from './options.ts';

export function addPrecutover(
  program: Command,
  surroundings: Surroundings,
  exitWith: (code: number) => void,
): void {
  program
    .command('precutover')
    .description('the go / no-go audit before JIT is replaced by SCIM')
    .addOption(
      new Option(
        '--snapshot <folder>',
        'judge a sealed snapshot (or a run that holds one); no network is touched',
      ),
    )
    .addOption(outOption())
    .addOption(failOnOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .addOption(noColorOption())
    .action(async (flags: AuditFlags) => {
      const { runAudit } = await import('./audit.ts');
      exitWith(await runAudit('precutover', flags, surroundings));
    });
}
