import { basename } from 'node:path';
import { type AuditRequest, auditRun, orgOfSource } from '../../src/audit/audit-run.ts';
import { bothSides } from '../../src/collect/sources.ts';
import type { Job } from '../../src/domain/rule.ts';
import type { Waiver } from '../../src/domain/waiver.ts';
import type { Notification } from '../../src/notify/notification.ts';
import { untilStopped } from '../../src/runtime/cancellation.ts';
import { type RunContext, spokenBy, warning } from '../../src/runtime/run-context.ts';
import { type AuditFlags, notifyUrlOf, readConfig } from './options.ts';
import { printRun } from './print.ts';

export function runPrecutover(flags: AuditFlags, context: RunContext): Promise<number> {
  return runAudit('precutover', flags, context);
}

export function runDrift(flags: AuditFlags, context: RunContext): Promise<number> {
  return runAudit('drift', flags, context);
}

/** Runs an audit, prints its outcome, tells the webhook if there is one, and returns the exit code. */
export async function runAudit(job: Job, flags: AuditFlags, context: RunContext): Promise<number> {
  const started = context.now();
  const url = await notifyUrlOf(flags, context);
  const withNames = flags.notifyNames === true;
  /** Filled in as it becomes known. */
  const about = { job, started: started.toISOString(), org: null, organization: null } as FailureAbout;
  let outcome: Awaited<ReturnType<typeof auditRun>>;
  try {
    outcome = await auditAsAsked(job, flags, context, (known) => Object.assign(about, known));
  } catch (error) {
    if (url !== null && !context.signal.aborted) {
      const { notifyOfFailure } = await import('../../src/notify/notification.ts');
      await tell(url, notifyOfFailure(error, about, { withNames }), flags, context);
    }
    throw error;
  }
  const { dir, run, findings } = outcome;
  printRun(outcome, flags, context);
  if (url !== null) {
    const [{ notifyOfRun }, { RULES }] = await Promise.all([
      import('../../src/notify/notification.ts'),
      import('../../src/rules/index.ts'),
    ]);
    const titles = new Map(RULES.map(({ id, title }) => [id, title]));
    const notification = notifyOfRun({ run, name: basename(dir), findings }, { titles, withNames });
    await tell(url, notification, flags, context);
  }
  return run.exit_code;
}

type FailureAbout = Parameters<typeof import('../../src/notify/notification.ts')['notifyOfFailure']>[1];

async function auditAsAsked(
  job: Job,
  flags: AuditFlags,
  context: RunContext,
  onKnown: (known: Pick<FailureAbout, 'org' | 'organization'>) => void,
): ReturnType<typeof auditRun> {
  const waivers = flags.waivers === undefined ? [] : await waiversIn(flags.waivers);
  const { from, reportsDir, brakes } = await untilStopped(context.signal, sourceOf(job, flags, context));
  const { org, organizationId } = orgOfSource(from);
  onKnown({ org, organization: organizationId });
  return auditRun(
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
    context,
  );
}

/** A webhook that cannot be told changes nothing about the run: it is a warning. */
async function tell(
  url: string,
  notification: Notification,
  flags: AuditFlags,
  context: RunContext,
): Promise<void> {
  const { sendNotification } = await import('../../src/notify/send-notification.ts');
  const { env, signal, redact } = context;
  const clean = { ...notification, text: redact(notification.text) };
  const reason = await sendNotification(url, clean, { env, signal });
  if (reason === null) return;
  const { say } = spokenBy({ quiet: flags.quiet === true }, context);
  say(warning(`The webhook was not told: ${reason}.`, 'notify-failed'));
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
  context: RunContext,
): Promise<Pick<AuditRequest, 'from' | 'reportsDir' | 'brakes'>> {
  if (flags.snapshot !== undefined) {
    const { openSnapshot } = await import('../../src/snapshot/open-snapshot.ts');
    const { audit, brakes } = await readConfig(context, { okta: false, store: false }, flags);
    return { from: { snapshot: await openSnapshot(flags.snapshot) }, reportsDir: audit.reportsDir, brakes };
  }
  const { okta, store, audit, brakes } = await readConfig(context, { okta: true, store: true }, flags);
  const reading = {
    resume: flags.resume === true,
    since: flags.since ?? (job === 'drift' && !flags.full ? 'last' : 'nothing'),
  } as const;
  return { from: { sources: bothSides(okta, store), audit, reading }, reportsDir: audit.reportsDir, brakes };
}
