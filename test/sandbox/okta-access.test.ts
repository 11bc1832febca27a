import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type OktaSandbox,
  type OktaSandboxOptions,
  startOktaSandbox,
} from '../../src/sandbox/okta-server.ts';
import { clock, NOW, send, smallOrg } from './sandbox-client.ts';

let sandbox: OktaSandbox | undefined;
afterEach(() => sandbox?.close());

async function serve(options: OktaSandboxOptions = {}): Promise<OktaSandbox> {
  sandbox = await startOktaSandbox(smallOrg().okta, { now: clock, ...options });
  return sandbox;
}

const OKTA_ERROR = {
  errorCode: expect.stringMatching(/^E\d{7}$/),
  errorSummary: expect.any(String),
  errorLink: expect.stringMatching(/^E\d{7}$/),
  errorId: expect.stringMatching(/^oae.{17}$/),
  errorCauses: expect.any(Array),
};

describe('a request to the Okta stand-in', () => {
  it.each([
    ['no credentials', ''],
    ['another token', 'SSWS 00another'],
    ['the token under another scheme', 'Bearer 00sandbox-token-that-opens-nothing-else'],
    ['an unknown bearer token', 'Bearer nothing'],
  ])('with %s is refused with 401', async (_, authorization) => {
    const answer = await send(await serve(), '/api/v1/org', { headers: { authorization } });
    expect(answer.status).toBe(401);
    expect(answer.json).toEqual({
      ...OKTA_ERROR,
      errorCode: 'E0000011',
      errorSummary: 'Invalid token provided',
    });
    expect(answer.headers['www-authenticate']).toBeDefined();
  });

  it('with the token is answered, and so is the metadata without any', async () => {
    const sandbox = await serve({ token: '00chosen' });
    expect((await send(sandbox, '/api/v1/org')).json.id).toBe(sandbox.okta.orgId);
    const open = await send(sandbox, '/.well-known/okta-organization', { headers: { authorization: '' } });
    expect(open.json).toMatchObject({ id: sandbox.okta.orgId, pipeline: 'idx' });
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    'that is a %s is refused with 405 and logged',
    async (method) => {
      const sandbox = await serve();
      const answer = await send(sandbox, '/api/v1/groups/00g1', { method });
      expect(answer.status).toBe(405);
      expect(answer.json).toEqual({ ...OKTA_ERROR, errorCode: 'E0000022' });
      expect(sandbox.requests).toEqual([{ method, path: '/api/v1/groups/00g1', query: '', status: 405 }]);
    },
  );

  it.each([
    '/api/v1/devices',
    '/nothing',
    '/api/v1/apps/0oanone',
    '/api/v1/apps/0oanone/users',
    '/api/v1/groups/00gnone',
    '/api/v1/groups/00gnone/users',
    '/api/v1/users/nobody@northwindtrails.com',
    '/api/v1/users/00unone/groups',
    '/api/v1/mappings/prmnone',
    '/api/v1/meta/schemas/apps/0oanone/default',
  ])('for %s, which does not exist, is answered with 404', async (path) => {
    const answer = await send(await serve(), path);
    expect(answer.status).toBe(404);
    expect(answer.json).toEqual({ ...OKTA_ERROR, errorCode: 'E0000007' });
  });

  it('for the features of an app without provisioning is answered with 400, as Okta documents it', async () => {
    const sandbox = await serve();
    const answer = await send(sandbox, `/api/v1/apps/${sandbox.okta.apps[0]?.id}/features`);
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({
      ...OKTA_ERROR,
      errorCode: 'E0000001',
      errorSummary: 'Api validation failed: feature',
      errorCauses: [{ errorSummary: 'Provisioning is not enabled for the app instance.' }],
    });
  });

  it('for the connection of an app that Okta does not show is answered with UNKNOWN', async () => {
    const sandbox = await serve();
    const answer = await send(sandbox, `/api/v1/apps/${sandbox.okta.apps[0]?.id}/connections/default`);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ status: 'UNKNOWN', profile: { authScheme: 'UNKNOWN' } });
    expect(answer.json).not.toHaveProperty('baseUrl');
  });

  it.each([
    ['/api/v1/apps?limit=0', 'E0000001'],
    ['/api/v1/apps?limit=201', 'E0000001'],
    ['/api/v1/apps/{app}/users?limit=501', 'E0000001'],
    ['/api/v1/apps/{app}/users?limit=many', 'E0000001'],
    ['/api/v1/apps/{app}/groups?limit=19', 'E0000001'],
    ['/api/v1/apps/{app}/groups?limit=201', 'E0000001'],
    ['/api/v1/apps/{app}/group-push/mappings?limit=1001', 'E0000001'],
    ['/api/v1/apps/{app}/group-push/mappings?status=BROKEN', 'E0000001'],
    ['/api/v1/apps/{app}/group-push/mappings?lastUpdated=yesterday', 'E0000001'],
    ['/api/v1/mappings?limit=201', 'E0000001'],
    ['/api/v1/groups?limit=10001', 'E0000001'],
    ['/api/v1/logs?limit=1001', 'E0000001'],
    ['/api/v1/logs?since=yesterday', 'E0000001'],
    ['/api/v1/logs?since=2026-11-20T00:00:00Z&until=2026-11-19T00:00:00Z', 'E0000001'],
    ['/api/v1/logs?sortOrder=UP', 'E0000001'],
    ['/api/v1/logs?filter=eventType', 'E0000053'],
    ['/api/v1/logs?filter=published gt "2026-11-20T00:00:00Z"', 'E0000053'],
    ['/api/v1/logs?filter=(eventType eq "a"', 'E0000053'],
    ['/api/v1/groups?filter=profile.name eq "a"', 'E0000031'],
    ['/api/v1/groups?filter=source.id eq "0oa1"', 'E0000031'],
    ['/api/v1/users?filter=profile.login sw "a"', 'E0000031'],
    ['/api/v1/users?filter=not (status eq "ACTIVE")', 'E0000031'],
    ['/api/v1/apps?filter=label eq "Opti ID"', 'E0000031'],
  ])('%s is refused with 400 %s', async (path, errorCode) => {
    const sandbox = await serve();
    const answer = await send(sandbox, path.replace('{app}', sandbox.okta.apps[0]?.id ?? ''));
    expect([answer.status, answer.json]).toEqual([400, { ...OKTA_ERROR, errorCode }]);
  });

  it.each([
    ['/api/v1/apps', 20],
    ['/api/v1/apps/{app}/users', 50],
    ['/api/v1/apps/{app}/groups', 20],
    ['/api/v1/apps/{app}/group-push/mappings', 100],
    ['/api/v1/mappings', 20],
    ['/api/v1/groups/{group}/users', 1000],
    ['/api/v1/users', 200],
    ['/api/v1/users?limit=10000', 200],
    ['/api/v1/users?q=a', 10],
    ['/api/v1/logs?since=2026-11-20T00:00:00Z', 100],
  ])('for %s without another limit gets %i rows at most', async (path, rows) => {
    const { okta, scim } = smallOrg();
    const [user, group] = [scim.users[0], okta.groups[2]];
    if (!user || !group) throw new Error('The org is too small');
    const many = Array.from({ length: 1001 }, (_, position) => `${position}`.padStart(4, '0'));
    okta.users = many.map(
      (n) => ({ ...structuredClone(okta.users[0]), id: `00u${n}` }) as (typeof okta.users)[0],
    );
    for (const each of okta.users) each.profile.firstName = 'Ada';
    group.members = okta.users.map(({ id }) => id);
    scim.users = many.map((n) => ({ ...user, id: `00u${n}` }));
    scim.groups = many.map((n, priority) => ({ id: `00g${n}`, lastUpdated: NOW, priority }));
    scim.pushMappings = many.map(
      (n) => ({ ...scim.pushMappings[0], id: `gPm${n}` }) as (typeof scim.pushMappings)[0],
    );
    okta.apps.push(...many.map((n) => ({ ...scim, id: `0oa${n}` })));
    okta.profileMappings = many.map(
      (n) => ({ ...okta.profileMappings[0], id: `prm${n}` }) as (typeof okta.profileMappings)[0],
    );
    okta.logEvents = many.map(
      (n) => ({ ...okta.logEvents[0], uuid: n, published: NOW }) as (typeof okta.logEvents)[0],
    );
    sandbox = await startOktaSandbox(okta, { now: () => new Date(clock().getTime() + 1000) });
    const answer = await send(sandbox, path.replace('{app}', scim.id).replace('{group}', group.id));
    expect(answer.json).toHaveLength(rows);
  });
});

