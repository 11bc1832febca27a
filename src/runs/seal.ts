import { createHash } from 'node:crypto';
import { chmod, type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { hasCode } from '../domain/errors.ts';
import type { CollectSummary, RunSummary, SealedField } from '../domain/run.ts';
import type { Seal, SealKey } from '../domain/seal.ts';
import { openRegularFile } from '../runtime/regular-file.ts';

/** Name of the file that makes a folder a run. Written last. */
export const RUN_FILE = 'run.json';

export type Summary = RunSummary | CollectSummary;

/** The bytes of `run.json`: two spaces, keys in the order in which the summary was made, a line end. */
export function runText(run: object): string {
  return `${JSON.stringify(run, null, 2)}\n`;
}

/** sha256, hexadecimal. */
export function sha256Of(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The text that a seal is of: all of `run.json` but the seal. */
export function sealedText(run: object): string {
  return runText({ ...run, seal: undefined });
}

/**
 * Seals the run in a folder: closes every file to others, hashes it and brings it to the disk, and only then writes
 * `run.json`. Throws where the folder holds anything but files and folders, or a `run.json`.
 */
export async function sealRun<Run extends Summary>(
  dir: string,
  summary: Omit<Run, SealedField>,
  sealKey: SealKey | null,
): Promise<Run> {
  const sha256: Record<string, string> = {};
  for (const name of await closeToOthers(dir)) sha256[name] = await hashAndFlush(join(dir, name));
  const content = { ...summary, files: [...Object.keys(sha256), RUN_FILE].sort(), sha256 };
  const text = runText(content);
  const seal: Seal = { sha256: sha256Of(text), signature: sealKey?.sign?.(text) ?? null };
  const run = { ...content, seal } as unknown as Run;
  await writeDurably(join(dir, RUN_FILE), runText(run));
  await flushFolder(dir);
  return run;
}

/**
 * Sets every file to 0600 and folder to 0700, whoever wrote it, and brings the folders to the disk. Lists the files
 * below `dir`, sorted.
 */
async function closeToOthers(dir: string, below = ''): Promise<string[]> {
  const files: string[] = [];
  await chmod(dir, 0o700);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    const name = `${below}${entry.name}`;
    if (entry.isDirectory()) files.push(...(await closeToOthers(path, `${name}/`)));
    else if (entry.isFile()) {
      await chmod(path, 0o600);
      files.push(name);
    } else throw new Error(`A run cannot hold ${name}: it is neither a file nor a folder.`);
  }
  await flushFolder(dir);
  return files.sort();
}

async function hashAndFlush(path: string): Promise<string> {
  const file = await openRegularFile(path);
  try {
    const hash = await hashOfFile(file);
    await flush(file);
    return hash;
  } finally {
    await file.close();
  }
}

/** sha256 of an open file, hexadecimal. */
export async function hashOfFile(file: FileHandle): Promise<string> {
  const digest = createHash('sha256');
  await pipeline(file.createReadStream({ autoClose: false, start: 0, highWaterMark: 1 << 20 }), digest);
  return digest.digest('hex');
}

/** Files in a run's folder that are not part of it, sorted; links among them. */
export async function unlistedFiles(dir: string, { files }: Pick<Summary, 'files'>): Promise<string[]> {
  const known = new Set(files);
  const folders = new Set(
    files.flatMap((file) => file.split('/').map((_, at, parts) => parts.slice(0, at).join('/'))),
  );
  const found = await readdir(dir, { recursive: true });
  return found.filter((path) => !known.has(path) && !folders.has(path)).sort();
}

/** Brings the names in a folder to the disk: a file that is flushed and has no name is lost. */
export async function flushFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r').catch((error: unknown) => {
    // Windows opens no folders.
    if (hasCode(error, 'EISDIR', 'EPERM')) return null;
    throw error;
  });
  if (folder === null) return;
  await flush(folder).finally(() => folder.close());
}

async function flush(file: FileHandle): Promise<void> {
  await file.sync().catch((error: unknown) => {
    // Some file systems flush no folders, and Windows nothing that is open for reading alone.
    if (!hasCode(error, 'EINVAL', 'EPERM', 'EISDIR', 'ENOTSUP')) throw error;
  });
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
