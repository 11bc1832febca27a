import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { Client, RequestExecutor } from '@okta/okta-sdk-nodejs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { OktaCredentials } from '../../src/config/config.ts';
import { openOkta } from '../../src/okta/requests.ts';
import { SYSTEM_TOOLS } from '../../src/runtime/tools.ts';
import { ProofDesk, type ProvenRequest } from '../../src/sandbox/okta-dpop.ts';
import { type OktaSandbox, startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { send } from '../sandbox/sandbox-client.ts';
import { examineFrom } from './support/examined.ts';
import { faultOrg, SMALL } from './support/faults.ts';
import { collectFromSandbox, NO_RATE_LIMITS } from './support/sandbox-org.ts';
import { ScriptedOkta } from './support/scripted-okta.ts';
import { collectFrom, scriptSmallOrg } from './support/small-org.ts';
import { virtualTools } from './support/virtual-tools.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const SCOPES = ['apps', 'groups', 'users', 'logs', 'profileMappings', 'orgs', 'roles'].map(
  (what) => `okta.${what}.read`,
);
const SERVICE_APP = {
  mode: 'PrivateKey',
  clientId: '0oaService',
  scopes: SCOPES,
  privateKey,
  keyId: null,
} satisfies OktaCredentials;

/** An org whose service app is bound to a key, as Okta's new ones are. */
async function boundOrg(options: { nonceLifetimeMs?: number; now?: () => Date } = {}): Promise<OktaSandbox> {
  const { now, ...oauth } = options;
  const org = await startOktaSandbox(faultOrg(SMALL), {
    rateLimits: NO_RATE_LIMITS,
    pageSizeCap: 3,
    ...(now ? { now } : {}),
    oauth: {
      clientId: SERVICE_APP.clientId,
      publicKey: publicKey as string,
      grantedScopes: SCOPES,
      isBoundToKey: true,
      ...oauth,
    },
  });
  onTestFinished(() => org.close());
  return org;
}

const BEGAN = new Date();
const INPUT = { began: BEGAN, storeUsers: Promise.resolve([]), credentials: SERVICE_APP };

describe('a service app that is bound to a key', () => {
  it('reads everything, with one nonce for tokens and one for the API', async () => {
    const org = await boundOrg();
    const bound = await collectFromSandbox(org, INPUT);
    const refused = org.requests.filter(({ status }) => status >= 400);
    expect(refused.map(({ path, status }) => `${status} ${path}`)).toEqual([
      '400 /oauth2/v1/token',
      '401 /api/v1/apps',
      expect.stringMatching(/^400 .*\/features$/u),
    ]);
    expect(org.requests.filter(({ path }) => path === '/oauth2/v1/token')).toHaveLength(2);
    const { credentials: _none, ...byToken } = INPUT;
    expect(bound.rows).toEqual((await collectFromSandbox(org, byToken)).rows);
  });

  it('takes up a new nonce whenever the old one is too old', async () => {
    let ms = Date.now();
    // The server's time goes on with every look at its clock.
    const now = (): Date => {
      ms += 200;
      return new Date(ms);
    };
    const org = await boundOrg({ nonceLifetimeMs: 10_000, now });
    const { sink } = await collectFromSandbox(org, INPUT);
    expect(sink.states.get('okta.groupMembers')?.completeness).toBe('complete');
    expect(org.requests.filter(({ status }) => status === 401).length).toBeGreaterThan(2);
    expect(org.requests.filter(({ path }) => path === '/oauth2/v1/token')).toHaveLength(2);
  });

  it('proves the decoded path', async () => {
    const org = await boundOrg();
    const requests = await openOkta(
      { orgUrl: org.url, credentials: SERVICE_APP, budgetPercent: 100 },
      { tools: virtualTools() },
    );
    const url = requests.url(`/api/v1/users/${encodeURIComponent('00uMember1@acme.test')}`, { q: 'x' });
    expect((await requests.getJson(url)).body).toMatchObject({ id: '00uMember1' });
    expect(new URL(url).pathname).toContain('%40');
  });

  it('is examined by doctor like any other', async () => {
    const org = await boundOrg();
    const { checks } = await examineFrom(org, { okta: { credentials: SERVICE_APP } });
    expect(checks.find(({ id }) => id === 'okta.credentials')).toMatchObject({ outcome: 'ok' });
    expect(
      checks.filter(({ id }) => id.startsWith('okta.read.')).map(({ outcome }) => outcome),
    ).not.toContain('failed');
  });
});

