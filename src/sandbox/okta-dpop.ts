import { createHash, createPublicKey, type JsonWebKey, verify } from 'node:crypto';

/** A request as its proof has to describe it. */
export interface ProvenRequest {
  method: string;
  /** Scheme, host and port. */
  origin: string;
  /** As it came, still encoded. */
  path: string;
  /** Values of the DPoP header; there has to be one. */
  proofs: readonly string[];
  /** Null in a token request. */
  accessToken: string | null;
  now: Date;
}

/** What is wrong with a proof, in OAuth's words. */
export interface ProofFault {
  error: 'invalid_dpop_proof' | 'use_dpop_nonce';
  description: string;
  /** The nonce to be used, where one is missing or too old. */
  nonce?: string;
}

/** The first algorithms that Okta names; the others are variants of them. */
const ALGORITHMS: Readonly<Record<string, string>> = { RS256: 'RSA-SHA256', ES256: 'sha256' };
/** How far the proof's time may be off. */
const MOST_SKEW_SECONDS = 300;

function invalid(what: string): ProofFault {
  return { error: 'invalid_dpop_proof', description: `'${what}' claim in the DPoP proof JWT is invalid.` };
}

function decode(part: string | undefined): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** RFC 7638: what a key is known by. */
function thumbprint({ crv, e, kty, n, x, y }: JsonWebKey): string {
  const members = kty === 'EC' ? { crv, kty, x, y } : { e, kty, n };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}

/** Checks proofs as strictly as Okta: to the letter, each only once, with its nonce. */
export class ProofDesk {
  private readonly seen = new Set<string>();
  private readonly nonceLifetimeMs: number;

  constructor(nonceLifetimeMs: number) {
    this.nonceLifetimeMs = nonceLifetimeMs;
  }

  /** The thumbprint of the key that made the proof, or what is wrong with it. */
  check(request: ProvenRequest): { key: string } | ProofFault {
    const { method, origin, path, proofs, accessToken, now } = request;
    const [proof, ...more] = proofs;
    if (proof === undefined || more.length > 0) {
      return { error: 'invalid_dpop_proof', description: 'The DPoP proof JWT header is missing.' };
    }
    const [head, body, signature] = proof.split('.');
    const { typ, alg, jwk } = decode(head) as { typ?: unknown; alg?: string; jwk?: JsonWebKey };
    const claims = decode(body);
    const digest = ALGORITHMS[alg ?? ''];
    if (typ !== 'dpop+jwt' || digest === undefined || jwk === undefined || 'd' in jwk) {
      return { error: 'invalid_dpop_proof', description: 'The DPoP proof JWT header is invalid.' };
    }
    const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' as const };
    if (!verify(digest, Buffer.from(`${head}.${body}`), key, Buffer.from(signature ?? '', 'base64url'))) {
      return { error: 'invalid_dpop_proof', description: 'The DPoP proof JWT signature is invalid.' };
    }
    const iat = typeof claims.iat === 'number' ? claims.iat : 0;
    if (claims.htm !== method) return invalid('htm');
    if (claims.htu !== origin + decodeURIComponent(path)) return invalid('htu');
    if (Math.abs(iat - now.getTime() / 1000) > MOST_SKEW_SECONDS) return invalid('iat');
    const hash = accessToken === null ? null : createHash('sha256').update(accessToken).digest('base64url');
    if (hash !== null && claims.ath !== hash) return invalid('ath');
    const nonce = this.nonceOf(accessToken === null ? 'token' : 'api', now);
    if (claims.nonce !== nonce) {
      const server = accessToken === null ? 'Authorization' : 'Resource';
      return {
        error: 'use_dpop_nonce',
        description: `${server} server requires nonce in DPoP proof.`,
        nonce,
      };
    }
    if (typeof claims.jti !== 'string' || this.seen.has(claims.jti)) return invalid('jti');
    this.seen.add(claims.jti);
    return { key: thumbprint(jwk) };
  }

  private nonceOf(server: 'token' | 'api', now: Date): string {
    return `${server}-${Math.floor(now.getTime() / this.nonceLifetimeMs)}`;
  }
}

/** The headers with which the API refuses a proof; there is no body. */
export function refusalHeaders(
  { error, description, nonce }: { error: string; description: string; nonce?: string },
  { origin, path }: { origin: string; path: string },
): Record<string, string> {
  const challenge = [
    'DPoP algs="RS256 ES256"',
    `authorization_uri="${origin}/oauth2/v1/authorize"`,
    `realm="${origin}"`,
    `error="${error}"`,
    `error_description="${description}"`,
    `resource="${path}"`,
  ].join(', ');
  return { 'www-authenticate': challenge, ...(nonce === undefined ? {} : { 'dpop-nonce': nonce }) };
}
