import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform, type Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import {
  DATASET_NAMES,
  DATASETS,
  type DatasetName,
  type DatasetRows,
  type DatasetState,
  type DatasetWriter,
  type SnapshotSink,
} from '../domain/dataset.ts';
import { AuditError, IncompleteRead } from '../domain/errors.ts';
import { MANIFEST_FORMAT, type Manifest, type ManifestDataset } from '../domain/manifest.ts';
import { MOST_ROW_CHARACTERS } from './row-pattern.ts';
import { rowText } from './row-text.ts';

/** Name of the file that makes a folder a snapshot. */
export const MANIFEST_FILE = 'manifest.json';

/** Characters handed to the compressor at once: the cuts depend on the rows alone, so the bytes do too. */
const CHUNK_CHARACTERS = 65_536;

const LONGEST_REASON = 4_000;

/** What the manifest says next to the datasets and the times. */
export type SnapshotMeta = Pick<Manifest, 'tool' | 'org' | 'opti_organization_id' | 'settings'> & {
  /** The database, unless given. */
  opti_id_source?: Manifest['opti_id_source'];
  /** Nothing was, unless given. */
  carried_over?: Manifest['carried_over'];
  /** Nothing was, unless given. */
  proofs?: Manifest['proofs'];
};

export interface SealedSnapshot {
  manifest: Manifest;
  /** sha256 of the manifest's bytes, hexadecimal. */
  hash: string;
}

export interface SnapshotWriter extends SnapshotSink {
  /** How far a dataset was read; null while that is open. */
  stateOf(name: DatasetName): DatasetState | null;
  /**
   * Writes the manifest, after which the folder is a snapshot. Throws when a dataset has no state: a dataset
   * of unknown state must not pass for one that was read.
   */
  seal(meta: SnapshotMeta): Promise<SealedSnapshot>;
}

export interface SnapshotOptions {
  /** Made if missing, with mode 0700. Must not hold a sealed snapshot. */
  folder: string;
  clock: () => Date;
}

