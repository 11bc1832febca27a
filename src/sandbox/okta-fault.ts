import type { IncomingHttpHeaders } from 'node:http';

/** The request that a fault hook decides on. */
interface FaultRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** How often this path and query was asked for, this time included: 1 for the first. */
  attempt: number;
  /** How many requests the server got, this one included. */
  count: number;
}

/** What goes wrong with one answer. */
export type Fault =
  /** Another answer in place of the right one; a text body is sent as it is, anything else as JSON. */
  | { kind: 'status'; status: number; body?: unknown; headers?: Readonly<Record<string, string>> }
  /** No answer, until the server closes. */
  | { kind: 'hang' }
  /** The connection breaks, with nothing sent or in the middle of a body sent in chunks or announced by its length. */
  | { kind: 'reset'; when: 'before-headers' | 'within-body' | 'within-sized-body' }
  /** The answer ends as it should, but its JSON is cut off in the middle. */
  | { kind: 'truncate' }
  /** A listing's page without any Link header. */
  | { kind: 'drop-link' }
  /** A listing's page that is the last by its links although the listing goes on, with no more than so many rows. */
  | { kind: 'early-end'; rows?: number }
  /** A listing's page whose next link is the given one (absolute), or the request's own. */
  | { kind: 'next-link'; url: string | 'self' }
  /** A listing's page without rows, whose next link leads to the rows. */
  | { kind: 'empty-page' }
  /** The right answer, later. */
  | { kind: 'delay'; milliseconds: number }
  /** The right answer with other headers; null removes one. */
  | { kind: 'headers'; headers: Readonly<Record<string, string | null>> }
  /** The right status with another body. */
  | { kind: 'rewrite'; rewrite(body: unknown): unknown };

/** Decides for each request whether its answer is spoilt. */
export type FaultHook = (request: FaultRequest) => Fault | undefined;
