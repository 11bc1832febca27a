import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { OktaCredentials } from '../../src/config/config.ts';
import { DATASET_NAMES, sideOf } from '../../src/domain/dataset.ts';
import { CHECKED_NAMES, ENDPOINTS, type EndpointName } from '../../src/okta/endpoints.ts';
import { SYSTEM_TOOLS } from '../../src/runtime/tools.ts';
import type { Fault } from '../../src/sandbox/okta-server.ts';
import {
  type OktaSandbox,
  type OktaSandboxOptions,
  startOktaSandbox,
} from '../../src/sandbox/okta-server.ts';
import { healthyTwin } from '../../src/sandbox/sample-world.ts';
import { type Examined, examineFrom } from './support/examined.ts';
import { collectFromSandbox, NO_RATE_LIMITS } from './support/sandbox-org.ts';
import { virtualTools } from './support/virtual-tools.ts';

const NOW = new Date();
const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const NEEDED = [
  'okta.apps.read',
  'okta.groups.read',
  'okta.users.read',
  'okta.logs.read',
  'okta.profileMappings.read',
];
const CLIENT = '0oaDoctor';

/** Everything Okta shows, so that every endpoint has something to answer. */
function richOrg() {
  const { okta } = healthyTwin(NOW);
  const scim = okta.apps.find(({ name }) => name === 'scim2headerauth');
  const [first, second] = okta.groups.filter(({ type }) => type === 'OKTA_GROUP');
  if (!scim || !first || !second) throw new Error('The sample company has changed.');
  scim.provisioningFeatures = [{ name: 'USER_PROVISIONING', status: 'ENABLED', capabilities: {} }];
  scim.provisioningConnection = { status: 'ENABLED', authScheme: 'TOKEN', profile: { authScheme: 'TOKEN' } };
  if (scim.pushMappings.length === 0) {
    const at = '2026-11-01T00:00:00.000Z';
    scim.pushMappings.push({
      id: 'gPmDoctor',
      sourceGroupId: first.id,
      targetGroupId: second.id,
      status: 'ACTIVE',
      created: at,
      lastUpdated: at,
    });
  }
  return okta;
}

let okta: OktaSandbox;

beforeAll(async () => {
  okta = await startOktaSandbox(richOrg(), { rateLimits: NO_RATE_LIMITS });
});
afterAll(() => okta.close());
afterEach(() => okta.setFault());

/** Another stand-in, for one test. */
async function start(options: OktaSandboxOptions, org = richOrg()): Promise<OktaSandbox> {
  const sandbox = await startOktaSandbox(org, options);
  onTestFinished(() => sandbox.close());
  return sandbox;
}

/** Spoils the answers whose path fits. */
function spoil(path: RegExp, fault: Fault): void {
  okta.setFault((request) => (path.test(request.path) ? fault : undefined));
}

const FORBIDDEN: Fault = {
  kind: 'status',
  status: 403,
  body: { errorCode: 'E0000006', errorSummary: 'You do not have permission', errorCauses: [] },
};

function serviceApp(scopes: string[] = NEEDED): OktaCredentials {
  return { mode: 'PrivateKey', clientId: CLIENT, scopes, privateKey, keyId: null };
}

function oauth(grantedScopes: string[]): OktaSandboxOptions {
  return { oauth: { clientId: CLIENT, publicKey: publicKey as string, grantedScopes } };
}

/** The endpoint of the table that a path belongs to; one without ids comes before one that takes anything there. */
function endpointAt(path: string): EndpointName {
  const names = (Object.keys(ENDPOINTS) as EndpointName[]).filter((name) =>
    new RegExp(`^${ENDPOINTS[name].path.replace(/\{\w+\}/gu, '[^/]+')}$`, 'u').test(path),
  );
  const name = names.find((one) => ENDPOINTS[one].path === path) ?? names[0];
  if (name === undefined) throw new Error(`${path} is not in the table of endpoints.`);
  return name;
}

