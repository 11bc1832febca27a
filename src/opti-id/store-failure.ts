import { AuditError } from '../domain/errors.ts';
import type { StoreUrl } from './store-url.ts';

export interface DriverError {
  code?: string;
  message: string;
  syscall?: string;
}

/** The error that the driver raised, or the first of a bundle. */
export function driverError(error: unknown): DriverError {
  // Node tries every address of a host and bundles the refusals.
  const first = error instanceof AggregateError && error.message === '' ? error.errors[0] : error;
  return first instanceof Error ? (first as Error & DriverError) : { message: String(first) };
}

/** Turns a failure of the check, which is to say before the first row, into an expected failure. */
export function explainQueryFailure(error: unknown, shown: string): unknown {
  if (error instanceof AuditError || !(error instanceof Error) || !('code' in error)) return error;
  const { code = '', message } = driverError(error);
  return new AuditError(`The check of the Opti ID store at ${shown} failed: ${message} (${code}).`, {
    hint: 'Nothing was read. Try again; if it stays, show this message to the owner of the store.',
    cause: error,
  });
}

/** Why the store stopped answering, as part of a sentence. */
export function reasonOf(error: unknown): string {
  const { code, message } = driverError(error);
  if (code === '57014') return `the store cancelled the query: ${message}`;
  if (code === undefined || code.startsWith('E') || code.startsWith('57P') || code.startsWith('08')) {
    return `the connection to the store was lost: ${message}`;
  }
  return `the store answered ${code}: ${message}`;
}

const CERTIFICATE =
  /^(SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_|CERT_|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)/;

/** Turns a failed connection into a message and what to do about it. */
export function explainFailure(error: unknown, url: StoreUrl, timeouts: { connectMs: number }): AuditError {
  if (error instanceof AuditError) return error;
  // A mistake in this program is no fault of the store.
  if (error instanceof TypeError || error instanceof ReferenceError) throw error;
  const { code = '', message, syscall } = driverError(error);
  const at = `the Opti ID store at ${url.shown}`;
  const failure = (what: string, hint: string) => new AuditError(what, { hint, cause: error });

  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return failure(
      `The host of ${at} was not found.`,
      'Check the host in OPTIID_DATABASE_URL, and that this machine can resolve it (VPN, DNS).',
    );
  }
  if (code === 'ECONNREFUSED' || (code === 'ENOENT' && syscall === 'connect')) {
    return failure(
      `The connection to ${at} was refused.`,
      'Check host and port in OPTIID_DATABASE_URL, that PostgreSQL runs there, and that it listens to this machine.',
    );
  }
  if (code === 'ENOENT' || code === 'EACCES') {
    return failure(
      `A certificate file named in OPTIID_DATABASE_URL cannot be read (${code}).`,
      'Check sslrootcert, sslcert and sslkey in the URL.',
    );
  }
  if (
    /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code) ||
    /timeout expired|Timeout acquiring a connection|operation timed out/.test(message)
  ) {
    return failure(
      `${at.replace('the', 'The')} did not answer within ${timeouts.connectMs / 1000} seconds.`,
      'Check host and port in OPTIID_DATABASE_URL, and the firewall or VPN between this machine and the store.',
    );
  }
  if (CERTIFICATE.test(code)) {
    return failure(
      `The certificate of ${at} was not accepted (${code}).`,
      'Name the authority that signed it with sslrootcert=FILE in OPTIID_DATABASE_URL. sslmode=no-verify encrypts without checking whom you talk to.',
    );
  }
  if (/does not support SSL/.test(message)) {
    return failure(
      `${at.replace('the', 'The')} does not offer encrypted connections.`,
      `The URL asks for one (sslmode=${url.sslMode ?? 'from PGSSLMODE'}). Turn SSL on at the server; on a trusted network sslmode=disable does without.`,
    );
  }
  if (code === '28000' && message.includes('pg_hba.conf')) {
    const plain = url.sslMode === null || url.sslMode === 'disable';
    return failure(
      `${at.replace('the', 'The')} does not let this user in from this machine${plain ? ' without encryption' : ''}: ${message}.`,
      plain
        ? 'Most servers that say so want encryption: add sslmode=verify-full to OPTIID_DATABASE_URL. Else ask for a line in pg_hba.conf.'
        : 'Ask the owner of the server for a line in pg_hba.conf that lets this user in from here.',
    );
  }
  if (code === '28P01' || code === '28000' || /client password must be/.test(message)) {
    return url.hasPassword
      ? failure(
          `${at.replace('the', 'The')} refused the user name or the password.`,
          'Check both in OPTIID_DATABASE_URL; special characters must be percent-encoded (@ is %40).',
        )
      : failure(
          `${at.replace('the', 'The')} asks for a password, and OPTIID_DATABASE_URL holds none.`,
          'Write it as postgresql://USER:PASSWORD@HOST/DATABASE, or set PGPASSWORD.',
        );
  }
  if (code === '3D000') {
    return failure(
      `The database "${url.database}" does not exist at ${url.shown}.`,
      'Check the last part of OPTIID_DATABASE_URL.',
    );
  }
  if (code === '42501') {
    return failure(
      `${at.replace('the', 'The')} does not let this user connect: ${message}.`,
      'Ask its owner for: grant connect on database … to this role.',
    );
  }
  if (code === '53300' || code === '57P03') {
    return failure(
      `${at.replace('the', 'The')} takes no connection at the moment: ${message}.`,
      'Try again later; one connection is all that is needed.',
    );
  }
  return failure(
    `The connection to ${at} failed: ${message}.`,
    'Check OPTIID_DATABASE_URL, and that a PostgreSQL 13 or newer answers there.',
  );
}
