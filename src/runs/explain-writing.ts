import { AuditError } from '../domain/errors.ts';

/** Writes; what the system refuses becomes an {@link AuditError} that names the folder. */
export async function explainWriting<Result>(path: string, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? cannotWrite(path, error) : error;
  }
}

/** What the system said when a run could not be written. */
export function cannotWrite(path: string, cause: unknown): AuditError {
  return new AuditError(
    `Cannot write to ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      hint: 'Check that the reports folder (AUDIT_REPORTS_DIR or --out) is writable and that its disk has room.',
      cause,
    },
  );
}
