import type { Command } from 'commander';
import type { Job } from '../../src/domain/rule.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import {
  type AuditFlags,
  acceptShrinkOption,
  baselineOption,
  failOnNewOption,
  failOnOption,
  fullOption,
  jsonOption,
  noColorOption,
  notifyNamesOption,
  notifyOption,
  outOption,
  quietOption,
  resumeOption,
  sinceOption,
  snapshotOption,
  waiversOption,
} from './options.ts';

const DESCRIPTIONS: Readonly<Record<Job, string>> = {
  precutover: 'the go / no-go audit before JIT is replaced by SCIM',
  drift: 'the nightly audit after the cutover: what moved, since when, and what the System Log says',
};

/** Adds the two audits; they differ in the rules that run and take the same flags. */
export function addAudits(program: Command, context: RunContext, exitWith: (code: number) => void): void {
  for (const job of ['precutover', 'drift'] as const) {
    const command = program
      .command(job)
      .description(DESCRIPTIONS[job])
      .addOption(snapshotOption().conflicts(['resume', 'since', 'full']))
      .addOption(resumeOption())
      .addOption(sinceOption())
      .addOption(outOption())
      .addOption(failOnOption())
      .addOption(failOnNewOption())
      .addOption(baselineOption())
      .addOption(waiversOption())
      .addOption(acceptShrinkOption())
      .addOption(notifyOption())
      .addOption(notifyNamesOption())
      .addOption(jsonOption())
      .addOption(quietOption())
      .addOption(noColorOption())
      .action(async (flags: AuditFlags) => {
        const { runAudit } = await import('./audit.ts');
        exitWith(await runAudit(job, flags, context));
      });
    // Before a cutover everything is read unless somebody asks for less.
    if (job === 'drift') command.addOption(fullOption());
  }
}
