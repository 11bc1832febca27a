import { afterEach, describe, expect, it } from 'vitest';
import { type OktaSandbox, startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { clock, linkOf, logEvent, NOW, send, smallOrg, walk } from './sandbox-client.ts';

let sandbox: OktaSandbox | undefined;
afterEach(() => sandbox?.close());

async function serve(pageSizeCap = Number.POSITIVE_INFINITY) {
  const { okta, scim } = smallOrg();
  for (let minute = 10; minute < 40; minute += 1) {
    okta.logEvents.push(logEvent(`event-${minute}`, `2026-11-23T12:${minute}:00.000Z`));
  }
  sandbox = await startOktaSandbox(okta, { now: clock, pageSizeCap });
  return { sandbox, okta, scim };
}

describe('a listing of the Okta stand-in', () => {
  const window = 'since=2026-11-20T00:00:00Z&until=2026-11-24T00:00:00Z';
  type Org = Awaited<ReturnType<typeof serve>>;
  const listings: [string, (org: Org) => string, (org: Org) => string[]][] = [
    ['apps', () => '/api/v1/apps?limit=2', ({ okta }) => okta.apps.map((app) => app.id)],
    [
      'app users',
      ({ scim }) => `/api/v1/apps/${scim.id}/users?limit=7&expand=user`,
      ({ scim }) => scim.users.map((user) => user.id),
    ],
    [
      'app groups',
      ({ scim }) => `/api/v1/apps/${scim.id}/groups?limit=20`,
      ({ scim }) => scim.groups.map((group) => group.id),
    ],
    [
      'group push mappings',
      ({ scim }) => `/api/v1/apps/${scim.id}/group-push/mappings?limit=5`,
      ({ scim }) => scim.pushMappings.map((mapping) => mapping.id),
    ],
    [
      'profile mappings',
      () => '/api/v1/mappings?limit=1',
      ({ okta }) => okta.profileMappings.map(({ id }) => id),
    ],
    [
      'groups',
      () => '/api/v1/groups?limit=4&expand=stats',
      ({ okta }) => okta.groups.filter((group) => group.unlisted !== true).map((group) => group.id),
    ],
    [
      'group members',
      ({ okta }) => `/api/v1/groups/${okta.groups[2]?.id}/users?limit=3`,
      ({ okta }) => okta.groups[2]?.members ?? [],
    ],
    [
      "a group's apps",
      ({ scim }) => `/api/v1/groups/${scim.groups[0]?.id}/apps?limit=1`,
      ({ okta, scim }) => [scim.id, okta.apps[2]?.id ?? ''],
    ],
    [
      'users',
      () => '/api/v1/users?limit=8',
      ({ okta }) => okta.users.filter((user) => user.status !== 'DEPROVISIONED').map((user) => user.id),
    ],
    [
      'log events',
      () => `/api/v1/logs?limit=4&${window}`,
      ({ okta }) => {
        return okta.logEvents.filter((event) => event.uuid.startsWith('event-')).map((event) => event.uuid);
      },
    ],
  ];

  it.each(listings)('of %s gives every row once, over several pages', async (_, path, expected) => {
    const org = await serve();
    const { pages, rows } = await walk(org.sandbox, path(org));
    expect(pages.length).toBeGreaterThan(1);
    expect(rows.map((row) => row.id ?? row.uuid)).toEqual(expected(org));
  });

  it('sends two Link headers with absolute URLs that keep every parameter', async () => {
    const { sandbox, scim } = await serve();
    const path = `/api/v1/apps/${scim.id}/users?limit=7&expand=user`;
    const page = await send(sandbox, path);
    expect(page.links).toHaveLength(2);
    expect(linkOf(page, 'self')).toBe(`${sandbox.url}${path}`);
    const next = new URL(linkOf(page, 'next') ?? '');
    expect(next.origin).toBe(sandbox.url);
    expect(next.searchParams.get('limit')).toBe('7');
    expect(next.searchParams.get('expand')).toBe('user');
    expect(next.searchParams.get('after')).toMatch(/^[\w-]{20,}$/);
  });

  it('has no next link on its last page, even when that page is full', async () => {
    const { sandbox, okta } = await serve();
    const page = await send(sandbox, `/api/v1/apps?limit=${okta.apps.length}`);
    expect(page.json).toHaveLength(okta.apps.length);
    expect(linkOf(page, 'self')).toBeDefined();
    expect(linkOf(page, 'next')).toBeUndefined();
  });

  it('keeps its filter on the pages that follow', async () => {
    const { sandbox, okta } = await serve(2);
    const filter = encodeURIComponent('type eq "OKTA_GROUP"');
    const { rows } = await walk(sandbox, `/api/v1/groups?filter=${filter}`);
    expect(rows.map((row) => row.id)).toEqual(
      okta.groups.filter((group) => group.type === 'OKTA_GROUP').map((group) => group.id),
    );
  });

  it('cuts pages at the cap, where one is set', async () => {
    const { sandbox, scim } = await serve(3);
    const { pages, rows } = await walk(sandbox, `/api/v1/apps/${scim.id}/groups?limit=200`);
    expect(pages[0]?.json).toHaveLength(3);
    expect(rows).toHaveLength(scim.groups.length);
  });

  it('misses and repeats nothing when a row goes away between two pages', async () => {
    const { sandbox, okta } = await serve();
    const first = await send(sandbox, '/api/v1/users?limit=10');
    const before = okta.users.map((user) => user.id);
    okta.users.splice(0, 2);
    const rest = await walk(sandbox, linkOf(first, 'next') ?? '');
    const seen = [...first.json, ...rest.rows].map((row) => row.id);
    expect(seen).toEqual(
      before.filter((id) => id !== okta.users.find((u) => u.status === 'DEPROVISIONED')?.id),
    );
  });

  it('refuses a cursor that is garbled, forged or of another listing', async () => {
    const { sandbox, scim } = await serve();
    const first = await send(sandbox, `/api/v1/apps/${scim.id}/users?limit=5`);
    const cursor = new URL(linkOf(first, 'next') ?? '').searchParams.get('after') ?? '';
    const swapped = cursor.startsWith('A') ? `B${cursor.slice(1)}` : `A${cursor.slice(1)}`;
    for (const path of [
      '/api/v1/users?after=200',
      `/api/v1/apps/${scim.id}/users?limit=5&after=${swapped}`,
      `/api/v1/users?limit=5&after=${cursor}`,
      `/api/v1/apps/${scim.id}/users?q=a&limit=5&after=${cursor}`,
    ]) {
      const refused = await send(sandbox, path);
      expect([path, refused.status, refused.json.errorCode]).toEqual([path, 400, 'E0000001']);
    }
  });

  it('can be taken up again after the server was started anew', async () => {
    const { sandbox: first, okta } = await serve();
    const page = await send(first, '/api/v1/users?limit=10');
    await first.close();
    sandbox = await startOktaSandbox(okta, { now: clock });
    const next = new URL(linkOf(page, 'next') ?? '');
    const rest = await walk(sandbox, `${next.pathname}${next.search}`);
    expect(page.json.length + rest.rows.length).toBe(
      okta.users.filter((user) => user.status !== 'DEPROVISIONED').length,
    );
  });

  it('has no Link header where Okta does not page', async () => {
    const { sandbox, okta, scim } = await serve();
    const saml = okta.apps[2];
    for (const path of [
      `/api/v1/users/${okta.users[0]?.id}/groups`,
      `/api/v1/apps/${saml?.id}/features`,
      `/api/v1/apps/${scim.id}`,
      '/api/v1/org',
    ]) {
      const answer = await send(sandbox, path);
      expect([path, answer.status, answer.links]).toEqual([path, 200, []]);
    }
  });

  it('shows a change of the org to the next request', async () => {
    const { sandbox, okta } = await serve();
    const group = okta.groups[2];
    if (!group) throw new Error('The org has no third group');
    expect((await send(sandbox, `/api/v1/groups/${group.id}`)).json.profile.name).toBe(group.profile.name);
    okta.groups[2] = {
      ...group,
      id: '00gnew00000000000000',
      profile: { name: 'Renamed', description: null },
    };
    expect((await send(sandbox, `/api/v1/groups/${group.id}`)).status).toBe(404);
    expect((await send(sandbox, '/api/v1/groups/00gnew00000000000000')).json.profile.name).toBe('Renamed');
  });
});

describe('the System Log of the Okta stand-in', () => {
  const bounded = 'since=2026-11-23T12:10:00Z&until=2026-11-23T12:13:00Z';

  it('gives a bounded query from since up to until, in order of publication, and ends', async () => {
    const { sandbox, okta } = await serve();
    okta.logEvents.unshift(logEvent('late', '2026-11-23T12:11:30.000Z'));
    const { rows, pages } = await walk(sandbox, `/api/v1/logs?${bounded}`);
    expect(rows.map((row) => row.uuid)).toEqual(['event-10', 'event-11', 'late', 'event-12']);
    expect(pages).toHaveLength(1);
    const descending = await walk(sandbox, `/api/v1/logs?${bounded}&sortOrder=DESCENDING`);
    expect(descending.rows.map((row) => row.uuid)).toEqual(['event-12', 'late', 'event-11', 'event-10']);
  });

  it('never ends without until: the next page is empty until there is something new', async () => {
    const { sandbox, okta } = await serve();
    const first = await send(sandbox, '/api/v1/logs?since=2026-11-23T12:00:00Z&limit=1000');
    expect(first.json).toHaveLength(30);
    const second = await send(sandbox, linkOf(first, 'next') ?? '');
    expect(second.json).toEqual([]);
    okta.logEvents.push(logEvent('new', NOW));
    const third = await send(sandbox, linkOf(second, 'next') ?? '');
    expect(third.json.map((event: { uuid: string }) => event.uuid)).toEqual(['new']);
    expect(linkOf(third, 'next')).toBeDefined();
  });

  it('reaches back seven days unless told otherwise, and ninety at most', async () => {
    const { sandbox, okta } = await serve();
    okta.logEvents = [];
    for (const day of [6, 8, 89, 91]) {
      const published = new Date(clock().getTime() - day * 86_400_000).toISOString();
      okta.logEvents.unshift(logEvent(`day-${day}`, published));
    }
    const uuids = async (query: string) =>
      (await walk(sandbox, `/api/v1/logs?${query}`)).rows.map((r) => r.uuid);
    expect(await uuids(`until=${NOW}`)).toEqual(['day-6']);
    expect(await uuids(`since=2020-01-01T00:00:00Z&until=${NOW}`)).toEqual(['day-89', 'day-8', 'day-6']);
  });
});
