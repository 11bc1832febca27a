/** Exit codes of the executable. Where several apply: failed, then incomplete, then findings. */
export const EXIT = { clean: 0, findings: 1, failed: 2, incomplete: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * What the same command would come to later: `no-use` until somebody changes settings or rights; `later` as soon as somebody
 * else has ended; else it may help.
 */
export type TryAgain = 'no-use' | 'later' | 'may-help';

export interface ErrorNote {
  /** What to do about it, one or two sentences. */
  hint: string;
  cause?: unknown;
  again?: TryAgain;
}

/** True for an error of the system with one of these codes. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** An expected failure: printed as message and hint, without a stack, and ends the run with code 2. */
export class AuditError extends Error {
  override name = 'AuditError';
  readonly hint: string;
  readonly again: TryAgain;

  constructor(message: string, note: ErrorNote) {
    super(message, note.cause === undefined ? undefined : { cause: note.cause });
    this.hint = note.hint;
    this.again = note.again ?? 'may-help';
  }
}

/** One mistake in the settings, the flags or a file given by the user. */
export interface Mistake {
  /** Where: a setting's name, a flag, `.env:12`. */
  where: string;
  what: string;
  hint: string;
}

/** All mistakes at once, so that nobody has to find them one run at a time. */
export class SettingsError extends AuditError {
  override name = 'SettingsError';
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    super(
      mistakes.length === 1
        ? `${mistakes[0]?.where}: ${mistakes[0]?.what}`
        : `${mistakes.length} settings are wrong:\n${mistakes.map((m) => `  - ${m.where}: ${m.what} ${m.hint}`).join('\n')}`,
      {
        hint:
          mistakes.length === 1 ? (mistakes[0]?.hint ?? '') : 'Correct them all, then run the command again.',
        again: 'no-use',
      },
    );
    this.mistakes = mistakes;
  }
}

/**
 * A dataset could not be read completely. Not a failure of the run: the dataset becomes *partial* or
 * *unread*, the rules that need it become *unknown*, and the run ends with code 3.
 */
export class IncompleteRead extends Error {
  override name = 'IncompleteRead';

  constructor(reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
  }
}
