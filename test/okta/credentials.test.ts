import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OktaCredentials } from '../../src/config/config.ts';
import { AuditError, SettingsError } from '../../src/domain/errors.ts';
import { connectOkta } from '../../src/okta/client.ts';
import { openOkta } from '../../src/okta/requests.ts';
import { oktaError, type Reply, ScriptedOkta } from './support/scripted-okta.ts';
import { collectFrom, list, oktaSettings, SCIM, scriptSmallOrg, TOKEN } from './support/small-org.ts';
import { virtualTools } from './support/virtual-tools.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const ACCESS_TOKEN = 'access-token-that-nobody-may-see';
const SERVICE_APP: OktaCredentials = {
  mode: 'PrivateKey',
  clientId: '0oaService',
  scopes: ['okta.apps.read', 'okta.groups.read'],
  privateKey,
  keyId: 'kid1',
};

let okta: ScriptedOkta;

beforeEach(async () => {
  okta = scriptSmallOrg(await ScriptedOkta.start()).on('/oauth2/v1/token', {
    body: { access_token: ACCESS_TOKEN, token_type: 'Bearer', expires_in: 3600, scope: 'okta.apps.read' },
  });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await okta.stop();
});

function expectAuditError(error: unknown): AuditError {
  expect(error).toBeInstanceOf(AuditError);
  expect(error).not.toBeInstanceOf(SettingsError);
  const shown = inspect(error, { depth: 12, showHidden: true });
  for (const secret of [TOKEN, ACCESS_TOKEN, privateKey.split('\n')[1] ?? privateKey]) {
    expect(shown).not.toContain(secret);
  }
  return error as AuditError;
}

describe('an SSWS token', () => {
  it('is sent as such', async () => {
    await collectFrom(okta);
    expect(okta.seen[0]?.authorization).toBe(`SSWS ${TOKEN}`);
  });

  it('that is refused at the start ends the run', async () => {
    okta.on('/api/v1/apps', oktaError(401, 'E0000011', 'Invalid token provided'));
    const { error, sink } = await collectFrom(okta);
    const { message, hint } = expectAuditError(error);
    expect(message).toBe(
      'Okta refused the token: GET /api/v1/apps answered HTTP 401 (E0000011: Invalid token provided).',
    );
    expect(hint).toContain('OKTA_CLIENT_TOKEN');
    expect(okta.seen).toHaveLength(1);
    expect(sink.states.size).toBe(0);
  });

  it('that may not read apps ends the run and names the role', async () => {
    okta.on('/api/v1/apps', oktaError(403, 'E0000006', 'You do not have permission'));
    const { message, hint } = expectAuditError((await collectFrom(okta)).error);
    expect(message).toContain('You do not have permission');
    expect(hint).toContain('Read-only Administrator');
  });

  it('is not taken from anywhere but the settings', async () => {
    vi.stubEnv('OKTA_CLIENT_ORGURL', 'http://127.0.0.1:9');
    vi.stubEnv('OKTA_CLIENT_TOKEN', 'another');
    vi.stubEnv('OKTA_CLIENT_AUTHORIZATIONMODE', 'PrivateKey');
    vi.stubEnv('OKTA_CLIENT_USERAGENT', 'somebody');
    const home = mkdtempSync(join(tmpdir(), 'okta-home-'));
    const before = process.cwd;
    try {
      // Neither a value nor a mistake in such a file may matter.
      writeFileSync(join(home, 'okta.yaml'), 'okta: [broken');
      process.cwd = () => home;
      const { error } = await collectFrom(okta);
      expect(error).toBeNull();
      expect(new Set(okta.seen.map((request) => request.authorization))).toEqual(new Set([`SSWS ${TOKEN}`]));
    } finally {
      process.cwd = before;
      rmSync(home, { recursive: true });
    }
  });

  it('does not pass a proxy of the environment on its way to a loopback host', async () => {
    vi.stubEnv('https_proxy', 'http://127.0.0.1:9');
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:9');
    expect((await collectFrom(okta)).error).toBeNull();
  });
});

describe('a proxy of the environment', () => {
  const agentFor = async (orgUrl: string) => {
    const { http } = await connectOkta(
      { ...oktaSettings(okta), orgUrl },
      { origin: orgUrl, attemptTimeoutMs: 1, onAnswer: () => {}, onAttempt: () => {} },
    );
    return http.agent as unknown;
  };

  it('is used for an org on the internet, as every client does', async () => {
    vi.stubEnv('https_proxy', 'http://127.0.0.1:9');
    expect(await agentFor('https://acme.okta.com')).toBeDefined();
  });

  it.each(['acme.okta.com', '.okta.com', 'example.com, okta.com', '*', '*.okta.com:443'])(
    'is not used where NO_PROXY is %s',
    async (noProxy) => {
      vi.stubEnv('https_proxy', 'http://127.0.0.1:9');
      vi.stubEnv('NO_PROXY', noProxy);
      expect(await agentFor('https://acme.okta.com')).toBeUndefined();
    },
  );

  it('is used where NO_PROXY names another host that ends alike', async () => {
    vi.stubEnv('https_proxy', 'http://127.0.0.1:9');
    vi.stubEnv('NO_PROXY', 'kta.com');
    expect(await agentFor('https://acme.okta.com')).toBeDefined();
  });

  it('is not used for loopback', async () => {
    vi.stubEnv('https_proxy', 'http://127.0.0.1:9');
    vi.stubEnv('NO_PROXY', '');
    expect(await agentFor('http://127.0.0.1:1')).toBeUndefined();
    expect(await agentFor('http://localhost:1')).toBeUndefined();
  });
});

