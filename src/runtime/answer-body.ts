import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import pLimit from 'p-limit';

/**
 * Bytes of one answer, packed or not. Okta's longest pages have a few megabytes; what has more is no answer of Okta's,
 * whatever it says, and must not take the machine's memory.
 */
export const MOST_ANSWER_BYTES = 64 * 1024 * 1024;

/** From here on answers are read one at a time: thirty are under way at once. */
const LARGE_BYTES = 8 * 1024 * 1024;
/** How many times its packed size a large answer may have. JSON has ten to forty times; a bomb has a thousand. */
const MOST_RATIO = 100;

/** Values in one answer, about: a parser needs a hundred bytes for each, however few it is written in. */
const MOST_VALUES = 2_000_000;

/** An answer that is refused for its size; the message ends a sentence. */
export class OversizedAnswer extends Error {
  override name = 'OversizedAnswer';
}

/** An answer that could not be unpacked or is no text. */
export class UnreadableAnswer extends Error {
  override name = 'UnreadableAnswer';
}

interface Answer {
  ok: boolean;
  headers: { get(name: string): string | null };
  body: AsyncIterable<Buffer> | null;
}

const largeOnes = pLimit(1);
const unpack = promisify(gunzip);
const SMALLEST_PIECE_BYTES = 1024;

/**
 * The text of the body. Unpacked off the main thread: node-fetch unpacks in pieces of 16 KB with a turn of the loop for
 * each, which takes several times as long. Whoever catches its error ends the connection.
 *
 * @throws OversizedAnswer, UnreadableAnswer
 */
export async function readText(answer: Answer): Promise<string> {
  const told = Number(answer.headers.get('content-length') ?? 0);
  if (told > MOST_ANSWER_BYTES) throw tooLong();
  const raw = await readBytes(answer.body);
  const isPacked = /^(x-)?gzip$/iu.test(answer.headers.get('content-encoding') ?? '') && raw.length > 0;
  const bytes = isPacked ? await unpacked(raw) : raw;
  if (bytes.length > MOST_VALUES && countValues(bytes) > MOST_VALUES) {
    throw new OversizedAnswer(`with more than ${MOST_VALUES} values`);
  }
  // What somebody between Okta and here says of an error may be in any encoding, and is a message at best.
  const decoder = new TextDecoder('utf-8', { fatal: answer.ok });
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new UnreadableAnswer('answered with text that is not UTF-8', { cause });
  }
}

async function readBytes(body: Answer['body']): Promise<Buffer> {
  const chunks: Buffer[] = [];
  if (body === null) return Buffer.alloc(0);
  const pieces = body[Symbol.asyncIterator]();
  let length = 0;
  const take = async (most: number): Promise<boolean> => {
    while (length <= most) {
      const { done, value } = await pieces.next();
      if (done === true) return true;
      length += value.length;
      chunks.push(value);
    }
    return false;
  };
  if (await take(LARGE_BYTES)) return Buffer.concat(chunks);
  return largeOnes(async () => {
    if (!(await take(MOST_ANSWER_BYTES))) throw tooLong();
    return Buffer.concat(chunks);
  });
}

async function unpacked(raw: Buffer): Promise<Buffer> {
  try {
    return await unpackUpTo(raw, LARGE_BYTES);
  } catch (error) {
    if (!isTooLarge(error))
      throw new UnreadableAnswer('gave an answer that could not be unpacked', { cause: error });
  }
  const most = Math.min(MOST_ANSWER_BYTES, raw.length * MOST_RATIO);
  try {
    return await largeOnes(() => unpackUpTo(raw, most));
  } catch (error) {
    if (!isTooLarge(error))
      throw new UnreadableAnswer('gave an answer that could not be unpacked', { cause: error });
    throw most === MOST_ANSWER_BYTES
      ? tooLong()
      : new OversizedAnswer(`that unpacks to more than ${MOST_RATIO} times its size`);
  }
}

/** In one piece where it says its size (RFC 1952 §2.3.1: the last four bytes). A hint alone: whoever packed it may lie. */
function unpackUpTo(raw: Buffer, maxOutputLength: number): Promise<Buffer> {
  const told = raw.length < 4 ? 0 : raw.readUInt32LE(raw.length - 4);
  const chunkSize = Math.min(Math.max(told + 1, SMALLEST_PIECE_BYTES), maxOutputLength);
  return unpack(raw, { chunkSize, maxOutputLength });
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function tooLong(): OversizedAnswer {
  return new OversizedAnswer(`of more than ${MOST_ANSWER_BYTES / 1024 / 1024} MB`);
}

/** Counts what opens a list or an object or stands between two values; those within texts too. */
function countValues(bytes: Buffer): number {
  let values = 0;
  for (const byte of bytes) {
    // [ { ,
    if (byte === 0x5b || byte === 0x7b || byte === 0x2c) values += 1;
  }
  return values;
}
