import { basename } from 'node:path';
import type { AuditedRun, AuditRequest } from '../../src/audit/audit.ts';
import { bothSides } from '../../src/collect/collect-request.ts';
import { notifyUrlOf, readConfig } from '../../src/config/read-config.ts';
import { readWaivers } from '../../src/config/waivers.ts';
import type { Job } from '../../src/domain/rule.ts';
import { type Notification, notifyOfFailure, notifyOfRun } from '../../src/notify/notification.ts';
import { sendNotification } from '../../src/notify/send-notification.ts';
import { RULES } from '../../src/rules/index.ts';
import { untilStopped } from '../../src/runtime/cancellation.ts';
import { type RunContext, unlessQuiet, warning } from '../../src/runtime/run-context.ts';
import type { AuditFlags } from './options.ts';
import { printRun } from './print.ts';

/** The command of a job. */
export const auditOf = (job: Job) => (flags: AuditFlags, context: RunContext) =>
  runAudit(job, flags, context);

/**
 * Runs an audit, prints its outcome, notifies the webhook if there is one, and returns the exit code. What is heavy is
 * loaded once the settings are right: who is refused is to hear of it at once.
 */
export async function runAudit(job: Job, flags: AuditFlags, context: RunContext): Promise<number> {
  // What anybody may have made is nobody's alert.
  const url = flags.snapshot === undefined ? await notifyUrlOf(flags, context) : null;
  const withNames = flags.notifyNames === true;
  const started = context.now().toISOString();
  let about: Parameters<typeof notifyOfFailure>[1] = { job, started, org: null, organization: null };
  let outcome: AuditedRun;
  try {
    const waivers =
      flags.waivers === undefined ? [] : await readWaivers(flags.waivers, new Set(RULES.map(({ id }) => id)));
    const source = await untilStopped(context.signal, sourceOf(job, flags, context));
    const { auditRun, orgOfSource } = await import('../../src/audit/audit.ts');
    const { org, organizationId } = orgOfSource(source.from);
    about = { ...about, org, organization: organizationId };
    const judging = {
      failOn: flags.failOn,
      failOnNew: flags.failOnNew === true,
      baseline: flags.baseline ?? null,
      waivers,
      acceptShrink: flags.acceptShrink === true,
    };
    outcome = await auditRun({ job, ...source, ...judging }, unlessQuiet(flags, context));
  } catch (error) {
    if (url !== null && !context.signal.aborted) {
      await notify(url, notifyOfFailure(error, about, { withNames }), flags, context);
    }
    throw error;
  }
  const { dir, run, findings } = outcome;
  printRun(outcome, flags, context);
  if (url !== null) {
    const titles = new Map(RULES.map(({ id, title }) => [id, title]));
    const notification = notifyOfRun({ run, name: basename(dir), findings }, { titles, withNames });
    await notify(url, notification, flags, context);
  }
  return run.exit_code;
}

/** A webhook that cannot be notified changes nothing about the run: it is a warning. */
async function notify(
  url: string,
  notification: Notification,
  flags: AuditFlags,
  context: RunContext,
): Promise<void> {
  const { env, signal, redact } = context;
  const clean = { ...notification, text: redact(notification.text) };
  const reason = await sendNotification(url, clean, { env, signal });
  if (reason === null) return;
  unlessQuiet(flags, context).say(warning(`The webhook was not notified: ${reason}.`, 'notify-failed'));
}

async function sourceOf(
  job: Job,
  flags: AuditFlags,
  context: RunContext,
): Promise<Pick<AuditRequest, 'from' | 'reportsDir' | 'sealKey' | 'plan'>> {
  if (flags.snapshot !== undefined) {
    const { audit, plan } = await readConfig(context, { okta: false, store: false }, flags);
    const { openForeignSnapshot } = await import('../../src/snapshot/open-snapshot.ts');
    const snapshot = await openForeignSnapshot(flags.snapshot);
    const { reportsDir, sealKey } = audit;
    return { from: { snapshot }, reportsDir, sealKey, plan };
  }
  const { okta, store, audit, plan } = await readConfig(context, { okta: true, store: true }, flags);
  const sources = bothSides(okta, store);
  const { reportsDir, sealKey } = audit;
  return { from: { sources, audit, reading: readingOf(job, flags) }, reportsDir, sealKey, plan };
}

/** How much is read. Before a cutover everything is, unless somebody asks for less. */
export function readingOf(job: Job, { resume, since, full }: AuditFlags) {
  return {
    resume: resume === true,
    since: since ?? (job === 'drift' && !full ? 'last' : 'nothing'),
  } as const;
}