const CHALLENGE =
  'DPoP algs="RS256 ES256", authorization_uri="https://acme.okta.com/oauth2/v1/authorize", scope="okta.apps.read", error="invalid_dpop_proof", error_description="\'htu\' claim in the DPoP proof JWT is invalid.", resource="/api/v1/apps"';

describe('a proof that Okta does not take', () => {
  const bad = { status: 400, text: '', headers: { 'www-authenticate': CHALLENGE } };

  async function scripted(): Promise<ScriptedOkta> {
    const okta = scriptSmallOrg(await ScriptedOkta.start()).on('/oauth2/v1/token', {
      body: { access_token: 'access-token', token_type: 'DPoP' },
    });
    onTestFinished(() => okta.stop());
    return okta;
  }

  it("is told in Okta's words, and not as the wrong address", async () => {
    const okta = (await scripted()).on('/api/v1/apps', bad);
    const { error } = await collectFrom(okta, {}, { credentials: SERVICE_APP });
    expect((error as Error).message).toBe(
      "Okta refused the service app's credentials: GET /api/v1/apps answered HTTP 400 (invalid_dpop_proof: 'htu' claim in the DPoP proof JWT is invalid.).",
    );
    expect(error).toMatchObject({ hint: expect.stringContaining('clock') });
    expect(okta.hits('/api/v1/apps')).toBe(1);
  });

  it('ends the reading of one dataset and no other', async () => {
    const okta = (await scripted()).on('/api/v1/logs', bad);
    const { state } = await collectFrom(okta, {}, { credentials: SERVICE_APP });
    expect(state('okta.logEvents')).toBe(
      "unread: GET /api/v1/logs answered HTTP 400 (invalid_dpop_proof: 'htu' claim in the DPoP proof JWT is invalid.)",
    );
    expect(state('okta.groupMembers')).toBe('complete');
  });

  it("shows the token endpoint's reason too", async () => {
    const okta = (await scripted()).on('/oauth2/v1/token', {
      status: 400,
      body: { error: 'invalid_dpop_proof', error_description: 'The DPoP proof JWT header is missing.' },
    });
    const { error } = await collectFrom(okta, {}, { credentials: SERVICE_APP });
    expect((error as Error).message).toBe(
      "Okta refused the service app's credentials: Okta gave no access token: invalid_dpop_proof: The DPoP proof JWT header is missing.",
    );
  });

  it.each([400, 401])('does not go round in circles over nonces (HTTP %i)', async (status) => {
    const okta = (await scripted()).on('/api/v1/apps', {
      status,
      text: '',
      headers: {
        'dpop-nonce': 'n',
        'www-authenticate': 'DPoP error="use_dpop_nonce", error_description="Give it."',
      },
    });
    const { error } = await collectFrom(okta, {}, { credentials: SERVICE_APP });
    expect((error as Error).message).toContain('(use_dpop_nonce: Give it.)');
    expect(okta.hits('/api/v1/apps')).toBeLessThanOrEqual(6);
  });

  it('adds what the header says to what the body says', async () => {
    const okta = (await scripted()).on('/api/v1/apps', {
      status: 401,
      body: { errorCode: 'E0000011', errorSummary: 'Invalid token provided' },
      headers: { 'www-authenticate': 'Bearer error="invalid_token", error_description="It was revoked."' },
    });
    const { error } = await collectFrom(okta, {}, { credentials: SERVICE_APP });
    expect((error as Error).message).toContain(
      'HTTP 401 (E0000011: Invalid token provided; invalid_token: It was revoked.)',
    );
  });

  it('is shown by doctor', async () => {
    const org = await boundOrg();
    org.setFault(({ path }) =>
      path === '/api/v1/apps'
        ? { kind: 'status', status: 400, body: '', headers: { 'www-authenticate': CHALLENGE } }
        : undefined,
    );
    const { checks } = await examineFrom(org, { okta: { credentials: SERVICE_APP } });
    const check = checks.find(({ id }) => id === 'okta.credentials');
    expect(check?.outcome).toBe('failed');
    expect(check?.found).toContain("invalid_dpop_proof: 'htu' claim in the DPoP proof JWT is invalid.");
  });
});

