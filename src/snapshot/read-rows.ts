import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { DatasetName, DatasetRows } from '../domain/dataset.ts';

/**
 * The rows of a dataset's file, in its order and one piece of the file at a time. Rejects where the file cannot be
 * read or is cut off.
 */
export async function* readRows<Name extends DatasetName>(
  path: string,
): AsyncGenerator<DatasetRows[Name], void, undefined> {
  const text = pipeline(createReadStream(path), createGunzip(), () => {
    // The error reaches whoever reads the text.
  });
  text.setEncoding('utf8');
  let rest = '';
  for await (const piece of text as AsyncIterable<string>) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as DatasetRows[Name];
  }
  if (rest !== '') throw new Error(`${path} ends within a row.`);
}
