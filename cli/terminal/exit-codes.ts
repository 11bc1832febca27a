import { CommanderError } from 'commander';
import { AuditError, EXIT, type ExitCode } from '../../src/domain/errors.ts';
import type { LogEntry } from '../../src/runtime/run-context.ts';

/** Replaces every secret in a text, whatever brought it there. */
export type Redact = (text: string) => string;

/** What an error ends the program with, and what a person is told about it. */
export interface Failure {
  exitCode: ExitCode;
  /** Null where it was told already. Whoever says it takes the secrets out. */
  entry: LogEntry | null;
}

/** Expected failures are told as message and hint. Anything else is a bug and told with its stack. */
export function explainFailure(error: unknown): Failure {
  if (error instanceof CommanderError) {
    // Commander has printed the message itself; help and version are no failures.
    return { exitCode: error.exitCode === 0 ? EXIT.clean : EXIT.failed, entry: null };
  }
  if (error instanceof AuditError) {
    const { message, hint, again } = error;
    const entry = { level: 'error', event: 'failed', message, hint } as const;
    return { exitCode: EXIT.failed, entry: again === 'may-help' ? entry : { ...entry, fields: { again } } };
  }
  const known = systemFailure(error);
  if (known !== null) return { exitCode: EXIT.failed, entry: { level: 'error', event: 'failed', ...known } };
  const stack = error instanceof Error ? error.stack || `${error.name}: ${error.message}` : String(error);
  return {
    exitCode: EXIT.failed,
    entry: {
      level: 'error',
      event: 'bug',
      message: `This is a bug in optiid-audit, please report it:\n${stack}`,
    },
  };
}

/** What the machine may refuse, by the code or the message of the error, and what helps. */
const SYSTEM_FAILURES: readonly { is: RegExp; what: string; hint: string }[] = [
  {
    is: /^(ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND|ERR_DLOPEN_FAILED)\b/u,
    what: 'The installation of optiid-audit is damaged: a part of it is missing',
    hint: 'Install it again.',
  },
  {
    is: /\b(EMFILE|ENFILE)\b|Too many open files/u,
    what: 'Too many files are open',
    hint: 'Raise the limit (ulimit -n), for example to 1024, and run the command again.',
  },
  {
    is: /\b(ENOSPC|EDQUOT)\b|No space left on device|Disk quota exceeded/u,
    what: 'There is no space left on a disk',
    hint: 'Free space (or inodes) under the reports folder and under the folder for temporary files, TMPDIR.',
  },
  {
    is: /\bENOMEM\b|^ERR_MEMORY_ALLOCATION_FAILED\b|Out of Memory Error|Cannot allocate memory/u,
    what: 'There is not enough memory',
    hint: 'Give the process more, or run it on a larger machine.',
  },
  {
    is: /^IO Error: /u,
    what: 'The analysis cannot read or write a file',
    hint: 'Look at the disk under the reports folder and under the folder for temporary files, TMPDIR.',
  },
  {
    is: /^E[A-Z0-9]+: [A-Z0-9]+: /u,
    what: 'The system refuses a file',
    hint: 'See that the path is there, that this user may read and write it, and that nothing else changes it meanwhile.',
  },
];

/** With fewer a part of the program may not be found because it cannot be opened, which Node does not tell apart. */
const HANDLES_TO_LOAD = 256;

function isShortOfHandles(text: string): boolean {
  return /^(ERR_)?MODULE_NOT_FOUND\b/u.test(text) && openFilesLimit() < HANDLES_TO_LOAD;
}

/** How many files this process may have open; infinite where the system does not say. */
function openFilesLimit(): number {
  const { userLimits } = process.report.getReport() as unknown as {
    userLimits?: { open_files?: { soft?: number | string } };
  };
  return Number(userLimits?.open_files?.soft) || Number.POSITIVE_INFINITY;
}

/** A refusal of the machine is no bug. Null for any other error. */
function systemFailure(error: unknown): { message: string; hint: string } | null {
  if (!(error instanceof Error)) return null;
  const { code } = error as NodeJS.ErrnoException;
  const text = `${code === undefined ? '' : `${code}: `}${error.message}`;
  const known = isShortOfHandles(text)
    ? {
        what: `Too many files are open, it seems: this process may open ${openFilesLimit()}`,
        hint: 'Raise the limit (ulimit -n), for example to 1024, and run the command again. If that does not help, install it again.',
      }
    : SYSTEM_FAILURES.find(({ is }) => is.test(text));
  // Of what could not be loaded the first line says what; the others list who asked for it.
  return known ? { message: `${known.what}: ${error.message.split('\n', 1)[0]}.`, hint: known.hint } : null;
}

/** Makes {@link Redact} from the values to hide; very short ones would hide half of every text. */
export function redactAll(secrets: readonly string[]): Redact {
  const hidden = secrets.filter((secret) => secret.length >= 6);
  return (text) => hidden.reduce((shown, secret) => shown.replaceAll(secret, '[hidden]'), text);
}

/** Addresses among a command's arguments that say more than a host: such may be secrets, mistyped flag or not. */
export function addressesIn(args: readonly string[]): string[] {
  return args
    .flatMap((arg) => arg.match(/https?:\/\/\S+/giu) ?? [])
    .filter((address) => !/^https?:\/\/[^/?#@]*\/?$/iu.test(address));
}
