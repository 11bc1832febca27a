import { readFileSync } from 'node:fs';

interface Locked {
  dev?: true;
  /** Where it came from: a registry of whoever packs. The integrity says what it is. */
  resolved?: string;
  devDependencies?: unknown;
}

/** package-lock.json without what is only for development: the very libraries that were tested. */
export function shippedLock(): string {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };
  const shipped = Object.entries(lock.packages).filter(([, { dev }]) => dev !== true);
  const packages = shipped.map(([path, { resolved: _, devDependencies: __, ...locked }]) => [path, locked]);
  return `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`;
}
