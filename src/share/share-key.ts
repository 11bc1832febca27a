import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditError, hasCode } from '../domain/errors.ts';
import { takeLock } from '../runtime/lock.ts';
import { writeThenRename } from '../snapshot/write-snapshot.ts';

/** Below the reports folder, and in no run: whoever gets a copy must not get the key. */
export const SHARE_KEY_FILE = '.share-key';
const KEY_BYTES = 32;
/** To write a key takes milliseconds. */
const PATIENCE_MS = 10_000;

/** The key of the pseudonyms below this reports folder. Throws an {@link AuditError} where there is none or it is no key. */
export async function readShareKey(reportsDir: string): Promise<Buffer> {
  const path = join(reportsDir, SHARE_KEY_FILE);
  const stats = await lstat(path).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    throw new AuditError(`There is no ${path}, the key of the pseudonyms.`, {
      hint: 'Name the reports folder (--out or AUDIT_REPORTS_DIR) on which share --redact was run.',
    });
  });
  if (!stats.isFile() || (stats.mode & 0o077) !== 0) {
    throw new AuditError(`${path} can be read by others, or is not a file.`, {
      hint: `Whoever has the key can turn pseudonyms back. Set its mode with chmod 600, if nobody else has read it.`,
    });
  }
  const text = (await readFile(path, 'utf8')).trim();
  if (/^[0-9a-f]{64}$/u.test(text)) return Buffer.from(text, 'hex');
  throw new AuditError(`${path} is damaged: it is not a key of ${KEY_BYTES} bytes in hexadecimal.`, {
    hint: 'Restore it from a backup. Without it, pseudonyms in earlier copies cannot be turned back.',
  });
}

/** The same, and makes the key where there is none. */
export async function makeShareKey(reportsDir: string): Promise<Buffer> {
  const path = join(reportsDir, SHARE_KEY_FILE);
  await mkdir(reportsDir, { recursive: true, mode: 0o700 });
  if (await lstat(path).catch(() => null)) return readShareKey(reportsDir);
  // Of two that begin at once the first one's key holds.
  const lock = await takeLock(`${path}.lock`, { patienceMs: PATIENCE_MS });
  try {
    if ((await lstat(path).catch(() => null)) === null) {
      await writeThenRename(path, Buffer.from(`${randomBytes(KEY_BYTES).toString('hex')}\n`));
    }
  } finally {
    await lock.release();
  }
  return readShareKey(reportsDir);
}
