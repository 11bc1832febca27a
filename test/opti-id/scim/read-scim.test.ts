import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ScimSettings } from '../../../src/config/config.ts';
import { AuditError } from '../../../src/domain/errors.ts';
import { proveAbsence } from '../../../src/opti-id/scim/absence.ts';
import { collectScim } from '../../../src/opti-id/scim/read-scim.ts';
import type { SandboxStore } from '../../../src/sandbox/model.ts';
import { type ScimSandbox, startScimSandbox } from '../../../src/sandbox/scim-server.ts';
import { virtualTools } from '../../okta/support/virtual-tools.ts';
import { MemorySink } from '../../support/memory-sink.ts';
import { ACME, aGroup, aUser } from '../support/stores.ts';

const NOTHING: SandboxStore = {
  organizations: [],
  sso_connections: [],
  users: [],
  groups: [],
  group_members: [],
  product_instances: [],
  roles: [],
  group_instance_roles: [],
  invitations: [],
};

const STORE: SandboxStore = {
  ...NOTHING,
  users: [
    aUser('u1', { external_id: '00u1' }),
    aUser('u2', { status: 'invited', home_organization_id: 'org-other', local_login: true }),
    aUser('u3', { status: 'deleted' }),
    aUser('u4', { organization_id: 'org-other' }),
  ],
  groups: [aGroup('g1'), aGroup('g2', { group_type: 'product', user_count: 9 })],
  group_members: [
    { group_id: 'g1', user_id: 'u1' },
    { group_id: 'g1', user_id: 'u3' },
    { group_id: 'g2', user_id: 'u2' },
  ],
};

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** A server between the reader and the sandbox: `answer` may answer in its place, by returning true. */
async function through(
  sandbox: ScimSandbox,
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => boolean,
): Promise<string> {
  let count = 0;
  const server: Server = createServer((request, response) => {
    if (answer(request, response, count++)) return;
    const { pathname: base } = new URL(sandbox.url);
    const target = `${new URL(sandbox.url).origin}${base}${request.url ?? ''}`;
    void fetch(target, { headers: { authorization: String(request.headers.authorization) } }).then(
      async (real) => {
        response.writeHead(real.status, { 'content-type': 'application/scim+json' });
        response.end(await real.text());
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function start(store = STORE): Promise<{ sandbox: ScimSandbox; settings: ScimSettings }> {
  const sandbox = await startScimSandbox(store, ACME);
  open.push(sandbox);
  const { url: scimUrl, token } = sandbox;
  return { sandbox, settings: { scimUrl, token, auth: 'header', organizationId: ACME } };
}

async function collected(settings: ScimSettings) {
  const sink = new MemorySink();
  const tools = virtualTools();
  await collectScim({ settings, sink, options: { tools, attemptTimeoutMs: 2_000 } });
  return { sink, slept: tools.slept };
}

describe('what the endpoint shows', () => {
  it('is read: the users of the organization who are there, groups, and members from each group', async () => {
    const { sandbox, settings } = await start();
    const { sink } = await collected(settings);
    expect(
      sink.rows('optiId.users').map((user) => [user.opti_user_id, user.external_id, user.email]),
    ).toEqual([
      ['u1', '00u1', 'u1@acme.test'],
      ['u2', null, 'u2@acme.test'],
    ]);
    expect(sink.rows('optiId.groups').map(({ name }) => name)).toEqual(['Group g1', 'Group g2']);
    expect(sink.rows('optiId.groupMembers')).toEqual([
      { opti_group_id: 'g1', opti_user_id: 'u1' },
      { opti_group_id: 'g2', opti_user_id: 'u2' },
    ]);
    expect(sandbox.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('and nothing in place of what it hides: null in a row, and datasets unread with the reason', async () => {
    const { settings } = await start();
    const { sink } = await collected(settings);
    for (const user of sink.rows('optiId.users')) {
      expect(user).toMatchObject({
        status: null,
        local_login: null,
        home_organization_id: null,
        last_login_at: null,
      });
    }
    for (const group of sink.rows('optiId.groups'))
      expect(group).toMatchObject({ group_type: null, user_count: null });
    for (const name of [
      'optiId.organizations',
      'optiId.ssoConnections',
      'optiId.invitations',
      'optiId.roles',
    ] as const) {
      expect(sink.states.get(name)).toMatchObject({
        completeness: 'unread',
        reason: expect.stringMatching(/^Opti ID's SCIM endpoint does not show .*Optimizely Support/u),
      });
    }
    expect(sink.states.get('optiId.users')).toEqual({ completeness: 'complete', reason: '' });
  });
});

describe('nothing can be read, which ends the run at once', () => {
  it.each([
    ['the key is refused', 401, 'OPTIID_SCIM_TOKEN'],
    ['the key is of another organization', 403, 'key'],
    ['the address is wrong', 404, 'OPTIID_SCIM_URL'],
    ['it answers with a redirect', 302, 'OPTIID_SCIM_URL'],
  ])('where %s', async (_why, status, hint) => {
    const { sandbox, settings } = await start();
    const scimUrl = await through(sandbox, (request, response) => {
      response.writeHead(status, { location: `${sandbox.url}/users` });
      response.end(
        JSON.stringify({ status: String(status), detail: `No: ${request.headers.authorization}` }),
      );
      return true;
    });
    const failure = await collected({ ...settings, scimUrl }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AuditError);
    expect(failure).toMatchObject({ hint: expect.stringContaining(hint) });
    // The server repeats the key; the message must not.
    expect(String(failure)).not.toContain(settings.token);
    expect(sandbox.requests).toEqual([]);
  });

  it('where nobody answers', async () => {
    const { settings } = await start();
    await expect(collected({ ...settings, scimUrl: 'http://127.0.0.1:1/scim' })).rejects.toThrow(/refused/u);
  });

  it('but not where one of the two lists alone is missing', async () => {
    const { sandbox, settings } = await start();
    const scimUrl = await through(sandbox, ({ url = '' }, response) => {
      if (!url.startsWith('/users')) return false;
      response.writeHead(404);
      response.end('{}');
      return true;
    });
    const { sink } = await collected({ ...settings, scimUrl });
    expect(sink.states.get('optiId.users')?.completeness).toBe('unread');
    expect(sink.states.get('optiId.groups')?.completeness).toBe('complete');
  });
});

describe('what tends to pass', () => {
  it.each<[string, (response: ServerResponse, url: string) => void]>([
    ['HTTP 500', (response) => response.writeHead(500).end('oops')],
    ['HTTP 429 with Retry-After', (response) => response.writeHead(429, { 'retry-after': '7' }).end('{}')],
    ['a reset', (response) => response.destroy()],
    [
      'a body that breaks off',
      (response) => {
        response.writeHead(200, { 'content-length': '500' });
        response.write('{"totalResults":');
        setTimeout(() => response.destroy(), 5);
      },
    ],
    ['a page of a proxy', (response) => response.writeHead(200).end('<html>')],
  ])('%s is asked again, and everything is read', async (_fault, fail) => {
    const { sandbox, settings } = await start();
    const scimUrl = await through(sandbox, ({ url = '' }, response, count) => {
      if (count % 3 !== 1) return false;
      fail(response, url);
      return true;
    });
    const { sink, slept } = await collected({ ...settings, scimUrl });
    expect([...sink.states.values()].filter(({ completeness }) => completeness === 'partial')).toEqual([]);
    expect(sink.rows('optiId.groupMembers')).toHaveLength(2);
    expect(slept.length).toBeGreaterThan(0);
  });

  it('waits as long as Retry-After says', async () => {
    const { sandbox, settings } = await start();
    const scimUrl = await through(sandbox, (_request, response, count) => {
      if (count !== 0) return false;
      response.writeHead(429, { 'retry-after': '30' }).end('{}');
      return true;
    });
    const { slept } = await collected({ ...settings, scimUrl });
    expect(Math.max(...slept)).toBeGreaterThanOrEqual(30_000);
  });

  it('and what does not pass leaves the dataset partial or unread', async () => {
    const { sandbox, settings } = await start();
    const scimUrl = await through(sandbox, ({ url = '' }, response) => {
      if (!url.startsWith('/groups/g2')) return false;
      response.writeHead(500).end('oops');
      return true;
    });
    const { sink } = await collected({ ...settings, scimUrl });
    expect(sink.states.get('optiId.groupMembers')).toMatchObject({
      completeness: 'partial',
      reason: expect.stringContaining('HTTP 500'),
    });
  });

  it('a key that is revoked in the middle leaves what was not read unread, and is not asked again', async () => {
    const { sandbox, settings } = await start();
    const scimUrl = await through(sandbox, (_request, response, count) => {
      if (count < 2) return false;
      response.writeHead(401).end('{}');
      return true;
    });
    const { sink } = await collected({ ...settings, scimUrl });
    expect(sink.states.get('optiId.users')).toMatchObject({ completeness: 'unread' });
    expect(sandbox.requests.length).toBeLessThan(4);
  });
});

describe('absence is proved', () => {
  it('a member of a group who is there and not in the list makes the list partial', async () => {
    const { sandbox, settings } = await start();
    const scimUrl = await through(sandbox, ({ url = '' }, response) => {
      if (!url.startsWith('/users?')) return false;
      const at = Number(new URL(url, 'http://x').searchParams.get('startIndex'));
      const one = [{ id: 'u1', userName: 'u1@acme.test' }].slice(at - 1);
      response.end(JSON.stringify({ totalResults: 1, startIndex: at, Resources: one }));
      return true;
    });
    const { sink } = await collected({ ...settings, scimUrl });
    expect(sink.states.get('optiId.users')).toMatchObject({
      completeness: 'partial',
      reason: expect.stringContaining('u2'),
    });
  });

  it('whoever Okta knows and the list leaves out is asked for by id and by e-mail', async () => {
    const { settings } = await start();
    const ask = async (opti_user_id: string, email: string, listed: string[]) => {
      const sink = new MemorySink();
      await sink.collect('optiId.users', async () => {});
      await sink.collect('optiId.groups', async () => {});
      const missing = { users: [{ opti_user_id, email }], groups: [] };
      await proveAbsence({ settings, sink, missing, isListed: (id) => listed.includes(id) });
      return sink.states.get('optiId.users')?.reason;
    };
    expect(await ask('gone', 'nobody@acme.test', ['u1', 'u2'])).toBe('');
    expect(await ask('u1', 'u1@acme.test', ['u2'])).toContain('u1');
    expect(await ask('gone', 'U2@acme.test', ['u1'])).toContain('u2');
    expect(await ask('gone', 'u2@acme.test', ['u1', 'u2'])).toBe('');
  });
});
