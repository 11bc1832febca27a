import { createHash } from 'node:crypto';
import { lstat, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { DATASET_NAMES, DATASETS, type DatasetName } from '../domain/dataset.ts';
import { AuditError, hasCode } from '../domain/errors.ts';
import { asEvidence } from '../domain/evidence.ts';
import {
  MANIFEST_FORMAT,
  type Manifest,
  type ManifestDataset,
  MOST_LAG_MINUTES,
  MOST_LOG_DAYS,
} from '../domain/manifest.ts';
import { OPTI_ID_SOURCES, type OptiIdSource } from '../domain/source.ts';
import { openRegularFile, readRegularFile } from '../runtime/regular-file.ts';
import { AmbiguousJson, parseStrictJson } from '../runtime/strict-json.ts';
import { checkRows, UnsoundRows } from './check-rows.ts';
import { MANIFEST_FILE } from './write-snapshot.ts';

/** A sealed snapshot whose files were found to be what the manifest says. */
export interface Snapshot {
  /** The folder that holds `manifest.json`. */
  dir: string;
  /** As far as it is evidence: a list that cannot be empty and is does not count as read. */
  manifest: Manifest;
  /** sha256 of the manifest's bytes, hexadecimal. */
  hash: string;
  /** Path of the dataset's file. Throws where there is none: nothing was read (`sha256` is null). */
  path(name: DatasetName): string;
}

/** A snapshot that another version wrote: nothing is wrong with it. */
export class OtherVersion extends AuditError {
  override name = 'OtherVersion';
}

/** A file that is not what was sealed is hashed all the same up to this size, to say so. */
const MOST_BYTES_HASHED_IN_VAIN = 64 * 1024 * 1024;

/** A manifest lists ids of groups where rows were carried over: of a hundred thousand they are 3 MB. */
const MOST_MANIFEST_BYTES = 32 * 1024 * 1024;

/** Whoever reckons with a time must not meet the year 1. */
const TIME = z.iso.datetime().refine((time) => time >= '1970' && time < '2100');
const SHA256 = z.string().regex(/^[0-9a-f]{64}$/u);
const COUNT = z.int().nonnegative();
/** Names, ids and reasons, as people write them. */
const TEXT = z
  .string()
  .max(65_536)
  .refine((text) => text.isWellFormed() && !text.includes('\0'));

const READ = z.strictObject({
  file: TEXT,
  completeness: z.enum(['complete', 'partial']),
  reason: TEXT,
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
const UNREAD = NOT_READ.extend({ completeness: z.literal('unread') });

/** Every org and every organization has these: that there is nothing to read cannot be said of them. */
function alwaysApplies(name: DatasetName): boolean {
  if (['okta.apps', 'okta.groups', 'okta.users'].includes(name)) return true;
  const dataset = DATASETS[name];
  return 'scope' in dataset && dataset.scope !== 'asked' && !('optional' in dataset);
}

const MANIFEST = z.strictObject({
  format: z.literal(MANIFEST_FORMAT),
  tool: z.strictObject({ name: TEXT, version: TEXT }),
  // It names the folder of a run: a snapshot from elsewhere must not lead out of the reports.
  org: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/u),
  opti_organization_id: TEXT.min(1),
  // Snapshots from before there was another source do not speak of it.
  opti_id_source: z.enum(OPTI_ID_SOURCES).default('database'),
  began: TIME,
  ended: TIME,
  settings: z.strictObject({
    scim_app: TEXT.nullable(),
    sso_app: TEXT.nullable(),
    push_groups: z.array(TEXT).nullable(),
    lag_minutes: COUNT.max(MOST_LAG_MINUTES),
    log_days: COUNT.max(MOST_LOG_DAYS),
  }),
  proofs: z
    .strictObject({
      clock_ahead_seconds: z.int().nullable(),
      role: z.strictObject({ sees: z.enum(['all', 'part', 'not-known']), found: TEXT }),
    })
    .nullable()
    .default(null),
  // Snapshots from before rows were carried over do not speak of it.
  carried_over: z
    .strictObject({
      snapshot: SHA256,
      began: TIME,
      nights: z.int().positive(),
      full_read: TIME,
      groups: z.array(TEXT),
      memberships: COUNT,
    })
    .nullable()
    .default(null),
  datasets: z.strictObject(
    Object.fromEntries(
      DATASET_NAMES.map((name) => [
        name,
        z.discriminatedUnion('completeness', [READ, alwaysApplies(name) ? UNREAD : NOT_READ]),
      ]),
    ),
  ),
});

/**
 * Opens a sealed snapshot that a run of ours left: `folder` is the snapshot itself or a run that holds one. Every file
 * is read once and compared with the manifest. Throws an {@link AuditError} for what is not a snapshot, not finished,
 * damaged or of another version, and where the folder holds anything but the files that the manifest lists.
 */
export function openSnapshot(folder: string): Promise<Snapshot> {
  return open(folder, verifyFile);
}

/**
 * Opens a snapshot that somebody names and anybody may have made: every row is looked at too. Throws as
 * {@link openSnapshot} does, and where a row is not as our writer writes one or there are more or fewer than the
 * manifest says.
 */
export function openForeignSnapshot(folder: string): Promise<Snapshot> {
  return open(folder, verifyRows);
}

/** Throws an {@link AuditError} where a dataset's file is not what the manifest says. */
type Verify = (path: string, name: DatasetName, said: Said) => Promise<void>;

interface Said extends ManifestDataset {
  sha256: string;
  source: OptiIdSource;
}

async function open(folder: string, verify: Verify): Promise<Snapshot> {
  const dir = await findSnapshot(folder);
  const path = join(dir, MANIFEST_FILE);
  const bytes = await readRegularFile(path, { mostBytes: MOST_MANIFEST_BYTES }).catch((error) => {
    throw unreadable(path, error);
  });
  const manifest = parseManifest(dir, bytes);
  await refuseStrangers(dir, manifest);
  for (const name of DATASET_NAMES) {
    const said = manifest.datasets[name];
    if (said.sha256 === null) continue;
    const file = join(dir, said.file);
    await verify(file, name, { ...said, sha256: said.sha256, source: manifest.opti_id_source }).catch(
      (error: unknown) => {
        throw hasCode(error, 'ENOENT')
          ? damaged(`The snapshot ${dir} is damaged: ${said.file} is missing.`)
          : unreadable(file, error);
      },
    );
  }
  return {
    dir,
    manifest: asEvidence(manifest),
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
    if ((await kindOf(join(candidate, MANIFEST_FILE))) !== 'file') continue;
    if (candidate === folder || (await lstat(candidate)).isDirectory()) return candidate;
    throw new AuditError(`${candidate} is a link, not a folder.`, {
      hint: 'Name the snapshot itself: nothing that a run links to is read.',
    });
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
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return 'missing';
    throw unreadable(path, error);
  }
}

function parseManifest(dir: string, bytes: Buffer): Manifest {
  const path = join(dir, MANIFEST_FILE);
  let content: unknown;
  try {
    content = parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const why = error instanceof AmbiguousJson ? error.message : 'it is not JSON';
    throw damaged(`${path} is damaged: ${why}.`, error);
  }
  const { data } = z.object({ format: z.int() }).safeParse(content);
  if (!data) throw damaged(`${path} is damaged, or not the manifest of a snapshot: it names no format.`);
  if (data.format !== MANIFEST_FORMAT) {
    const isNewer = data.format > MANIFEST_FORMAT;
    throw new OtherVersion(
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
    const extra = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
    const where = [...(issue?.path ?? []), ...extra].map(String).join(' → ').slice(0, 200);
    throw damaged(`${path} is damaged: ${where || 'its content'} is not as it should be.`, parsed.error);
  }
  const manifest = parsed.data as Manifest;
  if (manifest.ended < manifest.began) throw damaged(`${path} is damaged: it ended before it began.`);
  for (const name of DATASET_NAMES) {
    // The path is ours, never the manifest's: a snapshot from elsewhere must not lead out of its folder.
    if (manifest.datasets[name].file !== DATASETS[name].file) {
      throw damaged(`${path} is damaged: it names another file for ${name}.`);
    }
  }
  return manifest;
}

/** Throws where the folder holds anything that the manifest does not list: it did not come with the seal. */
async function refuseStrangers(dir: string, { datasets }: Manifest): Promise<void> {
  const listed = new Set([MANIFEST_FILE]);
  const folders = new Set<string>();
  for (const { file, sha256 } of Object.values(datasets)) {
    folders.add(dirname(file));
    if (sha256 !== null) listed.add(file);
  }
  const look = async (below: string): Promise<void> => {
    const entries = await readdir(join(dir, below), { withFileTypes: true }).catch((error: unknown) => {
      throw unreadable(join(dir, below), error);
    });
    for (const entry of entries) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (listed.has(path)) continue;
      if (!folders.has(path)) throw stranger(dir, path);
      if (!entry.isDirectory()) throw damaged(`The snapshot ${dir} is damaged: ${path} is not a folder.`);
      await look(path);
    }
  };
  await look('');
}

/** Compares a file with its hash. */
const verifyFile: Verify = async (path, _name, { sha256, file }) => {
  const source = await openRegularFile(path);
  const digest = createHash('sha256');
  await pipeline(source.createReadStream(), digest);
  if (digest.digest('hex') !== sha256)
    throw damaged(`${path} is damaged: ${file} is not the file that was sealed.`);
};

/** Looks at every row of a file, and compares it with its hash. */
const verifyRows: Verify = async (path, name, said) => {
  try {
    await checkRows(path, name, said);
  } catch (error) {
    if (!(error instanceof UnsoundRows)) throw error;
    // What is not the file that was sealed is most often one that was copied badly.
    if ((await stat(path)).size <= MOST_BYTES_HASHED_IN_VAIN) await verifyFile(path, name, said);
    throw damaged(`${path} is damaged: ${error.message}.`, error);
  }
  await verifyFile(path, name, said);
};

function damaged(message: string, cause?: unknown): AuditError {
  return new AuditError(message, {
    hint: 'Copy the snapshot again from where it was collected, or collect a new one.',
    cause,
  });
}

function stranger(dir: string, path: string): AuditError {
  return new AuditError(`The snapshot ${dir} holds ${visible(path)}, which its manifest does not list.`, {
    hint: 'It did not come with the snapshot. Find out who put it there, and remove it.',
  });
}

/** Names of files are anybody's. */
function visible(path: string): string {
  return /^[\w./ -]{1,200}$/u.test(path) ? path : JSON.stringify(path.slice(0, 200));
}

function unreadable(path: string, cause: unknown): unknown {
  if (cause instanceof AuditError || !(cause instanceof Error && 'code' in cause)) return cause;
  return new AuditError(`Cannot read ${path}: ${cause.message}`, {
    hint: 'Check that this user may read the folder and all files in it.',
    cause,
  });
}
