import { createHmac } from 'node:crypto';
import { validationFailed } from './okta-error.ts';

/** Where a listing goes on: behind the row with this id, which stood right before this position. */
interface CursorPosition {
  position: number;
  lastId: string;
}

/**
 * Opaque, signed cursors. A cursor names the last row it saw, so that a listing survives rows that come and
 * go between two pages; it belongs to one listing of one org and is refused everywhere else.
 */
export class CursorSigner {
  private readonly key: string;
  private issued = 0;

  /** The key outlives the server: a listing can be resumed after a restart, as with Okta. */
  constructor(key: string) {
    this.key = key;
  }

  sign(listing: string, at: CursorPosition): string {
    this.issued += 1;
    const payload = Buffer.from(JSON.stringify([at.position, at.lastId, this.issued]));
    return Buffer.concat([this.mac(listing, payload), payload]).toString('base64url');
  }

  /** Throws Okta's 400 where the cursor is garbled or was issued for another listing. */
  verify(listing: string, cursor: string): CursorPosition {
    const bytes = Buffer.from(cursor, 'base64url');
    const payload = bytes.subarray(12);
    if (bytes.length < 13 || !this.mac(listing, payload).equals(bytes.subarray(0, 12))) {
      throw validationFailed('after', 'The cursor is not valid for this listing.');
    }
    const [position, lastId] = JSON.parse(payload.toString()) as [number, string];
    return { position, lastId };
  }

  private mac(listing: string, payload: Buffer): Buffer {
    return createHmac('sha256', this.key)
      .update(listing)
      .update('\0')
      .update(payload)
      .digest()
      .subarray(0, 12);
  }
}

/** One page of a listing; `next` is the cursor of the page behind it, absent on the last one. */
export interface Page {
  rows: unknown[];
  next?: string;
}

interface PageRequest<Row> {
  source: readonly Row[];
  idOf(row: Row): string;
  matches?: (row: Row) => boolean;
  render(row: Row): unknown;
  limit: number;
  /** Names the listing: path and every query parameter that decides which rows it has. */
  listing: string;
  after: string | null;
  /** Polling listings have a next page even behind the last row. */
  endless?: boolean;
}

function startOf<Row>(request: PageRequest<Row>, signer: CursorSigner): number {
  if (request.after === null) return 0;
  const { position, lastId } = signer.verify(request.listing, request.after);
  if (position === 0) return 0;
  const before = request.source[position - 1];
  if (before !== undefined && request.idOf(before) === lastId) return position;
  const moved = request.source.findIndex((row) => request.idOf(row) === lastId);
  return moved < 0 ? position : moved + 1;
}

/** Cuts one page out of the rows. */
export function cutPage<Row>(request: PageRequest<Row>, signer: CursorSigner): Page {
  const { source, matches, limit } = request;
  const rows: unknown[] = [];
  let position = startOf(request, signer);
  for (; position < source.length; position += 1) {
    const row = source[position] as Row;
    if (matches && !matches(row)) continue;
    // The page is full and this row comes after it: there is a next page, which begins here.
    if (rows.length === limit) return { rows, next: cursorBefore(request, position, signer) };
    rows.push(request.render(row));
  }
  return request.endless === true ? { rows, next: cursorBefore(request, position, signer) } : { rows };
}

/** A cursor that stays where the request is: what an empty page in the middle of a listing points to. */
export function cursorHere<Row>(request: PageRequest<Row>, signer: CursorSigner): string {
  return cursorBefore(request, startOf(request, signer), signer);
}

function cursorBefore<Row>(request: PageRequest<Row>, position: number, signer: CursorSigner): string {
  const last = request.source[position - 1];
  return signer.sign(request.listing, { position, lastId: last === undefined ? '' : request.idOf(last) });
}

export type { PageRequest };
