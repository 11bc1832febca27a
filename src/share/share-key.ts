import { randomBytes } from 'node:crypto';
import { link, lstat, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditError, hasCode } from '../domain/errors.ts';

/** Below the reports folder, and in no run: whoever gets a copy must not get the key. */
export const SHARE_KEY_FILE = '.share-key';
const KEY_BYTES = 32;

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
  const unfinished = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(unfinished, `${randomBytes(KEY_BYTES).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
    await syncFile(unfinished);
    // Of two that begin at once the first one's key holds.
    await link(unfinished, path).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error;
    });
  } finally {
    await rm(unfinished, { force: true });
  }
  return readShareKey(reportsDir);
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  await file.sync().finally(() => file.close());
}
