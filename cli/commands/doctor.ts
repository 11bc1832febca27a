import { type Command, Option } from 'commander';
import type { RunContext } from '../../src/runtime/run-context.ts';
import { type CommonFlags, noColorOption, outOption, quietOption } from './options.ts';

export function addDoctor(program: Command, context: RunContext, exitWith: (code: number) => void): void {
  program
    .command('doctor')
    .description(
      'proves, before any run, that settings, credentials, scopes, role, store and machine are right, and names who mends what is not; ends with 0 or 2',
    )
    .addOption(outOption())
    .addOption(new Option('--json', 'print the checks as JSON on stdout'))
    .addOption(quietOption())
    .addOption(noColorOption())
    .action(async (flags: CommonFlags) => exitWith(await doctor(flags, context)));
}

/** Makes every check, tells what came of them, and returns the exit code. */
export async function doctor(flags: CommonFlags, context: RunContext): Promise<number> {
  const [{ examine }, { notLongAfter }, { isReady }, { EXIT }, { renderChecks }] = await Promise.all([
    import('../../src/doctor/examine.ts'),
    import('../../src/runtime/cancellation.ts'),
    import('../../src/domain/check.ts'),
    import('../../src/domain/errors.ts'),
    import('../../src/report/text/doctor-text.ts'),
  ]);
  const checks = await notLongAfter(context.signal, 0, examine(context, flags));
  const ready = isReady(checks);
  if (flags.json) context.stdout(`${JSON.stringify({ ready, checks }, null, 2)}\n`);
  const color = context.color && flags.color !== false;
  if (!flags.json && !flags.quiet) context.stdout(renderChecks(checks, { color }));
  if (!flags.json && flags.quiet) {
    for (const { title, found, who, how } of checks.filter(({ outcome }) => outcome === 'failed')) {
      context.say({
        level: 'error',
        event: 'check-failed',
        message: `${title}: ${found}`,
        hint: `${who}: ${how}`,
      });
    }
  }
  return ready ? EXIT.clean : EXIT.failed;
}
