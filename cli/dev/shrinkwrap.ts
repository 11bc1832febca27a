import { rmSync, writeFileSync } from 'node:fs';
import { shippedLock } from './shipped-lock.ts';

/**
 * Writes the package's npm-shrinkwrap.json while it is packed: whoever installs the package from a registry gets the very
 * libraries that were tested, `overrides` included, which npm does not take from a package that is installed. (Of a package
 * in a file npm 11 does not look at it; `npm ci --omit=dev` in the unpacked package does.) `--remove` takes it away again: in
 * the working tree it would stand before package-lock.json.
 */

const SHRINKWRAP = 'npm-shrinkwrap.json';

if (process.argv.includes('--remove')) rmSync(SHRINKWRAP, { force: true });
else writeFileSync(SHRINKWRAP, shippedLock());
