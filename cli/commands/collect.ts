import { type Command, Option } from 'commander';
import { note, type RunContext, unlessQuiet } from '../../src/runtime/run-context.ts';
import {
  type CommonFlags,
  jsonOption,
  noColorOption,
  outOption,
  quietOption,
  type ReadingFlags,
  resumeOption,
  sinceOption,
} from './options.ts';

interface CollectFlags extends CommonFlags, ReadingFlags {
  only?: 'okta' | 'opti-id';
}

export function addCollect(program: Command, context: RunContext, exitWith: (code: number) => void): void {
  program
    .command('collect')
    .description('read both sides into a sealed snapshot, and judge nothing')
    .addOption(new Option('--only <side>', 'read one side only').choices(['okta', 'opti-id']))
    .addOption(resumeOption())
    .addOption(sinceOption())
    .addOption(outOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .addOption(noColorOption())
    .action(async (flags: CollectFlags) => exitWith(await collect(flags, context)));
}

async function collect(flags: CollectFlags, context: RunContext): Promise<number> {
  const [{ collectRun }, { readConfig }, { shownPath }, { orgOf }] = await Promise.all([
    import('../../src/audit/collect-run.ts'),
    import('./options.ts'),
    import('./print-run.ts'),
    import('../../src/domain/run.ts'),
  ]);
  const { okta, store, audit } = await readConfig(
    context,
    { okta: flags.only !== 'opti-id', store: flags.only !== 'okta' } as { okta: boolean; store: boolean },
    flags,
  );
  const { dir, run } = await collectRun(
    {
      sources: {
        okta,
        store,
        org: okta ? orgOf(okta.orgUrl) : 'opti-id',
        organizationId: store ? store.organizationId : 'not read',
      },
      audit,
      reading: { resume: flags.resume === true, since: flags.since ?? 'nothing' },
    },
    unlessQuiet(flags, context),
  );
  if (flags.json) {
    const { runText } = await import('../../src/runs/write-run.ts');
    context.stdout(runText(run));
  } else if (!flags.quiet) {
    for (const text of run.notes) context.say(note(text));
    const [{ incompleteReasons }, { visibleText }] = await Promise.all([
      import('../../src/report/text/summary.ts'),
      import('../../src/report/text/visible-text.ts'),
    ]);
    const gaps = run.exit_code === 0 ? [] : incompleteReasons(run.datasets).map(visibleText);
    context.stdout(
      `${gaps.length === 0 ? 'Collected.' : `Collected, but not everything could be read:\n${gaps.map((gap) => `  - ${gap}`).join('\n')}`}\nSnapshot: ${shownPath(`${dir}/snapshot`, context.cwd)}\n`,
    );
  }
  return run.exit_code;
}