describe('the stand-in', () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const origin = 'https://acme.okta.com';
  const token = 'access-token';
  const now = new Date();
  const right: ProvenRequest = {
    method: 'GET',
    origin,
    path: '/api/v1/users/a%40b',
    proofs: [],
    accessToken: token,
    now,
  };
  const claims = {
    htm: 'GET',
    htu: `${origin}/api/v1/users/a@b`,
    iat: Math.floor(now.getTime() / 1000),
    ath: createHash('sha256').update(token).digest('base64url'),
    nonce: `api-${Math.floor(now.getTime() / 86_400_000)}`,
  };

  function proof(more: object = {}, header: object = {}): string {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const jwk = key.publicKey.export({ format: 'jwk' });
    const signed = `${part({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...header })}.${part({ ...claims, jti: randomUUID(), ...more })}`;
    const signature = sign('sha256', Buffer.from(signed), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }

  it('takes the right proof once', () => {
    const desk = new ProofDesk(86_400_000);
    const request = { ...right, proofs: [proof()] };
    expect(desk.check(request)).toEqual({ key: expect.any(String) });
    expect(desk.check(request)).toMatchObject({ description: expect.stringContaining("'jti'") });
  });

  it.each([
    ['htm', { htm: 'get' }],
    ['htu', { htu: `${origin}/api/v1/users/a%40b` }],
    ['htu', { htu: `${origin}/api/v1/users/a@b?q=x` }],
    ['iat', { iat: claims.iat - 3_600 }],
    ['ath', { ath: 'another' }],
    ['jti', { jti: null }],
  ])('refuses a wrong %s', (name, more) => {
    expect(new ProofDesk(86_400_000).check({ ...right, proofs: [proof(more)] })).toEqual({
      error: 'invalid_dpop_proof',
      description: `'${name}' claim in the DPoP proof JWT is invalid.`,
    });
  });

  it.each([
    ['no proof', []],
    ['two proofs', [proof(), proof()]],
    ['another type', [proof({}, { typ: 'JWT' })]],
    ['a private key', [proof({}, { jwk: key.privateKey.export({ format: 'jwk' }) })]],
    ['another signature', [`${proof().split('.').slice(0, 2).join('.')}.${proof().split('.')[2]}`]],
  ])('refuses %s', (_what, proofs) => {
    expect(new ProofDesk(86_400_000).check({ ...right, proofs })).toMatchObject({
      error: 'invalid_dpop_proof',
    });
  });

  it('asks for the nonce, and tells it', () => {
    expect(new ProofDesk(86_400_000).check({ ...right, proofs: [proof({ nonce: 'old' })] })).toMatchObject({
      error: 'use_dpop_nonce',
      nonce: claims.nonce,
    });
  });

  it("refuses the SDK's own proofs, as Okta does: they are replaced for that", async () => {
    const org = await boundOrg();
    const { http } = new Client({
      orgUrl: org.url,
      authorizationMode: 'PrivateKey',
      clientId: SERVICE_APP.clientId,
      scopes: SCOPES,
      privateKey,
      cacheMiddleware: null,
      requestExecutor: new RequestExecutor(),
    } as ConstructorParameters<typeof Client>[0]);
    const asked = http.http(`${org.url}/api/v1/apps`, { method: 'get' } as never, {} as never);
    const refused = (await asked.catch((error: unknown) => error)) as { status: number; headers: Headers };
    expect(refused.status).toBe(400);
    expect(refused.headers.get('www-authenticate')).toContain("'htm' claim");
  });

  it('answers a bound token without a proof with no body, and the reason in the header', async () => {
    const org = await boundOrg();
    const requests = await openOkta(
      { orgUrl: org.url, credentials: SERVICE_APP, budgetPercent: 100 },
      { tools: SYSTEM_TOOLS },
    );
    let authorization = '';
    org.setFault(({ headers }) => {
      authorization = headers.authorization ?? '';
      return undefined;
    });
    await requests.getJson(requests.url('/api/v1/org'));
    expect(authorization).toMatch(/^DPoP /u);
    const answer = await send(org, '/api/v1/org', { headers: { authorization } });
    expect([answer.status, answer.text]).toEqual([400, '']);
    expect(answer.headers['www-authenticate']).toMatch(/^DPoP .*error="invalid_dpop_proof"/u);
    const asBearer = { headers: { authorization: authorization.replace('DPoP', 'Bearer') } };
    expect((await send(org, '/api/v1/org', asBearer)).status).toBe(401);
  });
});
