import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxApp, SandboxOkta } from '../../src/sandbox/model.ts';
import { compileFilter, FilterRefused, valuesAt } from '../../src/sandbox/okta-filter.ts';
import { type OktaSandbox, startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { clock, logEvent, NOW, send, smallOrg, walk } from './sandbox-client.ts';

let sandbox: OktaSandbox;
let okta: SandboxOkta;
let scim: SandboxApp;

beforeAll(async () => {
  ({ okta, scim } = smallOrg());
  const changed = okta.groups[3];
  const renamed = okta.groups[4];
  if (changed) changed.lastMembershipUpdated = '2026-11-23T10:00:00.000Z';
  if (renamed) {
    renamed.lastUpdated = '2026-11-23T10:00:00.000Z';
    renamed.profile = { name: 'Über "alles"', description: 'Rename me' };
  }
  for (const mapping of scim.pushMappings.slice(0, 2)) mapping.lastUpdated = '2026-11-20T08:00:00Z';
  okta.logEvents = [
    logEvent('added', '2026-11-20T00:00:00.000Z'),
    logEvent('pushed', '2026-11-20T01:00:00.000Z', {
      eventType: 'application.provision.group_push.pushed',
      target: [
        { id: scim.id, type: 'AppInstance', alternateId: scim.label, displayName: scim.label },
        { id: 'AGr1', type: 'AppGroup', alternateId: null, displayName: 'OPTI-CMS-Brand' },
      ],
    }),
    logEvent('failed', '2026-11-20T02:00:00.000Z', {
      eventType: 'application.provision.user.push',
      outcome: { result: 'FAILURE', reason: 'Bad Gateway' },
      target: [{ id: scim.id, type: 'AppInstance', alternateId: scim.label, displayName: scim.label }],
      actor: { id: 'sys1', type: 'SystemPrincipal', alternateId: 'system@okta.com', displayName: 'Okta' },
    }),
  ];
  sandbox = await startOktaSandbox(okta, { now: clock, rateLimits: { apps: 10_000, groups: 10_000 } });
});
afterAll(() => sandbox.close());

async function ids(path: string, query: Record<string, string>): Promise<string[]> {
  const { rows } = await walk(sandbox, `${path}?${new URLSearchParams(query)}`);
  return rows.map((row) => row.id ?? row.uuid);
}

describe('the Okta stand-in finds', () => {
  it('apps by name, status, id, and the beginning of a name or label', async () => {
    const named = okta.apps.filter((app) => app.name === 'scim2headerauth').map((app) => app.id);
    expect(named).toHaveLength(2);
    expect(await ids('/api/v1/apps', { filter: 'name eq "scim2headerauth"' })).toEqual(named);
    expect(await ids('/api/v1/apps', { filter: 'name eq "scim2headerauth" and status eq "ACTIVE"' })).toEqual(
      [scim.id],
    );
    expect(await ids('/api/v1/apps', { filter: `id eq "${scim.id}"` })).toEqual([scim.id]);
    expect(await ids('/api/v1/apps', { q: 'opti id' })).toEqual([...named, '0oasaml0000000000001']);
  });

  it('groups by type, id and times, in filter and in search', async () => {
    const own = okta.groups.filter((group) => group.type === 'OKTA_GROUP').map((group) => group.id);
    const [changed, renamed] = [okta.groups[3]?.id, okta.groups[4]?.id];
    const filtered = (filter: string) => ids('/api/v1/groups', { filter });
    expect(await filtered('type eq "OKTA_GROUP"')).toEqual(own);
    expect(await filtered(`id eq "${renamed}"`)).toEqual([renamed]);
    expect(await filtered('lastMembershipUpdated gt "2026-11-23T00:00:00.000Z"')).toEqual([changed]);
    expect(
      await filtered(
        'type eq "OKTA_GROUP" and (lastUpdated gt "2026-11-23T00:00:00Z" or lastMembershipUpdated gt "2026-11-23T00:00:00Z")',
      ),
    ).toEqual([changed, renamed]);
    expect(await ids('/api/v1/groups', { search: 'profile.description co "rename"' })).toEqual([renamed]);
    expect(await ids('/api/v1/groups', { search: 'profile.name eq "über \\"alles\\""' })).toEqual([renamed]);
  });

  it('app groups by their source, the listed ones only', async () => {
    const targets = okta.groups.filter((group) => group.sourceAppId === scim.id);
    const [shown] = targets;
    const search = `type eq "APP_GROUP" and source.id eq "${scim.id}"`;
    expect(await ids('/api/v1/groups', { search })).toEqual([]);
    if (shown) shown.unlisted = false;
    expect(await ids('/api/v1/groups', { search })).toEqual([shown?.id]);
    if (shown) shown.unlisted = true;
    const hidden = await send(sandbox, `/api/v1/groups/${shown?.id}`);
    expect([hidden.status, hidden.json.type]).toEqual([200, 'APP_GROUP']);
    expect(hidden.json._links.source.href).toBe(`${sandbox.url}/api/v1/apps/${scim.id}`);
  });

  it('groups by the beginning of their name, unpaged, and sorted where a search asks for it', async () => {
    const opti = okta.groups.filter((g) => g.unlisted !== true && g.profile.name.startsWith('OPTI-'));
    const page = await send(sandbox, '/api/v1/groups?q=opti-&limit=3');
    expect(page.json.map((group: { id: string }) => group.id)).toEqual(opti.slice(0, 3).map((g) => g.id));
    expect(page.links).toHaveLength(1);
    const names = async (sortOrder: string) => {
      const query = new URLSearchParams({
        search: 'profile.name sw "OPTI-"',
        sortBy: 'profile.name',
        sortOrder,
        limit: '5',
      });
      const { rows } = await walk(sandbox, `/api/v1/groups?${query}`);
      return rows.map((row) => (row as unknown as { profile: { name: string } }).profile.name);
    };
    const sorted = opti.map((group) => group.profile.name).sort();
    expect(await names('asc')).toEqual(sorted);
    expect(await names('desc')).toEqual(sorted.toReversed());
  });

  it('the statistics and the source app of a group, where they are asked for', async () => {
    const source = okta.groups.find((group) => group.id === scim.pushMappings[0]?.sourceGroupId);
    const filter = encodeURIComponent(`id eq "${source?.id}"`);
    const { rows: members } = await walk(sandbox, `/api/v1/groups/${source?.id}/users?limit=1000`);
    source?.members.push('00uWhoIsGone');
    const [counted] = (await send(sandbox, `/api/v1/groups?filter=${filter}&expand=stats`)).json;
    expect(counted._embedded.stats).toMatchObject({
      usersCount: members.length,
      appsCount: 2,
      groupPushMappingsCount: 1,
    });
    source?.members.pop();
    const target = okta.groups.find((group) => group.sourceAppId === scim.id);
    if (target) target.unlisted = false;
    const search = encodeURIComponent(`id eq "${target?.id}"`);
    const [embedded] = (await send(sandbox, `/api/v1/groups?search=${search}&expand=app`)).json;
    expect(embedded._embedded.app.id).toBe(scim.id);
    if (target) target.unlisted = true;
  });

  it('users by status, login, e-mail and time; deactivated ones only where a criterion asks', async () => {
    const of = (status: string) => okta.users.filter((user) => user.status === status).map(({ id }) => id);
    const filtered = (filter: string) => ids('/api/v1/users', { filter });
    expect(await filtered('status eq "SUSPENDED"')).toEqual(of('SUSPENDED'));
    expect(await filtered('status eq "DEPROVISIONED"')).toEqual(of('DEPROVISIONED'));
    expect(await filtered('status eq "SUSPENDED" or status eq "STAGED"')).toHaveLength(2);
    expect(of('DEPROVISIONED')).toHaveLength(1);
    expect(await ids('/api/v1/users', {})).not.toContain(of('DEPROVISIONED')[0]);
    const user = okta.users[9];
    expect(await filtered(`profile.login eq "${user?.profile.login}"`)).toEqual([user?.id]);
    expect(await filtered(`profile.email eq "${user?.profile.email.toUpperCase()}"`)).toEqual([]);
    expect(
      await ids('/api/v1/users', { search: `profile.email eq "${user?.profile.email.toUpperCase()}"` }),
    ).toEqual([user?.id]);
    expect(await filtered(`lastUpdated gt "${NOW}"`)).toEqual([]);
    expect(await filtered('lastUpdated ge "2020-01-01T00:00:00Z"')).toHaveLength(okta.users.length);
  });

  it('a user by id, by login in any case, and by the short login', async () => {
    const user = okta.users[9];
    const login = user?.profile.login ?? '';
    for (const name of [user?.id ?? '', login, login.toUpperCase(), login.split('@')[0] ?? '']) {
      expect((await send(sandbox, `/api/v1/users/${encodeURIComponent(name)}`)).json.id).toBe(user?.id);
    }
  });

  it("a user's groups, all of them and no others", async () => {
    const user = okta.users[9];
    const answer = await send(sandbox, `/api/v1/users/${user?.id}/groups`);
    expect(answer.json.map((group: { id: string }) => group.id)).toEqual(
      okta.groups.filter((group) => group.members.includes(user?.id ?? '')).map((group) => group.id),
    );
    expect(answer.json.length).toBeGreaterThan(2);
  });

  it('app users by the beginning of a name, with the whole user where that is asked for', async () => {
    const user = okta.users[9];
    const query = `q=${user?.profile.login.slice(0, 8)}&limit=500`;
    const found = (await send(sandbox, `/api/v1/apps/${scim.id}/users?${query}`)).json;
    expect(found.map((row: { id: string }) => row.id)).toContain(user?.id);
    expect(found.length).toBeLessThan(scim.users.length);
    expect(found[0]).not.toHaveProperty('_embedded');
    const one = await send(sandbox, `/api/v1/apps/${scim.id}/users/${okta.users[2]?.id}?expand=user`);
    expect(one.json._embedded.user).toMatchObject({ id: okta.users[2]?.id, status: 'SUSPENDED' });
  });

  it('app groups by name, with the group where that is asked for', async () => {
    const path = `/api/v1/apps/${scim.id}/groups`;
    const [row, ...others] = (
      await send(sandbox, `${path}?q=opti id users&expand=group`.replaceAll(' ', '%20'))
    ).json;
    expect(others).toEqual([]);
    expect(row._embedded.group.profile.name).toBe('Opti ID Users');
    expect((await send(sandbox, `${path}/${row.id}`)).json.id).toBe(row.id);
  });

  it('push mappings by status, source group and time of change', async () => {
    const path = `/api/v1/apps/${scim.id}/group-push/mappings`;
    const [failed, paused, active] = scim.pushMappings.map((mapping) => mapping.id);
    expect(await ids(path, { status: 'ERROR' })).toEqual([failed]);
    expect(await ids(path, { status: 'INACTIVE' })).toEqual([paused]);
    expect(await ids(path, { sourceGroupId: scim.pushMappings[2]?.sourceGroupId ?? '' })).toEqual([active]);
    expect(await ids(path, { lastUpdated: '2026-11-20T08:00:00Z' })).toEqual([failed, paused]);
    expect(await ids(path, { lastUpdated: '2026-11-20T08:00:01Z' })).toEqual([]);
    const one = (await send(sandbox, `${path}/${paused}`)).json;
    expect(one.status).toBe('INACTIVE');
    expect(one).not.toHaveProperty('lastPush');
    expect(one).not.toHaveProperty('errorSummary');
  });

  it('profile mappings by source and target, and their properties one by one', async () => {
    const [to, from] = okta.profileMappings;
    expect(await ids('/api/v1/mappings', { targetId: scim.id })).toEqual([to?.id]);
    expect(await ids('/api/v1/mappings', { sourceId: scim.id })).toEqual([from?.id]);
    expect((await send(sandbox, '/api/v1/mappings')).json[0]).not.toHaveProperty('properties');
    expect((await send(sandbox, `/api/v1/mappings/${to?.id}`)).json.properties).toEqual(to?.properties);
  });

  it('log events by type, target, actor and outcome', async () => {
    const found = (filter: string) =>
      ids('/api/v1/logs', { since: '2026-11-19T00:00:00Z', until: NOW, filter });
    expect(await found('eventType eq "group.user_membership.add"')).toEqual(['added']);
    expect(await found('eventType sw "application.provision"')).toEqual(['pushed', 'failed']);
    expect(
      await found(`target.id eq "${scim.id}" and eventType sw "application.provision.group_push"`),
    ).toEqual(['pushed']);
    expect(await found('target.displayName eq "OPTI-CMS-Brand"')).toEqual(['pushed']);
    expect(await found('target.alternateId eq "ada@northwindtrails.com"')).toEqual(['added']);
    expect(await found('actor.id eq "sys1" or outcome.result eq "FAILURE"')).toEqual(['failed']);
    expect(await found('outcome.result ne "SUCCESS"')).toEqual(['failed']);
    expect(
      await found('not (outcome.result eq "FAILURE") and (eventType sw "app" or eventType sw "group.")'),
    ).toEqual(['added', 'pushed']);
    expect(
      await ids('/api/v1/logs', { since: '2026-11-19T00:00:00Z', until: NOW, q: 'bad gateway' }),
    ).toEqual(['failed']);
  });

  it('log events of the window alone, and of any of several groups', async () => {
    const filter = `(eventType eq "group.user_membership.add" or eventType eq "group.user_membership.remove") and (target.id eq "00g1" or target.id eq "00g2")`;
    const target = (id: string) => [
      { id: '00u1', type: 'User', alternateId: 'ada@northwindtrails.com', displayName: 'Ada Berg' },
      { id, type: 'UserGroup', alternateId: 'unknown', displayName: 'OPTI-CMS-Brand' },
    ];
    const before = okta.logEvents;
    okta.logEvents = [
      logEvent('early', '2026-11-19T23:59:59.999Z', { target: target('00g1') }),
      logEvent('one', '2026-11-20T00:00:00.000Z', { target: target('00g1') }),
      logEvent('other', '2026-11-20T01:00:00.000Z', { target: target('00g3') }),
      logEvent('two', '2026-11-20T02:00:00.000Z', {
        eventType: 'group.user_membership.remove',
        target: target('00g2'),
      }),
      logEvent('renamed', '2026-11-20T03:00:00.000Z', {
        eventType: 'group.profile.update',
        target: target('00g2'),
      }),
      logEvent('late', '2026-11-21T00:00:00.000Z', { target: target('00g1') }),
    ];
    const window = { since: '2026-11-20T00:00:00.000Z', until: '2026-11-21T00:00:00.000Z' };
    expect(await ids('/api/v1/logs', { ...window, filter, sortOrder: 'ASCENDING' })).toEqual(['one', 'two']);
    okta.logEvents = before;
  });

  it('users by any of several e-mails, deactivated ones too', async () => {
    const gone = okta.users.find((user) => user.status === 'DEPROVISIONED');
    const there = okta.users[9];
    const filter = [gone, there, undefined]
      .map((user) => `profile.email eq ${JSON.stringify(user?.profile.email ?? 'nobody@example.com')}`)
      .join(' or ');
    expect((await ids('/api/v1/users', { filter })).sort()).toEqual([gone?.id, there?.id].sort());
  });

  it('users without their credentials, where the content type says so', async () => {
    const path = `/api/v1/users/${okta.users[0]?.id}`;
    expect((await send(sandbox, path)).json.credentials.provider.type).toBe('OKTA');
    const headers = {
      'content-type': 'application/json; okta-response=omitCredentials,omitCredentialsLinks',
    };
    expect((await send(sandbox, path, { headers })).json).not.toHaveProperty('credentials');
  });
});

describe('a filter expression', () => {
  const dialect = {
    allows: () => true,
    read: (row: object, path: string) => valuesAt(row, path),
    allowsNot: true,
  };
  const holds = (filter: string, row: object) => compileFilter(filter, dialect)(row);

  it('binds and before or, and parentheses before both', () => {
    const row = { a: '1', b: '2', c: '3' };
    expect(holds('a eq "1" or b eq "x" and c eq "x"', row)).toBe(true);
    expect(holds('(a eq "1" or b eq "x") and c eq "x"', row)).toBe(false);
    expect(holds('NOT (a EQ "x") AND b eq "2"', row)).toBe(true);
  });

  it('compares times as moments and not as texts', () => {
    expect(holds('t eq "2026-01-01T00:00:00Z"', { t: '2026-01-01T00:00:00.000Z' })).toBe(true);
    expect(holds('t gt "2026-01-01T00:00:00Z"', { t: '2026-01-01T00:00:00.000Z' })).toBe(false);
    expect(holds('t lt "2026-01-01T00:00:00.001Z"', { t: '2026-01-01T00:00:00Z' })).toBe(true);
  });

  it('knows presence, numbers, truth and the parts of a text', () => {
    const row = { text: 'Ada Berg', none: null, count: 3, on: true };
    expect(holds('text pr and count ge 3 and on eq true and none eq null', row)).toBe(true);
    expect(holds('none pr', row)).toBe(false);
    expect(holds('text co "a B" and text ew "erg" and text sw "Ada"', row)).toBe(true);
    expect(holds('text co "a b"', row)).toBe(false);
  });

  it.each(['a', 'a eq', 'a eq b', 'a is "b"', 'a eq "b" c', '(a eq "b"', 'a eq "b")', 'a eq "b', ''])(
    'that reads %j is refused',
    (text) => {
      expect(() => compileFilter(text, dialect)).toThrow(FilterRefused);
    },
  );
});
