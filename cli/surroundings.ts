import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** What comes from outside: the one place where clock, chance and streams are real. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  now: () => Date;
  stdout: (text: string) => void;
  /**
   * Resolves once stdout takes more, with false when nobody reads it any longer: for output that is larger than memory.
   * Absent where it takes everything at once.
   */
  drained?: () => Promise<boolean>;
  stderr: (text: string) => void;
  /** True where a person watches and colours help. */
  color: boolean;
  /** Aborted when the run is to stop. */
  signal: AbortSignal;
  /** Takes a value that must not be printed, whatever goes wrong. */
  hide: (secret: string) => void;
}

/** Resolves once a stream takes more, with false when nobody reads it any longer. */
export function whenDrained(stream: Writable): Promise<boolean> {
  if (!stream.writable || !stream.writableNeedDrain) return Promise.resolve(stream.writable);
  return new Promise((resolve) => {
    const settle = () => {
      for (const event of ['drain', 'close', 'error']) stream.off(event, settle);
      resolve(stream.writable);
    };
    for (const event of ['drain', 'close', 'error']) stream.once(event, settle);
  });
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
