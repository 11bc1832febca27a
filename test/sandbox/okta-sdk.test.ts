import { generateKeyPairSync } from 'node:crypto';
import { Client } from '@okta/okta-sdk-nodejs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type OktaSandbox,
  type OktaSandboxOptions,
  startOktaSandbox,
} from '../../src/sandbox/okta-server.ts';
import { smallOrg } from './sandbox-client.ts';

let sandbox: OktaSandbox | undefined;
afterEach(() => sandbox?.close());

async function serve(options: OktaSandboxOptions = {}) {
  const { okta, scim } = smallOrg();
  sandbox = await startOktaSandbox(okta, { pageSizeCap: 7, ...options });
  return { sandbox, okta, scim };
}

interface Pages<Row> {
  nextUri?: string;
  getNextPage(): Promise<Row[]>;
}

/** The vendor's collection read by its pages; its own iteration stops early at an empty one. */
async function all<Row>(listing: Promise<unknown>): Promise<Row[]> {
  const pages = (await listing) as Pages<Row>;
  const rows: Row[] = [];
  while (pages.nextUri) rows.push(...(await pages.getNextPage()));
  return rows;
}

describe("Okta's own SDK", () => {
  it('reads the stand-in with a token, page by page and compressed', async () => {
    const { sandbox, okta, scim } = await serve();
    const client = new Client({ orgUrl: sandbox.url, token: sandbox.token, cacheMiddleware: null });
    const users = await all<{ id: string; _embedded: { user: { status: string } } }>(
      client.applicationApi.listApplicationUsers({ appId: scim.id, limit: 500, expand: 'user' }),
    );
    expect(users.map((user) => user.id)).toEqual(scim.users.map((user) => user.id));
    expect(users[2]?._embedded.user.status).toBe('SUSPENDED');
    const mappings = await all<{ id: string; status: string; lastUpdated: Date }>(
      client.groupPushMappingApi.listGroupPushMappings({ appId: scim.id, limit: 1000 }),
    );
    expect(mappings.map((mapping) => mapping.id)).toEqual(scim.pushMappings.map((mapping) => mapping.id));
    expect(mappings[0]?.lastUpdated.toISOString()).toBe(scim.pushMappings[0]?.lastUpdated);
    const filter = 'type eq "OKTA_GROUP"';
    const groups = await all<{ id: string }>(client.groupApi.listGroups({ filter, limit: 200 }));
    expect(groups).toHaveLength(okta.groups.filter((group) => group.type === 'OKTA_GROUP').length);
  });

  it('finds out whose token it has, and which admin roles the owner has', async () => {
    const { sandbox, okta } = await serve({ adminRoles: [{ type: 'CUSTOM', label: 'Auditors' }] });
    const client = new Client({ orgUrl: sandbox.url, token: sandbox.token, cacheMiddleware: null });
    const owner = await client.userApi.getUser({ userId: 'me' });
    expect(owner.id).toBe(okta.users.find(({ status }) => status === 'ACTIVE')?.id);
    const rolesOf = (userId: string) =>
      all<{ type: string; label: string; status: string }>(
        client.roleAssignmentApi.listAssignedRolesForUser({ userId }),
      );
    expect(await rolesOf(owner.id ?? '')).toMatchObject([
      { type: 'CUSTOM', label: 'Auditors', status: 'ACTIVE' },
    ]);
    expect(await rolesOf(okta.users.at(-1)?.id ?? '')).toEqual([]);
  });

  it('waits for the window to end after a 429 and then gets its answer', async () => {
    const { sandbox } = await serve({ rateLimits: { other: 1 }, rateWindowMs: 1000 });
    const client = new Client({ orgUrl: sandbox.url, token: sandbox.token, cacheMiddleware: null });
    await client.orgSettingApi.getOrgSettings();
    const org = await client.orgSettingApi.getOrgSettings();
    expect(org.id).toBe(sandbox.okta.orgId);
    expect(sandbox.requests.map((request) => request.status)).toEqual([200, 429, 200]);
  });

  it('reads the stand-in as a service app with a private key', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { sandbox, okta } = await serve({
      oauth: {
        clientId: '0oaauditservice00000',
        publicKey: publicKey.export({ format: 'jwk' }) as Record<string, unknown>,
        keyId: 'key-1',
        grantedScopes: ['okta.apps.read', 'okta.groups.read'],
      },
    });
    const client = new Client({
      orgUrl: sandbox.url,
      authorizationMode: 'PrivateKey',
      clientId: '0oaauditservice00000',
      scopes: ['okta.apps.read'],
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      keyId: 'key-1',
      cacheMiddleware: null,
    });
    const apps = await all<{ id: string }>(client.applicationApi.listApplications({ limit: 200 }));
    expect(apps.map((app) => app.id)).toEqual(okta.apps.map((app) => app.id));
    await expect(client.groupApi.getGroup({ groupId: okta.groups[0]?.id ?? '' })).rejects.toMatchObject({
      status: 403,
      errorCode: 'E0000006',
    });
  });
});
