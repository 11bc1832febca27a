import { InvalidArgumentError, Option } from 'commander';
import type { Config, SettingsNeed } from '../../src/config/config.ts';
import { SEVERITIES, type Severity } from '../../src/domain/finding.ts';
import type { RunContext } from '../../src/runtime/run-context.ts';
import { LOG_FORMATS } from '../terminal/logger.ts';

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

/** Whom to tell how an audit ended. */
export interface NotifyFlags {
  notify?: string;
  notifyNames?: boolean;
}

export interface AuditFlags extends CommonFlags, ReadingFlags, NotifyFlags {
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
export function notBlank(path: string): string {
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

/** Not parsed here: commander repeats what it refuses, and this is a secret. */
export function notifyOption(): Option {
  return new Option(
    '--notify <url>',
    'webhook to tell how it ended, in place of AUDIT_NOTIFY_URL; the setting is the better place, since others on the machine can see flags',
  );
}

export function notifyNamesOption(): Option {
  return new Option('--notify-names', 'tell the webhook the worst findings with names of people and groups');
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

/** Every command has it: all of them may fail. It is looked at where stderr is opened, before commands are. */
export function logOption(): Option {
  return new Option('--log <format>', 'stderr as text, or as one JSON object a line')
    .choices([...LOG_FORMATS])
    .default('text');
}

/** Reads the settings; loaded when a command needs them, so that `--help` loads nothing. */
export async function readConfig<const Need extends SettingsNeed>(
  context: RunContext,
  need: Need,
  flags: CommonFlags & NotifyFlags,
): Promise<Config<Need>> {
  const { readConfig: read } = await import('../../src/config/read-config.ts');
  return read(context, need, flags);
}
