import { InvalidArgumentError, Option } from 'commander';
import type { Config, SettingsNeed } from '../../src/config/config.ts';
import type { EnvFile } from '../../src/config/env-file.ts';
import type { Environment } from '../../src/config/settings.ts';
import { SEVERITIES, type Severity } from '../../src/domain/finding.ts';
import type { Surroundings } from '../surroundings.ts';

/** Flags that every command with a run takes. */
export interface CommonFlags {
  out?: string;
  json?: boolean;
  quiet?: boolean;
  color?: boolean;
}

/** How a command that collects is to read. */
export interface ReadingFlags {
  resume?: boolean;
  since?: string;
  full?: boolean;
}

export interface AuditFlags extends CommonFlags, ReadingFlags {
  snapshot?: string;
  failOn: Severity;
  failOnNew?: boolean;
  baseline?: string;
  waivers?: string;
  acceptShrink?: boolean;
}

export function outOption(): Option {
  return new Option('--out <folder>', 'reports folder, in place of AUDIT_REPORTS_DIR').argParser(notBlank);
}

/** `--out "$UNSET"` must not end up in the default folder, nor any other path. */
function notBlank(path: string): string {
  if (path.trim() === '') throw new InvalidArgumentError('It is blank.');
  return path;
}

export function failOnOption(): Option {
  return new Option('--fail-on <severity>', 'end with code 1 from this severity on')
    .choices([...SEVERITIES])
    .default('error');
}

export function snapshotOption(): Option {
  return new Option(
    '--snapshot <folder>',
    'judge a sealed snapshot (or a run that holds one); no network is touched',
  ).argParser(notBlank);
}

export function failOnNewOption(): Option {
  return new Option('--fail-on-new', 'end with code 1 for new findings only; known ones are still reported');
}

export function baselineOption(): Option {
  return new Option(
    '--baseline <run>',
    'run whose groups granted what they should (one from before the cutover); serves the access rules of drift, where the last complete drift run serves otherwise',
  ).argParser(notBlank);
}

export function waiversOption(): Option {
  return new Option('--waivers <file>', 'CSV of findings that somebody accepts for a time').argParser(
    notBlank,
  );
}

export function acceptShrinkOption(): Option {
  return new Option(
    '--accept-shrink',
    'believe datasets that lost more than a fifth of their rows since the last run',
  );
}

export function resumeOption(): Option {
  return new Option('--resume', 'go on with what an interrupted or crashed run of the same kind has read');
}

export function sinceOption(): Option {
  return new Option(
    '--since <snapshot>',
    'read only the members of groups that changed since that snapshot (or run), and carry the others over',
  )
    .argParser(notBlank)
    .conflicts('full');
}

export function fullOption(): Option {
  return new Option('--full', 'read everything; drift else reads what changed since the last run');
}

export function jsonOption(): Option {
  return new Option('--json', 'print the content of run.json on stdout');
}

export function quietOption(): Option {
  return new Option('--quiet', 'print nothing but errors (and what --json asks for)');
}

export function noColorOption(): Option {
  return new Option('--no-color', 'print without colours');
}

/** The settings from `.env` and the environment, with those of the flags over them. */
export async function readConfig<const Need extends SettingsNeed>(
  surroundings: Surroundings,
  need: Need,
  flags: CommonFlags,
): Promise<Config<Need>> {
  const [{ readEnvFile }, { loadConfig, settingsWarnings }] = await Promise.all([
    import('../../src/config/env-file.ts'),
    import('../../src/config/settings.ts'),
  ]);
  const file = await readEnvFile(surroundings.cwd);
  const env = await settingsFrom(file, surroundings, flags);
  if (!flags.quiet) {
    for (const { where, what, hint } of settingsWarnings(env)) {
      surroundings.stderr(`Warning: ${where}: ${what} ${hint}\n`);
    }
  }
  return loadConfig(env, need, file.mistakes);
}

/** The texts of the settings, those of the flags over the environment's and the file's; secrets are hidden from now on. */
export async function settingsFrom(
  file: EnvFile,
  surroundings: Surroundings,
  flags: CommonFlags,
): Promise<Environment> {
  const [{ withEnvironment }, { SETTING_NAMES, SETTINGS }] = await Promise.all([
    import('../../src/config/env-file.ts'),
    import('../../src/config/settings.ts'),
  ]);
  const env = withEnvironment(file, surroundings.env);
  for (const name of SETTING_NAMES) {
    if (SETTINGS[name].secret && env[name]) for (const text of secretsIn(env[name])) surroundings.hide(text);
  }
  return flags.out === undefined ? env : { ...env, AUDIT_REPORTS_DIR: flags.out };
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
