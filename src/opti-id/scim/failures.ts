import { IncompleteRead } from '../../domain/errors.ts';

/**
 * Why a read failed. `credentials`: the key is not taken. `unreachable`: no connection at all. `paging`: a list that
 * contradicts itself, or changes while it is read. `not-scim`: an answer that no SCIM server gives.
 */
type ScimFailureKind =
  | 'credentials'
  | 'forbidden'
  | 'not-found'
  | 'bad-request'
  | 'rate-limit'
  | 'server'
  | 'transport'
  | 'timeout'
  | 'unreachable'
  | 'not-scim'
  | 'paging';

/** One read that came to nothing, in words: the whole sentence, without a full stop. */
export class ScimReadFailure extends IncompleteRead {
  override name = 'ScimReadFailure';
  readonly kind: ScimFailureKind;

  constructor(kind: ScimFailureKind, reason: string, cause?: unknown) {
    super(reason, cause);
    this.kind = kind;
  }
}
