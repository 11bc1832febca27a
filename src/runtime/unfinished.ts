import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AuditError } from '../domain/errors.ts';
import { type Lock, Locked, takeLock } from './lock.ts';

/**
 * Works in a hidden folder next to what is to be made at `path`, which is then moved to its place as a whole. What a process
 * left there that was killed is removed by the next one that makes the same; one at a time does. Throws an
 * {@link AuditError} where another one is at it, and where nothing can be written.
 */
export async function inUnfinished<Result>(
  path: string,
  make: (folder: string) => Promise<Result>,
): Promise<Result> {
  const hidden = join(dirname(resolve(path)), `.${basename(resolve(path))}`);
  const folder = `${hidden}.unfinished`;
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  let lock: Lock | null = null;
  try {
    lock = await takeLock(`${hidden}.lock`);
    await removeFolder();
    await mkdir(folder, { mode: 0o700 });
  } catch (cause) {
    await lock?.release();
    throw explained(path, cause);
  }
  try {
    return await make(folder);
  } finally {
    await removeFolder();
    await lock.release();
  }
}

function explained(path: string, cause: unknown): unknown {
  if (cause instanceof Locked) {
    return new AuditError(`Another process is making ${path} already. ${cause.message}`, {
      hint: 'Wait until it has ended, or name another place.',
      cause,
    });
  }
  if (!(cause instanceof Error && 'syscall' in cause)) return cause;
  return new AuditError(`Cannot write ${path}: ${cause.message}`, {
    hint: 'Check that its folder is there and writable, and that its disk has room.',
    cause,
  });
}