describe('the OAuth token endpoint of the Okta stand-in', () => {
  const clientId = '0oaauditservice00000';
  const scopes = ['okta.apps.read', 'okta.groups.read'];
  let privateKey: string;
  let publicKey: string;
  let otherKey: string;
  beforeAll(() => {
    const pem = { type: 'pkcs8', format: 'pem' } as const;
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    privateKey = pair.privateKey.export(pem).toString();
    publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pem).toString();
  });

  const serveOAuth = (options: OktaSandboxOptions = {}) =>
    serve({ oauth: { clientId, publicKey, keyId: 'key-1', grantedScopes: scopes }, ...options });

  function assertion(
    url: string,
    over: { claims?: object; header?: object; key?: string } = {},
    now = clock(),
  ): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const header = part({ alg: 'RS256', kid: 'key-1', ...over.header });
    const seconds = Math.floor(now.getTime() / 1000);
    const claims = part({
      iss: clientId,
      sub: clientId,
      aud: `${url}/oauth2/v1/token`,
      iat: seconds,
      exp: seconds + 300,
      ...over.claims,
    });
    const signature = sign(
      'RSA-SHA256',
      Buffer.from(`${header}.${claims}`),
      createPrivateKey(over.key ?? privateKey),
    );
    return `${header}.${claims}.${signature.toString('base64url')}`;
  }

  function ask(
    sandbox: OktaSandbox,
    jwt: string,
    scope = scopes.join(' '),
    over: Record<string, string> = {},
  ) {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: jwt,
      scope,
      ...over,
    }).toString();
    return send(sandbox, '/oauth2/v1/token', {
      method: 'POST',
      body,
      headers: { authorization: '', 'content-type': 'application/x-www-form-urlencoded' },
    });
  }

  it('gives a token that opens what its scopes cover and nothing else', async () => {
    const sandbox = await serveOAuth();
    const granted = await ask(sandbox, assertion(sandbox.url), 'okta.apps.read');
    expect(granted.status).toBe(200);
    expect(granted.json).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'okta.apps.read' });
    const headers = { authorization: `Bearer ${granted.json.access_token}` };
    expect((await send(sandbox, '/api/v1/apps', { headers })).status).toBe(200);
    // Group push mappings need both scopes.
    for (const path of ['/api/v1/groups', `/api/v1/apps/${sandbox.okta.apps[0]?.id}/group-push/mappings`]) {
      const refused = await send(sandbox, path, { headers });
      expect([refused.status, refused.json.errorCode]).toEqual([403, 'E0000006']);
      expect(refused.headers['www-authenticate']).toContain('error="insufficient_scope"');
    }
  });

  it('gives a token that expires', async () => {
    let now = clock();
    const sandbox = await serveOAuth({ now: () => now });
    const granted = await ask(sandbox, assertion(sandbox.url));
    const headers = { authorization: `Bearer ${granted.json.access_token}` };
    now = new Date(now.getTime() + 3_599_000);
    expect((await send(sandbox, '/api/v1/apps', { headers })).status).toBe(200);
    now = new Date(now.getTime() + 1000);
    expect((await send(sandbox, '/api/v1/apps', { headers })).status).toBe(401);
  });

  it.each<[string, Parameters<typeof assertion>[1] & object]>([
    ['another client', { claims: { iss: '0oaother', sub: '0oaother' } }],
    ['another audience', { claims: { aud: 'https://elsewhere.example/oauth2/v1/token' } }],
    ['an assertion that has expired', { claims: { exp: clock().getTime() / 1000 - 1 } }],
    ['an assertion that lives for a day', { claims: { exp: clock().getTime() / 1000 + 86_400 } }],
    ['another algorithm', { header: { alg: 'HS256' } }],
    ['another key id', { header: { kid: 'key-2' } }],
  ])('refuses %s as invalid_client', async (_, over) => {
    const sandbox = await serveOAuth();
    const refused = await ask(sandbox, assertion(sandbox.url, over));
    expect([refused.status, refused.json]).toEqual([
      401,
      { error: 'invalid_client', error_description: expect.any(String) },
    ]);
  });

  it('refuses a signature of another key, and anything that is no JWT', async () => {
    const sandbox = await serveOAuth();
    for (const jwt of [assertion(sandbox.url, { key: otherKey }), 'not.a.jwt', '']) {
      expect((await ask(sandbox, jwt)).json.error).toBe('invalid_client');
    }
  });

  it('refuses the whole request when one scope is not granted', async () => {
    const sandbox = await serveOAuth();
    const refused = await ask(sandbox, assertion(sandbox.url), 'okta.apps.read okta.logs.read');
    expect([refused.status, refused.json.error]).toEqual([400, 'invalid_scope']);
    expect(refused.json.error_description).toContain('okta.logs.read');
  });

  it('knows no client where none is set up, and no other grant', async () => {
    const open = await serve();
    expect((await ask(open, assertion(open.url))).json.error).toBe('invalid_client');
    const sandbox = await serveOAuth();
    const refused = await ask(sandbox, assertion(sandbox.url), 'okta.apps.read', { grant_type: 'password' });
    expect([refused.status, refused.json.error]).toEqual([400, 'unsupported_grant_type']);
  });
});
