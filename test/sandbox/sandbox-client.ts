import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { generateWorld } from '../../src/sandbox/generate-world.ts';
import type { SandboxApp, SandboxLogEvent, SandboxOkta } from '../../src/sandbox/model.ts';
import type { OktaSandbox } from '../../src/sandbox/okta-server.ts';

/** The moment that the test orgs are dated back from, and the clock of most test servers. */
export const NOW = '2026-11-24T03:15:00.000Z';
export const clock = (): Date => new Date(NOW);

export interface Received {
  status: number;
  headers: IncomingHttpHeaders;
  /** The Link headers as sent, one text each. */
  links: string[];
  /** The body as sent, still compressed where it was. */
  bytes: Buffer;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: bodies are looked into freely by tests
  json: any;
}

export interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** One request, answered in the raw: nothing is followed, merged or decoded behind the test's back. */
export function send(sandbox: OktaSandbox, pathOrUrl: string, sent: Sent = {}): Promise<Received> {
  const url = new URL(pathOrUrl, sandbox.url);
  const headers = { authorization: `SSWS ${sandbox.token}`, ...sent.headers };
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: sent.method ?? 'GET', headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const text = (response.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
        const links = response.rawHeaders.filter(
          (_, position, all) => position % 2 === 1 && all[position - 1]?.toLowerCase() === 'link',
        );
        let json: unknown;
        try {
          json = JSON.parse(text);
        } catch {
          // Not every answer is JSON; those that must be are looked into and fail there.
        }
        resolve({ status: response.statusCode ?? 0, headers: response.headers, links, bytes, text, json });
      });
    });
    request.on('error', reject);
    request.end(sent.body);
  });
}

/** The URL of a Link header with this relation. */
export function linkOf(received: Received, relation: 'self' | 'next'): string | undefined {
  const found = received.links.find((link) => link.endsWith(`rel="${relation}"`));
  return found?.slice(1, found.indexOf('>'));
}

/** Follows the next links to the end. */
export async function walk(
  sandbox: OktaSandbox,
  path: string,
): Promise<{ pages: Received[]; rows: { id: string; uuid: string }[] }> {
  const pages: Received[] = [];
  let url: string | undefined = path;
  while (url !== undefined) {
    const page: Received = await send(sandbox, url);
    if (page.status !== 200) throw new Error(`${url} answered ${page.status}: ${page.text}`);
    pages.push(page);
    url = linkOf(page, 'next');
  }
  return { pages, rows: pages.flatMap((page) => page.json) };
}

function app(id: string, name: string, label: string, over: Partial<SandboxApp>): SandboxApp {
  return {
    id,
    name,
    label,
    status: 'ACTIVE',
    signOnMode: 'SAML_2_0',
    created: '2026-10-01T00:00:00.000Z',
    lastUpdated: '2026-10-02T00:00:00.000Z',
    features: [],
    userNameTemplate: { template: '${source.login}', type: 'BUILT_IN' },
    users: [],
    groups: [],
    pushMappings: [],
    provisioningFeatures: null,
    provisioningConnection: null,
    ...over,
  };
}

export function logEvent(
  uuid: string,
  published: string,
  over: Partial<SandboxLogEvent> = {},
): SandboxLogEvent {
  return {
    uuid,
    published,
    eventType: 'group.user_membership.add',
    displayMessage: 'Add user to group membership',
    outcome: { result: 'SUCCESS', reason: null },
    target: [{ id: '00u1', type: 'User', alternateId: 'ada@northwindtrails.com', displayName: 'Ada Berg' }],
    actor: { id: '00uadmin', type: 'User', alternateId: 'admin@northwindtrails.com', displayName: 'Admin' },
    severity: 'INFO',
    ...over,
  };
}

const USER_PROVISIONING = {
  name: 'USER_PROVISIONING',
  status: 'ENABLED',
  description: 'User provisioning settings from Okta to a downstream application',
  capabilities: {
    create: { lifecycleCreate: { status: 'ENABLED' } },
    update: {
      profile: { status: 'ENABLED' },
      lifecycleDeactivate: { status: 'ENABLED' },
      password: { status: 'DISABLED', seed: 'RANDOM', change: 'KEEP_EXISTING' },
    },
  },
};

/** A small org with one of everything that the endpoints can show. */
export function smallOrg(): { okta: SandboxOkta; scim: SandboxApp } {
  const { okta } = generateWorld({ seed: 7, users: 60, groups: 24, membershipsPerUser: 4, now: NOW });
  const [scim] = okta.apps;
  if (!scim) throw new Error('The generated org has no app');
  okta.apps.push(
    app('0oaswa00000000000001', 'scim2headerauth', 'Opti ID SCIM (old)', {
      status: 'INACTIVE',
      signOnMode: 'AUTO_LOGIN',
    }),
    app('0oasaml0000000000001', 'optimizely_saml', 'Opti ID', {
      groups: scim.groups,
      provisioningFeatures: [USER_PROVISIONING],
      provisioningConnection: {
        authScheme: 'TOKEN',
        status: 'ENABLED',
        baseUrl: 'https://identity-api.optimizely.com/api/scim/v2',
        profile: { authScheme: 'TOKEN' },
      },
    }),
    app('0oaoidc0000000000001', 'oidc_client', 'Trip planner', { signOnMode: 'OPENID_CONNECT' }),
    app('0oabook0000000000001', 'bookmark', 'Optimizely status', { signOnMode: 'BOOKMARK' }),
  );
  for (const [position, group] of okta.groups.slice(0, 23).entries()) {
    if (position > 1) scim.groups.push({ id: group.id, lastUpdated: NOW, priority: position });
  }
  const [, , suspended, deprovisioned, staged] = okta.users;
  if (suspended) suspended.status = 'SUSPENDED';
  if (deprovisioned) deprovisioned.status = 'DEPROVISIONED';
  if (staged) Object.assign(staged, { status: 'STAGED', statusChanged: null });
  const [failed, paused] = scim.pushMappings;
  if (failed) Object.assign(failed, { status: 'ERROR', errorSummary: 'The linked group is missing.' });
  if (paused) {
    paused.status = 'INACTIVE';
    delete paused.lastPush;
  }
  const reverse = okta.profileMappings[0];
  if (reverse) {
    okta.profileMappings.push({
      ...reverse,
      id: 'prm00000000000000002',
      source: reverse.target,
      target: reverse.source,
    });
  }
  return { okta, scim };
}