describe('a service app', () => {
  const byKey = { credentials: SERVICE_APP };

  it('asks for one access token and sends it with every request', async () => {
    const { error, state } = await collectFrom(okta, {}, byKey);
    expect(error).toBeNull();
    expect(state('okta.groupMembers')).toBe('complete');
    expect(okta.hits('/oauth2/v1/token')).toBe(1);
    const form = new URLSearchParams(okta.seen[0]?.body);
    expect(form.get('scope')).toBe('okta.apps.read okta.groups.read');
    expect(form.get('grant_type')).toBe('client_credentials');
    const others = okta.seen.filter((request) => request.path !== '/oauth2/v1/token');
    expect(new Set(others.map((request) => request.authorization))).toEqual(
      new Set([`Bearer ${ACCESS_TOKEN}`]),
    );
    expect(new Set(others.map((request) => request.method))).toEqual(new Set(['GET']));
  });

  it('asks for one access token even when the first requests come all at once', async () => {
    const requests = await openOkta({ ...oktaSettings(okta), ...byKey }, { tools: virtualTools() });
    const paths = ['/api/v1/apps', '/api/v1/groups', '/api/v1/users', '/api/v1/logs', '/api/v1/mappings'];
    await Promise.all(paths.map((path) => requests.getJson(requests.url(path))));
    expect(okta.hits('/oauth2/v1/token')).toBe(1);
  });

  it('gives the nonce that the token endpoint asks for, and then proofs with each request', async () => {
    okta.sequence(
      '/oauth2/v1/token',
      { status: 400, body: { error: 'use_dpop_nonce' }, headers: { 'dpop-nonce': 'n1' } },
      { body: { access_token: ACCESS_TOKEN, token_type: 'DPoP' } },
    );
    const { error } = await collectFrom(okta, {}, byKey);
    expect(error).toBeNull();
    expect(okta.hits('/oauth2/v1/token')).toBe(2);
    expect(okta.seen.at(-1)?.authorization).toBe(`DPoP ${ACCESS_TOKEN}`);
  });

  it.each([
    ['for ever', { 'dpop-nonce': 'n1' }],
    ['without giving one', {}],
  ])('does not go round in circles when the endpoint asks for a nonce %s', async (_how, headers) => {
    okta.on('/oauth2/v1/token', { status: 400, body: { error: 'use_dpop_nonce' }, headers });
    expectAuditError((await collectFrom(okta, {}, byKey)).error);
    expect(okta.hits('/oauth2/v1/token')).toBeLessThan(6);
  });

  it('without a granted scope ends the run, with what Okta says', async () => {
    okta.on('/oauth2/v1/token', {
      status: 400,
      body: { error: 'invalid_scope', error_description: 'One or more scopes are not configured.' },
    });
    const { message, hint } = expectAuditError((await collectFrom(okta, {}, byKey)).error);
    expect(message).toBe(
      "Okta refused the service app's credentials: Okta gave no access token: invalid_scope: One or more scopes are not configured.",
    );
    expect(hint).toContain('okta.apps.read okta.groups.read');
    expect(okta.hits('/oauth2/v1/token')).toBe(1);
    expect(okta.hits('/api/v1/apps')).toBe(0);
  });

  it('that Okta does not know ends the run after one token request', async () => {
    okta.on('/oauth2/v1/token', {
      status: 401,
      body: { error: 'invalid_client', error_description: 'The client secret supplied is invalid.' },
    });
    const { message, hint } = expectAuditError((await collectFrom(okta, {}, byKey)).error);
    expect(message).toContain('invalid_client');
    expect(hint).toContain('OKTA_CLIENT_CLIENTID');
    expect(okta.hits('/oauth2/v1/token')).toBe(1);
  });

  it('waits out a token endpoint that fails for a moment', async () => {
    okta.failFirst('/oauth2/v1/token', { status: 503, text: 'busy' }, 'reset');
    const { error } = await collectFrom(okta, {}, byKey);
    expect(error).toBeNull();
    expect(okta.hits('/oauth2/v1/token')).toBe(3);
  });

  it('with a token answer that holds no token ends the run', async () => {
    okta.on('/oauth2/v1/token', { body: { hello: 'world' } });
    expect(expectAuditError((await collectFrom(okta, {}, byKey)).error).message).toContain(
      'without an access token',
    );
    expect(okta.hits('/api/v1/apps')).toBe(0);
  });

  it.each([
    ['no key at all', '-----BEGIN PRIVATE KEY-----\nMIIsecret\n-----END PRIVATE KEY-----'],
    [
      'an elliptic key',
      generateKeyPairSync('ec', {
        namedCurve: 'P-256',
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        publicKeyEncoding: { type: 'spki', format: 'pem' },
      }).privateKey,
    ],
  ])('with %s ends the run without showing it', async (_what, key) => {
    const { error } = await collectFrom(okta, {}, { credentials: { ...SERVICE_APP, privateKey: key } });
    const { message, hint } = expectAuditError(error);
    expect(message).toContain('the private key cannot sign');
    expect(hint).toContain('OKTA_CLIENT_PRIVATEKEY');
    expect(inspect(error, { depth: 12 })).not.toContain(key.split('\n')[1]);
    expect(okta.seen).toEqual([]);
  });

  it('names the scope that a dataset lacks', async () => {
    okta.on('/api/v1/logs', {
      ...(oktaError(403, 'E0000006', 'No permission') as object),
      headers: { 'www-authenticate': 'Bearer error="insufficient_scope", scope="okta.logs.read"' },
    });
    expect((await collectFrom(okta, {}, byKey)).state('okta.logEvents')).toContain(
      'the scope okta.logs.read is missing',
    );
  });

  it('takes a new access token when the old one has expired', async () => {
    okta.failFirst('/api/v1/groups', oktaError(401, 'E0000011', 'Invalid token provided'));
    const { state } = await collectFrom(okta, {}, byKey);
    expect(state('okta.groups')).toBe('complete');
    expect(okta.hits('/oauth2/v1/token')).toBe(2);
  });

  it('whose access ends in the middle ends the asking, not the run', async () => {
    okta.on('/api/v1/groups', oktaError(401, 'E0000011', 'Invalid token provided'));
    okta.sequence(
      '/oauth2/v1/token',
      { body: { access_token: ACCESS_TOKEN, token_type: 'Bearer' } },
      { status: 401, body: { error: 'invalid_client', error_description: 'gone' } },
    );
    const { error, state } = await collectFrom(okta, {}, byKey);
    expect(error).toBeNull();
    expect(state('okta.apps')).toBe('complete');
    expect(state('okta.groups')).toBe('unread: Okta gave no access token: invalid_client: gone');
  });
});

