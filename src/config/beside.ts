import { realpath } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';

/**
 * True where `directory` is the folder that somebody names, lies in it, or holds it: what is in the directory may have come
 * with the folder, from whoever made it.
 */
export async function isBeside(directory: string, named: string): Promise<boolean> {
  const [here, there] = await Promise.all([directory, resolve(directory, named)].map(realPathOrNull));
  if (!here || !there) return false;
  return here === dirname(there) || `${here}${sep}`.startsWith(`${there}${sep}`);
}

function realPathOrNull(path: string): Promise<string | null> {
  return realpath(path).catch(() => null);
}
