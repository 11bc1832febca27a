import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What comes from outside: the one place where clock, chance and streams are real. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  now: () => Date;
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  /** True where a person watches and colours help. */
  color: boolean;
  /** Aborted when the run is to stop. */
  signal: AbortSignal;
  /** Takes a value that must not be printed, whatever goes wrong. */
  hide: (secret: string) => void;
}

/** How a command speaks while it works, and where its runs go. */
export interface Speech {
  quiet: boolean;
}

const PACKAGE_NAME = 'optiid-audit';

/** Name and version of this tool, from its package. */
export function toolVersion(): { name: string; version: string } {
  // The build lies a level deeper than the sources: upwards, to whichever folder holds the package.
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    try {
      const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (found.name === PACKAGE_NAME) return { name: PACKAGE_NAME, version: found.version ?? '0.0.0' };
    } catch {
      // Not here: one level up.
    }
    const above = dirname(folder);
    if (above === folder) throw new Error('The package of optiid-audit was not found.');
    folder = above;
  }
}