describe('an org in which everything is right', () => {
  let examined: Examined;

  beforeAll(async () => {
    okta.clearRequests();
    examined = await examineFrom(okta, { audit: { ssoApp: 'Opti ID SSO', pushGroups: ['Opti*'] } });
  });

  it('has every check proved', () => {
    expect(examined.checks.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
    expect(examined.of('okta.org').found).toContain(okta.okta.orgId);
    expect(examined.of('okta.org').found).toContain(okta.okta.companyName);
    expect(examined.of('okta.role').found).toContain('Read-only Administrator');
    expect(examined.people).toBeGreaterThan(10);
  });

  it('is asked with GET alone, a handful of times, and the first time without credentials', async () => {
    expect(new Set(okta.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
    expect(okta.requests.length).toBeLessThan(25);
    const authorizations: (string | undefined)[] = [];
    okta.setFault(({ headers }) => {
      authorizations.push(headers.authorization);
      return undefined;
    });
    await examineFrom(okta);
    expect(authorizations[0]).toBeUndefined();
    expect(new Set(authorizations.slice(1))).toEqual(new Set([`SSWS ${okta.token}`]));
  });

  it('is asked for every endpoint that a collection reads, and those of its own', async () => {
    okta.clearRequests();
    await examineFrom(okta);
    const asked = new Set(okta.requests.map(({ path }) => endpointAt(path)));
    await collectFromSandbox(okta, { began: NOW, storeUsers: Promise.resolve([]) });
    const read = new Set(okta.requests.map(({ path }) => endpointAt(path)));
    expect(read.size).toBeGreaterThan(10);
    // What a feature can do is asked of it alone where the listing of features does not say so.
    expect([...read].filter((name) => !asked.has(name)).filter((name) => name !== 'app-feature')).toEqual([]);
    expect(CHECKED_NAMES.filter((name) => !asked.has(name))).toEqual([]);
    // A collection looks up single groups and users where listings do not show them.
    expect([...asked].filter((name) => !read.has(name)).sort()).toEqual([
      'company',
      'group',
      'organization',
      'user',
    ]);
  });

  it('every dataset that is read from Okta comes from an endpoint of the table', () => {
    const filled = new Set<string>(Object.values(ENDPOINTS).flatMap(({ fills }) => fills));
    const others = DATASET_NAMES.filter((name) => sideOf(name) === 'okta' && !filled.has(name));
    // Users come with the listings that show them; the push scope is worked out.
    expect(others.sort()).toEqual(['okta.pushScope', 'okta.users']);
  });
});

describe('one endpoint that answers otherwise than it should', () => {
  const ENDPOINTS: [string, RegExp][] = [
    ['apps', /^\/api\/v1\/apps$/],
    ['app', /^\/api\/v1\/apps\/[^/]+$/],
    ['app-users', /^\/api\/v1\/apps\/[^/]+\/users$/],
    ['app-groups', /^\/api\/v1\/apps\/[^/]+\/groups$/],
    ['push-mappings', /\/group-push\/mappings$/],
    ['profile-mappings', /^\/api\/v1\/mappings$/],
    ['profile-mapping', /^\/api\/v1\/mappings\/./],
    ['groups', /^\/api\/v1\/groups$/],
    ['group', /^\/api\/v1\/groups\/[^/]+$/],
    ['group-members', /^\/api\/v1\/groups\/[^/]+\/users$/],
    ['users', /^\/api\/v1\/users$/],
    ['user', /^\/api\/v1\/users\/00u[^/]+$/],
    ['log-events', /^\/api\/v1\/logs$/],
  ];

  it.each(ENDPOINTS)('%s: a 403 fails its check alone, with who grants it', async (name, path) => {
    spoil(path, FORBIDDEN);
    const examined = await examineFrom(okta);
    expect(examined.ids('failed')).toEqual([`okta.read.${name}`]);
    expect(examined.of(`okta.read.${name}`)).toMatchObject({
      found: expect.stringMatching(/HTTP 403 \(E0000006: You do not have permission\)/),
      who: 'Okta super admin',
      how: expect.stringContaining('Read-only Administrator'),
    });
    expect(examined.of('okta.credentials').outcome).toBe('ok');
  });

  it.each(ENDPOINTS.slice(1))('%s: HTML with 200 is never taken for an answer', async (name, path) => {
    spoil(path, { kind: 'status', status: 200, body: '<html>Sign in</html>' });
    const examined = await examineFrom(okta);
    expect(examined.of(`okta.read.${name}`)).toMatchObject({
      outcome: 'failed',
      found: expect.stringContaining('no valid JSON'),
      who: 'operator of this machine',
    });
  });

  it.each([
    ['app-features', /\/features$/],
    ['connection', /\/connections\/default$/],
  ])('%s: Okta shows it to few apps, so a refusal stands in the way of nothing', async (name, path) => {
    spoil(path, FORBIDDEN);
    const examined = await examineFrom(okta);
    expect(examined.ids('failed')).toEqual([]);
    expect(examined.ids('unknown')).toEqual([`okta.read.${name}`]);
  });

  it('a feature that is not part of the org is no matter of roles', async () => {
    spoil(/group-push/, {
      kind: 'status',
      status: 401,
      body: { errorCode: 'E0000015', errorSummary: 'You do not have permission to access the feature' },
    });
    const examined = await examineFrom(okta);
    expect(examined.ids('failed')).toEqual(['okta.read.push-mappings']);
    expect(examined.of('okta.read.push-mappings').how).toContain('edition');
  });

  it('a listing without a Link header would never have an end', async () => {
    spoil(/^\/api\/v1\/users$/, { kind: 'drop-link' });
    const examined = await examineFrom(okta);
    expect(examined.ids('failed')).toEqual(['okta.read.users']);
    expect(examined.of('okta.read.users').found).toContain('without a Link header');
  });

  it('a wall in between is no matter of roles, and proves no credentials', async () => {
    spoil(/^\/api\//, { kind: 'status', status: 403, body: '<html>Blocked</html>' });
    const examined = await examineFrom(okta);
    // The stand-in's wall sends the headers of its limits all the same.
    expect(examined.ids('ok')).toEqual(['okta.org', 'okta.clock', 'okta.rate-limits']);
    expect(examined.of('okta.credentials').outcome).toBe('unknown');
    expect(examined.of('okta.read.apps')).toMatchObject({
      outcome: 'failed',
      who: 'operator of this machine',
    });
  });

  it('a row that cannot be used is told, without its content', async () => {
    spoil(/^\/api\/v1\/users$/, { kind: 'rewrite', rewrite: () => [{ id: 7, secret: 'of-a-person' }] });
    const { found, who } = (await examineFrom(okta)).of('okta.read.users');
    expect(found).toContain('gave a row that cannot be used: id');
    expect(found).not.toContain('of-a-person');
    expect(who).toBe('maintainers of optiid-audit');
  });

  it('one that hangs fails its check alone, in a few seconds', async () => {
    spoil(/^\/api\/v1\/logs$/, { kind: 'hang' });
    const examined = await examineFrom(okta, { attemptTimeoutMs: 150 });
    expect(examined.ids('failed')).toEqual(['okta.read.log-events']);
    expect(examined.of('okta.read.log-events').found).toContain('not answered in time (after 2 tries)');
  });

  it('one whose limit is used up by others is unknown, and nobody waits for it', async () => {
    const busy = await start({ rateLimits: { logs: 1 } });
    // Somebody else has taken the only request of this minute.
    await fetch(`${busy.url}/api/v1/logs`, { headers: { authorization: `SSWS ${busy.token}` } });
    const tools = virtualTools();
    const examined = await examineFrom(busy, { tools });
    expect(examined.ids('failed')).toEqual([]);
    expect(examined.of('okta.read.log-events')).toMatchObject({
      outcome: 'unknown',
      found: expect.stringContaining('rate limit has no room'),
    });
    expect(Math.max(0, ...tools.slept)).toBeLessThan(10_000);
    expect(examined.of('okta.rate-limits')).toMatchObject({
      outcome: 'warning',
      found: expect.stringContaining('others use up /api/v1/logs'),
    });
  });
});

describe('answers that prove nothing', () => {
  const EMPTY: Fault = { kind: 'rewrite', rewrite: (body) => (Array.isArray(body) ? [] : body) };

  it('a service app without a role, which Okta answers with empty lists, is not ready', async () => {
    const org = await start(oauth(NEEDED));
    org.setFault(() => EMPTY);
    const examined = await examineFrom(org, { okta: { credentials: serviceApp() } });
    expect(examined.ids('failed')).toEqual([
      'okta.read.apps',
      'okta.read.groups',
      'okta.read.users',
      'okta.scim-app',
    ]);
    expect(examined.of('okta.read.apps').how).toContain('without a role its scopes open nothing');
    expect(examined.ids('ok')).not.toContain('okta.read.log-events');
  });

  it('an empty list is believed of a role that sees everything, and of no other', async () => {
    spoil(/^\/api\/v1\/logs$/, EMPTY);
    expect((await examineFrom(okta)).of('okta.read.log-events')).toMatchObject({ outcome: 'ok' });
    okta.setFault(({ path }) =>
      path.endsWith('/roles') ? FORBIDDEN : path === '/api/v1/logs' ? EMPTY : undefined,
    );
    const unproved = await examineFrom(okta);
    expect(unproved.of('okta.role')).toMatchObject({ outcome: 'unknown', who: 'Okta super admin' });
    expect(unproved.of('okta.read.log-events')).toMatchObject({
      outcome: 'unknown',
      found: expect.stringContaining('or the admin role does not see it'),
    });
    expect(unproved.ids('failed')).toEqual([]);
  });
});

describe('the admin role', () => {
  it.each([
    ['SUPER_ADMIN', 'Super Administrator', 'ok'],
    ['CUSTOM', 'Auditors', 'unknown'],
    ['APP_ADMIN', 'Application Administrator', 'unknown'],
    ['GROUP_MEMBERSHIP_ADMIN', 'Group Administrator', 'failed'],
    ['HELP_DESK_ADMIN', 'Help Desk Administrator', 'failed'],
  ] as const)('%s', async (type, label, outcome) => {
    const org = await start({ adminRoles: [{ type, label }] });
    expect((await examineFrom(org)).of('okta.role')).toMatchObject({
      outcome,
      found: expect.stringContaining(label),
    });
  });

  const WHOLE = ['idp:00oA:apps', 'directory:00oA:groups', 'directory:00oA:users'].map(
    (of) => `orn:okta:${of}`,
  );
  const custom = (...resources: string[]) => [{ type: 'CUSTOM', label: 'Auditors', resources }];

  it('of a custom kind sees what its resource set holds', async () => {
    const whole = await start({ adminRoles: custom(...WHOLE) });
    expect((await examineFrom(whole)).of('okta.role').outcome).toBe('ok');
    const group = 'orn:okta:directory:00oA:groups:00gA:contained_resources';
    const part = await start({ adminRoles: custom(...WHOLE.slice(0, 2), group) });
    expect((await examineFrom(part)).of('okta.role')).toMatchObject({
      outcome: 'failed',
      found: expect.stringMatching(/its resource set does not hold all users$/u),
    });
    // Some of it is taken out again, or there is more of it than is shown.
    const rewritten = (change: (body: { resources: object[]; _links: object }) => object) =>
      whole.setFault(({ path }) =>
        path.startsWith('/api/v1/iam/')
          ? {
              kind: 'status',
              status: 200,
              body: change({ resources: WHOLE.map((orn) => ({ orn })), _links: {} }),
            }
          : undefined,
      );
    rewritten(({ resources: [apps, ...rest] }) => ({
      resources: [
        { ...apps, conditions: { Exclude: { 'okta:ORN': ['orn:okta:idp:00oA:apps:0oaA'] } } },
        ...rest,
      ],
    }));
    expect((await examineFrom(whole)).of('okta.role')).toMatchObject({
      outcome: 'failed',
      found: expect.stringContaining('does not hold all apps'),
    });
    rewritten(({ resources: [, ...rest] }) => ({ resources: rest, _links: { next: { href: 'x' } } }));
    expect((await examineFrom(whole)).of('okta.role').outcome).toBe('unknown');
    whole.setFault(({ path }) => (path.startsWith('/api/v1/iam/') ? FORBIDDEN : undefined));
    expect((await examineFrom(whole)).of('okta.role')).toMatchObject({
      outcome: 'unknown',
      found: expect.stringContaining('is not shown'),
    });
  });

  it('that is not shown is unknown, with where to look', async () => {
    spoil(/\/roles$/, FORBIDDEN);
    const { outcome, how } = (await examineFrom(okta)).of('okta.role');
    expect(outcome).toBe('unknown');
    expect(how).toContain('Security › Administrators');
    const none = await start({ adminRoles: [] });
    expect((await examineFrom(none)).of('okta.role').outcome).toBe('unknown');
  });

  it('that Okta keeps the group Everyone from is not known to see everything', async () => {
    okta.setFault(({ path }) =>
      path === '/api/v1/groups'
        ? {
            kind: 'rewrite',
            rewrite: (rows) =>
              (rows as { profile: { name: string } }[]).filter(({ profile }) => profile.name !== 'Everyone'),
          }
        : path.endsWith('/roles')
          ? FORBIDDEN
          : undefined,
    );
    const { outcome, found } = (await examineFrom(okta)).of('okta.role');
    expect(outcome).toBe('warning');
    expect(found).toContain('Everyone');
  });
});

describe('an API token', () => {
  it('that Okta does not take ends the questions after the first', async () => {
    okta.clearRequests();
    const examined = await examineFrom({ url: okta.url, token: '00of-another-org' });
    expect(examined.ids('failed')).toEqual(['okta.credentials']);
    expect(examined.of('okta.credentials')).toMatchObject({
      who: 'Okta admin',
      how: expect.stringMatching(
        /expires after 30 days without use, ends with its owner, and belongs to one org/,
      ),
    });
    expect(examined.ids('ok')).toEqual(['okta.org', 'okta.clock']);
    expect(okta.requests).toHaveLength(2);
    expect(JSON.stringify(examined.checks)).not.toContain('00of-another-org');
  });

  it('that is revoked in the middle is told, and nothing is proved from then on', async () => {
    okta.setFault(({ path }) =>
      ['/.well-known/okta-organization', '/api/v1/apps'].includes(path)
        ? undefined
        : {
            kind: 'status',
            status: 401,
            body: { errorCode: 'E0000011', errorSummary: 'Invalid token provided' },
          },
    );
    const examined = await examineFrom(okta);
    expect(examined.of('okta.credentials')).toMatchObject({ outcome: 'failed', who: 'Okta admin' });
    expect(examined.ids('ok').filter((id) => id.startsWith('okta.read.'))).toEqual(['okta.read.apps']);
  });
});

describe('a service app', () => {
  it('with all scopes and a role that is shown has every check proved', async () => {
    const scopes = [...NEEDED, 'okta.roles.read'];
    const org = await start(oauth(scopes));
    const examined = await examineFrom(org, { okta: { credentials: serviceApp(scopes) } });
    expect(examined.checks.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
    expect(examined.of('okta.scope.okta.roles.read').found).toContain('reads nothing with it');
    expect(new Set(org.requests.filter(({ method }) => method !== 'GET').map(({ path }) => path))).toEqual(
      new Set(['/oauth2/v1/token']),
    );
  });

  it('whose roles it may not ask for is unknown, not ready to be believed', async () => {
    const org = await start(oauth(NEEDED));
    const examined = await examineFrom(org, { okta: { credentials: serviceApp() } });
    expect(examined.ids('failed')).toEqual([]);
    expect(examined.of('okta.role')).toMatchObject({ outcome: 'unknown' });
  });

  it('that was not granted a scope: which one, and what that keeps from being read', async () => {
    const org = await start(oauth(NEEDED.filter((scope) => scope !== 'okta.logs.read')));
    const examined = await examineFrom(org, { okta: { credentials: serviceApp() } });
    expect(examined.ids('failed')).toEqual(['okta.scope.okta.logs.read', 'okta.read.log-events']);
    expect(examined.of('okta.scope.okta.logs.read')).toMatchObject({
      who: 'Okta super admin',
      how: expect.stringContaining(`the service app ${CLIENT} › Okta API Scopes › grant okta.logs.read`),
    });
    expect(examined.of('okta.read.log-events').how).toContain('okta.logs.read');
    expect(examined.of('okta.credentials').outcome).toBe('ok');
  });

  it('that does not ask for a scope: the operator names it', async () => {
    const org = await start(oauth(NEEDED));
    const asked = NEEDED.filter((scope) => scope !== 'okta.users.read');
    const examined = await examineFrom(org, { okta: { credentials: serviceApp(asked) } });
    expect(examined.of('okta.scope.okta.users.read')).toMatchObject({
      outcome: 'failed',
      who: 'operator of this machine',
    });
    expect(examined.of('okta.read.users')).toMatchObject({ outcome: 'failed', who: 'Okta super admin' });
  });

  it('that asks for a scope which the audit does without and was not granted: leave it out', async () => {
    const org = await start(oauth(NEEDED));
    const examined = await examineFrom(org, {
      okta: { credentials: serviceApp([...NEEDED, 'okta.schemas.read']) },
    });
    expect(examined.ids('failed')).toEqual(['okta.scope.okta.schemas.read']);
    expect(examined.of('okta.scope.okta.schemas.read').how).toContain('take it out of OKTA_CLIENT_SCOPES');
  });

  it('that was granted nothing proves nothing', async () => {
    const org = await start(oauth([]));
    const examined = await examineFrom(org, { okta: { credentials: serviceApp() } });
    expect(examined.ids('failed').sort()).toEqual(NEEDED.map((scope) => `okta.scope.${scope}`).sort());
    expect(examined.ids('ok')).toEqual(['okta.org', 'okta.clock']);
  });

  it('with another key is refused, and its scopes are unknown', async () => {
    const org = await start(oauth(NEEDED));
    const other = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const credentials = { ...serviceApp(), privateKey: other.privateKey } as OktaCredentials;
    const examined = await examineFrom(org, { okta: { credentials } });
    expect(examined.ids('failed')).toEqual(['okta.credentials']);
    expect(examined.of('okta.credentials').found).toContain('invalid_client');
    expect(examined.of('okta.scope.okta.apps.read').outcome).toBe('unknown');
  });
});

describe("this machine's clock", () => {
  const offBy = (minutes: number) => ({ now: () => new Date(Date.now() - minutes * 60_000) });

  it.each([
    ['10 minutes ahead', 10, '10 minutes ahead of'],
    ['10 minutes behind', -10, '10 minutes behind'],
  ])('%s is a warning with an API token', async (_what, minutes, words) => {
    const org = await start(offBy(minutes));
    const examined = await examineFrom(org);
    expect(examined.of('okta.clock')).toMatchObject({
      outcome: 'warning',
      found: expect.stringContaining(words),
      how: expect.stringContaining('NTP'),
    });
  });

  it('that is 10 minutes behind keeps a service app out, and the credentials say so', async () => {
    const org = await start({ ...oauth(NEEDED), ...offBy(-10) });
    const examined = await examineFrom(org, { okta: { credentials: serviceApp() } });
    expect(examined.ids('failed')).toEqual(['okta.clock', 'okta.credentials']);
    expect(examined.of('okta.credentials').how).toMatch(/^First set this machine's clock/);
  });

  it('some seconds off is nobody’s concern, and a missing Date header is unknown', async () => {
    const org = await start({ now: () => new Date(Date.now() + 20_000) });
    expect((await examineFrom(org)).of('okta.clock').outcome).toBe('ok');
    spoil(/well-known/, { kind: 'headers', headers: { date: null } });
    expect((await examineFrom(okta)).of('okta.clock').outcome).toBe('unknown');
  });
});

describe('an address at which no org answers', () => {
  const unreached = async (url: string, attemptTimeoutMs = 1_000): Promise<Examined> => {
    const examined = await examineFrom({ url, token: okta.token }, { attemptTimeoutMs });
    expect(examined.ids('failed')).toEqual(['okta.org']);
    expect(examined.ids('ok')).toEqual([]);
    expect(examined.of('okta.org').who).toBe('operator of this machine');
    return examined;
  };

  it.each<[string, Fault, RegExp]>([
    ['a login page', { kind: 'status', status: 200, body: '<html>Sign in</html>' }, /no valid JSON/],
    [
      'JSON of another server',
      { kind: 'rewrite', rewrite: () => ({ hello: 'world' }) },
      /is not an Okta org/,
    ],
    ['a redirect', { kind: 'status', status: 302, headers: { location: 'https://x.test/' } }, /redirect/],
    ['404', { kind: 'status', status: 404, body: 'nothing' }, /is not an Okta org: .*HTTP 404/],
    [
      'a wall that asks who one is',
      { kind: 'status', status: 403, body: 'no' },
      /is not an Okta org: .*HTTP 403/,
    ],
    ['an outage', { kind: 'status', status: 503, body: 'busy' }, /gave no usable answer/],
    ['silence', { kind: 'hang' }, /not answered in time/],
  ])('%s', async (_what, fault, words) => {
    okta.setFault(() => fault);
    const { found, how } = (await unreached(okta.url, 200)).of('okta.org');
    expect(found).toMatch(words);
    expect(how).not.toBe('');
  });

  it('gets no token sent', async () => {
    const seen: unknown[] = [];
    okta.setFault(({ headers }) => {
      seen.push(headers.authorization);
      return { kind: 'status', status: 200, body: '<html>' };
    });
    await unreached(okta.url);
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });

  it('nobody listens there', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as { port: number };
    free.close();
    await once(free, 'close');
    const { found } = (await unreached(`http://127.0.0.1:${port}`)).of('okta.org');
    expect(found).toContain('the connection was refused');
  });

  it('there is no secure connection', async () => {
    const { found, how } = (await unreached(okta.url.replace('http:', 'https:'))).of('okta.org');
    expect(found).toContain('no secure connection');
    expect(how).toContain('NODE_EXTRA_CA_CERTS');
  });

  it('its name is not known', async () => {
    const { found } = (await unreached('https://no-such-org.invalid', 5_000)).of('okta.org');
    expect(found).toMatch(/the host name (?:does not resolve|could not be resolved)/);
  });
});

describe('the time that it takes', () => {
  it('has an end, whatever hangs', async () => {
    okta.setFault(({ path }) => (path.startsWith('/.well-known') ? undefined : { kind: 'hang' }));
    const began = Date.now();
    const examined = await examineFrom(okta, {
      attemptTimeoutMs: 200,
      deadlineMs: 700,
      tools: SYSTEM_TOOLS,
    });
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(examined.of('okta.credentials').outcome).toBe('failed');
    expect(examined.ids('ok')).toEqual(['okta.org', 'okta.clock']);
  });
});

describe('the apps and groups that the settings name', () => {
  const scim = () => okta.okta.apps.find(({ name }) => name === 'scim2headerauth');

  it('a label that is nobody’s: near ones are named', async () => {
    const label = scim()?.label ?? '';
    const examined = await examineFrom(okta, { audit: { scimApp: label.toUpperCase(), ssoApp: 'Nothing' } });
    expect(examined.ids('failed')).toEqual(['okta.scim-app', 'okta.sso-app']);
    expect(examined.of('okta.scim-app').how).toContain(`Is "${label}"`);
    // Nothing can be asked of an app that is not known.
    expect(examined.of('okta.read.app-users')).toMatchObject({
      outcome: 'unknown',
      found: 'not asked: there is nothing to ask it of',
    });
  });

  it('two apps of the catalogue’s name: the setting has to say which', async () => {
    const org = richOrg();
    const app = org.apps.find(({ name }) => name === 'scim2headerauth');
    if (app) org.apps.push({ ...app, id: '0oaSecondScimApp', label: 'Second' });
    const { outcome, how, who } = (await examineFrom(await start({}, org))).of('okta.scim-app');
    expect({ outcome, who }).toEqual({ outcome: 'failed', who: 'operator of this machine' });
    expect(how).toContain('"Second" (0oaSecondScimApp, ACTIVE)');
  });

  it('an app that is not active: missing when nothing names it, a warning when it is named', async () => {
    const org = richOrg();
    const app = org.apps.find(({ name }) => name === 'scim2headerauth');
    if (app) app.status = 'INACTIVE';
    const sandbox = await start({}, org);
    expect((await examineFrom(sandbox)).of('okta.scim-app')).toMatchObject({
      outcome: 'failed',
      found: expect.stringContaining('inactive: '),
    });
    const named = await examineFrom(sandbox, { audit: { scimApp: app?.id ?? '' } });
    expect(named.of('okta.scim-app').outcome).toBe('warning');
    expect(named.ids('failed')).toEqual([]);
  });

  it('apps that were not read completely decide nothing', async () => {
    spoil(/^\/api\/v1\/apps$/, { kind: 'drop-link' });
    const examined = await examineFrom(okta);
    expect(examined.of('okta.scim-app').outcome).toBe('unknown');
    expect(examined.of('okta.read.apps').outcome).toBe('failed');
    expect(examined.of('okta.credentials').outcome).toBe('ok');
  });

  it('groups by id, by name and by pattern, as the audit takes them', async () => {
    const [first, second] = okta.okta.groups.filter(({ type }) => type === 'OKTA_GROUP');
    const pushGroups = [first?.id ?? '', second?.profile.name ?? '', `${second?.profile.name.slice(0, 3)}*`];
    const examined = await examineFrom(okta, { audit: { pushGroups } });
    expect(examined.of('okta.push-groups')).toMatchObject({ outcome: 'ok', found: '3 of 3 entries found' });

    const name = second?.profile.name ?? '';
    const wrong = [name.toUpperCase(), '00gNobodysGroup12345', 'Nothing?like*this'];
    const refused = await examineFrom(okta, { audit: { pushGroups: wrong } });
    expect(refused.of('okta.push-groups').outcome).toBe('failed');
    expect(refused.of('okta.push-groups').found).toContain(`is "${name}" meant?`);
    expect(refused.of('okta.push-groups').found).toContain('0 of 3 entries found');
  });

  it('what cannot be looked up cheaply is left to the audit', async () => {
    const examined = await examineFrom(okta, { audit: { pushGroups: ['*'] } });
    expect(examined.of('okta.push-groups').outcome).toBe('unknown');
  });

  it('a setting that is wrong leaves its check unknown', async () => {
    const wrongSettings = new Set(['AUDIT_SCIM_APP', 'AUDIT_SSO_APP', 'AUDIT_PUSH_GROUPS']);
    const examined = await examineFrom(okta, { wrongSettings });
    expect(examined.ids('failed')).toEqual([]);
    for (const id of ['okta.scim-app', 'okta.sso-app', 'okta.push-groups']) {
      expect(examined.of(id).outcome).toBe('unknown');
    }
  });
});

it('without rate headers a run could not pace itself', async () => {
  okta.setFault(() => ({
    kind: 'headers',
    headers: { 'x-rate-limit-limit': null, 'x-rate-limit-remaining': null, 'x-rate-limit-reset': null },
  }));
  expect((await examineFrom(okta)).of('okta.rate-limits')).toMatchObject({ outcome: 'unknown' });
});
