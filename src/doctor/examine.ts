import { join, resolve } from 'node:path';
import { ENV_FILE, readEnvFile, settingsLeftOut } from '../config/env-file.ts';
import { type SettingsFlags, settingTexts } from '../config/read-config.ts';
import { examineSettings, type SettingsExamined } from '../config/settings-checks.ts';
import type { Check } from '../domain/check.ts';
import { AuditError } from '../domain/errors.ts';
import { orgOf } from '../domain/run.ts';
import { loadSdk } from '../okta/client.ts';
import { examineOrg, type OrgExamination, orgNotExamined } from '../okta/examine/org.ts';
import { storeNotExamined } from '../opti-id/database/store-checks.ts';
import { optiIdSource } from '../opti-id/source.ts';
import type { RunContext } from '../runtime/run-context.ts';
import { SYSTEM_TOOLS } from '../runtime/tools.ts';
import { examineMachine } from './machine.ts';

/** What `AUDIT_REPORTS_DIR` stands for where nothing can be read of it. */
const USUAL_REPORTS_DIR = 'reports';
const SETTINGS_FIRST = 'not asked: the settings have to be right first';

/** Every check that `doctor` makes: settings, then both sides at once, then the machine. Reads only, and leaves nothing. */
export async function examine(context: RunContext, flags: SettingsFlags): Promise<Check[]> {
  const settings = await examineAllSettings(context, flags);
  // Before anything waits for an answer, whose time would run out unseen while the drivers are loaded.
  if (settings.okta !== null) await loadSdk();
  if (settings.store !== null) await optiIdSource(settings.store).load();
  const asking = examineOkta(settings, context);
  const managedIds = asking.then((examined) => examined.managedIds);
  const [org, store] = await Promise.all([asking, examineStore(settings, managedIds)]);
  const reports = resolve(context.cwd, settings.audit?.reportsDir ?? USUAL_REPORTS_DIR);
  const folder = settings.okta === null ? reports : join(reports, orgOf(settings.okta.orgUrl));
  const machine = await examineMachine({ folder, reportsDir: reports, people: org.people });
  return [...settings.checks, ...org.checks, ...store, ...machine];
}

async function examineAllSettings(context: RunContext, flags: SettingsFlags): Promise<SettingsExamined> {
  // A file that cannot be read is one mistake among others: what the environment gives may be right all the same.
  const file = await readEnvFile(context.cwd).catch((error: unknown) => {
    if (!(error instanceof AuditError)) throw error;
    return { values: {}, mistakes: [{ where: ENV_FILE, what: error.message, hint: error.hint }] };
  });
  return examineSettings(
    settingTexts(file, context, flags),
    file.mistakes,
    settingsLeftOut(file, context.env),
  );
}

async function examineOkta(
  { okta, audit, wrong }: SettingsExamined,
  context: RunContext,
): Promise<OrgExamination> {
  if (okta === null || audit === null) {
    return { checks: orgNotExamined(SETTINGS_FIRST), people: null, managedIds: [] };
  }
  const tools = { ...SYSTEM_TOOLS, now: () => context.now().getTime() };
  return examineOrg({ okta, audit, wrongSettings: wrong, tools });
}

async function examineStore(
  { store }: SettingsExamined,
  managedIds: Promise<readonly string[]>,
): Promise<Check[]> {
  return store === null ? storeNotExamined(SETTINGS_FIRST) : optiIdSource(store).examine(managedIds);
}
