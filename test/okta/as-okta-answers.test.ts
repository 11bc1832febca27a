import { describe, expect, it, onTestFinished } from 'vitest';
import { AuditError } from '../../src/domain/errors.ts';
import { readConfirmation } from '../../src/okta/confirm.ts';
import type { Forecast } from '../../src/okta/forecast.ts';
import type { SandboxOkta } from '../../src/sandbox/model.ts';
import type { FaultHook } from '../../src/sandbox/okta-fault.ts';
import {
  type OktaSandbox,
  type OktaSandboxOptions,
  startOktaSandbox,
} from '../../src/sandbox/okta-server.ts';
import { examineFrom } from './support/examined.ts';
import { BEGAN, faultOrg, LONG_GROUP_ID, SCIM_APP_ID, SCIM_APP_LABEL, SMALL } from './support/faults.ts';
import { collectFromSandbox, NO_RATE_LIMITS } from './support/sandbox-org.ts';

const NO_LOOKUPS = { began: BEGAN, storeUsers: Promise.resolve([]) };

/** An org whose pages have three rows. */
async function start(
  options: OktaSandboxOptions = {},
  change: (okta: SandboxOkta) => void = () => {},
): Promise<OktaSandbox> {
  const org = faultOrg(SMALL);
  change(org);
  const okta = await startOktaSandbox(org, {
    rateLimits: NO_RATE_LIMITS,
    pageSizeCap: 3,
    now: () => BEGAN,
    ...options,
  });
  onTestFinished(() => okta.close());
  return okta;
}

const asked = (okta: OktaSandbox, path: string): string[] =>
  okta.requests.filter((request) => request.path === path).map(({ query }) => query);

/** Answers a failure where the path fits. */
const failing =
  (status: number, isStruck: (asked: Parameters<FaultHook>[0]) => boolean): FaultHook =>
  (request) =>
    isStruck(request) ? { kind: 'status', status } : undefined;