describe('an address that is not an Okta org', () => {
  const at = (orgUrl: string) => ({ orgUrl });

  it.each<[string, Reply, RegExp]>([
    [
      'HTML',
      { text: '<html>hello</html>' },
      /is not an Okta org: GET \/api\/v1\/apps answered with no valid JSON/,
    ],
    ['404', { status: 404, text: 'nothing here' }, /is not an Okta org: .*HTTP 404/],
    [
      'a redirect',
      { status: 302, text: '', headers: { location: 'https://x/' } },
      /is not an Okta org: .*redirect/,
    ],
    ['an outage', { status: 503, text: '' }, /gave no usable answer: .*HTTP 503 \(after 5 tries\)/],
    ['silence', 'hang', /cannot be reached: .*not answered in time \(after 2 tries\)/],
    ['resets', 'reset', /cannot be reached: .*the connection was reset \(after 5 tries\)/],
  ])('%s', async (_what, reply, words) => {
    okta.on('/api/v1/apps', reply);
    const { error } = await collectFrom(okta, {}, { attemptTimeoutMs: 200 });
    expect(expectAuditError(error).message).toMatch(words);
    expect(expectAuditError(error).hint).not.toBe('');
  });

  it('one that nobody listens at fails at once', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const { error, tools } = await collectFrom(okta, {}, at(`http://127.0.0.1:${port}`));
    expect(expectAuditError(error).message).toContain(
      'cannot be reached: GET /api/v1/apps failed: the connection was refused',
    );
    expect(tools.slept.length).toBeLessThanOrEqual(1);
  });

  it('one without a secure connection fails at once', async () => {
    const { error, tools } = await collectFrom(okta, {}, at(okta.origin.replace('http:', 'https:')));
    expect(expectAuditError(error).message).toMatch(
      /cannot be reached: GET \/api\/v1\/apps failed: no secure connection/,
    );
    expect(tools.slept).toEqual([]);
  });

  it('an outage that passes does not end the run', async () => {
    okta.failFirst(
      '/api/v1/apps',
      { status: 503, text: '' },
      { status: 502, text: '' },
      { status: 500, text: '' },
    );
    expect((await collectFrom(okta)).error).toBeNull();
  });

  it('a failure after the first page of apps does not end the run', async () => {
    okta.on('/api/v1/apps', (request) =>
      request.query.has('after')
        ? oktaError(401, 'E0000011', 'Invalid token provided')
        : { ...list({ id: SCIM, name: 'x', label: 'x', status: 'ACTIVE' }), next: '/api/v1/apps?after=b' },
    );
    const { error, state } = await collectFrom(okta);
    expect(error).toBeNull();
    expect(state('okta.apps')).toMatch(/^partial: .*Invalid token provided/);
    expect(state('okta.suspendedUsers')).toMatch(/^unread: .*Invalid token provided/);
  });
});
