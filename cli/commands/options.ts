import { InvalidArgumentError } from 'commander';
import type { Config, SettingsNeed } from '../../src/config/config.ts';
import type { EnvFile } from '../../src/config/env-file.ts';
import type { Environment } from '../../src/config/settings.ts';
import type { Mistake } from '../../src/domain/errors.ts';
import { SEVERITIES } from '../../src/domain/finding.ts';
import { type RunContext, spokenBy, warning } from '../../src/runtime/run-context.ts';
import { LOG_FORMATS } from '../terminal/logger.ts';
import type { Flags, OptionSpec } from './command.ts';

/** `--out "$UNSET"` must not end up in the default folder, nor any other path. */
export function notBlank(path: string): string {
  if (path.trim() === '') throw new InvalidArgumentError('It is blank.');
  return path;
}

/** The options that more than one command takes: all that an audit has, by the names of their flags. */
export const OPTIONS = {
  snapshot: {
    flag: '--snapshot <folder>',
    what: 'judge a sealed snapshot (or a run that holds one); no network is touched',
    parse: notBlank,
    conflicts: ['resume', 'since', 'full'],
  },
  resume: {
    flag: '--resume',
    what: 'go on with what an interrupted or crashed run of the same kind has read',
  },
  since: {
    flag: '--since <snapshot>',
    what: 'read only the members of groups that changed since that snapshot (or run), and carry the others over',
    parse: notBlank,
    conflicts: ['full'],
  },
  out: { flag: '--out <folder>', what: 'reports folder, in place of AUDIT_REPORTS_DIR', parse: notBlank },
  failOn: {
    flag: '--fail-on <severity>',
    what: 'end with code 1 from this severity on',
    choices: SEVERITIES,
    default: 'error',
  },
  failOnNew: {
    flag: '--fail-on-new',
    what: 'end with code 1 for new findings only; known ones are still reported',
  },
  baseline: {
    flag: '--baseline <run>',
    what: 'run whose groups granted what they should (one from before the cutover); serves the access rules of drift, where the last complete drift run serves otherwise',
    parse: notBlank,
  },
  waivers: {
    flag: '--waivers <file>',
    what: 'CSV of findings that somebody accepts for a time',
    parse: notBlank,
  },
  acceptShrink: {
    flag: '--accept-shrink',
    what: 'believe datasets that lost more than a fifth of their rows since the last run',
  },
  // Not parsed here: commander repeats what it refuses, and this is a secret.
  notify: {
    flag: '--notify <url>',
    what: 'webhook to tell how it ended, in place of AUDIT_NOTIFY_URL; the setting is the better place, since others on the machine can see flags',
  },
  notifyNames: {
    flag: '--notify-names',
    what: 'tell the webhook the worst findings with names of people and groups',
  },
  json: { flag: '--json', what: 'print the content of run.json on stdout' },
  quiet: { flag: '--quiet', what: 'print nothing but errors (and what --json asks for)' },
  color: { flag: '--no-color', what: 'print without colours' },
  full: { flag: '--full', what: 'read everything; drift else reads what changed since the last run' },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** Every command has it: all of them may fail. It is looked at where stderr is opened, before commands are. */
export const LOG_OPTION: OptionSpec = {
  flag: '--log <format>',
  what: 'stderr as text, or as one JSON object a line',
  choices: LOG_FORMATS,
  default: 'text',
};

export type AuditFlags = Flags<typeof OPTIONS>;

/** Flags that every command with a run takes. */
export type CommonFlags = Pick<AuditFlags, 'out' | 'json' | 'quiet'>;

/** Whom to tell how an audit ended. */
export type NotifyFlags = Pick<AuditFlags, 'notify' | 'notifyNames'>;

/** The settings from `.env` and the environment, with those of the flags over them. */
export async function readConfig<const Need extends SettingsNeed>(
  context: RunContext,
  need: Need,
  flags: CommonFlags & NotifyFlags,
): Promise<Config<Need>> {
  const { loadConfig, settingsWarnings } = await import('../../src/config/settings.ts');
  const { env, mistakes } = await readEnvironment(context, flags);
  const { say } = spokenBy({ quiet: flags.quiet === true }, context);
  for (const { where, what, hint } of settingsWarnings(env)) {
    say(warning(`${where}: ${what} ${hint}`, 'settings'));
  }
  return loadConfig(env, need, [...mistakes, ...(await notifyMistakes(flags, env))]);
}

/** What `.env` and the environment set together, and what is wrong with the file. */
async function readEnvironment(
  context: RunContext,
  flags: CommonFlags,
): Promise<{ env: Environment; mistakes: readonly Mistake[] }> {
  const { readEnvFile } = await import('../../src/config/env-file.ts');
  const file = await readEnvFile(context.cwd);
  return { env: await settingsFrom(file, context, flags), mistakes: file.mistakes };
}

/** The texts of the settings, those of the flags over the environment's and the file's; secrets are hidden from now on. */
export async function settingsFrom(
  file: EnvFile,
  context: RunContext,
  flags: CommonFlags,
): Promise<Environment> {
  const [{ withEnvironment }, { SETTING_NAMES, SETTINGS }] = await Promise.all([
    import('../../src/config/env-file.ts'),
    import('../../src/config/settings.ts'),
  ]);
  const env = withEnvironment(file, context.env);
  for (const name of SETTING_NAMES) {
    if (SETTINGS[name].secret && env[name]) for (const text of secretsIn(env[name])) context.hide(text);
  }
  return flags.out === undefined ? env : { ...env, AUDIT_REPORTS_DIR: flags.out };
}

/**
 * The webhook to tell of a run; null where there is none, or what is given is none: that is told with all other
 * mistakes. Asked for before the settings are read, since whoever waits for word is to hear of wrong ones as well.
 */
export async function notifyUrlOf(flags: NotifyFlags, context: RunContext): Promise<string | null> {
  const { parseNotifyUrl, Wrong } = await import('../../src/config/parse.ts');
  if (flags.notify !== undefined) for (const text of secretsIn(flags.notify)) context.hide(text);
  const { env } = await readEnvironment(context, {});
  const address = flags.notify ?? env.AUDIT_NOTIFY_URL;
  if (!address) return null;
  try {
    const url = parseNotifyUrl(address);
    for (const text of [...secretsIn(url), ...secretPartsOf(url)]) context.hide(text);
    return url;
  } catch (error) {
    if (error instanceof Wrong) return null;
    throw error;
  }
}

async function notifyMistakes({ notify, notifyNames }: NotifyFlags, env: Environment): Promise<Mistake[]> {
  if (notify === undefined) {
    return notifyNames && !env.AUDIT_NOTIFY_URL
      ? [
          {
            where: '--notify-names',
            what: 'says nothing without a webhook.',
            hint: 'Set AUDIT_NOTIFY_URL, or leave it out.',
          },
        ]
      : [];
  }
  const { parseNotifyUrl, Wrong } = await import('../../src/config/parse.ts');
  try {
    parseNotifyUrl(notify);
    return [];
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return [{ where: '--notify', what: error.message, hint: error.hint }];
  }
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

/** What a webhook's address holds beside its host: its path and query, and each part that may be the key by itself. */
function secretPartsOf(address: string): string[] {
  const { pathname, search } = new URL(address);
  return [`${pathname}${search}`, ...`${pathname}${search}`.split(/[/?&=]/u)].filter(
    (part) => part.length >= SHORTEST_KEY,
  );
}
