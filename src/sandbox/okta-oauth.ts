import { createPublicKey, type KeyObject, randomBytes, verify } from 'node:crypto';
import { ProofDesk, type ProofFault, type ProvenRequest } from './okta-dpop.ts';

/** The OAuth service app that the stand-in knows. */
export interface SandboxOAuthApp {
  clientId: string;
  /** PEM or JWK of the RSA key that signs the client's assertions. */
  publicKey: string | Record<string, unknown>;
  /** When given, the assertion's header must name it. */
  keyId?: string;
  /** Scopes granted to the app. A request for any other fails as a whole, as at Okta. */
  grantedScopes: readonly string[];
  /** Default 3600. */
  tokenLifetimeSeconds?: number;
  /** Default false; true is Okta's own default for new service apps: no request without a proof of its key. */
  isBoundToKey?: boolean;
  /** How long a nonce for proofs is good. Default 24 hours, as at Okta. */
  nonceLifetimeMs?: number;
}

const DAY_MS = 86_400_000;

/** An answer of the token endpoint, in OAuth's shape and not in that of the API. */
export interface TokenAnswer {
  status: number;
  body: Record<string, unknown>;
  headers?: Record<string, string>;
}

interface Token {
  scopes: ReadonlySet<string>;
  expiresMs: number;
  /** Thumbprint of the key that it is bound to; null: it is good for whoever has it. */
  key: string | null;
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** Okta refuses assertions that would live longer than this. */
const LONGEST_ASSERTION_SECONDS = 3600;

function refusal(status: number, error: string, error_description: string): TokenAnswer {
  return { status, body: { error, error_description } };
}

function decode(part: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The token endpoint (private_key_jwt client credentials) and the tokens it gave out. */
export class OAuthDesk {
  private readonly tokens = new Map<string, Token>();
  private readonly proofs: ProofDesk;
  private readonly app: SandboxOAuthApp | undefined;
  private readonly key: KeyObject | undefined;

  constructor(app: SandboxOAuthApp | undefined) {
    this.app = app;
    this.proofs = new ProofDesk(app?.nonceLifetimeMs ?? DAY_MS);
    if (app) {
      this.key =
        typeof app.publicKey === 'string'
          ? createPublicKey(app.publicKey)
          : createPublicKey({ key: app.publicKey as import('node:crypto').JsonWebKey, format: 'jwk' });
    }
  }

  /** Answers a form posted to the token endpoint. */
  grant(form: URLSearchParams, audience: string, request: ProvenRequest): TokenAnswer {
    const { now } = request;
    if (form.get('grant_type') !== 'client_credentials') {
      return refusal(400, 'unsupported_grant_type', 'The authorization grant type is not supported.');
    }
    if (form.get('client_assertion_type') !== ASSERTION_TYPE) {
      return refusal(401, 'invalid_client', 'Client authentication failed: a private_key_jwt is needed.');
    }
    const fault = this.assertionFault(form.get('client_assertion') ?? '', audience, now);
    if (fault !== undefined || !this.app) {
      return refusal(401, 'invalid_client', fault ?? 'The client is unknown.');
    }
    const granted = this.app.grantedScopes;
    const wanted = (form.get('scope') ?? '').split(' ').filter(Boolean);
    if (wanted.length === 0) {
      return refusal(400, 'invalid_scope', 'The scope parameter is required.');
    }
    const refused = wanted.filter((scope) => !granted.includes(scope));
    if (refused.length > 0) {
      return refusal(
        400,
        'invalid_scope',
        'The authorization server resource does not have any configured default scopes or the requested scopes are not granted: ' +
          refused.join(' '),
      );
    }
    const proven = this.app.isBoundToKey === true ? this.proofs.check(request) : null;
    if (proven && 'error' in proven) {
      const headers = proven.nonce === undefined ? {} : { 'dpop-nonce': proven.nonce };
      return { ...refusal(400, proven.error, proven.description), headers };
    }
    const lifetime = this.app.tokenLifetimeSeconds ?? 3600;
    const token = randomBytes(32).toString('base64url');
    this.tokens.set(token, {
      scopes: new Set(wanted),
      expiresMs: now.getTime() + lifetime * 1000,
      key: proven?.key ?? null,
    });
    const token_type = proven === null ? 'Bearer' : 'DPoP';
    return {
      status: 200,
      body: { token_type, expires_in: lifetime, access_token: token, scope: wanted.join(' ') },
    };
  }

  /** The scopes of a token that is still good and comes as it has to; else what is wrong, or undefined. */
  scopesOf(
    scheme: string | undefined,
    request: ProvenRequest,
  ): { scopes: ReadonlySet<string> } | ProofFault | undefined {
    const known = this.tokens.get(request.accessToken ?? '');
    if (!known || request.now.getTime() >= known.expiresMs) return undefined;
    if (scheme !== (known.key === null ? 'Bearer' : 'DPoP')) return undefined;
    if (known.key === null) return known;
    const proven = this.proofs.check(request);
    if ('error' in proven) return proven;
    if (proven.key === known.key) return known;
    return { error: 'invalid_dpop_proof', description: 'The DPoP proof is made with another key.' };
  }

  private assertionFault(assertion: string, audience: string, now: Date): string | undefined {
    const { app, key } = this;
    if (!app || !key) return 'The client is unknown.';
    const [head, body, signature] = assertion.split('.');
    const header = decode(head);
    const claims = decode(body);
    if (!header || !claims) return 'The client_assertion is not a JWT.';
    if (header.alg !== 'RS256') return 'The client_assertion must be signed with RS256.';
    if (app.keyId !== undefined && header.kid !== app.keyId) return "The client_assertion's kid is unknown.";
    if (claims.iss !== app.clientId || claims.sub !== app.clientId) {
      return 'The issuer and subject of the client_assertion must be the client id.';
    }
    const signed = Buffer.from(`${head}.${body}`);
    if (!verify('RSA-SHA256', signed, key, Buffer.from(signature ?? '', 'base64url'))) {
      return "The client_assertion's signature is not valid.";
    }
    if (claims.aud !== audience) return `The audience of the client_assertion must be ${audience}.`;
    const expires = typeof claims.exp === 'number' ? claims.exp : 0;
    const nowSeconds = now.getTime() / 1000;
    if (expires <= nowSeconds) return 'The client_assertion has expired.';
    if (expires > nowSeconds + LONGEST_ASSERTION_SECONDS) return 'The client_assertion lives too long.';
    return undefined;
  }
}
