import { exec } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { SettingName } from '../config/settings.ts';
import type { Mistake } from '../domain/errors.ts';
import { REFERENCE } from './fleet-schema.ts';

const run = promisify(exec);
const LIMITS = { timeout: 30_000, maxBuffer: 64 * 1024 };

/** Where references are looked up. */
export interface SecretPlaces {
  env: Readonly<Record<string, string | undefined>>;
  /** Paths are seen from here. */
  folder: string;
}

type Found = { value: string } | { missing: string; hint: string };

/** What a value of `fleet.yaml` stands for. Nothing of a secret, or of what a command printed, gets into the answer if it fails. */
async function lookUp(text: string, { env, folder }: SecretPlaces): Promise<Found> {
  const [, kind, place = ''] = REFERENCE.exec(text) ?? [];
  switch (kind) {
    case 'env': {
      const value = env[place];
      if (value) return { value };
      return { missing: 'names a variable that is not set.', hint: 'Set it where the worker is started.' };
    }
    case 'file': {
      const path = resolve(folder, place);
      try {
        // A pipe would be waited for.
        if (!(await stat(path)).isFile()) return { missing: 'names no file.', hint: 'Check the path.' };
        const value = (await readFile(path, 'utf8')).trimEnd();
        return value === ''
          ? { missing: 'names an empty file.', hint: 'Write the secret into it.' }
          : { value };
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
        return { missing: `names a file that cannot be read${code}.`, hint: 'Check path and mode.' };
      }
    }
    case 'exec':
      try {
        const { stdout } = await run(place, { ...LIMITS, env: env as NodeJS.ProcessEnv, cwd: folder });
        const value = stdout.trimEnd();
        return value === ''
          ? { missing: 'names a command that prints nothing.', hint: 'It has to print the secret.' }
          : { value };
      } catch (error) {
        const { code, killed } = error as { code?: unknown; killed?: boolean };
        const why = killed ? `was ended after ${LIMITS.timeout / 1000} s` : `failed (code ${code})`;
        return { missing: `names a command that ${why}.`, hint: 'Run it by hand as the user of the worker.' };
      }
    default:
      return { value: text };
  }
}

/** The values of settings with every reference looked up, and what could not be. */
export async function resolveSettings(
  settings: Readonly<Partial<Record<SettingName, string>>>,
  places: SecretPlaces,
  where: (setting: SettingName) => string,
): Promise<{ values: Record<string, string>; mistakes: Mistake[]; missing: ReadonlySet<string> }> {
  const values: Record<string, string> = {};
  const mistakes: Mistake[] = [];
  const missing = new Set<string>();
  for (const [name, text] of Object.entries(settings) as [SettingName, string][]) {
    const found = await lookUp(text, places);
    if ('value' in found) values[name] = found.value;
    else {
      missing.add(name);
      mistakes.push({ where: where(name), what: `${name} ${found.missing}`, hint: found.hint });
    }
  }
  return { values, mistakes, missing };
}

/** As {@link resolveSettings}, of one value that is no setting. */
export async function resolveOne(
  text: string,
  places: SecretPlaces,
  what: string,
): Promise<string | Mistake> {
  const found = await lookUp(text, places);
  return 'value' in found ? found.value : { where: what, what: found.missing, hint: found.hint };
}
