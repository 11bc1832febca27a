import { repeatAttempts } from '../domain/journal.ts';
import { nameRequest, OktaReadFailure } from './failures.ts';
import { parseLinks, type WebLink } from './links.ts';
import type { GetOptions, JsonAnswer, OktaRequests } from './requests.ts';

/** Smaller page for a listing that Okta could not answer in time; it shows that as HTTP 500 or 504. */
const SMALLER_LIMIT: Readonly<Record<number, number>> = { 200: 50, 500: 100, 1000: 200 };

/** Pages without rows in a row after which a listing counts as endless. */
const MOST_EMPTY_PAGES = 1_000;

export interface Listing {
  path: string;
  query?: Readonly<Record<string, string | undefined>>;
  /** Rows per page. */
  limit: number;
}

export interface PageOptions {
  onAttempt?: () => void;
  /** The very first request of the run. */
  isProbe?: boolean;
  /** Asks Okta for every page, whatever the journal holds. */
  isFresh?: boolean;
}

/** A failure on a next link whose cursor Okta no longer knows. */
class ExpiredCursor extends Error {
  readonly failure: OktaReadFailure;

  constructor(failure: OktaReadFailure) {
    super(failure.message, { cause: failure });
    this.failure = failure;
  }
}

function isPageTooLarge(error: unknown): boolean {
  return error instanceof OktaReadFailure && (error.httpStatus === 500 || error.httpStatus === 504);
}

/**
 * The pages of a listing, to its end; the only paginator. The end is a Link header without rel=next and
 * nothing else, and a full page has to say so twice. A listing that is begun anew brings rows twice: they are
 * told apart by their key later. What the journal holds is not asked for again.
 * Throws {@link OktaReadFailure} where the end is not reached or not proved, and what `toRow` throws.
 */
export async function* pages<Row>(
  requests: OktaRequests,
  listing: Listing,
  toRow: (value: unknown) => Row,
  options: PageOptions = {},
): AsyncGenerator<Row[], void, undefined> {
  let limit = listing.limit;
  let isFresh = options.isFresh === true;
  let isRestarted = false;
  for (;;) {
    const firstUrl = requests.url(listing.path, { ...listing.query, limit });
    try {
      yield* walk(requests, { firstUrl, limit, toRow }, { ...options, isFresh });
      return;
    } catch (error) {
      const smaller = SMALLER_LIMIT[limit];
      if (isPageTooLarge(error) && smaller !== undefined && limit === listing.limit) {
        limit = smaller;
      } else if (error instanceof ExpiredCursor && !isRestarted) {
        isRestarted = true;
        // The journal would lead to the same cursor.
        isFresh = true;
      } else {
        throw error instanceof ExpiredCursor ? error.failure : error;
      }
    }
  }
}

/**
 * The first page of a listing alone, as short as its limit says. Proves that the listing can be read and paged, and
 * nothing about its end. Throws {@link OktaReadFailure} as {@link pages} does.
 */
export async function firstPage<Row>(
  requests: OktaRequests,
  listing: Listing,
  toRow: (value: unknown) => Row,
): Promise<{ rows: Row[]; hasMore: boolean }> {
  const url = requests.url(listing.path, { ...listing.query, limit: listing.limit });
  const name = nameRequest(url);
  let answer = await requests.getJson(url);
  // As in a real listing, a header that was lost once is asked for once more.
  if (linksOf(answer) === null) answer = await requests.getJson(url);
  const values = rowsOf(name, answer);
  const links = linksOf(answer);
  if (links === null) throw withoutLinks(name);
  return { rows: values.map(toRow), hasMore: hasNext(links) };
}

interface Walk<Row> {
  firstUrl: string;
  limit: number;
  toRow: (value: unknown) => Row;
}

async function* walk<Row>(
  requests: OktaRequests,
  { firstUrl, limit, toRow }: Walk<Row>,
  options: PageOptions,
): AsyncGenerator<Row[], void, undefined> {
  const { journal } = requests;
  const name = nameRequest(firstUrl);
  const asked = new Set<string>();
  let emptyPages = 0;
  let url: string | null = firstUrl;
  while (url !== null) {
    const current: string = url;
    asked.add(new URL(current).href);
    const kept = options.isFresh ? null : await journal.keptAnswer(current);
    let rows: Row[];
    if (kept !== null && 'value' in kept) {
      repeatAttempts(kept, options.onAttempt);
      // Kept after `toRow`, under the same URL.
      rows = kept.value as Row[];
      url = kept.next;
    } else {
      const page: Page = yield* ask(
        requests,
        current,
        { limit, isNext: current !== firstUrl, toRow },
        options,
      );
      rows = yield* checked(page.values, toRow);
      try {
        url = nextUrl({ name, current, asked }, page.links, requests.origin);
      } catch (error) {
        yield rows;
        throw error;
      }
      await journal.keep(current, { value: rows, next: url, attempts: page.attempts });
    }
    yield rows;
    emptyPages = rows.length === 0 ? emptyPages + 1 : 0;
    if (emptyPages > MOST_EMPTY_PAGES) {
      throw endless(
        `${name} gave more than ${MOST_EMPTY_PAGES} empty pages in a row, so its end is not reached`,
      );
    }
  }
}