describe('capitals', () => {
  const MONA = 'Mona.Berg@Acme.test';
  const mona = { opti_user_id: 'opti-mona', external_id: null, email: MONA.toLowerCase() };
  const rename = (okta: SandboxOkta): void => {
    const user = okta.users.find(({ id }) => id === '00uGoneByEmail');
    if (user) user.profile = { ...user.profile, email: MONA, login: MONA };
  };
  const input = () => ({ began: BEGAN, storeUsers: Promise.resolve([mona]) });

  it('do not hide a person from a look-up', async () => {
    const { sink } = await collectFromSandbox(await start({}, rename), input());
    expect(sink.rows('okta.userLookups')).toEqual([
      { opti_user_id: 'opti-mona', asked_by: 'e-mail', okta_user_id: '00uGoneByEmail' },
    ]);
    expect(sink.rows('okta.users').map(({ okta_user_id: id }) => id)).toContain('00uGoneByEmail');
  });

  it('a person whom the search does not know yet is found by the filter', async () => {
    const okta = await start({ searchLagMs: 86_400_000 }, (org) => {
      const user = org.users.find(({ id }) => id === '00uGoneByEmail');
      if (user) user.lastUpdated = BEGAN.toISOString();
    });
    const email = 'Gone.By.Email@acme.test ';
    const storeUsers = Promise.resolve([{ ...mona, email }]);
    const { sink } = await collectFromSandbox(okta, { began: BEGAN, storeUsers });
    expect(sink.rows('okta.userLookups')[0]?.okta_user_id).toBe('00uGoneByEmail');
  });

  it('two people with one e-mail are both found', async () => {
    const okta = await start({}, (org) => {
      const [first] = org.users;
      if (!first) throw new Error('The org is empty');
      const email = 'gone.by.email@ACME.test';
      org.users.push({ ...first, id: '00uTwin', profile: { ...first.profile, email, login: email } });
    });
    const storeUsers = Promise.resolve([{ ...mona, email: 'gone.by.email@acme.test' }]);
    const { sink } = await collectFromSandbox(okta, { began: BEGAN, storeUsers });
    const ids = sink.rows('okta.users').map(({ okta_user_id: id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['00uTwin', '00uGoneByEmail']));
  });

  it('do not hide a person from confirm', async () => {
    const okta = await start({}, rename);
    const { asked: who, log } = await readConfirmation({
      okta: { orgUrl: okta.url, credentials: { mode: 'SSWS', token: okta.token }, budgetPercent: 100 },
      scimApp: null,
      kind: 'user-added',
      who: MONA.toLowerCase(),
      group: null,
      days: 7,
      now: () => BEGAN,
    });
    expect(who.userIds).toEqual(['00uGoneByEmail']);
    expect(who.emails).toEqual([MONA, MONA.toLowerCase()]);
    expect(log.notes).toEqual([]);
  });
});

describe('a next link that has lost expand', () => {
  it('gets it back, for people and for counts', async () => {
    const right = await start();
    const expected = await collectFromSandbox(right, NO_LOOKUPS);
    const okta = await start({ losesExpand: true });
    const { rows, result } = await collectFromSandbox(okta, NO_LOOKUPS);
    expect(rows).toEqual(expected.rows);
    expect(result.warnings).toEqual([]);
    expect(okta.requests.length).toBe(right.requests.length);
    expect(
      asked(okta, `/api/v1/apps/${SCIM_APP_ID}/users`).every((query) => query.includes('expand=user')),
    ).toBe(true);
  });

  /** Shows nobody with the app's users from page 2 on, whatever is asked for. */
  const withoutPeople: FaultHook = ({ path, query }) =>
    path === `/api/v1/apps/${SCIM_APP_ID}/users` && query.has('after')
      ? {
          kind: 'rewrite',
          rewrite: (body) => (body as Record<string, unknown>[]).map(({ _embedded, ...row }) => row),
        }
      : undefined;

  it('and does not get it back: people are asked for many at a time, and the forecast counts them', async () => {
    const okta = await start();
    const expected = await collectFromSandbox(okta, NO_LOOKUPS);
    okta.setFault(withoutPeople);
    const forecasts: Forecast[] = [];
    const { rows } = await collectFromSandbox(okta, {
      ...NO_LOOKUPS,
      onForecast: (one) => forecasts.push(one),
    });
    expect(rows).toEqual(expected.rows);
    const batches = asked(okta, '/api/v1/users').filter((query) => query.includes('id eq'));
    expect(batches.length).toBeLessThanOrEqual(2);
    expect(batches[0]).toContain(
      'filter=id eq "00uAssigned4" or id eq "00uAssigned5" or id eq "00uAssigned6"',
    );
    expect(okta.requests.filter(({ path }) => /^\/api\/v1\/users\/00u\w+$/u.test(path))).toEqual([]);
    const callsOf = ({ datasets }: Forecast): number =>
      datasets.find(({ dataset }) => dataset === 'okta.appUsers')?.calls ?? 0;
    const [first, second] = forecasts;
    if (!first || !second) throw new Error('The forecast was not made again');
    expect(forecasts).toHaveLength(2);
    expect(callsOf(second)).toBeGreaterThan(callsOf(first));
    const bucket = second.buckets.find((one) => one.bucket === '/api/v1/users');
    expect(bucket?.calls).toBeGreaterThan(
      first.buckets.find((one) => one.bucket === '/api/v1/users')?.calls ?? 0,
    );
  });

  /** Counts no members in a listing of groups; in one by id where `never`. */
  const withoutCounts =
    (never: boolean): FaultHook =>
    ({ path, query }) =>
      path === '/api/v1/groups' && (never || !query.has('filter'))
        ? {
            kind: 'rewrite',
            rewrite: (body) => (body as Record<string, unknown>[]).map(({ _embedded, ...row }) => row),
          }
        : undefined;
  /** The end of a group's members, though there are more. */
  const cut: FaultHook = ({ path }) =>
    path === `/api/v1/groups/${LONG_GROUP_ID}/users`
      ? { kind: 'headers', headers: { link: '<https://acme.okta.com/>; rel="self"' } }
      : undefined;

  it('counts that are missing are asked for again, so that the members are held against them', async () => {
    const okta = await start();
    okta.setFault((request) => withoutCounts(false)(request) ?? cut(request));
    const { sink, result } = await collectFromSandbox(okta, NO_LOOKUPS);
    expect(sink.states.get('okta.groupMembers')).toMatchObject({
      completeness: 'partial',
      reason: expect.stringContaining('lists 3 members and counts 7'),
    });
    expect(result.warnings).toEqual([]);
  });

  it('counts that stay missing are said', async () => {
    const okta = await start();
    okta.setFault(withoutCounts(true));
    const { sink, result } = await collectFromSandbox(okta, NO_LOOKUPS);
    expect(sink.states.get('okta.groupMembers')?.completeness).toBe('complete');
    expect(result.warnings).toEqual([
      'Okta does not count the members of 3 of 3 groups: that all of them are listed is not checked there.',
    ]);
  });

  it.each([500, 504])('a listing that fails with expand is asked without it (HTTP %i)', async (status) => {
    const okta = await start();
    const expected = await collectFromSandbox(okta, NO_LOOKUPS);
    okta.setFault(failing(status, ({ query }) => query.has('expand')));
    const { rows, result } = await collectFromSandbox(okta, NO_LOOKUPS);
    expect(rows).toEqual(expected.rows);
    expect(result.warnings).toHaveLength(1);
    okta.setFault(failing(status, ({ query }) => query.has('expand')));
    expect((await examineFrom(okta)).of('okta.read.groups').outcome).toBe('ok');
  });
});

describe('a listing of apps that does not end well', () => {
  const byId = { settings: { scim_app: SCIM_APP_ID, sso_app: '0oaOther6' } };
  const isListing = ({ path }: { path: string }): boolean => path === '/api/v1/apps';

  it('HTTP 500 for ever: the apps that are named by id are read, and the rest goes on', async () => {
    const okta = await start();
    const expected = await collectFromSandbox(okta, { ...NO_LOOKUPS, ...byId });
    okta.setFault(failing(500, isListing));
    const { rows, sink } = await collectFromSandbox(okta, { ...NO_LOOKUPS, ...byId });
    expect(sink.states.get('okta.apps')).toEqual({
      completeness: 'partial',
      reason: expect.stringContaining('GET /api/v1/apps answered HTTP 500'),
    });
    expect(sink.rows('okta.apps').map(({ okta_app_id: id }) => id)).toEqual([SCIM_APP_ID, '0oaOther6']);
    const others = ({ 'okta.apps': _apps, ...more }: typeof rows): unknown => more;
    expect(others(rows)).toEqual(others(expected.rows));
    for (const [name, state] of sink.states) {
      if (name === 'okta.apps') continue;
      const isOfOthers = name === 'okta.otherAppUsers' || name === 'okta.otherPushMappings';
      if (isOfOthers) expect(state.reason).toMatch(/^which other apps there are is not known/u);
      else expect(state).toEqual(expected.sink.states.get(name));
    }
  });

  it('HTTP 500 for ever ends the run where no app is named by id', async () => {
    const okta = await start();
    okta.setFault(failing(500, isListing));
    const settings = { scim_app: SCIM_APP_LABEL };
    await expect(collectFromSandbox(okta, { ...NO_LOOKUPS, settings })).rejects.toThrow(AuditError);
  });

  it('one corrupt app hides neither those before it nor those named by id', async () => {
    const okta = await start();
    okta.setFault((request) =>
      isListing(request)
        ? {
            kind: 'rewrite',
            rewrite: (body) => (body as object[]).map((row, at) => (at === 0 ? { ...row, id: null } : row)),
          }
        : undefined,
    );
    const { sink } = await collectFromSandbox(okta, { ...NO_LOOKUPS, ...byId });
    expect(sink.states.get('okta.apps')).toMatchObject({
      completeness: 'partial',
      reason: expect.stringContaining('gave a row that cannot be used: id'),
    });
    expect(sink.states.get('okta.appUsers')?.completeness).toBe('complete');
    expect(sink.states.get('okta.ssoApp')?.completeness).toBe('complete');
  });

  it('doctor and confirm find the app by its id too', async () => {
    const okta = await start();
    okta.setFault(failing(500, isListing));
    const examined = await examineFrom(okta, { audit: { scimApp: SCIM_APP_ID } });
    expect(examined.of('okta.credentials').outcome).toBe('ok');
    expect(examined.of('okta.scim-app').outcome).toBe('ok');
    expect(examined.of('okta.read.apps').outcome).toBe('failed');
  });

  it.each(['listed', 'when-asked', 'hidden'] as const)(
    'a chosen app that is inactive is found as such where inactive apps are %s',
    async (inactiveApps) => {
      const okta = await start({ inactiveApps }, (org) => {
        for (const app of org.apps) if ([SCIM_APP_ID, '0oaOther6'].includes(app.id)) app.status = 'INACTIVE';
      });
      const { sink } = await collectFromSandbox(okta, { ...NO_LOOKUPS, ...byId });
      expect(sink.states.get('okta.apps')?.completeness).toBe('complete');
      const statuses = new Map(sink.rows('okta.apps').map((app) => [app.okta_app_id, app.status]));
      expect([statuses.get(SCIM_APP_ID), statuses.get('0oaOther6'), statuses.size]).toEqual([
        'INACTIVE',
        'INACTIVE',
        7,
      ]);
      expect(sink.states.get('okta.appUsers')?.completeness).toBe('complete');
    },
  );

  it('an id that Okta does not know is no gap', async () => {
    const okta = await start();
    const { sink } = await collectFromSandbox(okta, { ...NO_LOOKUPS, settings: { scim_app: '0oaNone' } });
    expect(sink.states.get('okta.apps')?.completeness).toBe('complete');
    expect(sink.states.get('okta.scimApp')).toMatchObject({ completeness: 'not_applicable' });
  });

  it('an app that is named by id and may not be read is a gap', async () => {
    const okta = await start({ inactiveApps: 'hidden' }, (org) => {
      for (const app of org.apps) if (app.id === SCIM_APP_ID) app.status = 'INACTIVE';
    });
    okta.setFault(failing(403, ({ path }) => path === `/api/v1/apps/${SCIM_APP_ID}`));
    const { sink } = await collectFromSandbox(okta, { ...NO_LOOKUPS, ...byId });
    expect(sink.states.get('okta.apps')).toMatchObject({ completeness: 'partial' });
    expect(sink.states.get('okta.scimApp')).toMatchObject({ completeness: 'unread' });
  });
});

describe('one object that does not exist', () => {
  it('is no gap: the source group of a mapping', async () => {
    const okta = await start({}, (org) => {
      org.groups = org.groups.filter(({ id }) => id !== '00gSource2');
    });
    const { sink, result } = await collectFromSandbox(okta, NO_LOOKUPS);
    for (const name of ['okta.groups', 'okta.pushScope', 'okta.groupMembers', 'okta.logEvents'] as const) {
      expect(sink.states.get(name)?.completeness, name).toBe('complete');
    }
    expect(result.warnings).toEqual([
      'The group 00gSource2, which is pushed or assigned, does not exist in Okta.',
    ]);
  });

  it('is no gap: the person of an app user', async () => {
    const okta = await start({}, (org) => {
      org.users = org.users.filter(({ id }) => id !== '00uAssigned7');
    });
    const { sink, result } = await collectFromSandbox(okta, NO_LOOKUPS);
    expect(sink.states.get('okta.appUsers')?.completeness).toBe('complete');
    expect(sink.states.get('okta.users')?.completeness).toBe('complete');
    expect(sink.rows('okta.appUsers')).toHaveLength(7);
    expect(result.warnings).toEqual([
      'Okta does not know 1 of the users whom an app lists, such as 00uAssigned7.',
    ]);
  });

  it('does not make doctor doubt the endpoint', async () => {
    const okta = await start({}, (org) => {
      org.groups = org.groups.filter(({ id }) => id !== LONG_GROUP_ID);
    });
    const examined = await examineFrom(okta);
    for (const id of ['okta.read.group', 'okta.read.group-members']) {
      expect(examined.of(id)).toMatchObject({
        outcome: 'unknown',
        found: expect.stringContaining('the one that was asked for does not exist'),
      });
    }
  });
});
