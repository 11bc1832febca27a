import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { AuditError, type Mistake } from '../domain/errors.ts';
import { type Environment, SETTINGS } from './settings.ts';

export const ENV_FILE = '.env';

export interface EnvFile {
  values: Record<string, string>;
  /** Lines that say nothing, each with its number: `.env:12`. */
  mistakes: Mistake[];
}

/** Reads `.env` in `directory`; no file is no mistake. Throws an {@link AuditError} where it cannot be read. */
export async function readEnvFile(directory: string): Promise<EnvFile> {
  const path = join(directory, ENV_FILE);
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { values: {}, mistakes: [] };
    throw new AuditError(`Cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      hint: 'Make it a file that this user may read, or remove it and set the environment.',
      cause: error,
    });
  }
  try {
    return parseEnvFile(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new AuditError(`Cannot read ${path}: it is not UTF-8 text.`, {
      hint: 'Save it as UTF-8.',
      cause: error,
    });
  }
}

/** Settings that say together where to sign in and as whom, by the beginning of their names. */
const SIDES = ['OKTA_', 'OPTIID_'] as const;

/**
 * The file's settings, over which those of the environment win; there too an empty text counts as unset. Of a side that
 * the environment speaks of, nothing is taken from the file: a token must never go to an address that somebody else wrote
 * down.
 */
export function withEnvironment(file: EnvFile, env: Environment): Environment {
  const { used, set } = apart(file, env);
  return { ...used, ...set };
}

/** What of the file is left out for that, as a warning for each side. */
export function settingsLeftOut(file: EnvFile, env: Environment): Mistake[] {
  const { used, set } = apart(file, env);
  return SIDES.flatMap((side) => {
    const left = Object.keys(file.values).filter(
      (name) => name.startsWith(side) && file.values[name] !== '' && !(name in used) && !(name in set),
    );
    if (left.length === 0) return [];
    return [
      {
        where: ENV_FILE,
        what: `${left.join(', ')} ${left.length === 1 ? 'is' : 'are'} not used, because the environment sets ${settingOf(side, set, file)}.`,
        hint: `Set all ${side}… settings in one place, the environment or the file.`,
      },
    ];
  });
}

function apart({ values }: EnvFile, env: Environment) {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const spoken = SIDES.filter((side) => settingOf(side, set, { values }) !== undefined);
  const isUsed = ([name]: [string, string]) => !spoken.some((side) => name.startsWith(side));
  return { used: Object.fromEntries(Object.entries(values).filter(isUsed)), set };
}

/** By which setting the environment speaks of a side. The password of the store may stand outside of its URL. */
function settingOf(side: string, set: Environment, { values }: Pick<EnvFile, 'values'>): string | undefined {
  const name = Object.keys(set).find((each) => each.startsWith(side) && Object.hasOwn(SETTINGS, each));
  const url = values.OPTIID_DATABASE_URL ?? '';
  const needsPassword = url !== '' && !/:\/\/[^/@]*:[^/@]|[?&]password=/u.test(url);
  return name ?? (side === 'OPTIID_' && set.PGPASSWORD && needsPassword ? 'PGPASSWORD' : undefined);
}

const ASSIGNMENT = /^[^\S\n]*(?:export[^\S\n]+)?([\w.-]+)[^\S\n]*=/u;

/** From an opening quote to the end of the line that closes it, as dotenv reads it. */
function quotedValue(quote: string): RegExp {
  return new RegExp(`${quote}(?:\\\\${quote}|[^${quote}])*${quote}[^\\S\\n]*(?:#.*)?$`, 'muy');
}

/**
 * Parses the text of a `.env` file. dotenv skips what it does not understand, and a setting skipped is a
 * setting lost: here the text is cut into statements, each is given to dotenv, and what is none is a mistake.
 */
export function parseEnvFile(text: string): EnvFile {
  const lines = text
    .replace(/^\uFEFF/u, '')
    .replace(/\r\n?/gu, '\n')
    .split('\n');
  const values: Record<string, string> = {};
  const mistakes: Mistake[] = [];
  let index = 0;
  while (index < lines.length) {
    const first = lines[index] ?? '';
    const where = `${ENV_FILE}:${index + 1}`;
    if (/^\s*(?:#.*)?$/u.test(first)) {
      index += 1;
      continue;
    }
    const assignment = ASSIGNMENT.exec(first);
    const name = assignment?.[1];
    if (!assignment || name === undefined) {
      mistakes.push({ where, what: 'is not NAME=value.', hint: 'Correct the line, or begin it with #.' });
      index += 1;
      continue;
    }
    const value = first.slice(assignment[0].length);
    const quote = /^\s*(['"`])/u.exec(value)?.[1];
    const statement = quote ? quotedStatement(lines, index, first.indexOf(quote), quote) : [first];
    const wrong = quote ? wrongQuotes(value.trimStart(), statement) : wrongComment(name, value);
    if (wrong) mistakes.push({ where, ...wrong });
    else Object.assign(values, parse(statement.join('\n')));
    index += Math.max(1, statement.length);
  }
  return { values, mistakes };
}

/** The lines of an assignment whose value is quoted; none when the quotes do not end where a value can. */
function quotedStatement(lines: readonly string[], index: number, from: number, quote: string): string[] {
  const rest = lines.slice(index).join('\n');
  const pattern = quotedValue(quote);
  pattern.lastIndex = from;
  return pattern.test(rest) ? rest.slice(0, pattern.lastIndex).split('\n') : [];
}

function wrongQuotes(value: string, statement: readonly string[]): Omit<Mistake, 'where'> | null {
  if (statement.length === 0) {
    const closesOnItsLine = value.indexOf(value.charAt(0), 1) > 0;
    return closesOnItsLine
      ? {
          what: 'has text behind the closing quote.',
          hint: 'End the value with its quote, or use another kind of quote around it.',
        }
      : { what: 'opens a quote that is never closed.', hint: 'Close it, or remove it.' };
  }
  const swallowed = statement
    .slice(1)
    .some((line) => Object.hasOwn(SETTINGS, ASSIGNMENT.exec(line)?.[1] ?? ''));
  return swallowed
    ? { what: 'opens a quote that takes in the settings below it.', hint: 'Close it on its own line.' }
    : null;
}

/** dotenv ends a value without quotes at any `#`, so a password could lose its end unnoticed. */
function wrongComment(name: string, value: string): Omit<Mistake, 'where'> | null {
  return Object.hasOwn(SETTINGS, name) && /^(?:[^#]*[^#\s]#|#\S)/u.test(value)
    ? { what: 'has a # in its value, which begins a comment.', hint: 'Put the value in quotes.' }
    : null;
}