/** A page whose links are known. */
interface Page {
  values: unknown[];
  links: readonly WebLink[];
  attempts: number;
}

/**
 * Asks for a page, and once more where it has no Link header, or is full and has no next link: a proxy that
 * loses a header must not end a listing. The second answer stands for both. Where there is none, the rows of the
 * first are given out before it throws.
 */
async function* ask<Row>(
  requests: OktaRequests,
  url: string,
  { limit, isNext, toRow }: { limit: number; isNext: boolean; toRow: (value: unknown) => Row },
  options: PageOptions,
): AsyncGenerator<Row[], Page, undefined> {
  const name = nameRequest(url);
  let attempts = 0;
  const getOptions: GetOptions = {
    onAttempt: () => {
      attempts += 1;
      options.onAttempt?.();
    },
    isProbe: options.isProbe === true && !isNext,
  };
  let answer = await getPage(requests, url, isNext, getOptions);
  let values = rowsOf(name, answer);
  let links = linksOf(answer);
  const isFullEnd = links !== null && values.length >= limit && !hasNext(links);
  if (links === null || isFullEnd) {
    const first = values;
    try {
      answer = await getPage(requests, url, isNext, getOptions);
      values = rowsOf(name, answer);
    } catch (error) {
      yield yield* checked(first, toRow);
      throw error;
    }
    links = linksOf(answer);
  }
  if (links === null) {
    yield yield* checked(values, toRow);
    throw withoutLinks(name);
  }
  return { values, links, attempts };
}

/** The rows of a page. One that does not fit ends the listing, after the rows before it. */
async function* checked<Row>(
  values: readonly unknown[],
  toRow: (value: unknown) => Row,
): AsyncGenerator<Row[], Row[], undefined> {
  const rows: Row[] = [];
  try {
    for (const value of values) rows.push(toRow(value));
  } catch (error) {
    yield rows;
    throw error;
  }
  return rows;
}

async function getPage(
  requests: OktaRequests,
  url: string,
  isNext: boolean,
  options: GetOptions,
): Promise<JsonAnswer> {
  try {
    return await requests.getJson(url, options);
  } catch (error) {
    const isRefusedCursor =
      isNext && error instanceof OktaReadFailure && (error.httpStatus === 400 || error.httpStatus === 404);
    throw isRefusedCursor ? new ExpiredCursor(error) : error;
  }
}

function endless(reason: string): OktaReadFailure {
  return new OktaReadFailure({ kind: 'pagination', reason });
}

function withoutLinks(name: string): OktaReadFailure {
  return endless(`${name} answered without a Link header, so its end is not proved`);
}

function rowsOf(name: string, answer: JsonAnswer): unknown[] {
  if (Array.isArray(answer.body)) return answer.body;
  throw new OktaReadFailure({ kind: 'not-okta', reason: `${name} answered with no list` });
}

function linksOf(answer: JsonAnswer): WebLink[] | null {
  return answer.link === null ? null : parseLinks(answer.link);
}

function hasNext(links: readonly WebLink[]): boolean {
  return links.some((link) => link.relations.includes('next'));
}

function nextUrl(
  { name, current, asked }: { name: string; current: string; asked: ReadonlySet<string> },
  links: readonly WebLink[],
  origin: string,
): string | null {
  const targets = new Set(links.filter((link) => link.relations.includes('next')).map((link) => link.target));
  if (targets.size === 0) return null;
  const [target] = targets;
  if (target === undefined || targets.size > 1 || !URL.canParse(target, current)) {
    throw endless(`${name} gave a next link that cannot be followed, so its end is not reached`);
  }
  const next = new URL(target, current);
  if (next.origin !== origin || next.username !== '' || next.password !== '') {
    throw endless(
      `${name} gave a next link to ${next.origin}, which is not the org and is not followed, so its end is not reached`,
    );
  }
  if (asked.has(next.href)) {
    throw endless(`${name} gave a next link that was followed before, so its end is not reached`);
  }
  // Verbatim: a cursor is opaque.
  return URL.canParse(target) ? target : next.href;
}
