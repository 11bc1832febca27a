import { IncompleteRead } from '../domain/errors.ts';
import { isTlsCode } from '../domain/network-failure.ts';

/**
 * Why a read failed. `credentials`: Okta does not know or no longer takes them, so nothing more can be read.
 * `unreachable`: no connection at all (refused, unknown host, TLS). `transport`: a connection that broke.
 * `timeout`: one that hung. `server`: 5xx. `not-okta`: an answer that Okta would not give (HTML, a redirect, no list).
 */
export type FailureKind =
  | 'credentials'
  | 'forbidden'
  | 'not-found'
  | 'bad-request'
  | 'rate-limit'
  | 'server'
  | 'transport'
  | 'timeout'
  | 'unreachable'
  | 'not-okta'
  | 'pagination'
  | 'shape';

/** Okta: the feature is not permitted for these credentials. It comes with HTTP 401, yet the token is good. */
export const FEATURE_NOT_PERMITTED = 'E0000015';

interface FailureNote {
  kind: FailureKind;
  /** The whole sentence, with the method and path and without a full stop. */
  reason: string;
  httpStatus?: number | null | undefined;
  /** What Okta said, for instance `invalid_scope`. */
  oktaCode?: string | null | undefined;
  /** The OAuth scope that Okta says is missing; empty where it does not say which. */
  missingScope?: string | null | undefined;
  cause?: unknown;
}

/**
 * One read that came to nothing, in words. Uncaught, it makes its dataset incomplete. The SDK repeats
 * whatever carries `status` 401, hence the other name.
 */
export class OktaReadFailure extends IncompleteRead {
  override name = 'OktaReadFailure';
  readonly kind: FailureKind;
  readonly httpStatus: number | null;
  readonly oktaCode: string | null;
  /** The OAuth scope that Okta misses, empty where it does not say which; null where it is not about scopes. */
  readonly missingScope: string | null;

  constructor(note: FailureNote) {
    super(note.reason, note.cause);
    this.kind = note.kind;
    this.httpStatus = note.httpStatus ?? null;
    this.oktaCode = note.oktaCode ?? null;
    this.missingScope = note.missingScope ?? null;
  }
}

/**
 * True where Okta itself refused: of what it shows for some apps only that means *not shown*. Anything else, an outage, a
 * broken answer or a missing scope, says nothing about the app.
 */
export function isRefusal({ kind, missingScope }: OktaReadFailure): boolean {
  return ['forbidden', 'not-found', 'bad-request'].includes(kind) && missingScope === null;
}

/** `GET /api/v1/apps`: a request without its query, which may hold cursors and names. */
export function nameRequest(url: string, method = 'GET'): string {
  return `${method} ${new URL(url).pathname}`;
}

/** True where the connection was made and could not be made secure. */
export function isTlsError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && isTlsCode(String(error.code));
}