/** Begins a snapshot: its `began` is now. Nothing is written before the first dataset is collected. */
export function createSnapshot({ folder, clock }: SnapshotOptions): SnapshotWriter {
  const began = clock().toISOString();
  const states = new Map<DatasetName, ManifestDataset>();
  const inProgress = new Set<DatasetName>();
  let sealed = false;
  let prepared: Promise<void> | undefined;

  const claim = (name: DatasetName): void => {
    if (sealed) throw new Error(`The snapshot is sealed; ${name} comes too late.`);
    if (!Object.hasOwn(DATASETS, name)) throw new Error(`There is no dataset ${name}.`);
    if (states.has(name) || inProgress.has(name)) throw new Error(`The dataset ${name} is collected twice.`);
  };
  const withoutRows = (
    name: DatasetName,
    completeness: 'unread' | 'not_applicable',
    reason: string,
    requests = 0,
  ) => {
    const { file } = DATASETS[name];
    const none = { began: null, ended: null, sha256: null };
    states.set(name, { file, completeness, reason: asReason(reason), rows: 0, requests, ...none });
  };

  return {
    async collect(name, read) {
      claim(name);
      inProgress.add(name);
      try {
        prepared ??= prepareFolder(folder);
        await prepared;
        const datasetBegan = clock().toISOString();
        const dataset = await openDataset(folder, name);
        let state: DatasetState = { completeness: 'complete', reason: '' };
        try {
          try {
            await read(dataset.writer);
          } catch (error) {
            if (!(error instanceof IncompleteRead)) throw error;
            const completeness = dataset.rows() > 0 ? 'partial' : 'unread';
            state = { completeness, reason: asReason(error.message) };
          }
          const sha256 = await dataset.close();
          if (state.completeness === 'unread') {
            await rm(dataset.path);
            withoutRows(name, 'unread', state.reason, dataset.requests());
          } else {
            const { file } = DATASETS[name];
            const counts = { rows: dataset.rows(), requests: dataset.requests() };
            const ended = clock().toISOString();
            states.set(name, { file, ...state, ...counts, began: datasetBegan, ended, sha256 });
          }
          return state;
        } catch (error) {
          await dataset.discard();
          throw error;
        }
      } finally {
        inProgress.delete(name);
      }
    },
    notApplicable(name, reason) {
      claim(name);
      withoutRows(name, 'not_applicable', reason);
    },
    unread(name, reason) {
      claim(name);
      withoutRows(name, 'unread', reason);
    },
    downgrade(name, reason) {
      const state = states.get(name);
      if (sealed || state === undefined)
        throw new Error(`${name} cannot be downgraded: it has no open state.`);
      if (state.completeness !== 'complete') return;
      states.set(name, { ...state, completeness: 'partial', reason: asReason(reason) });
    },
    stateOf: (name) => states.get(name) ?? null,
    async seal(meta) {
      if (sealed) throw new Error('The snapshot is sealed already.');
      if (inProgress.size > 0) {
        throw new Error(`The snapshot cannot be sealed while it reads ${[...inProgress].join(', ')}.`);
      }
      const missing = DATASET_NAMES.filter((name) => !states.has(name));
      if (missing.length > 0) {
        throw new Error(
          `The snapshot cannot be sealed: ${missing.join(', ')} ${missing.length === 1 ? 'has' : 'have'} no state.`,
        );
      }
      sealed = true;
      prepared ??= prepareFolder(folder);
      await prepared;
      const { tool, settings } = meta;
      const { scim_app, sso_app, push_groups, lag_minutes, log_days } = settings;
      const manifest: Manifest = {
        format: MANIFEST_FORMAT,
        tool: { name: tool.name, version: tool.version },
        org: meta.org,
        opti_organization_id: meta.opti_organization_id,
        opti_id_source: meta.opti_id_source ?? 'database',
        began,
        ended: clock().toISOString(),
        settings: { scim_app, sso_app, push_groups, lag_minutes, log_days },
        proofs: meta.proofs ?? null,
        carried_over: meta.carried_over ?? null,
        datasets: Object.fromEntries(
          DATASET_NAMES.map((name) => [name, states.get(name)]),
        ) as Manifest['datasets'],
      };
      const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`, 'utf8');
      await explainWriting(folder, () => writeThenRename(join(folder, MANIFEST_FILE), bytes));
      return { manifest, hash: createHash('sha256').update(bytes).digest('hex') };
    },
  };
}

/** Reasons quote what a source said, which may be anything of any length. */
function asReason(text: string): string {
  const clean = text.toWellFormed().replaceAll('\0', '\uFFFD');
  return clean.length > LONGEST_REASON ? `${clean.slice(0, LONGEST_REASON).toWellFormed()}…` : clean;
}

async function prepareFolder(folder: string): Promise<void> {
  await explainWriting(folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
  if (existsSync(join(folder, MANIFEST_FILE))) {
    throw new AuditError(`${folder} already holds a snapshot.`, {
      hint: 'A sealed snapshot is never changed. Collect into a new folder.',
    });
  }
}

interface OpenDataset<Row> {
  path: string;
  writer: DatasetWriter<Row>;
  rows(): number;
  requests(): number;
  /** Resolves with the sha256 of the file once it is on the disk; rejects if any row was not taken. */
  close(): Promise<string>;
  discard(): Promise<void>;
}

async function openDataset<Name extends DatasetName>(
  folder: string,
  name: Name,
): Promise<OpenDataset<DatasetRows[Name]>> {
  const path = join(folder, DATASETS[name].file);
  await explainWriting(path, () => mkdir(dirname(path), { recursive: true, mode: 0o700 }));
  const text = rowText(name);
  const digest = createHash('sha256');
  const gzip = createGzip({ level: 6 });
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      digest.update(chunk);
      done(null, chunk);
    },
  });
  // Opened before anything is read, and never over a file that is there.
  const file = (await explainWriting(path, () => open(path, 'wx', 0o600))).createWriteStream({ flush: true });
  let failure: unknown;
  // A full disk shows up here first; it must reach whoever writes the next row, not end the process.
  const written = pipeline(gzip, hashing, file).catch((error: unknown) => {
    failure ??= error;
  });

  let pending = '';
  let rows = 0;
  let requests = 0;
  let closed = false;
  let draining: Promise<void> | undefined;
  const drained = (): Promise<void> => {
    draining ??= whenDrained(gzip).finally(() => {
      draining = undefined;
    });
    return draining;
  };

  return {
    path,
    writer: {
      async write(row) {
        if (closed) throw new Error(`A row of ${name} was written after its reading had ended.`);
        if (failure !== undefined) throw explained(path, failure);
        let line: string;
        try {
          line = text(row);
        } catch (error) {
          // Kept, so that a reader that does not wait for its rows cannot lose one unnoticed.
          failure = error;
          throw error;
        }
        if (line.length > MOST_ROW_CHARACTERS) {
          throw new IncompleteRead(
            `a row of ${name} has ${line.length} characters, and at most ${MOST_ROW_CHARACTERS} are taken`,
          );
        }
        pending += `${line}\n`;
        rows += 1;
        if (pending.length < CHUNK_CHARACTERS) return;
        const chunk = pending;
        pending = '';
        if (!gzip.write(chunk)) await drained();
        if (failure !== undefined) throw explained(path, failure);
      },
      countRequest() {
        requests += 1;
      },
    },
    rows: () => rows,
    requests: () => requests,
    async close() {
      closed = true;
      gzip.end(pending);
      await written;
      if (failure !== undefined) throw explained(path, failure);
      return digest.digest('hex');
    },
    async discard() {
      closed = true;
      gzip.destroy();
      await written;
      await finished(file).catch(() => undefined);
      await rm(path, { force: true });
    },
  };
}

function whenDrained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
    if (stream.destroyed) done();
  });
}

/** Writes a file that is there as a whole or not at all, whenever the process ends. */
export async function writeThenRename(path: string, bytes: Buffer): Promise<void> {
  const temporary = `${path}.unfinished`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

async function explainWriting<Result>(path: string, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    throw explained(path, error);
  }
}

/** A failing disk is for the user to fix; everything else stays the bug that it is. */
function explained(path: string, error: unknown): unknown {
  if (error instanceof AuditError || !(error instanceof Error) || !('syscall' in error)) return error;
  if ('code' in error && error.code === 'EEXIST') {
    return new AuditError(`${path} exists already.`, {
      hint: 'It is left from an unfinished collection. Collect into a new folder.',
      cause: error,
    });
  }
  return new AuditError(`Cannot write ${path}: ${error.message}`, {
    hint: 'Check that the folder is writable and that the disk has room.',
    cause: error,
  });
}
