import { AuditError } from '../../domain/errors.ts';
import { isLoopback } from '../../domain/loopback.ts';

/** `OPTIID_DATABASE_URL`, ready for the driver, and what of it may be shown. */
export interface StoreUrl {
  /** Tried in this order: on this machine `sslmode=prefer` and `allow` ask for encryption and go on without it. */
  connectionStrings: readonly string[];
  /** Host, port and database; never a user, a password or a parameter. */
  shown: string;
  database: string;
  /** As given by the URL or `PGSSLMODE`; else what stands in, null for no encryption. */
  sslMode: string | null;
  /** Why nobody knows who answers, the end of a sentence; null where the certificate is checked, and on this machine itself. */
  doubt: string | null;
  hasPassword: boolean;
}

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

// The URL is never quoted: a password with an unescaped character may sit in any part of it.
function malformed(what: string, hint: string): AuditError {
  return new AuditError(`OPTIID_DATABASE_URL is not a PostgreSQL URL: ${what}.`, {
    hint: `${hint} Expected: postgresql://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full.`,
  });
}

const ESCAPE_HINT =
  'Percent-encode special characters of the user name and the password (@ is %40, / is %2F, : is %3A, # is %23, ? is %3F, % is %25).';

function parse(text: string): URL {
  try {
    return new URL(text);
  } catch {
    try {
      // `user@/database?host=/var/run/postgresql`: a socket needs no host, which a URL may not leave out.
      return new URL(text.replace('@/', '@localhost/'));
    } catch {
      throw malformed('it cannot be parsed', ESCAPE_HINT);
    }
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw malformed('it holds a % that is not followed by two hex digits', ESCAPE_HINT);
  }
}

/**
 * Reads the URL of the store. `sslmode`, or `PGSSLMODE` where the URL has none, then means:
 *
 * - not given: `verify-full`; for this machine itself no encryption;
 * - `disable`: no encryption;
 * - `allow`, `prefer`: on this machine encrypted without checking the certificate where the server can, else plain; anywhere
 *   else `verify-full`, since whoever answers in the server's place would choose plain and be sent the password;
 * - `require`, `verify-ca`, `verify-full`: encrypted, certificate and host name checked (`sslrootcert=FILE`
 *   for a private authority). `require` checks too: pg 8 does so, libpq does not, and a wrong guess on this
 *   side costs an error message where the other side costs the password;
 * - `no-verify`: encrypted, certificate not checked.
 *
 * `uselibpqcompat=true` next to an `sslmode` in the URL hands the matter to the driver's libpq rules.
 *
 * @throws AuditError for a URL that is none
 */
export function parseStoreUrl(text: string): StoreUrl {
  if (!/^postgres(ql)?:\/\//i.test(text)) {
    throw malformed('it does not begin with postgresql://', 'Check the setting.');
  }
  const url = parse(text);
  // `postgresql://user:12/34@host/db` is a valid URL of a host named user: what looks like a host may be a secret.
  if (`${url.pathname}${url.search}${url.hash}`.includes('@') || url.hash !== '') {
    throw malformed('it holds an unescaped @, / or # in the user name or the password', ESCAPE_HINT);
  }
  decode(url.username);
  const password = decode(url.password);
  const database = decode(url.pathname.slice(1));
  const names = [...url.searchParams.keys()];
  if (new Set(names).size < names.length) {
    // The driver takes the last, whoever reads it the first.
    throw malformed('it has a parameter twice', 'Take one of them out.');
  }
  const host = decode(url.searchParams.get('host') ?? url.hostname);
  const isHere = host === '' || host.startsWith('/') || isLoopback(host);
  const inUrl = url.searchParams.get('sslmode');
  if (inUrl !== null && !SSL_MODES.includes(inUrl)) {
    throw malformed('its sslmode is unknown', `Use one of ${SSL_MODES.join(', ')}.`);
  }
  const fromEnvironment = SSL_MODES.find((mode) => mode === process.env.PGSSLMODE) ?? null;
  const sslMode = inUrl ?? fromEnvironment ?? (isHere ? null : 'verify-full');
  const withMode = (mode: string) =>
    inUrl === null
      ? `${text}${text.includes('?') ? '&' : '?'}sslmode=${mode}`
      : text.replace(/([?&]sslmode=)[^&#]*/, `$1${mode}`);
  const isLibpq = inUrl !== null && url.searchParams.get('uselibpqcompat') === 'true';
  const connectionStrings =
    sslMode === null || isLibpq
      ? [text]
      : isHere && (sslMode === 'prefer' || sslMode === 'allow')
        ? [withMode('no-verify'), withMode('disable')]
        : // pg 8 treats most of them alike, with a warning on stderr for all but the last; pg 9 will not.
          [withMode(sslMode === 'disable' || sslMode === 'no-verify' ? sslMode : 'verify-full')];
  const port = url.searchParams.get('port') ?? url.port;
  return {
    connectionStrings,
    shown: `${host === '' ? 'localhost' : host}${port === '' ? '' : `:${port}`}/${database}`,
    database,
    sslMode,
    doubt: isHere ? null : doubtOf(sslMode, isLibpq),
    hasPassword: password !== '' || url.searchParams.has('password') || process.env.PGPASSWORD !== undefined,
  };
}

/** Of another machine: what its `sslmode` leaves open. By libpq's rules alone may less than `verify-full` mean less. */
function doubtOf(sslMode: string | null, isLibpq: boolean): string | null {
  const isOpen = sslMode === 'disable' || (isLibpq && (sslMode === 'allow' || sslMode === 'prefer'));
  if (isOpen) {
    return `it need not be encrypted (sslmode=${sslMode}): whoever is on the way can read and change what is read`;
  }
  const isUnchecked = sslMode === 'no-verify' || (isLibpq && sslMode === 'require');
  return isUnchecked
    ? `the certificate is not checked (sslmode=${sslMode}): whoever answers in the store's place is believed`
    : null;
}

/** What a run says of a connection to the store that proves nothing about who answers; null where nothing is to be said. */
export function connectionNote(databaseUrl: string): string | null {
  const { shown, doubt } = parseStoreUrl(databaseUrl);
  return doubt && `The connection to the store ${shown} is not proved: ${doubt}.`;
}
