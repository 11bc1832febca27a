import { AuditError } from '../../domain/errors.ts';
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

const UNANSWERED = /timeout expired|Timeout acquiring a connection|operation timed out/;

/** Turns a failed connection into a message and what to do about it. */
export function explainFailure(error: unknown, url: StoreUrl, timeouts: { connectMs: number }): AuditError {
  if (error instanceof AuditError) return error;
  // A mistake in this program is not the store's fault.
  if (error instanceof TypeError || error instanceof ReferenceError) throw error;
  const raised = driverError(error);
  const [message, hint] = wordsFor(raised, url, timeouts.connectMs / 1000);
  return new AuditError(message, { hint, cause: error, again: isRefusal(raised) ? 'no-use' : 'may-help' });
}

/** Credentials, a database or a right that are not there, until somebody changes that. */
function isRefusal({ code = '', message }: DriverError): boolean {
  return ['28P01', '28000', '3D000', '42501'].includes(code) || /client password must be/.test(message);
}

function wordsFor({ code = '', message, syscall }: DriverError, url: StoreUrl, limit: number) {
  const at = `the Opti ID store at ${url.shown}`;
  const At = `The Opti ID store at ${url.shown}`;
  const isPlain = url.sslMode === null || url.sslMode === 'disable';
  const isRefused = code === 'ECONNREFUSED' || (code === 'ENOENT' && syscall === 'connect');
  const isByHostRules = code === '28000' && message.includes('pg_hba.conf');
  const isSignIn = code === '28P01' || code === '28000' || /client password must be/.test(message);
  /** The first that is true is told. */
  const cases: readonly (readonly [is: boolean, what: string, hint: string])[] = [
    [
      code === 'ENOTFOUND' || code === 'EAI_AGAIN',
      `The host of ${at} was not found.`,
      'Check the host in OPTIID_DATABASE_URL, and that this machine can resolve it (VPN, DNS).',
    ],
    [
      isRefused,
      `The connection to ${at} was refused.`,
      'Check host and port in OPTIID_DATABASE_URL, that PostgreSQL runs there, and that it listens to this machine.',
    ],
    [
      code === 'ENOENT' || code === 'EACCES',
      `A certificate file named in OPTIID_DATABASE_URL cannot be read (${code}).`,
      'Check sslrootcert, sslcert and sslkey in the URL.',
    ],
    [
      /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code) || UNANSWERED.test(message),
      `${At} did not answer within ${limit} seconds.`,
      'Check host and port in OPTIID_DATABASE_URL, and the firewall or VPN between this machine and the store.',
    ],
    [
      CERTIFICATE.test(code),
      `The certificate of ${at} was not accepted (${code}).`,
      'Name the authority that signed it with sslrootcert=FILE in OPTIID_DATABASE_URL. sslmode=no-verify encrypts without checking who answers.',
    ],
    [
      /does not support SSL/.test(message),
      `${At} does not offer encrypted connections.`,
      `One is asked for (sslmode=${url.sslMode ?? 'verify-full'}): whatever is sent to another machine is encrypted. Turn SSL on at the server; on a network that you trust write sslmode=disable into OPTIID_DATABASE_URL.`,
    ],
    [
      isByHostRules,
      `${At} does not let this user in from this machine${isPlain ? ' without encryption' : ''}: ${message}.`,
      isPlain
        ? 'Most servers that say so want encryption: add sslmode=verify-full to OPTIID_DATABASE_URL. Else ask for a line in pg_hba.conf.'
        : 'Ask the owner of the server for a line in pg_hba.conf that lets this user in from here.',
    ],
    [
      isSignIn && url.hasPassword,
      `${At} refused the user name or the password.`,
      'Check both in OPTIID_DATABASE_URL; special characters must be percent-encoded (@ is %40).',
    ],
    [
      isSignIn,
      `${At} asks for a password, and OPTIID_DATABASE_URL holds none.`,
      'Write it as postgresql://USER:PASSWORD@HOST/DATABASE, or set PGPASSWORD.',
    ],
    [
      code === '3D000',
      `The database "${url.database}" does not exist at ${url.shown}.`,
      'Check the last part of OPTIID_DATABASE_URL.',
    ],
    [
      code === '42501',
      `${At} does not let this user connect: ${message}.`,
      'Ask its owner for: grant connect on database … to this role.',
    ],
    [
      code === '53300' || code === '57P03',
      `${At} takes no connection at the moment: ${message}.`,
      'Try again later; one connection is all that is needed.',
    ],
  ];
  const [, what, hint] = cases.find(([is]) => is) ?? [
    true,
    `The connection to ${at} failed: ${message}.`,
    'Check OPTIID_DATABASE_URL, and that a PostgreSQL 13 or newer answers there.',
  ];
  return [what, hint] as const;
}
