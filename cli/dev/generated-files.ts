import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Writes the files, given by their path below the root; with `--check` says which are stale and ends with code 1. */
export function refresh(files: Readonly<Record<string, string>>): void {
  const stale = Object.entries(files).filter(([file, text]) => current(join(ROOT, file)) !== text);
  const names = stale.map(([file]) => file).join(', ');
  if (stale.length === 0) console.log(`${Object.keys(files).length} generated files are fresh.`);
  else if (process.argv.includes('--check')) {
    console.error(`Stale: ${names}. Run \`npm run generate\` and commit the result.`);
    process.exitCode = 1;
  } else {
    for (const [file, text] of stale) {
      mkdirSync(dirname(join(ROOT, file)), { recursive: true });
      writeFileSync(join(ROOT, file), text);
    }
    console.log(`Written: ${names}`);
  }
}

/** Null: it does not exist yet. */
function current(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
