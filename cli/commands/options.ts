import { Option } from 'commander';
import type { Config, SettingsNeed } from '../../src/config/config.ts';
import { SEVERITIES, type Severity } from '../../src/domain/finding.ts';
import type { Surroundings } from '../compose.ts';

/** Flags that every command with a run takes. */
export interface CommonFlags {
  out?: string;
  json?: boolean;
  quiet?: boolean;
  color?: boolean;
}

export interface AuditFlags extends CommonFlags {
  snapshot?: string;
  failOn: Severity;
}

export function outOption(): Option {
  return new Option('--out <folder>', 'reports folder, in place of AUDIT_REPORTS_DIR');
}

export function failOnOption(): Option {
  return new Option('--fail-on <severity>', 'end with code 1 from this severity on')
    .choices([...SEVERITIES])
    .default('error');
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
  const [{ readEnvFile, withEnvironment }, { loadConfig, SETTING_NAMES, SETTINGS, settingsWarnings }] =
    await Promise.all([import('../../src/config/env-file.ts'), import('../../src/config/settings.ts')]);
  const file = await readEnvFile(surroundings.cwd);
  const env = withEnvironment(file, surroundings.env);
  for (const name of SETTING_NAMES) if (SETTINGS[name].secret && env[name]) surroundings.hide(env[name]);
  if (!flags.quiet) {
    for (const { where, what, hint } of settingsWarnings(env)) {
      surroundings.stderr(`Warning: ${where}: ${what} ${hint}\n`);
    }
  }
  return loadConfig(
    flags.out === undefined ? env : { ...env, AUDIT_REPORTS_DIR: flags.out },
    need,
    file.mistakes,
  );
}
