import { InvalidArgumentError } from 'commander';
import { SEVERITIES } from '../../src/domain/finding.ts';
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
    what: 'judge a sealed snapshot (or a run that holds one); no network is touched and no webhook notified',
    parse: notBlank,
    conflicts: ['resume', 'since', 'full', 'notify', 'notifyNames'],
  },
  resume: {
    flag: '--resume',
    what: 'resume an interrupted or crashed run of the same kind',
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
    what: 'webhook to notify at the end, in place of AUDIT_NOTIFY_URL; prefer the setting: other users of the machine can see flags',
  },
  notifyNames: {
    flag: '--notify-names',
    what: 'notify the webhook of the worst findings, with names of people and groups',
  },
  json: { flag: '--json', what: 'print the content of run.json on stdout' },
  quiet: {
    flag: '--quiet',
    what: 'print nothing but errors, incomplete runs among them (and what --json asks for)',
  },
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
