import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { AuditError, hasCode } from '../domain/errors.ts';

/** Bytes of one file that is read as a whole. Node makes no text of more than 512 MB. */
const MOST_BYTES = 256 * 1024 * 1024;

interface Opening {
  /** A link is followed: for a file that the user names. One that a folder of somebody else holds is refused. */
  followLinks?: boolean;
}

/** What is not a regular file: opening it would wait for a writer, read without end or lead somewhere else. */
export class NotRegularFile extends AuditError {
  override name = 'NotRegularFile';

  constructor(path: string, what: string) {
    super(`${path} is ${what}, not a regular file.`, {
      hint: 'Put the file itself there; nothing else is read.',
    });
  }
}

/**
 * Opens a file for reading. Never waits and never follows a link. Throws {@link NotRegularFile} for links, folders,
 * pipes, sockets and devices, and the system's own error for anything else.
 */
export async function openRegularFile(
  path: string,
  { followLinks = false }: Opening = {},
): Promise<FileHandle> {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  let file: FileHandle;
  try {
    file = await open(path, O_RDONLY | O_NONBLOCK | (followLinks ? 0 : O_NOFOLLOW));
  } catch (error) {
    // ELOOP: a link. ENXIO: a socket, or a device without a driver.
    if (!hasCode(error, 'ELOOP', 'EMLINK', 'ENXIO')) throw error;
    const isLink = (await lstat(path).catch(() => null))?.isSymbolicLink() === true;
    throw new NotRegularFile(path, isLink ? 'a link' : 'a socket or a device');
  }
  try {
    const stat = await file.stat();
    if (stat.isFile()) return file;
    const what = stat.isDirectory() ? 'a folder' : stat.isFIFO() ? 'a pipe' : 'a device';
    throw new NotRegularFile(path, what);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * The whole of a file, opened as {@link openRegularFile} does. Throws an {@link AuditError} too where it has more
 * than `mostBytes`.
 */
export async function readRegularFile(
  path: string,
  { mostBytes = MOST_BYTES, ...opening }: Opening & { mostBytes?: number } = {},
): Promise<Buffer> {
  const file = await openRegularFile(path, opening);
  try {
    const { size } = await file.stat();
    if (size > mostBytes) {
      throw new AuditError(`${path} has ${size} bytes; at most ${mostBytes} are read.`, {
        hint: 'It is not the file that optiid-audit wrote, or it is damaged.',
      });
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** The text of a file, read as {@link readRegularFile} does. Throws an {@link AuditError} where it is not UTF-8. */
export async function readRegularText(
  path: string,
  options: Parameters<typeof readRegularFile>[1] = {},
): Promise<string> {
  const bytes = await readRegularFile(path, options);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new AuditError(`${path} is not UTF-8 text.`, { hint: 'It is damaged.', cause });
  }
}
