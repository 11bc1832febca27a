import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AuditError } from '../domain/errors.ts';
import { openRegularFile } from '../runtime/regular-file.ts';
import { openSnapshot, type Snapshot } from './open-snapshot.ts';
import { MANIFEST_FILE } from './write-snapshot.ts';

/** Copies the files of a snapshot that its manifest lists, and nothing else, into a new folder. The copy has its hash. */
export async function copySnapshot({ dir, manifest, hash }: Snapshot, folder: string): Promise<Snapshot> {
  const files = Object.values(manifest.datasets).flatMap(({ file, sha256 }) =>
    sha256 === null ? [] : [file],
  );
  for (const file of [...files, MANIFEST_FILE]) {
    const to = join(folder, file);
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    const source = await openRegularFile(join(dir, file));
    await pipeline(source.createReadStream(), createWriteStream(to, { flags: 'wx', mode: 0o600 }));
  }
  const copy = await openSnapshot(folder);
  if (copy.hash === hash) return copy;
  throw new AuditError(`The snapshot ${dir} was changed while it was copied.`, {
    hint: 'Run the command again when nobody writes there.',
  });
}
