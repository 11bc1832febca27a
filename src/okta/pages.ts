import { repeatAttempts } from '../domain/journal.ts';
import { nameRequest, OktaReadFailure } from './failures.ts';
import { parseLinks, type WebLink } from './links.ts';
import type { GetOptions, JsonAnswer, OktaRequests } from './requests.ts';

/** Smaller pages for a listing that Okta could not answer in time; it shows that as HTTP 500 or 504. */
const SMALLER_LIMITS: Readonly<Record<number, readonly number[]>> = {
  200: [50, 20],
  500: [200, 50],
  1000: [200, 50],
};

/** Parameters that some of Okta's releases lose on the way to the next page, though they are asked for. */
const KEPT_PARAMETERS = ['expand', 'limit', 'includeNonDeleted'];

/** Rows of one page: ten times the most that is asked for. */
const MOST_PAGE_ROWS = 10_000;

/** Pages without rows in a row after which a listing counts as endless. */
const MOST_EMPTY_PAGES = 1_000;

export interface Listing {
  path: string;
  query?: Readonly<Record<string, string | undefined>>;
  /** Rows per page. */
  limit: number;
  /** A parameter of the query that may be missing: without it, where Okta cannot answer with it in time. */
  dispensable?: string | undefined;
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

/**
 * All pages of a listing; the only paginator. The end is a Link header without rel=next and nothing else, and a full
 * page has to say so twice. A listing that is begun again brings rows twice: they are told apart by their key later.
 * Pages that the journal holds are not requested again.
 * Throws {@link OktaReadFailure} where the end is not reached or not proved, and what `toRow` throws.
 */
export async function* pages<Row>(
  requests: OktaRequests,
  listing: Listing,
  toRow: (value: unknown) => Row,
  options: PageOptions = {},
): AsyncGenerator<Row[], void, undefined> {
  const attempts = lighterAndLighter(listing);
  let at = 0;
  let isFresh = options.isFresh === true;
  let isRestarted = false;
  for (;;) {
    try {
      yield* walk(requests, attempts[at] ?? listing, toRow, { ...options, isFresh });
      return;
    } catch (error) {
      if (isPageTooLarge(error) && at + 1 < attempts.length) {
        at += 1;
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

/** The listing as it is asked for, and what to ask for in its place while Okta cannot answer in time. */
function lighterAndLighter(listing: Listing): Listing[] {
  const { limit, query, dispensable } = listing;
  const sizes = [limit, ...(SMALLER_LIMITS[limit] ?? [])].map((size) => ({ ...listing, limit: size }));
  if (dispensable === undefined) return sizes;
  return [...sizes, ...sizes.map((one) => ({ ...one, query: { ...query, [dispensable]: undefined } }))];
}

function isPageTooLarge(error: unknown): boolean {
  return error instanceof OktaReadFailure && (error.httpStatus === 500 || error.httpStatus === 504);
}

function firstUrlOf(requests: OktaRequests, { path, query, limit }: Listing): string {
  return requests.url(path, { ...query, limit });
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
  const [asked, ...lighter] = lighterAndLighter(listing);
  let url = firstUrlOf(requests, asked ?? listing);
  let page = await getPage(requests, url).catch((error: unknown) => {
    const last = lighter.at(-1);
    if (!isPageTooLarge(error) || last === undefined) throw error;
    url = firstUrlOf(requests, last);
    return getPage(requests, url);
  });
  // As in a real listing, a header that was lost once is asked for once more.
  if (page.links === null) page = await getPage(requests, url);
  if (page.links === null) throw withoutLinks(nameRequest(url));
  return { rows: page.values.map(toRow), hasMore: nextTargets(page.links).size > 0 };
}

async function* walk<Row>(
  requests: OktaRequests,
  listing: Listing,
  toRow: (value: unknown) => Row,
  options: PageOptions,
): AsyncGenerator<Row[], void, undefined> {
  const { journal } = requests;
  const firstUrl = firstUrlOf(requests, listing);
  const name = nameRequest(firstUrl);
  const asked = new Set<string>();
  let seen = 0;
  /** How many rows the last page that says it says there are. */
  let total: string | null = null;
  let emptyPages = 0;
  // Okta may give shorter pages than asked for; one as long as the longest is full.
  let longest = 0;
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
      let attempts = 0;
      const onAttempt = (): void => {
        attempts += 1;
        options.onAttempt?.();
      };
      const isNext = current !== firstUrl;
      const isProbe = options.isProbe === true && !isNext;
      const ask = (): Promise<Page> => getPage(requests, current, { onAttempt, isProbe }, isNext);
      const page = yield* askTwice(ask, longest === 0 ? listing.limit : longest, toRow);
      rows = yield* checked(page.values, toRow);
      try {
        if (page.links === null) throw withoutLinks(name);
        total = page.total ?? total;
        if (nextTargets(page.links).size === 0) requireTotal(name, total, seen + rows.length);
        url = nextUrl({ name, current, asked, firstUrl }, page.links, requests.origin);
      } catch (error) {
        yield rows;
        throw error;
      }
      await journal.keep(current, { value: rows, next: url, attempts });
    }
    yield rows;
    seen += rows.length;
    longest = Math.max(longest, rows.length);
    emptyPages = rows.length === 0 ? emptyPages + 1 : 0;
    if (emptyPages > MOST_EMPTY_PAGES) {
      throw endless(
        `${name} gave more than ${MOST_EMPTY_PAGES} empty pages in a row, so its end is not reached`,
      );
    }
  }
}

/**
 * Asks for a page, and once more where it has no Link header, or is full and has no next link: a proxy that
 * loses a header must not end a listing. The second answer stands for both. Where there is none, the rows of the
 * first are given out before it throws.
 */
async function* askTwice<Row>(
  ask: () => Promise<Page>,
  limit: number,
  toRow: (value: unknown) => Row,
): AsyncGenerator<Row[], Page, undefined> {
  const page = await ask();
  const { values, links } = page;
  if (links !== null && (values.length < limit || nextTargets(links).size > 0)) return page;
  try {
    return await ask();
  } catch (error) {
    yield yield* checked(values, toRow);
    throw error;
  }
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

interface Page {
  values: unknown[];
  /** Null where there is no Link header, or one that is not understood. */
  links: readonly WebLink[] | null;
  /** How many rows the listing has as a whole, as its server writes it; null where it does not. */
  total: string | null;
}

async function getPage(
  requests: OktaRequests,
  url: string,
  options: GetOptions = {},
  isNext = false,
): Promise<Page> {
  let answer: JsonAnswer;
  try {
    answer = await requests.getJson(url, options);
  } catch (error) {
    const isRefusedCursor =
      isNext && error instanceof OktaReadFailure && (error.httpStatus === 400 || error.httpStatus === 404);
    throw isRefusedCursor ? new ExpiredCursor(error) : error;
  }
  if (!Array.isArray(answer.body)) {
    throw new OktaReadFailure({ kind: 'not-okta', reason: `${nameRequest(url)} answered with no list` });
  }
  if (answer.body.length > MOST_PAGE_ROWS) {
    throw endless(
      `${nameRequest(url)} gave a page of ${answer.body.length} rows, of which no more than ${MOST_PAGE_ROWS} are read`,
    );
  }
  const links = answer.link === null ? null : parseLinks(answer.link);
  return { values: answer.body, links, total: answer.total };
}

function endless(reason: string): OktaReadFailure {
  return new OktaReadFailure({ kind: 'pagination', reason });
}

function withoutLinks(name: string): OktaReadFailure {
  return endless(`${name} answered without a Link header, so its end is not proved`);
}

/** A listing must not end before the number of rows that it gives. A number that is none leaves its end unknown. */
function requireTotal(name: string, total: string | null, seen: number): void {
  if (total === null) return;
  if (!/^\d{1,15}$/u.test(total)) {
    throw endless(
      `${name} gave a number of rows that cannot be used (X-Total-Count), so its end is not proved`,
    );
  }
  if (Number(total) > seen) {
    throw endless(
      `${name} gave ${seen} rows and says that there are ${Number(total)}, so its end is not reached`,
    );
  }
}

function nextTargets(links: readonly WebLink[]): Set<string> {
  return new Set(links.filter((link) => link.relations.includes('next')).map((link) => link.target));
}

function nextUrl(
  {
    name,
    current,
    asked,
    firstUrl,
  }: Record<'name' | 'current' | 'firstUrl', string> & {
    asked: ReadonlySet<string>;
  },
  links: readonly WebLink[],
  origin: string,
): string | null {
  const targets = nextTargets(links);
  const [target] = targets;
  if (target === undefined) return null;
  if (targets.size > 1 || !URL.canParse(target, current)) {
    throw endless(`${name} gave a next link that cannot be followed, so its end is not reached`);
  }
  const next = new URL(target, current);
  if (next.origin !== origin || next.username !== '' || next.password !== '') {
    throw endless(
      `${name} gave a next link to ${next.origin}, which is not the org and is not followed, so its end is not reached`,
    );
  }
  const first = new URL(firstUrl).searchParams;
  const lost = KEPT_PARAMETERS.filter((one) => first.has(one) && !next.searchParams.has(one));
  // What is there stays verbatim: a cursor is opaque.
  for (const one of lost) next.search += `${next.search === '' ? '' : '&'}${one}=${first.get(one)}`;
  if (asked.has(next.href)) {
    throw endless(`${name} gave a next link that was followed before, so its end is not reached`);
  }
  return URL.canParse(target) && lost.length === 0 ? target : next.href;
}
