import { nameRequest, OktaReadFailure } from './failures.ts';
import { parseLinks } from './links.ts';
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
 * nothing else. A listing that is begun anew brings rows twice: they are told apart by their key later.
 * Throws {@link OktaReadFailure} where the end is not reached or not proved.
 */
export async function* pages(
  requests: OktaRequests,
  listing: Listing,
  options: PageOptions = {},
): AsyncGenerator<unknown[], void, undefined> {
  let limit = listing.limit;
  let isRestarted = false;
  for (;;) {
    try {
      yield* walk(requests, requests.url(listing.path, { ...listing.query, limit }), options);
      return;
    } catch (error) {
      const smaller = SMALLER_LIMIT[limit];
      if (isPageTooLarge(error) && smaller !== undefined && limit === listing.limit) {
        limit = smaller;
      } else if (error instanceof ExpiredCursor && !isRestarted) {
        isRestarted = true;
      } else {
        throw error instanceof ExpiredCursor ? error.failure : error;
      }
    }
  }
}

async function* walk(
  requests: OktaRequests,
  firstUrl: string,
  options: PageOptions,
): AsyncGenerator<unknown[], void, undefined> {
  const name = nameRequest(firstUrl);
  const asked = new Set<string>();
  let emptyPages = 0;
  let url: string | null = firstUrl;
  while (url !== null) {
    asked.add(new URL(url).href);
    const current: string = url;
    const getOptions: GetOptions = {
      ...(options.onAttempt ? { onAttempt: options.onAttempt } : {}),
      isProbe: options.isProbe === true && current === firstUrl,
    };
    let answer = await getPage(requests, current, current !== firstUrl, getOptions);
    let rows = rowsOf(name, answer);
    let links = linksOf(answer);
    if (links === null) {
      // Asked once more before the rows are given out, so that the second answer can stand for both.
      try {
        answer = await getPage(requests, current, current !== firstUrl, getOptions);
        rows = rowsOf(name, answer);
      } catch (error) {
        yield rows;
        throw error;
      }
      links = linksOf(answer);
    }
    yield rows;
    if (links === null) {
      throw endless(`${name} answered without a Link header, so its end is not proved`);
    }
    url = nextUrl(name, current, links, requests.origin);
    if (url !== null && asked.has(new URL(url).href)) {
      throw endless(`${name} gave a next link that was followed before, so its end is not reached`);
    }
    emptyPages = rows.length === 0 ? emptyPages + 1 : 0;
    if (emptyPages > MOST_EMPTY_PAGES) {
      throw endless(
        `${name} gave more than ${MOST_EMPTY_PAGES} empty pages in a row, so its end is not reached`,
      );
    }
  }
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

function rowsOf(name: string, answer: JsonAnswer): unknown[] {
  if (Array.isArray(answer.body)) return answer.body;
  throw new OktaReadFailure({ kind: 'not-okta', reason: `${name} answered with no list` });
}

function linksOf(answer: JsonAnswer): { target: string; relations: string[] }[] | null {
  return answer.link === null ? null : parseLinks(answer.link);
}

function nextUrl(
  name: string,
  current: string,
  links: readonly { target: string; relations: string[] }[],
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
  // Verbatim: a cursor is opaque.
  return URL.canParse(target) ? target : next.href;
}
