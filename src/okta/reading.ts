import { repeatAttempts } from '../domain/journal.ts';
import {
  type EndpointName,
  endpointOf,
  type IdsOf,
  isBestEffort,
  type ListingName,
  type RowOf,
} from './endpoints.ts';
import { nameRequest, OktaReadFailure } from './failures.ts';
import { firstPage, type Listing, type PageOptions, pages } from './pages.ts';
import type { OktaRequests } from './requests.ts';

/** A fault of what Okta shows for a few apps only is not worth a long wait. */
const BEST_EFFORT_TRIES = 2;

/** What a reader gets: the way to Okta, and where its rows go. */
export interface Reading<Row> {
  requests: OktaRequests;
  write: (row: Row) => Promise<void>;
  /** Counts a request for the dataset. */
  onAttempt: () => void;
  /** Called after each page or single row, for progress. */
  onPage: () => void;
}

/** A reader whose rows go elsewhere. */
export type Asking = Omit<Reading<never>, 'write'>;

/** Asks for no dataset: nothing is counted or shown. */
export function askingOf(requests: OktaRequests): Asking {
  return { requests, onAttempt: () => {}, onPage: () => {} };
}

/** A path of Okta's. An id is Okta's own word, yet it must not climb out of its place. */
export function pathOf<Name extends EndpointName>(name: Name, ids: IdsOf<Name>): string {
  return endpointOf(name).path.replace(/\{(\w+)\}/gu, (_, key: string) => {
    const id = (ids as Readonly<Record<string, string>>)[key] ?? '';
    if (id === '.' || id === '..') {
      throw new OktaReadFailure({ kind: 'shape', reason: `Okta gave "${id}" for an id` });
    }
    return encodeURIComponent(id);
  });
}

/** Checks one value of an answer and makes its row; names the field that does not fit, never its value. */
function toRow<Name extends EndpointName>(name: Name, value: unknown, request: string): RowOf<Name> {
  const result = endpointOf(name).schema.safeParse(value);
  if (result.success) return result.data as RowOf<Name>;
  const issue = result.error.issues[0];
  const field = issue && issue.path.length > 0 ? issue.path.join('.') : 'the whole of it';
  throw new OktaReadFailure({
    kind: 'shape',
    reason: `${request} gave a row that cannot be used: ${field} (${issue?.message.replace('Invalid input: ', '') ?? 'unknown'})`,
  });
}

/** What a listing is asked for beyond what its endpoint always is. */
export interface Narrowed {
  query?: Readonly<Record<string, string>>;
  /** Rows per page, where it is not to be the most. */
  limit?: number;
}

function listingOf<Name extends ListingName>(name: Name, ids: IdsOf<Name>, narrowed: Narrowed): Listing {
  const { query, dispensable, limit = 1 } = endpointOf(name);
  return {
    path: pathOf(name, ids),
    query: { ...query, ...narrowed.query },
    limit: narrowed.limit ?? limit,
    dispensable,
  };
}

/** The rows of a listing, page by page. A row that does not fit ends it, after the rows before it. */
export async function* readPages<Name extends ListingName>(
  asking: Asking,
  name: Name,
  ids: IdsOf<Name>,
  { query = {}, ...options }: Pick<Narrowed, 'query'> & Pick<PageOptions, 'isProbe' | 'isFresh'> = {},
): AsyncGenerator<RowOf<Name>[], void, undefined> {
  const { requests, onAttempt } = asking;
  const listing = listingOf(name, ids, { query });
  const request = nameRequest(requests.url(listing.path));
  const rows = pages(requests, listing, (value) => toRow(name, value, request), { ...options, onAttempt });
  for await (const page of rows) {
    yield page;
    asking.onPage();
  }
}

/** The first rows of a listing, and whether there are more; says nothing about its end. */
export function readFirstPage<Name extends ListingName>(
  { requests }: Asking,
  name: Name,
  ids: IdsOf<Name>,
  narrowed: Narrowed,
): Promise<{ rows: RowOf<Name>[]; hasMore: boolean }> {
  const listing = listingOf(name, ids, narrowed);
  const request = nameRequest(requests.url(listing.path));
  return firstPage(requests, listing, (value) => toRow(name, value, request));
}

/** The single answer of an endpoint, or what the journal holds of it. */
export async function readOne<Name extends EndpointName>(
  asking: Asking,
  name: Name,
  ids: IdsOf<Name>,
): Promise<RowOf<Name>> {
  const { requests } = asking;
  const url = requests.url(pathOf(name, ids));
  const kept = await requests.journal.keptAnswer(url);
  if (kept !== null) {
    repeatAttempts(kept, asking.onAttempt);
    if ('notFound' in kept) {
      throw new OktaReadFailure({ kind: 'not-found', reason: kept.notFound, httpStatus: 404 });
    }
    asking.onPage();
    return kept.value as RowOf<Name>;
  }
  let attempts = 0;
  const onAttempt = (): void => {
    attempts += 1;
    asking.onAttempt();
  };
  const tries = isBestEffort(name) ? { tries: BEST_EFFORT_TRIES } : {};
  try {
    const { body } = await requests.getJson(url, { ...tries, onAttempt });
    const row = toRow(name, body, nameRequest(url));
    await requests.journal.keep(url, { value: row, next: null, attempts });
    asking.onPage();
    return row;
  } catch (error) {
    if (error instanceof OktaReadFailure && error.kind === 'not-found') {
      await requests.journal.keep(url, { notFound: error.message, attempts });
    }
    throw error;
  }
}

/** The answer, or null where Okta says that there is no such thing: that is known, and nothing unread. */
export async function unlessGone<Row>(answer: Promise<Row>): Promise<Row | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof OktaReadFailure && error.kind === 'not-found') return null;
    throw error;
  }
}
