import type { z } from 'zod';
import { repeatAttempts } from '../domain/journal.ts';
import { nameRequest, OktaReadFailure } from './failures.ts';
import { firstPage, type Listing, type PageOptions, pages } from './pages.ts';
import type { GetOptions, OktaRequests } from './requests.ts';

/** What a reader gets: the way to Okta, and where its rows go. */
export interface Reading<Row> {
  requests: OktaRequests;
  write: (row: Row) => Promise<void>;
  /** Counts a request for the dataset. */
  onAttempt: () => void;
  /** Called after each page or single row, for progress. */
  onPage: () => void;
}

/** Anything with the means to ask; the rows may go elsewhere. */
export type Asking = Omit<Reading<never>, 'write'>;

/** One segment of a path. An id is Okta's own word, yet it must not climb out of its place. */
export function pathSegment(id: string): string {
  if (id === '.' || id === '..') {
    throw new OktaReadFailure({ kind: 'shape', reason: `Okta gave "${id}" for an id` });
  }
  return encodeURIComponent(id);
}

/** Checks one value of an answer; names the field that does not fit, never its value. */
function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, name: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue && issue.path.length > 0 ? issue.path.join('.') : 'the whole of it';
  throw new OktaReadFailure({
    kind: 'shape',
    reason: `${name} gave a row that cannot be used: ${field} (${issue?.message.replace('Invalid input: ', '') ?? 'unknown'})`,
  });
}

/** The rows of a listing, page by page. A row that does not fit ends it, after the rows before it. */
export async function* readPages<Schema extends z.ZodType>(
  asking: Asking,
  listing: Listing,
  schema: Schema,
  options: Pick<PageOptions, 'isProbe' | 'isFresh'> = {},
): AsyncGenerator<z.output<Schema>[], void, undefined> {
  const name = nameRequest(asking.requests.url(listing.path));
  const toRow = (value: unknown): z.output<Schema> => parse(schema, value, name);
  for await (const rows of pages(asking.requests, listing, toRow, {
    ...options,
    onAttempt: asking.onAttempt,
  })) {
    yield rows;
    asking.onPage();
  }
}

/** The first rows of a listing, and whether there are more; says nothing about its end. */
export function readFirstPage<Schema extends z.ZodType>(
  { requests }: Pick<Asking, 'requests'>,
  listing: Listing,
  schema: Schema,
): Promise<{ rows: z.output<Schema>[]; hasMore: boolean }> {
  const name = nameRequest(requests.url(listing.path));
  return firstPage(requests, listing, (value) => parse(schema, value, name));
}

/** One row by its path, or what the journal holds of it. */
export async function readOne<Schema extends z.ZodType>(
  asking: Asking,
  path: string,
  schema: Schema,
  options: Pick<GetOptions, 'tries'> = {},
): Promise<z.output<Schema>> {
  const { requests } = asking;
  const url = requests.url(path);
  const kept = await requests.journal.readEarlierRuns(url);
  if (kept !== null) {
    repeatAttempts(kept, asking.onAttempt);
    if ('notFound' in kept) throw notFound(kept.notFound);
    asking.onPage();
    return kept.value as z.output<Schema>;
  }
  let attempts = 0;
  const onAttempt = (): void => {
    attempts += 1;
    asking.onAttempt();
  };
  try {
    const { body } = await requests.getJson(url, { ...options, onAttempt });
    const row = parse(schema, body, nameRequest(url));
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

function notFound(reason: string): OktaReadFailure {
  return new OktaReadFailure({ kind: 'not-found', reason, httpStatus: 404 });
}
