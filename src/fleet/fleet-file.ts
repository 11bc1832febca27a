import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { SETTINGS, type SettingName } from '../config/settings.ts';
import { AuditError, hasCode, type Mistake, SettingsError } from '../domain/errors.ts';
import type { Severity } from '../domain/finding.ts';
import { didYouMean } from '../domain/nearest.ts';
import type { Job } from '../domain/rule.ts';
import { FLEET, isSecret, ORGANIZATION_SETTINGS, REFERENCE } from './fleet-schema.ts';
import { type NightWindow, parseWindow } from './night.ts';

/** An organization of `fleet.yaml`, with the defaults in the place of what it does not say. */
export interface Organization {
  name: string;
  job: Job;
  window: NightWindow;
  failOn: Severity;
  /** Absolute path, or null. */
  waivers: string | null;
  expectedMinutes: number;
  memoryMb: number;
  limitMinutes: number;
  /** Values as they stand in the file: secrets as references. */
  settings: Readonly<Partial<Record<SettingName, string>>>;
}

export interface Fleet {
  path: string;
  /** References and waivers are seen from here. */
  folder: string;
  /** Absolute path of the folder of runs. */
  runs: string;
  s3: NonNullable<z.infer<typeof FLEET>['s3']> | null;
  queue: z.infer<typeof FLEET>['queue'];
  organizations: readonly Organization[];
  /** Where an organization, or a setting of it, stands in the file: `fleet.yaml:12`. */
  where: (organization: string, setting?: SettingName) => string;
}

const HINT_OF_SECRET = 'Write where it is: env:NAME, file:PATH or exec:COMMAND.';

const NO_FILE =
  'Write one: the README shows a whole fleet.yaml. Or name yours with --file; without that it is fleet.yaml in this folder.';

function whyNot(cause: unknown): string {
  if (hasCode(cause, 'EACCES', 'EPERM')) return 'access is denied';
  if (hasCode(cause, 'EISDIR')) return 'it is a folder';
  return cause instanceof Error ? cause.message : String(cause);
}

/** Reads `fleet.yaml`. Throws a {@link SettingsError} with every mistake in it; it never repeats a value. */
export async function readFleet(path: string): Promise<Fleet> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw hasCode(cause, 'ENOENT', 'ENOTDIR')
      ? new AuditError(`There is no fleet file ${path}.`, { hint: NO_FILE, cause })
      : new AuditError(`The fleet file ${path} cannot be read: ${whyNot(cause)}.`, {
          hint: 'Check that it is a file and that this user may read it; --file names another one.',
          cause,
        });
  }
  return parseFleet(text, path);
}

/** As {@link readFleet}, of a text. */
export function parseFleet(text: string, path: string): Fleet {
  const lines = new LineCounter();
  const file = basename(path);
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const mistakes: Mistake[] = [...document.errors, ...document.warnings].map(({ code, pos }) => ({
    where: `${file}:${lines.linePos(pos[0]).line}`,
    // The library's own message may quote the line, and with it a secret.
    what: code === 'DUPLICATE_KEY' ? 'has a key twice.' : `is not YAML (${code}).`,
    hint: code === 'DUPLICATE_KEY' ? 'Take one of them out.' : 'Check indentation, quotes and colons.',
  }));
  if (mistakes.length > 0) throw new SettingsError(mistakes);
  const at = (...keys: readonly PropertyKey[]) => `${file}:${lineOf(document, lines, keys)}`;
  const parsed = FLEET.safeParse(document.toJS({ maxAliasCount: 10_000 }) ?? {});
  if (!parsed.success) throw new SettingsError(parsed.error.issues.flatMap((issue) => asMistakes(issue, at)));

  const { runs, s3, queue, defaults, organizations } = parsed.data;
  const folder = dirname(resolve(path));
  const where: Fleet['where'] = (name, setting) => {
    const own = organizations[name]?.settings ?? {};
    if (setting === undefined || (!(setting in own) && !(setting in (defaults.settings ?? {})))) {
      return at('organizations', name);
    }
    return setting in own
      ? at('organizations', name, 'settings', setting)
      : at('defaults', 'settings', setting);
  };
  const all = Object.entries(organizations).map(([name, own]): Organization => {
    const given = { ...defaults, ...own };
    const window = parseWindow(given.window ?? '22:00-05:00');
    if (window === null) throw new TypeError('The schema let a window pass that is none.');
    return {
      name,
      job: given.job ?? 'drift',
      window: { ...window, zone: given.time_zone ?? 'UTC' },
      failOn: given.fail_on ?? 'error',
      waivers: given.waivers === undefined ? null : resolve(folder, given.waivers),
      expectedMinutes: given.expected_minutes ?? 10,
      memoryMb: given.memory_mb ?? 2_048,
      limitMinutes: given.time_limit_minutes ?? 240,
      settings: asTexts({ ...defaults.settings, ...own.settings }, folder),
    };
  });
  return { path, folder, runs: resolve(folder, runs), s3: s3 ?? null, queue, organizations: all, where };
}

/** Paths are seen from the folder of the fleet file, since audits run elsewhere. */
function asTexts(settings: Readonly<Record<string, unknown>>, folder: string): Organization['settings'] {
  return Object.fromEntries(
    Object.entries(settings)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => {
        const text = String(value);
        const isPath = 'file' in SETTINGS[name as SettingName] && !REFERENCE.test(text);
        return [name, isPath ? resolve(folder, text) : text];
      }),
  );
}

type Issue = z.core.$ZodIssue;

function asMistakes(issue: Issue, at: (...keys: PropertyKey[]) => string): Mistake[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const inSettings = path.at(-1) === 'settings';
    const known = inSettings ? ORGANIZATION_SETTINGS : KNOWN_KEYS;
    return issue.keys.map((key) => ({
      where: at(...issue.path, key),
      what: `is not known here${/^[\w-]{1,40}$/u.test(key) ? `: ${key}` : ''}.`,
      hint: `${didYouMean(key, known)}The README lists ${inSettings ? 'the settings' : 'what fleet.yaml may hold'}.`,
    }));
  }
  const last = path.at(-1) ?? '';
  const isSecretItself = issue.message === 'holds a secret itself.' || SECRET_NAMES.has(last);
  return [
    {
      where: at(...issue.path),
      what: `${last === '' ? 'The file' : last} ${isSecretItself ? 'holds a secret itself.' : plain(issue)}`,
      hint: isSecretItself ? HINT_OF_SECRET : 'The README shows a whole fleet.yaml.',
    },
  ];
}

const SECRET_NAMES = new Set<string>([...ORGANIZATION_SETTINGS.filter(isSecret), 'access_key', 'secret_key']);

const KNOWN_KEYS = [
  ...Object.keys(FLEET.shape),
  ...Object.keys(FLEET.shape.defaults.unwrap().shape),
  ...Object.keys(FLEET.shape.queue.unwrap().shape),
];

/** Messages of our own begin with a verb; those of the library do not. */
function plain({ code, message }: Issue): string {
  if (code === 'invalid_key') {
    return 'is not a name: letters, digits, dots, hyphens and underscores, 63 at most.';
  }
  return /^(?:is|holds|names) /u.test(message) ? message : `is not as it should be (${message}).`;
}

/** The line of the key that a path leads to, or of the last one of it that is there. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const key of path) {
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
    if (pair === undefined) break;
    offset = (pair.key as Node).range?.[0] ?? offset;
    node = pair.value;
  }
  return lines.linePos(offset).line;
}
