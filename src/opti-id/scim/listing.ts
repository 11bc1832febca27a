/*
 * Reading a list completely through pages by index, which a list that changes makes blind: with one deletion and one
 * creation while it is read, the usual loop ends with as many rows as the server counts, one existing user unseen and
 * one deleted user seen. Counts prove nothing. So:
 *
 *   - each page begins with the last row of the one before, which must come again; steps go by the rows received;
 *   - the server must echo the index that was asked for and count the same total on every page; no row comes twice;
 *   - nothing may follow the last row;
 *   - then all pages are asked for once more and must show the same rows in the same places: what moved while the first
 *     pass went over it stands somewhere else now.
 *
 * A list that fails any of it is read again from the beginning, three times at most; after that it is partial.
 */

import pLimit from 'p-limit';
import { type ScimList, valueAt } from './dialect.ts';
import { ScimReadFailure } from './failures.ts';
import type { GetOptions, ScimRequests } from './requests.ts';

const MOST_RESTARTS = 3;
/** Pages that may wait for their turn: where one shows that the list has changed, the others are asked for in vain. */
const PAGES_AHEAD = 8;
/** Of a list: an organization with more users than this is not read over SCIM. */
const MOST_ROWS = 5_000_000;

/** A row of a list with its id. */
export interface Listed {
  id: string;
  resource: unknown;
}

/** What was read of a list, and what is wrong with it: null where it is complete. */
export interface Listing {
  rows: Listed[];
  failure: ScimReadFailure | null;
}

interface Page {
  rows: Listed[];
  total: number;
}

type Ask = (startIndex: number) => Promise<Page>;

/** All rows of a list. Throws nothing but failures of the server that say nothing of paging; those of paging are its result. */
export async function readList(
  requests: ScimRequests,
  list: ScimList,
  options: GetOptions = {},
): Promise<Listing> {
  const name = `GET ${requests.dialect.paths[list]}`;
  const ask: Ask = async (startIndex) => {
    const count = requests.dialect.pageRows;
    return pageOf(name, await requests.getPage(list, { startIndex, count }, options), {
      startIndex,
      count,
      requests,
    });
  };
  let longest: Listed[] = [];
  for (let restarts = 0; ; restarts += 1) {
    const pass = new Pass(name, ask);
    try {
      return { rows: await pass.read(), failure: null };
    } catch (error) {
      if (!(error instanceof ScimReadFailure)) throw error;
      if (pass.rows.length > longest.length) longest = pass.rows;
      const mayPass = error.kind === 'paging';
      if (mayPass && restarts < MOST_RESTARTS) continue;
      const reason = mayPass ? `${error.message} (after ${MOST_RESTARTS} restarts)` : error.message;
      return { rows: distinct(longest), failure: new ScimReadFailure(error.kind, reason, error) };
    }
  }
}

