import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Mistake, SettingsError } from '../domain/errors.ts';
import { isLoopback } from '../domain/loopback.ts';
import { note, type RunContext, unlessQuiet, warning } from '../runtime/run-context.ts';
import { isBeside } from './beside.ts';
import type { Config, SettingsNeed } from './config.ts';
import { ENV_FILE, type EnvFile, readEnvFile, settingsLeftOut, withEnvironment } from './env-file.ts';
import { parseNotifyUrl, Wrong } from './parse.ts';
import {
  type Environment,
  loadConfig,
  SETTING_NAMES,
  SETTINGS,
  settingsWarnings,
  UNCHECKED_TLS,
} from './settings.ts';

/** What the command line says in place of a setting, and whether warnings are wanted. */
export interface SettingsFlags {
  /** Reports folder. */
  out?: string;
  quiet?: boolean;
  /** Address of a webhook. */
  notify?: string;
  notifyNames?: boolean;
  /** Folder of a snapshot or of a run, of whoever made it. */
  snapshot?: string;
  run?: string;
}

type SettingsContext = Pick<RunContext, 'cwd' | 'env' | 'hide'>;

/** The settings from `.env` and the environment, with those of the flags over them. */
export async function readConfig<const Need extends SettingsNeed>(
  context: RunContext,
  need: Need,
  flags: SettingsFlags,
): Promise<Config<Need>> {
  const { say } = unlessQuiet(flags, context);
  const { env, mistakes, leftOut } = await readEnvironment(context, flags, (message) => say(note(message)));
  for (const { where, what, hint } of [
    ...(need.okta || need.store ? leftOut : []),
    ...settingsWarnings(env),
  ]) {
    say(warning(`${where}: ${what} ${hint}`, 'settings'));
  }
  return loadConfig(env, need, [...mistakes, ...notifyMistakes(flags, env)]);
}

/** What `.env` and the environment set together, and what is wrong with the file. */
async function readEnvironment(
  context: SettingsContext,
  flags: SettingsFlags,
  tell: (message: string) => void = () => {},
): Promise<{ env: Environment; mistakes: readonly Mistake[]; leftOut: readonly Mistake[] }> {
  const file = await ownEnvFile(context, flags, tell);
  const leftOut = settingsLeftOut(file, context.env);
  return { env: settingTexts(file, context, flags), mistakes: file.mistakes, leftOut };
}

/** The file of the working directory, unless it lies beside a folder of somebody else and may be theirs too. */
async function ownEnvFile(
  { cwd }: SettingsContext,
  { snapshot, run }: SettingsFlags,
  tell: (message: string) => void,
): Promise<EnvFile> {
  const named = snapshot ?? run;
  if (named === undefined || !(await isBeside(cwd, named))) return readEnvFile(cwd);
  if (existsSync(join(cwd, ENV_FILE))) {
    tell(
      `${ENV_FILE} is not read, because it lies beside ${named} and may have come with it. Settings come from the environment and from flags.`,
    );
  }
  return { values: {}, mistakes: [] };
}

/** The texts of the settings, those of the flags over the environment's and the file's; secrets are hidden from now on. */
export function settingTexts(file: EnvFile, context: SettingsContext, flags: SettingsFlags): Environment {
  const env = withEnvironment(file, context.env);
  for (const name of SETTING_NAMES) {
    const value = env[name];
    if (SETTINGS[name].secret && value) hideAll(secretsIn(value), context);
  }
  return flags.out === undefined ? env : { ...env, AUDIT_REPORTS_DIR: flags.out };
}

/**
 * The webhook to notify of a run; null where there is none, or what is given is none: that is told with all other
 * mistakes. Asked for before the settings are read, since whoever waits for word is to hear of wrong ones as well.
 */
export async function notifyUrlOf(flags: SettingsFlags, context: SettingsContext): Promise<string | null> {
  if (flags.notify !== undefined) hideAll(secretsIn(flags.notify), context);
  const { env } = await readEnvironment(context, {});
  const address = flags.notify ?? env.AUDIT_NOTIFY_URL;
  const url = address ? notifyUrlOrWrong(address) : null;
  if (url === null || url instanceof Wrong) return null;
  // Its address is a secret, too, and would be sent to whoever answers.
  if (env[UNCHECKED_TLS] === '0' && !isLoopback(new URL(url).hostname)) return null;
  hideAll([...secretsIn(url), ...secretPartsOf(url)], context);
  return url;
}

/** The database of the fleet's queue; null where none is set. Throws a {@link SettingsError} where it is none. */
export async function fleetDatabaseUrl(context: SettingsContext): Promise<string | null> {
  const where = 'FLEET_DATABASE_URL';
  const { env } = await readEnvironment(context, {});
  const text = env[where];
  if (!text) return null;
  try {
    return SETTINGS[where].parse(text);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    throw new SettingsError([{ where, what: error.message, hint: error.hint }]);
  }
}

function notifyMistakes({ notify, notifyNames }: SettingsFlags, env: Environment): Mistake[] {
  if (notify !== undefined) {
    const url = notifyUrlOrWrong(notify);
    return url instanceof Wrong ? [{ where: '--notify', what: url.message, hint: url.hint }] : [];
  }
  if (!notifyNames || env.AUDIT_NOTIFY_URL) return [];
  return [
    {
      where: '--notify-names',
      what: 'says nothing without a webhook.',
      hint: 'Set AUDIT_NOTIFY_URL, or leave it out.',
    },
  ];
}

function notifyUrlOrWrong(address: string): string | Wrong {
  try {
    return parseNotifyUrl(address);
  } catch (error) {
    if (error instanceof Wrong) return error;
    throw error;
  }
}

function hideAll(texts: readonly string[], { hide }: Pick<RunContext, 'hide'>): void {
  for (const text of texts) hide(text);
}

/** A secret and, where it is a URL, the password in it as written and as meant. */
function secretsIn(value: string): string[] {
  if (!URL.canParse(value)) return [value];
  const { password } = new URL(value);
  try {
    return [value, password, decodeURIComponent(password)];
  } catch {
    return [value, password];
  }
}

/** Shorter parts of a webhook's path are words such as `services`. */
const SHORTEST_KEY = 12;

/** What a webhook's address holds next to its host: its path and query, and each part that may be the key by itself. */
function secretPartsOf(address: string): string[] {
  const { pathname, search } = new URL(address);
  return [`${pathname}${search}`, ...`${pathname}${search}`.split(/[/?&=]/u)].filter(
    (part) => part.length >= SHORTEST_KEY,
  );
}
