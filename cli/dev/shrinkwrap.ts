import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes the package's npm-shrinkwrap.json while it is packed: whoever installs the package gets the very libraries that
 * were tested, `overrides` included, which npm does not take from a package that is installed. `--remove` takes it away
 * again: in the working tree it would stand before package-lock.json.
 */

const SHRINKWRAP = 'npm-shrinkwrap.json';

interface Locked {
  dev?: true;
  /** Where it came from: a registry of whoever packs. The integrity says what it is. */
  resolved?: string;
  devDependencies?: unknown;
}

if (process.argv.includes('--remove')) rmSync(SHRINKWRAP, { force: true });
else {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };
  const shipped = Object.entries(lock.packages).filter(([, { dev }]) => dev !== true);
  const packages = shipped.map(([path, { resolved: _, devDependencies: __, ...locked }]) => [path, locked]);
  const shrinkwrap = { ...lock, packages: Object.fromEntries(packages) };
  writeFileSync(SHRINKWRAP, `${JSON.stringify(shrinkwrap, null, 2)}\n`);
}
