import { relative } from 'node:path';
import type { Finding } from '../../src/domain/finding.ts';
import type { RunSummary } from '../../src/domain/run.ts';
import type { Surroundings } from '../../src/runtime/run-context.ts';
import type { CommonFlags } from './options.ts';

/** Prints what a person can act on, or with `--json` what a program can. */
export async function printRun(
  { dir, run, findings }: { dir: string; run: RunSummary; findings: readonly Finding[] },
  flags: CommonFlags,
  surroundings: Surroundings,
): Promise<void> {
  if (flags.json) {
    const { runText } = await import('../../src/runs/run-folder.ts');
    surroundings.stdout(runText(run));
  } else if (!flags.quiet) {
    const { renderSummary } = await import('../../src/report/text/summary.ts');
    surroundings.stdout(
      renderSummary(
        run,
        findings,
        { run: shownPath(dir, surroundings.cwd) },
        {
          color: surroundings.color && flags.color !== false,
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
