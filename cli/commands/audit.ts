import type { Job } from '../../src/domain/rule.ts';
import type { Waiver } from '../../src/domain/waiver.ts';
import { type AuditRequest, auditRun } from '../compose.ts';
import { bothSides } from '../sources.ts';
import type { Surroundings } from '../surroundings.ts';
import { type AuditFlags, readConfig } from './options.ts';
import { printRun } from './print-run.ts';

/** Runs an audit, prints its outcome and returns the exit code. */
export async function runAudit(job: Job, flags: AuditFlags, surroundings: Surroundings): Promise<number> {
  const waivers = flags.waivers === undefined ? [] : await waiversIn(flags.waivers);
  const { from, reportsDir, brakes } = await sourceOf(job, flags, surroundings);
  const { dir, run, findings } = await auditRun(
    {
      job,
      from,
      reportsDir,
      failOn: flags.failOn,
      failOnNew: flags.failOnNew === true,
      baseline: flags.baseline ?? null,
      waivers,
      acceptShrink: flags.acceptShrink === true,
      brakes,
      speech: { quiet: flags.quiet === true },
    },
    surroundings,
  );
  await printRun({ dir, run, findings }, flags, surroundings);
  return run.exit_code;
}

async function waiversIn(path: string): Promise<Waiver[]> {
  const [{ readWaivers }, { RULES }] = await Promise.all([
    import('../../src/config/waivers.ts'),
    import('../../src/rules/index.ts'),
  ]);
  return readWaivers(path, new Set(RULES.map(({ id }) => id)));
}

async function sourceOf(
  job: Job,
  flags: AuditFlags,
  surroundings: Surroundings,
): Promise<Pick<AuditRequest, 'from' | 'reportsDir' | 'brakes'>> {
  if (flags.snapshot !== undefined) {
    const { openSnapshot } = await import('../../src/snapshot/open-snapshot.ts');
    const { audit, brakes } = await readConfig(surroundings, { okta: false, store: false }, flags);
    return { from: { snapshot: await openSnapshot(flags.snapshot) }, reportsDir: audit.reportsDir, brakes };
  }
  const { okta, store, audit, brakes } = await readConfig(surroundings, { okta: true, store: true }, flags);
  const reading = {
    resume: flags.resume === true,
    since: flags.since ?? (job === 'drift' && !flags.full ? 'last' : 'nothing'),
  } as const;
  return { from: { sources: bothSides(okta, store), audit, reading }, reportsDir: audit.reportsDir, brakes };
}
