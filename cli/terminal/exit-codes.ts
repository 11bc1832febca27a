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
    const { message, hint } = error;
    return { exitCode: EXIT.failed, entry: { level: 'error', event: 'failed', message, hint } };
  }
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
