import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { hasCode } from '../domain/errors.ts';

/** Makes a folder, and those above it, with mode 0700. Returns the first that was made, undefined where all were there. */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    // So Node calls a read-only disk, too; asked for one folder alone it says which of the two it is.
    let folder = resolve(path);
    while (!existsSync(dirname(folder))) folder = dirname(folder);
    await mkdir(folder, { mode: 0o700 });
    await mkdir(path, { recursive: true, mode: 0o700 });
    return folder;
  }
}
