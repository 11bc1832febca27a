import type { Job } from '../../src/domain/rule.ts';
import { type AuditRequest, auditRun, bothSides, type Surroundings } from '../compose.ts';
import { type AuditFlags, readConfig } from './options.ts';
import { printRun } from './print-run.ts';

/** Runs an audit, prints its outcome and returns the exit code. */
export async function runAudit(job: Job, flags: AuditFlags, surroundings: Surroundings): Promise<number> {
  const { from, reportsDir, brakes } = await sourceOf(flags, surroundings);
  const { dir, run, analysis } = await auditRun(
    { job, from, reportsDir, failOn: flags.failOn, brakes, speech: { quiet: flags.quiet === true } },
    surroundings,
  );
  await printRun({ dir, run, findings: analysis.findings }, flags, surroundings);
  return run.exit_code;
}

async function sourceOf(
  flags: AuditFlags,
  surroundings: Surroundings,
): Promise<Pick<AuditRequest, 'from' | 'reportsDir' | 'brakes'>> {
  if (flags.snapshot !== undefined) {
    const { openSnapshot } = await import('../../src/snapshot/open-snapshot.ts');
    const { audit, brakes } = await readConfig(surroundings, { okta: false, store: false }, flags);
    return { from: { snapshot: await openSnapshot(flags.snapshot) }, reportsDir: audit.reportsDir, brakes };
  }
  const { okta, store, audit, brakes } = await readConfig(surroundings, { okta: true, store: true }, flags);
  return { from: { sources: bothSides(okta, store), audit }, reportsDir: audit.reportsDir, brakes };
}
