import { relative } from 'node:path';
import type { Finding } from '../../src/domain/finding.ts';
import type { RunSummary } from '../../src/domain/run.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import type { CommonFlags } from './options.ts';

/** Prints what a person can act on, or with `--json` what a program can. */
export async function printRun(
  { dir, run, findings }: { dir: string; run: RunSummary; findings: readonly Finding[] },
  flags: CommonFlags,
  context: RunContext,
): Promise<void> {
  if (flags.json) {
    const { runText } = await import('../../src/runs/write-run.ts');
    context.stdout(runText(run));
  } else if (!flags.quiet) {
    const { renderSummary } = await import('../../src/report/text/summary.ts');
    context.stdout(
      renderSummary(
        run,
        findings,
        { run: shownPath(dir, context.cwd) },
        {
          color: context.color && flags.color !== false,
        },
      ),
    );
  }
}

/** A path as the person at this folder would write it. */
export function shownPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === '' || short.startsWith('..') ? path : short;
}
