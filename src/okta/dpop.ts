import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';

/** What one proof is for. */
interface ProofFor {
  method: string;
  url: string;
  /** Not for a token request. */
  accessToken: string | null;
  /** The last one that the server gave, or null. */
  nonce: string | null;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/**
 * Makes the proofs that go with an access token which is bound to a key (RFC 9449), a key that lives as long as this.
 * The SDK's own (8.1.0) are refused: they name the method in lower case and the path as it is encoded, while Okta
 * compares with upper case and with the decoded path (okta-sdk-nodejs 453, 521).
 */
export function createProver(): (what: ProofFor) => string {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const header = encode({ typ: 'dpop+jwt', alg: 'ES256', jwk: publicKey.export({ format: 'jwk' }) });
  return ({ method, url, accessToken, nonce }) => {
    const { origin, pathname } = new URL(url);
    const claims = encode({
      htm: method.toUpperCase(),
      htu: origin + decodeURIComponent(pathname),
      iat: Math.floor(Date.now() / 1000),
      jti: randomUUID(),
      ...(accessToken === null ? {} : { ath: createHash('sha256').update(accessToken).digest('base64url') }),
      ...(nonce === null ? {} : { nonce }),
    });
    const signed = `${header}.${claims}`;
    const key = { key: privateKey, dsaEncoding: 'ieee-p1363' as const };
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  };
}
