import { link, lstat, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { AuditError, hasCode } from '../domain/errors.ts';

const HOW_TO_NAME =
  'Give the recipient that you were sent: it begins with age1. A file may list several, one a line.';

/** The recipients that `--to` names: one itself, or a file of them. Throws an {@link AuditError} for what is none. */
export async function readRecipients(to: string): Promise<string[]> {
  if (to.startsWith('age1')) return [to];
  const isSecret = (text: string) => /AGE-SECRET-KEY-/iu.test(text);
  const refuseSecret = () => {
    throw new AuditError('--to: that is a secret key, not a recipient.', {
      hint: `Keep it to yourself. ${HOW_TO_NAME}`,
    });
  };
  if (isSecret(to)) refuseSecret();
  const text = await readFile(to, 'utf8').catch((cause: unknown) => {
    throw new AuditError(`--to: ${to} is neither a recipient nor a file that can be read.`, {
      hint: HOW_TO_NAME,
      cause,
    });
  });
  if (isSecret(text)) refuseSecret();
  const lines = text.split(/\r?\n/u).map((line) => line.trim());
  const recipients = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (recipients.length === 0) throw new AuditError(`--to: ${to} lists no recipient.`, { hint: HOW_TO_NAME });
  return recipients;
}

/** A file that is there as a whole or not at all, that nobody else may read, and that replaces no other. */
async function writeNew(
  path: string,
  folder: string,
  write: (open: NodeJS.WritableStream) => Promise<void>,
): Promise<void> {
  const unfinished = join(folder, 'run.tar.age');
  try {
    const file = await open(unfinished, 'wx', 0o600);
    await write(file.createWriteStream({ flush: true }));
    await link(unfinished, path);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    if (hasCode(error, 'EEXIST')) throw existsAlready(path);
    throw new AuditError(`Cannot write ${path}: ${error.message}`, {
      hint: 'Check that its folder is there and writable, and that its disk has room.',
      cause: error,
    });
  }
}

function existsAlready(path: string): AuditError {
  return new AuditError(`${path} exists already.`, { hint: 'Name another one with --file.' });
}

/** Throws an {@link AuditError} where something is there already: better before an hour of work than after it. */
export async function refuseExisting(path: string): Promise<void> {
  if (await lstat(path).catch(() => null)) throw existsAlready(path);
}

/** Prepares what encrypts to these recipients. Throws an {@link AuditError} for one that is none. */
export async function encrypterFor(recipients: readonly string[]) {
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      throw new AuditError(
        `--to: ${JSON.stringify(recipient)} is not a recipient of age that can be used here.`,
        {
          hint: `${HOW_TO_NAME} Recipients of plugins and SSH keys are not supported.`,
          cause,
        },
      );
    }
  }
  return encrypter;
}

/**
 * Writes the files of a run, and nothing else of its folder, as a tar that is encrypted with age. `name` is the folder in
 * it. Times and owners of the files stay out. Until it is complete it is in `unfinished`, a folder on the same disk.
 */
export async function encryptRun(
  run: { dir: string; name: string; files: readonly string[]; began: string },
  encrypter: Awaited<ReturnType<typeof encrypterFor>>,
  path: string,
  unfinished: string,
): Promise<void> {
  const { packTar } = await import('modern-tar/fs');
  const sources = [];
  for (const file of [...run.files].sort()) {
    const source = join(run.dir, file);
    const stats = await lstat(source).catch(() => null);
    if (!stats?.isFile()) {
      throw new AuditError(`${source} is missing or not a file.`, {
        hint: 'The run is damaged; share another one.',
      });
    }
    const owner = { uid: 0, gid: 0, mode: 0o600, mtime: new Date(run.began) };
    sources.push({ type: 'file' as const, source, target: `${run.name}/${file}`, ...owner });
  }
  const tar = Readable.toWeb(packTar(sources)) as ReadableStream<Uint8Array>;
  const encrypted = await encrypter.encrypt(
    tar as Parameters<typeof encrypter.encrypt>[0] & ReadableStream<Uint8Array>,
  );
  await writeNew(path, unfinished, (file) =>
    pipeline(Readable.fromWeb(encrypted as unknown as ReadableStream<Uint8Array>), file),
  );
}
