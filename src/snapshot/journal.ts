import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import type { Journal, KeptAnswer } from '../domain/journal.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Two lengths before each record, of the URL and of the compressed answer: unsigned, little endian. */
const HEAD_BYTES = 8;

interface Place {
  at: number;
  bytes: number;
}

/** A journal in a file, of which a killed process leaves all that was written before. */
export interface FileJournal extends Journal {
  /** True when anything was kept, by this attempt or an earlier one. */
  readonly holdsAnything: boolean;
  /** Resolves when everything kept is with the operating system. Rejects when something could not be written. */
  close(): Promise<void>;
}

/**
 * Opens the journal at `path`, made with mode 0600 if missing. What is whole in it is recalled; a record that was
 * cut off at its end is overwritten. Of several records of one URL the last counts.
 */
export async function openJournal(path: string): Promise<FileJournal> {
  const file = await openOrMake(path);
  const places = new Map<string, Place>();
  let end = await index(file, places);
  let holdsAnything = places.size > 0;
  /** The last record, when it is written: records that are whole must not follow one that is not. */
  let written: Promise<void> = Promise.resolve();

  return {
    get holdsAnything() {
      return holdsAnything;
    },
    async keptAnswer(url) {
      const place = places.get(url);
      if (!place) return null;
      try {
        const data = Buffer.alloc(place.bytes);
        await file.read(data, 0, place.bytes, place.at);
        return JSON.parse((await decompress(data)).toString()) as KeptAnswer;
      } catch {
        // Damaged, for instance by a power cut: the request is repeated.
        return null;
      }
    },
    async keep(url, answer) {
      holdsAnything = true;
      const compressed = compress(JSON.stringify(answer), { level: constants.Z_BEST_SPEED });
      // In the order in which they were kept, for the last record of a URL counts. After a failure nothing is written.
      written = Promise.all([compressed, written]).then(async ([data]) => {
        const record = encode(url, data);
        await writeAll(file, record, end);
        end += record.length;
      });
      // Whoever closes the journal is told too, and need not have waited for this one.
      written.catch(() => {});
      await written;
    },
    async close() {
      await written.finally(() => file.close());
    },
  };
}

async function openOrMake(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return open(path, 'wx+', 0o600);
  }
}

function encode(url: string, data: Buffer): Buffer {
  const key = Buffer.from(url);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(key.length, 0);
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, key, data]);
}

async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}

/** Notes where each whole record lies; returns where the next one goes. */
async function index(file: FileHandle, places: Map<string, Place>): Promise<number> {
  const { size } = await file.stat();
  const head = Buffer.alloc(HEAD_BYTES);
  let at = 0;
  while (at + HEAD_BYTES <= size) {
    await file.read(head, 0, HEAD_BYTES, at);
    const keyBytes = head.readUInt32LE(0);
    const bytes = head.readUInt32LE(4);
    const next = at + HEAD_BYTES + keyBytes + bytes;
    // A file that grew without its content (a power cut) holds zeros.
    if (keyBytes === 0 || next > size) break;
    const key = Buffer.alloc(keyBytes);
    await file.read(key, 0, keyBytes, at + HEAD_BYTES);
    places.set(key.toString(), { at: at + HEAD_BYTES + keyBytes, bytes });
    at = next;
  }
  await file.truncate(at);
  return at;
}
