import { CommanderError } from 'commander';
import { AuditError, EXIT, type ExitCode } from '../src/domain/errors.ts';
import { visibleText } from '../src/report/visible-text.ts';

/** Replaces every secret in a text, whatever brought it there. */
export type Redact = (text: string) => string;

/** What an error ends the program with, and what a person is told about it. */
export interface Failure {
  exitCode: ExitCode;
  /** For stderr; empty where it was told already. */
  text: string;
}

/**
 * Expected failures print message and hint. Anything else is a bug and prints its stack, without secrets: an
 * error may carry a URL or a header that nobody meant to print.
 */
export function explainFailure(error: unknown, redact: Redact): Failure {
  if (error instanceof CommanderError) {
    // Commander has printed the message itself; help and version are no failures.
    return { exitCode: error.exitCode === 0 ? EXIT.clean : EXIT.failed, text: '' };
  }
  if (error instanceof AuditError) {
    const hint = error.hint === '' ? '' : `\nHint: ${error.hint}`;
    return { exitCode: EXIT.failed, text: visibleLines(redact(`Error: ${error.message}${hint}`)) };
  }
  const stack = error instanceof Error ? error.stack || `${error.name}: ${error.message}` : String(error);
  return {
    exitCode: EXIT.failed,
    text: visibleLines(redact(`This is a bug in optiid-audit, please report it:\n${stack}`)),
  };
}

/** Lines of a terminal: a message may carry a name from a directory, or a value that a query stumbled over. */
function visibleLines(text: string): string {
  return `${text.split('\n').map(visibleText).join('\n')}\n`;
}

/** Makes {@link Redact} from the values to hide; very short ones would hide half of every text. */
export function redactAll(secrets: readonly string[]): Redact {
  const hidden = secrets.filter((secret) => secret.length >= 6);
  return (text) => hidden.reduce((shown, secret) => shown.replaceAll(secret, '[hidden]'), text);
}
