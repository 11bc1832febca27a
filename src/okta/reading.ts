import type { z } from 'zod';
import { nameRequest, OktaReadFailure } from './failures.ts';
import { type Listing, pages } from './pages.ts';
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
  options: { isProbe?: boolean } = {},
): AsyncGenerator<z.output<Schema>[], void, undefined> {
  const name = nameRequest(asking.requests.url(listing.path));
  for await (const page of pages(asking.requests, listing, { ...options, onAttempt: asking.onAttempt })) {
    const rows: z.output<Schema>[] = [];
    try {
      for (const value of page) rows.push(parse(schema, value, name));
    } catch (error) {
      yield rows;
      throw error;
    }
    yield rows;
    asking.onPage();
  }
}

/** One row by its path. */
export async function readOne<Schema extends z.ZodType>(
  asking: Asking,
  path: string,
  schema: Schema,
  options: Pick<GetOptions, 'tries'> = {},
): Promise<z.output<Schema>> {
  const url = asking.requests.url(path);
  const { body } = await asking.requests.getJson(url, { ...options, onAttempt: asking.onAttempt });
  const row = parse(schema, body, nameRequest(url));
  asking.onPage();
  return row;
}
