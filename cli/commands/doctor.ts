import { examine } from '../../src/doctor/examine.ts';
import { isReady } from '../../src/domain/check.ts';
import { EXIT } from '../../src/domain/errors.ts';
import { renderChecks } from '../../src/report/text/doctor-text.ts';
import { notLongAfter } from '../../src/runtime/cancellation.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import type { CommonFlags } from './options.ts';
import { print } from './print.ts';

/** Makes every check, tells what came of them, and returns the exit code. */
export async function doctor(flags: CommonFlags, context: RunContext): Promise<number> {
  const checks = await notLongAfter(context.signal, 0, examine(context, flags));
  const ready = isReady(checks);
  print('doctor', { ready, checks }, (color) => renderChecks(checks, color), flags, context);
  if (!flags.json && flags.quiet) {
    for (const { title, found, who, how } of checks.filter(({ outcome }) => outcome === 'failed')) {
      const [message, hint] = [`${title}: ${found}`, `${who}: ${how}`];
      context.say({ level: 'error', event: 'check-failed', message, hint });
    }
  }
  return ready ? EXIT.clean : EXIT.failed;
}