function distinct(rows: readonly Listed[]): Listed[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

/** Going through a list once. */
class Pass {
  readonly #name: string;
  readonly #ask: Ask;
  #total = 0;
  /** Once it failed, what waits for its turn is not asked for. */
  #isOver = false;
  rows: Listed[] = [];

  constructor(name: string, ask: Ask) {
    this.#name = name;
    this.#ask = ask;
  }

  async read(): Promise<Listed[]> {
    try {
      return await this.#readThrough();
    } finally {
      this.#isOver = true;
    }
  }

  async #readThrough(): Promise<Listed[]> {
    const first = await this.#ask(1);
    this.#total = first.total;
    this.rows = first.rows;
    if (this.#total > MOST_ROWS)
      throw new ScimReadFailure(
        'not-scim',
        `${this.#name} counts ${this.#total} rows, of which no more than ${MOST_ROWS} are read`,
      );
    if (this.#total === 0) {
      await this.#askOn(1);
      return [];
    }
    const step = first.rows.length - 1;
    if (first.rows.length < this.#total) {
      if (step < 1)
        throw this.#fault(
          `gave ${first.rows.length === 0 ? 'no row' : 'one row'} of ${this.#total}, so that no page can overlap the one before`,
        );
      await this.#readOn(step);
    }
    if (new Set(this.rows.map(({ id }) => id)).size < this.rows.length)
      throw this.#fault('gave a row twice while it was read');
    await this.#confirm(Math.max(step, 1));
    return this.rows;
  }

  /** The pages after the first, each from the last row of the one before; several at once, which the overlaps join. */
  async #readOn(step: number): Promise<void> {
    const starts: number[] = [];
    for (let start = 1 + step; start < this.#total; start += step) starts.push(start);
    const stretches = await pLimit(PAGES_AHEAD).map(starts, (start, at) =>
      this.#stretch(start, starts[at + 1] ?? this.#total),
    );
    for (const [first, ...others] of stretches) {
      if (first?.id !== this.rows.at(-1)?.id)
        throw this.#fault('changed while it was read: two pages that overlap do not agree');
      for (const row of others) this.rows.push(row);
    }
  }

  /** The rows from one index to another, both included. The server may give shorter pages than before. */
  async #stretch(from: number, to: number): Promise<Listed[]> {
    const rows: Listed[] = [];
    while (rows.length < to - from + 1) {
      const startIndex = from + Math.max(0, rows.length - 1);
      const page = await this.#askOn(startIndex);
      const [again, ...more] = page.rows;
      if (rows.length > 0 && again?.id !== rows.at(-1)?.id)
        throw this.#fault('changed while it was read: two pages that overlap do not agree');
      const fresh = rows.length > 0 ? more : page.rows;
      if (fresh.length === 0)
        throw this.#fault(`counts ${this.#total} rows and gave none at ${from + rows.length}`);
      rows.push(...fresh);
    }
    return rows.slice(0, to - from + 1);
  }

  /** Asks once more for what a single answer does not prove: the same rows in the same places, and nothing behind them. */
  async #confirm(step: number): Promise<void> {
    const starts: number[] = [];
    // One page that held everything is one moment; only its end is asked for.
    if (this.rows.length > step + 1)
      for (let start = 1; start < this.#total; start += step) starts.push(start);
    await pLimit(PAGES_AHEAD).map(starts, async (start) => {
      const rows = await this.#stretch(start, Math.min(start + step, this.#total));
      if (rows.some(({ id }, at) => id !== this.rows[start - 1 + at]?.id)) {
        throw this.#fault('changed while it was read: asked again it shows other rows');
      }
    });
    const last = await this.#askOn(this.#total);
    if (last.rows.length !== 1 || last.rows[0]?.id !== this.rows.at(-1)?.id) {
      throw this.#fault(`counts ${this.#total} rows, and its last page is not the end`);
    }
  }

  async #askOn(startIndex: number): Promise<Page> {
    if (this.#isOver) throw this.#fault('is not asked on');
    const page = await this.#ask(startIndex);
    if (page.total !== this.#total) throw this.#fault(`counted ${this.#total} rows and then ${page.total}`);
    return page;
  }

  #fault(what: string): ScimReadFailure {
    return new ScimReadFailure('paging', `${this.#name} ${what}`);
  }
}

interface Asked {
  startIndex: number;
  count: number;
  requests: ScimRequests;
}

/** A list's answer (RFC 7644 §3.4.2), as far as it makes sense. */
function pageOf(name: string, body: unknown, { startIndex, count, requests }: Asked): Page {
  const fault = (what: string) => new ScimReadFailure('paging', `${name} ${what}`);
  const {
    totalResults: total,
    startIndex: echoed,
    Resources: resources = [],
  } = (body ?? {}) as Record<'totalResults' | 'startIndex' | 'Resources', unknown>;
  if (!Number.isSafeInteger(total) || (total as number) < 0 || !Array.isArray(resources)) {
    throw new ScimReadFailure('not-scim', `${name} answered with no SCIM list`);
  }
  if (echoed !== undefined && echoed !== startIndex)
    throw fault(`was asked for row ${startIndex} and answered from row ${echoed}`);
  if (resources.length > count) throw fault(`was asked for ${count} rows and gave ${resources.length}`);
  const rows = resources.map((resource: unknown) => {
    const id = valueAt(resource, requests.dialect.attributes.id);
    if (typeof id !== 'string' || id === '')
      throw new ScimReadFailure('not-scim', `${name} gave a row without an id`);
    return { id, resource };
  });
  if (rows.length > 0 && startIndex + rows.length - 1 > (total as number))
    throw fault(`counts ${total} rows and gave more`);
  if (rows.length === 0 && (total as number) >= startIndex)
    throw fault(`counts ${total} rows and gave none at ${startIndex}`);
  return { rows, total: total as number };
}
