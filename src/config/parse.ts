import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { isLoopback } from '../domain/loopback.ts';
import type { SealKey } from '../domain/seal.ts';

/**
 * One function per kind of setting: the text of the environment in, the value out. Each throws {@link Wrong}.
 * No text given by a user is repeated in an error, apart from a host name: a secret pasted into the wrong
 * setting must not reach a terminal or a log.
 */

/** What is wrong with a setting's text, and what to write in its place. */
export class Wrong extends Error {
  readonly hint: string;

  constructor(what: string, hint: string) {
    super(what);
    this.hint = hint;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001F\u007F]/u;
// Labels no longer than DNS allows: a token with dots in it is not taken for a host and repeated.
const HOST = /^(?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{1,63}(?::\d+)?\/?$/iu;
const LOOPBACK_WITHOUT_SCHEME = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?\/?$/iu;
const OKTA_ADMIN_HOST = /^(.+)-admin(\.(?:okta(?:preview|-emea|-gov)?\.com|okta\.mil))$/u;
const ORG_URL_HINT = 'Write the address of the org alone, for example https://acme.okta.com.';

/** A text without control characters that is not blank, as it is: labels may begin or end with a space. */
export function parseText(text: string): string {
  if (text.trim() === '') throw new Wrong('is blank.', 'Give it a value, or remove it.');
  if (CONTROL.test(text)) {
    throw new Wrong(
      'holds a control character or a line break.',
      'Often a stray line ending: write it again.',
    );
  }
  return text;
}

/** An id: as {@link parseText}, without white space around it. */
export function parseId(text: string): string {
  return parseText(text.trim());
}

/** The origin of the Okta org, without a trailing slash. */
export function parseOrgUrl(text: string): string {
  const trimmed = parseText(text).trim();
  if (!/^[a-z][a-z0-9+.-]*:\/\//iu.test(trimmed)) {
    const suggestion = LOOPBACK_WITHOUT_SCHEME.test(trimmed)
      ? `http://${trimmed}`
      : HOST.test(trimmed)
        ? `https://${trimmed}`
        : 'https://acme.okta.com';
    throw new Wrong('has no scheme.', `Write ${suggestion.replace(/\/$/u, '')}.`);
  }
  const url = urlOf(trimmed, ORG_URL_HINT);
  if (url.username !== '' || url.password !== '') {
    throw new Wrong('holds a user name or password.', ORG_URL_HINT);
  }
  const hostHint = HOST.test(url.host) ? `Write https://${url.host}.` : ORG_URL_HINT;
  requireEncrypted(url, hostHint);
  const [, org, domain] = OKTA_ADMIN_HOST.exec(url.hostname) ?? [];
  if (org !== undefined) {
    throw new Wrong('is the address of the Admin Console, not of the org.', `Write https://${org}${domain}.`);
  }
  if (url.pathname !== '/' || /[?#]/u.test(trimmed)) {
    throw new Wrong('has something behind the host.', hostHint);
  }
  return url.origin;
}

function urlOf(text: string, hint: string): URL {
  if (!URL.canParse(text)) throw new Wrong('is not a URL.', hint);
  return new URL(text);
}

function requireEncrypted(url: URL, hint: string): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) return;
  throw new Wrong('must begin with https:// (http:// is for a loopback host only).', hint);
}

const NOTIFY_HINT = 'Write the address of the webhook, for example https://hooks.slack.com/services/….';

/** The address that is notified of a run. It grants whoever has it to write there, so nothing of it is repeated. */
export function parseNotifyUrl(text: string): string {
  const trimmed = parseText(text).trim();
  const url = urlOf(trimmed, NOTIFY_HINT);
  requireEncrypted(url, NOTIFY_HINT);
  if (url.username !== '' || url.password !== '') {
    throw new Wrong('holds a user name or password.', 'Use a webhook whose address alone is the secret.');
  }
  return url.href;
}

export function parseToken(text: string): string {
  const token = text.trim();
  if (/^(?:SSWS|Bearer)\s/iu.test(token)) {
    throw new Wrong('begins with the name of its scheme.', 'Give the token alone, without SSWS before it.');
  }
  if (!/^[\x21-\x7E]+$/u.test(token)) {
    throw new Wrong(
      'is blank or holds a character that no token has.',
      'Copy it again from Security → API → Tokens.',
    );
  }
  return token;
}

export function parseAuthorizationMode(text: string): 'SSWS' | 'PrivateKey' {
  const mode = text.trim();
  if (mode === 'SSWS' || mode === 'PrivateKey') return mode;
  throw new Wrong('is neither SSWS nor PrivateKey.', 'Write one of the two, exactly like this.');
}

/** OAuth scopes, separated by spaces. */
export function parseScopes(text: string): string[] {
  if (text.includes(',')) throw new Wrong('holds a comma.', 'Separate the scopes by spaces.');
  const scopes = text.split(/\s+/u).filter((scope) => scope !== '');
  if (scopes.length === 0) throw new Wrong('is blank.', 'Name the scopes, or remove it to get the default.');
  if (!scopes.every((scope) => /^[\w.:-]+$/u.test(scope))) {
    throw new Wrong('holds something that is not a scope.', 'Scopes look like okta.apps.read.');
  }
  return [...new Set(scopes)];
}

export interface PrivateKey {
  /** PKCS #8 PEM. */
  pem: string;
  /** `kid` of a JWK, or null. */
  keyId: string | null;
}

const KEY_HINT =
  'Give the key itself, as PEM (line breaks may be written as \\n) or as JWK, not the name of a file.';
const RSA_HINT = 'Make an RSA key for the service app; the token is signed with RS256.';

/** An RSA private key, as PEM or JWK. Nothing of it ever gets into the error. */
export function parsePrivateKey(text: string): PrivateKey {
  const { key, keyId } = text.trim().startsWith('{') ? keyFromJwk(text) : keyFromPem(text);
  if (key.asymmetricKeyType !== 'rsa') throw new Wrong('is not an RSA key.', RSA_HINT);
  return { pem: key.export({ type: 'pkcs8', format: 'pem' }).toString(), keyId };
}

function keyFromPem(text: string): { key: KeyObject; keyId: null } {
  const pem = text.replace(/\\r/gu, '').replace(/\\n/gu, '\n').trim();
  if (/-----BEGIN (?:RSA )?PUBLIC KEY-----/u.test(pem)) {
    throw new Wrong('is a public key.', 'Give the private key of the pair.');
  }
  if (/ENCRYPTED/u.test(pem)) throw new Wrong('is protected by a passphrase.', 'Give the key without one.');
  try {
    return { key: createPrivateKey(`${pem}\n`), keyId: null };
  } catch {
    // What the library says may quote the text; the cause stays here.
    throw new Wrong('is not a private key that can be read.', KEY_HINT);
  }
}

function keyFromJwk(text: string): { key: KeyObject; keyId: string | null } {
  let jwk: unknown;
  try {
    jwk = JSON.parse(text);
  } catch {
    throw new Wrong('begins like a JWK and is not JSON.', `${KEY_HINT} Put the JWK in single quotes.`);
  }
  const fields = jwk as Record<string, unknown>;
  if (Array.isArray(fields.keys))
    throw new Wrong('is a set of keys.', 'Give one JWK of the set, the private one.');
  if (fields.kty !== undefined && fields.kty !== 'RSA') throw new Wrong('is not an RSA key.', RSA_HINT);
  if (fields.kty === 'RSA' && fields.d === undefined) {
    throw new Wrong('is a public key.', 'Give the private key of the pair.');
  }
  try {
    return {
      key: createPrivateKey({ key: fields as JsonWebKey, format: 'jwk' }),
      keyId: typeof fields.kid === 'string' && fields.kid !== '' ? fields.kid : null,
    };
  } catch {
    throw new Wrong('is not a private key that can be read.', KEY_HINT);
  }
}

const SEAL_HINT =
  'Give the path of a PEM file: openssl genpkey -algorithm ed25519 -out seal.pem makes a key, openssl pkey -in seal.pem -pubout its public half.';

/** The keys in the file at a path, PEM blocks one after the other. Nothing of path and file gets into the error. */
export function parseSealKey(text: string): SealKey {
  const keys = sealKeysIn(textOfFile(parseText(text)));
  const all = keys.map((key) => {
    const half = key.type === 'private' ? createPublicKey(key) : key;
    const der = half.export({ type: 'spki', format: 'der' });
    return { key, half, id: createHash('sha256').update(der).digest('hex').slice(0, 16) };
  });
  const signer = all.find(({ key }) => key.type === 'private');
  return {
    sign: signer
      ? (content) => ({
          key: signer.id,
          ed25519: sign(null, Buffer.from(content), signer.key).toString('base64'),
        })
      : null,
    verifies: (content, { ed25519 }) =>
      all.some(({ half }) => verify(null, Buffer.from(content), half, Buffer.from(ed25519, 'base64'))),
  };
}

function textOfFile(path: string): string {
  try {
    // A pipe would be waited for.
    if (statSync(path).isFile()) return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    throw new Wrong(`names no file that can be read${code}.`, SEAL_HINT);
  }
  throw new Wrong('names no file.', SEAL_HINT);
}

function sealKeysIn(pem: string): KeyObject[] {
  const blocks = pem.match(/-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/gu) ?? [];
  if (blocks.length === 0) throw new Wrong('names a file without a PEM key.', SEAL_HINT);
  return blocks.map((block) => {
    if (/ENCRYPTED/u.test(block)) {
      throw new Wrong('names a key that is protected by a passphrase.', 'Give the key without one.');
    }
    let key: KeyObject;
    try {
      key = /PUBLIC KEY/u.test(block) ? createPublicKey(block) : createPrivateKey(block);
    } catch {
      throw new Wrong('names a file with something that is not a key.', SEAL_HINT);
    }
    if (key.asymmetricKeyType !== 'ed25519') {
      throw new Wrong('names a key that is not an Ed25519 key.', SEAL_HINT);
    }
    return key;
  });
}

const SCIM_URL_HINT =
  'Write the base URL as the SCIM app in Okta has it, for example https://identity-api.optimizely.com/api/scim/v2.';

/** The base URL of a SCIM endpoint, without a trailing slash. */
export function parseScimUrl(text: string): string {
  const trimmed = parseText(text).trim();
  const url = urlOf(trimmed, SCIM_URL_HINT);
  requireEncrypted(url, SCIM_URL_HINT);
  if (url.username !== '' || url.password !== '')
    throw new Wrong('holds a user name or password.', SCIM_URL_HINT);
  if (/[?#]/u.test(trimmed)) throw new Wrong('has something behind the path.', SCIM_URL_HINT);
  if (/\/(?:users|groups)\/*$/iu.test(url.pathname))
    throw new Wrong('is the address of a list.', SCIM_URL_HINT);
  return url.href.replace(/\/+$/u, '');
}

export function parseScimKey(text: string): string {
  const key = text.trim();
  if (/^(?:SSWS|Bearer)\s/iu.test(key)) {
    throw new Wrong(
      'begins with the name of its scheme.',
      'Give the key alone; OPTIID_SCIM_AUTH=bearer puts Bearer before it.',
    );
  }
  if (!/^[\x21-\x7E]+$/u.test(key)) {
    throw new Wrong(
      'is blank or holds a character that no key has.',
      'Copy it again from the Opti ID Admin Center › Settings › Authentication › SCIM.',
    );
  }
  return key;
}

export function parseScimAuth(text: string): 'header' | 'bearer' {
  const auth = text.trim().toLowerCase();
  if (auth === 'header' || auth === 'bearer') return auth;
  throw new Wrong(
    'is neither header nor bearer.',
    'Write one of the two, or remove it to send the key alone.',
  );
}

/** Mostly a password with a character that a URL gives a meaning. */
const DATABASE_HINT =
  'Write postgresql://USER:PASSWORD@HOST:5432/DATABASE, with special characters of the password percent-encoded.';

export function parseDatabaseUrl(text: string): string {
  const trimmed = text.trim();
  if (!/^postgres(?:ql)?:\/\//u.test(trimmed)) {
    throw new Wrong('does not begin with postgres:// or postgresql://.', DATABASE_HINT);
  }
  const url = urlOf(trimmed, DATABASE_HINT);
  if (/\s/u.test(trimmed) || trimmed.includes('#')) {
    throw new Wrong('holds a space or a #.', `${DATABASE_HINT} A # is written %23.`);
  }
  if (url.hostname === '' && !url.searchParams.has('host')) throw new Wrong('names no host.', DATABASE_HINT);
  return trimmed;
}

/** A PostgreSQL identifier that needs no quotes; at most 63 bytes. */
export function parseIdentifier(text: string): string {
  const name = text.trim();
  if (!/^[A-Za-z_][A-Za-z0-9_$]{0,62}$/u.test(name)) {
    throw new Wrong(
      'is not the name of a schema.',
      'Letters, digits and _, not beginning with a digit, at most 63 characters.',
    );
  }
  return name;
}

/** Entries separated by commas, `\,` for a comma in a name. */
export function parseList(text: string): string[] {
  if (CONTROL.test(text)) {
    throw new Wrong('holds a control character or a line break.', 'Write all entries in one line.');
  }
  const entries = text
    .split(/(?<!\\),/u)
    .map((entry) => entry.replaceAll('\\,', ',').trim())
    .filter((entry) => entry !== '');
  if (entries.length === 0) {
    throw new Wrong(
      'names no group.',
      'Name at least one, or remove it to take the groups with a push mapping.',
    );
  }
  return entries;
}

/** The parser of a whole number within bounds, both included. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const digits = text.trim();
    const value = /^\d{1,9}$/u.test(digits) ? Number(digits) : Number.NaN;
    if (!(value >= least && value <= most)) {
      throw new Wrong(`is not a whole number from ${least} to ${most}.`, 'Write digits alone.');
    }
    return value;
  };
}
