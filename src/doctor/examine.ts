import { join, resolve } from 'node:path';
import { type CommonFlags, settingsFrom } from '../../cli/commands/options.ts';
import type { SettingsExamined } from '../config/settings-checks.ts';
import type { Check } from '../domain/check.ts';
import { AuditError } from '../domain/errors.ts';
import { orgOf } from '../domain/run.ts';
import type { OrgExamination } from '../okta/examine/org.ts';
import { SYSTEM_TOOLS } from '../okta/tools.ts';
import type { RunContext } from '../runtime/run-context.ts';

/** What `AUDIT_REPORTS_DIR` stands for where nothing can be read of it. */
const USUAL_REPORTS_DIR = 'reports';

/** Every check that `doctor` makes: settings, then both sides at once, then the machine. Reads only, and leaves nothing. */
export async function examine(context: RunContext, flags: CommonFlags): Promise<Check[]> {
  const settings = await examineAllSettings(context, flags);
  // Before anything waits for an answer, whose time would run out unseen while the drivers are loaded.
  if (settings.okta !== null) await (await import('../okta/client.ts')).loadSdk();
  if (settings.store !== null) await (await import('../opti-id/connection.ts')).loadDrivers();
  const [org, store] = await Promise.all([examineOkta(settings, context), examineStoreOf(settings)]);
  const { examineMachine } = await import('./machine.ts');
  const reports = resolve(context.cwd, settings.audit?.reportsDir ?? USUAL_REPORTS_DIR);
  const folder = settings.okta === null ? reports : join(reports, orgOf(settings.okta.orgUrl));
  const machine = await examineMachine({ folder, people: org.people });
  return [...settings.checks, ...org.checks, ...store, ...machine];
}

async function examineAllSettings(context: RunContext, flags: CommonFlags): Promise<SettingsExamined> {
  const [{ ENV_FILE, readEnvFile }, { examineSettings }] = await Promise.all([
    import('../config/env-file.ts'),
    import('../config/settings-checks.ts'),
  ]);
  // A file that cannot be read is one mistake among others: what the environment gives may be right all the same.
  const file = await readEnvFile(context.cwd).catch((error: unknown) => {
    if (!(error instanceof AuditError)) throw error;
    return { values: {}, mistakes: [{ where: ENV_FILE, what: error.message, hint: error.hint }] };
  });
  return examineSettings(await settingsFrom(file, context, flags), file.mistakes);
}

async function examineOkta(
  { okta, audit, wrong }: SettingsExamined,
  context: RunContext,
): Promise<OrgExamination> {
  const { examineOrg, orgNotExamined } = await import('../okta/examine/org.ts');
  if (okta === null || audit === null) {
    return { checks: orgNotExamined('not asked: the settings have to be right first'), people: null };
  }
  return examineOrg({
    okta,
    audit,
    wrongSettings: wrong,
    tools: { ...SYSTEM_TOOLS, now: () => context.now().getTime() },
  });
}

async function examineStoreOf({ store }: SettingsExamined): Promise<Check[]> {
  const { checkStore, storeNotExamined } = await import('../opti-id/store-checks.ts');
  return store === null
    ? storeNotExamined('not asked: the settings have to be right first')
    : checkStore(store);
}
