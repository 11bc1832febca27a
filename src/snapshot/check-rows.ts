import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { DatasetName } from '../domain/dataset.ts';
import type { OptiIdSource } from '../domain/source.ts';
import { openRegularFile } from '../runtime/regular-file.ts';
import { MOST_ROW_CHARACTERS, rowPattern } from './row-pattern.ts';

/** What of a dataset's file is not as our writer writes it, as the end of a sentence. */
export class UnsoundRows extends Error {
  override name = 'UnsoundRows';
}

/** Bytes unpacked at once: more than Node's 16 KB, each of which is a turn of the loop. */
const PIECE_BYTES = 256 * 1024;

/**
 * Looks at every row of a dataset's file. Stops at the first that is none, and at the first that is too many, so that
 * neither a bomb nor an endless row is unpacked any further.
 *
 * @throws UnsoundRows where it is not `rows` rows of the dataset, packed as one piece and nothing behind it
 */
export async function checkRows(
  path: string,
  name: DatasetName,
  { rows, source }: { rows: number; source: OptiIdSource },
): Promise<void> {
  const isRow = rowPattern(name, source);
  const file = await openRegularFile(path);
  const { size } = await file.stat();
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES });
  let seen = 0;
  const look = async (pieces: AsyncIterable<Buffer>): Promise<void> => {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    let rest = '';
    for await (const piece of pieces) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        seen += 1;
        if (seen > rows)
          throw new UnsoundRows(`it holds more than the ${rows} rows that the manifest counts`);
        if (!isRow(line)) throw new UnsoundRows(`line ${seen} is not a row of ${name}`);
      }
      if (rest.length > MOST_ROW_CHARACTERS) throw new UnsoundRows(`line ${seen + 1} does not end`);
    }
    decoder.decode();
    if (rest !== '') throw new UnsoundRows('it ends within a row');
  };
  let found: unknown;
  try {
    await pipeline(file.createReadStream(), gunzip, (pieces) =>
      look(pieces as AsyncIterable<Buffer>).catch((error: unknown) => {
        found = error;
        throw error;
      }),
    );
  } catch (error) {
    // The pipeline may tell that it was broken off, and not why.
    throw explained(found ?? error, name);
  }
  if (seen < rows) throw new UnsoundRows(`it holds ${seen} rows, and the manifest counts ${rows}`);
  // What stands behind the packed data one reader skips and another may read.
  if (size === 0 || gunzip.bytesWritten !== size) throw new UnsoundRows('it is not gzip data alone');
}

function explained(error: unknown, name: DatasetName): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('Z_'))
    return new UnsoundRows('it is not gzip data, or not all of it', { cause: error });
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return new UnsoundRows(`a row of ${name} is not UTF-8 text`, { cause: error });
  }
  return error;
}
