import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { DATASET_NAMES, DATASETS, type DatasetName } from '../domain/dataset.ts';
import { AuditError } from '../domain/errors.ts';
import { MANIFEST_FORMAT, type Manifest } from '../domain/manifest.ts';
import { MANIFEST_FILE } from './write-snapshot.ts';

/** A sealed snapshot whose files were found to be what the manifest says. */
export interface Snapshot {
  /** The folder that holds `manifest.json`. */
  dir: string;
  manifest: Manifest;
  /** sha256 of the manifest's bytes, hexadecimal. */
  hash: string;
  /** Path of the dataset's file. Throws where there is none: nothing was read (`sha256` is null). */
  path(name: DatasetName): string;
}

const TIME = z.iso.datetime();
const SHA256 = z.string().regex(/^[0-9a-f]{64}$/u);
const COUNT = z.int().nonnegative();

const READ = z.object({
  file: z.string(),
  completeness: z.enum(['complete', 'partial']),
  reason: z.string(),
  rows: COUNT,
  requests: COUNT,
  began: TIME,
  ended: TIME,
  sha256: SHA256,
});
const NOT_READ = READ.extend({
  completeness: z.enum(['unread', 'not_applicable']),
  rows: z.literal(0),
  began: z.null(),
  ended: z.null(),
  sha256: z.null(),
});

const MANIFEST = z.object({
  format: z.literal(MANIFEST_FORMAT),
  tool: z.object({ name: z.string(), version: z.string() }),
  // It names the folder of a run: a snapshot from elsewhere must not lead out of the reports.
  org: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/u),
  opti_organization_id: z.string().min(1),
  began: TIME,
  ended: TIME,
  settings: z.object({
    scim_app: z.string().nullable(),
    sso_app: z.string().nullable(),
    push_groups: z.array(z.string()).nullable(),
    lag_minutes: COUNT,
    log_days: COUNT,
  }),
  // Snapshots from before rows were carried over do not speak of it.
  carried_over: z
    .object({
      snapshot: SHA256,
      began: TIME,
      nights: z.int().positive(),
      full_read: TIME,
      groups: z.array(z.string()),
      memberships: COUNT,
    })
    .nullable()
    .default(null),
  datasets: z.object(
    Object.fromEntries(
      DATASET_NAMES.map((name) => [name, z.discriminatedUnion('completeness', [READ, NOT_READ])]),
    ),
  ),
});

/**
 * Opens a sealed snapshot: `folder` is the snapshot itself or a run that holds one. Every file is read once
 * and compared with the manifest. Throws an {@link AuditError} for what is not a snapshot, not finished, damaged
 * or of another version.
 */
export async function openSnapshot(folder: string): Promise<Snapshot> {
  const dir = await findSnapshot(folder);
  const path = join(dir, MANIFEST_FILE);
  const bytes = await readFile(path).catch((error) => {
    throw unreadable(path, error);
  });
  const manifest = parseManifest(dir, bytes);
  for (const name of DATASET_NAMES) await verifyFile(dir, manifest, name);
  return {
    dir,
    manifest,
    hash: createHash('sha256').update(bytes).digest('hex'),
    path(name) {
      if (manifest.datasets[name].sha256 === null) throw new Error(`${name} has no file: it was not read.`);
      return join(dir, manifest.datasets[name].file);
    },
  };
}

const NAME_A_RUN = 'Name the folder of a run, or the snapshot folder in it.';

async function findSnapshot(folder: string): Promise<string> {
  const kind = await kindOf(folder);
  if (kind === 'missing') throw new AuditError(`There is no folder ${folder}.`, { hint: NAME_A_RUN });
  if (kind === 'file') {
    throw new AuditError(`${folder} is a file, not a snapshot.`, {
      hint: 'Name the folder that holds manifest.json, or the folder of a run.',
    });
  }
  for (const candidate of [folder, join(folder, 'snapshot')]) {
    if ((await kindOf(join(candidate, MANIFEST_FILE))) === 'file') return candidate;
  }
  for (const trace of ['snapshot', 'okta', 'opti-id']) {
    if ((await kindOf(join(folder, trace))) !== 'folder') continue;
    throw new AuditError(`The snapshot in ${folder} was never finished: it has no ${MANIFEST_FILE}.`, {
      hint: 'It cannot be used. Collect again.',
    });
  }
  throw new AuditError(`${folder} is not a snapshot: it has no ${MANIFEST_FILE}.`, { hint: NAME_A_RUN });
}

async function kindOf(path: string): Promise<'missing' | 'file' | 'folder'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing';
    throw unreadable(path, error);
  }
}

function parseManifest(dir: string, bytes: Buffer): Manifest {
  const path = join(dir, MANIFEST_FILE);
  let content: unknown;
  try {
    content = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw damaged(`${path} is damaged: it is not JSON.`, error);
  }
  const { data } = z.object({ format: z.int() }).safeParse(content);
  if (!data) throw damaged(`${path} is damaged, or not the manifest of a snapshot: it names no format.`);
  if (data.format !== MANIFEST_FORMAT) {
    const isNewer = data.format > MANIFEST_FORMAT;
    throw new AuditError(
      `${dir} was written by ${isNewer ? 'a newer' : 'an older'} version: its format is ${data.format}, this version reads ${MANIFEST_FORMAT}.`,
      {
        hint: isNewer
          ? 'Update optiid-audit, then try again.'
          : 'Collect again; the snapshot lacks what newer rules look at.',
      },
    );
  }
  const parsed = MANIFEST.safeParse(content);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw damaged(
      `${path} is damaged: ${issue?.path.join(' → ') || 'its content'} is not as it should be.`,
      parsed.error,
    );
  }
  const manifest = parsed.data as Manifest;
  for (const name of DATASET_NAMES) {
    // The path is ours, never the manifest's: a snapshot from elsewhere must not lead out of its folder.
    if (manifest.datasets[name].file !== DATASETS[name].file) {
      throw damaged(`${path} is damaged: it names another file for ${name}.`);
    }
  }
  return manifest;
}

async function verifyFile(dir: string, manifest: Manifest, name: DatasetName): Promise<void> {
  const { file, sha256 } = manifest.datasets[name];
  if (sha256 === null) return;
  const path = join(dir, file);
  if ((await kindOf(path)) !== 'file') throw damaged(`The snapshot ${dir} is damaged: ${file} is missing.`);
  const digest = createHash('sha256');
  try {
    await pipeline(createReadStream(path), digest);
  } catch (error) {
    throw unreadable(path, error);
  }
  if (digest.digest('hex') !== sha256) {
    throw damaged(`The snapshot ${dir} is damaged: ${file} is not the file that was sealed.`);
  }
}

function damaged(message: string, cause?: unknown): AuditError {
  return new AuditError(message, {
    hint: 'Copy the snapshot again from where it was collected, or collect a new one.',
    cause,
  });
}

function unreadable(path: string, cause: unknown): AuditError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AuditError(`Cannot read ${path}: ${why}`, {
    hint: 'Check that this user may read the folder and all files in it.',
    cause,
  });
}
