import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DatasetName } from '../../src/domain/dataset.ts';
import { whatIsHidden } from '../../src/okta/app-choice.ts';
import { createSample } from '../../src/okta/sample.ts';
import { generateWorld } from '../../src/sandbox/generate-world.ts';
import type { SandboxWorld } from '../../src/sandbox/model.ts';
import { type OktaSandboxOptions, startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { collectFromSandbox } from './support/sandbox-org.ts';
import { oktaError, ScriptedOkta } from './support/scripted-okta.ts';
import {
  app,
  appUser,
  collectFrom,
  group,
  list,
  SCIM,
  SSO,
  scriptSmallOrg,
  user,
} from './support/small-org.ts';

const USERS = `/api/v1/apps/${SCIM}/users`;
const EVERYONE = group('00gAll', 'Everyone', { type: 'BUILT_IN' });

let okta: ScriptedOkta;

beforeEach(async () => {
  okta = scriptSmallOrg(await ScriptedOkta.start());
});

afterEach(async () => {
  await okta.stop();
});

const asked = () => okta.seen.map(({ path }) => path).filter((path) => path.startsWith(`${USERS}/`));

describe('whom the listing of the SCIM app leaves out', () => {
  it('is asked for where they are active members of a pushed group, and nobody else', async () => {
    okta.on(
      '/api/v1/groups/00gA/users',
      list(user('00u1'), user('00u4'), user('00u5', { status: 'DEPROVISIONED' })),
    );
    const { state, sink } = await collectFrom(okta);
    expect(asked()).toEqual([`${USERS}/00u4`]);
    expect(sink.rows('okta.assignmentChecks')).toEqual([{ okta_user_id: '00u4', is_assigned: false }]);
    expect(sink.requests.get('okta.assignmentChecks')).toBe(1);
    expect([state('okta.assignmentChecks'), state('okta.appUsers')]).toEqual(['complete', 'complete']);
  });

  it('makes the listing partial where they are assigned after all, and names them', async () => {
    okta.on('/api/v1/groups/00gA/users', list(user('00u1'), user('00u4'), user('00u6')));
    okta.on(`${USERS}/00u4`, { body: appUser('00u4') });
    okta.on(`${USERS}/00u6`, { body: appUser('00u6', { status: 'DEPROVISIONED' }) });
    const { state, sink } = await collectFrom(okta);
    expect(state('okta.appUsers')).toBe(
      'partial: the listing leaves out 1 of 2 people who were asked for one by one and are assigned: 00u4@acme.test',
    );
    expect(sink.rows('okta.assignmentChecks')).toEqual([
      { okta_user_id: '00u4', is_assigned: true },
      { okta_user_id: '00u6', is_assigned: false },
    ]);
  });

  it('is asked for where a store user points to them: by id, by e-mail, or by a look-up', async () => {
    const storeUser = (opti_user_id: string, external_id: string | null, email: string) => ({
      opti_user_id,
      external_id,
      email,
    });
    okta
      .on('/api/v1/groups/00gA/users', list(user('00u1'), user('00u3', { status: 'STAGED' })))
      .on('/api/v1/users/00u7', { body: user('00u7') })
      .on('/api/v1/users/00u8', { body: user('00u8', { status: 'DEPROVISIONED' }) });
    const { state } = await collectFrom(
      okta,
      {},
      {
        storeUsers: Promise.resolve([
          storeUser('opti-00u1', '00u1', '00u1@acme.test'),
          storeUser('s3', '00u3', 'other@acme.test'),
          storeUser('s9', null, '00U9@acme.test'),
          storeUser('s7', '00u7', 'x@acme.test'),
          storeUser('s8', '00u8', 'y@acme.test'),
        ]),
      },
    );
    expect(asked().toSorted()).toEqual(['00u3', '00u7', '00u9'].map((id) => `${USERS}/${id}`));
    expect(state('okta.assignmentChecks')).toBe('complete');
  });

  it('is asked for no more than sixty times, the same ones every time', async () => {
    const many = Array.from({ length: 300 }, (_, n) => user(`00u1${n}`));
    okta.on('/api/v1/groups/00gA/users', list(...many));
    const { sink } = await collectFrom(okta);
    const first = sink.rows('okta.assignmentChecks').map((row) => row.okta_user_id);
    expect(first).toHaveLength(60);
    okta.on('/api/v1/groups/00gA/users', list(...many.toReversed()));
    const again = (await collectFrom(okta)).sink.rows('okta.assignmentChecks');
    expect(again.map((row) => row.okta_user_id).toSorted()).toEqual(first.toSorted());
  });

  it('leaves the checks incomplete where they cannot be asked for', async () => {
    okta.on('/api/v1/groups/00gA/users', list(user('00u4')));
    okta.on(`${USERS}/00u4`, oktaError(403, 'E0000006', 'No permission'));
    const { state } = await collectFrom(okta);
    expect(state('okta.assignmentChecks')).toMatch(
      /^unread: 1 of 1 people .* could not be asked for: .* HTTP 403/,
    );
    expect(state('okta.appUsers')).toBe('complete');
  });

  it('is not asked for without a SCIM app, under an SSO app that stands in, and of a listing known to be partial', async () => {
    okta.on('/api/v1/groups/00gA/users', list(user('00u4')));
    okta.on(USERS, list());
    expect((await collectFrom(okta, { sso_app: SSO })).state('okta.assignmentChecks')).toBe('complete');
    okta.on(USERS, { ...list(appUser('00u1')), links: null });
    expect((await collectFrom(okta)).state('okta.assignmentChecks')).toMatch(
      /^not_applicable: nobody is called unassigned/,
    );
    okta.on('/api/v1/apps', list(app(SSO, 'optimizely', 'Opti ID')));
    expect((await collectFrom(okta)).state('okta.assignmentChecks')).toMatch(/^not_applicable: no SCIM app/);
    expect(asked()).toEqual([]);
  });
});

describe("a listing of the app's users that ends early", () => {
  const counted = (usersCount: number) =>
    list(
      group('00gA', 'Editors'),
      group('00gC', 'All staff', { _embedded: { stats: { usersCount } } }),
      EVERYONE,
    );

  beforeEach(() => {
    okta.on(`/api/v1/apps/${SCIM}/groups`, list({ id: '00gC', lastUpdated: null }));
    okta.on('/api/v1/groups/00gC/users', list(user('00u1'), user('00u2'), user('00u4')));
  });

  it('is held against the largest group of the app, and proved by its people', async () => {
    okta.on('/api/v1/groups', counted(3)).on(`${USERS}/00u4`, { body: appUser('00u4') });
    const { state } = await collectFrom(okta);
    expect(state('okta.appUsers')).toMatch(/^partial: the listing leaves out 1 of 1 people/);
  });

  it('is found also where it is empty and the SSO app would stand in', async () => {
    okta
      .on('/api/v1/groups', counted(3))
      .on(USERS, list())
      .on(`${USERS}/00u4`, { body: appUser('00u4') });
    const { state } = await collectFrom(okta, { sso_app: SSO });
    expect(state('okta.appUsers')).toMatch(/^partial: the listing leaves out 1 of 3 people/);
  });

  it('is not suspected while it has as many people as that group', async () => {
    okta.on('/api/v1/groups', counted(2));
    const { state } = await collectFrom(okta);
    expect(state('okta.appUsers')).toBe('complete');
    expect(okta.hits('/api/v1/groups/00gC/users')).toBe(0);
  });
});

describe('a role that sees a part', () => {
  const PART = /^partial: the list of groups leaves out Okta's own group Everyone.* sees a part of the org$/;

  it('is known by the missing group Everyone: nothing is inferred from absence', async () => {
    okta.on('/api/v1/groups', list(group('00gA', 'Editors'), group('00gB', 'Viewers')));
    const { state, error } = await collectFrom(okta, { sso_app: SSO });
    expect(error).toBeNull();
    for (const name of [
      'okta.groups',
      'okta.users',
      'okta.appUsers',
      'okta.ssoAppUsers',
      'okta.groupMembers',
    ] as const) {
      expect(state(name)).toMatch(PART);
    }
    expect(state('okta.groupPushMappings')).toBe('complete');
    expect(state('okta.assignmentChecks')).toMatch(/^not_applicable: nobody is called unassigned/);
  });

  it('is known by a SCIM app that the list of apps leaves out and Okta shows by its id', () => {
    const scimApp = {
      okta_app_id: SCIM,
      name: 'x',
      label: 'x',
      status: 'ACTIVE',
      sign_on_mode: null,
      features: [],
    };
    const everyone = [{ name: 'Everyone', type: 'BUILT_IN' }];
    const complete = { completeness: 'complete', reason: '' } as const;
    const chosen = { kind: 'chosen', app: scimApp, why: '' } as const;
    expect(whatIsHidden(chosen, { state: complete, rows: [] }, everyone)).toMatch(/leaves out the SCIM app/);
    expect(whatIsHidden(chosen, { state: complete, rows: [scimApp] }, everyone)).toBeNull();
    const inactive = { ...chosen, app: { ...scimApp, status: 'INACTIVE' } };
    expect(whatIsHidden(inactive, { state: complete, rows: [] }, everyone)).toBeNull();
    const partial = { completeness: 'partial', reason: 'x' } as const;
    expect(whatIsHidden(chosen, { state: partial, rows: [] }, everyone)).toBeNull();
  });
});

it('a listing of groups that leaves out one that Okta shows by id is not complete', async () => {
  okta.on('/api/v1/groups', list(EVERYONE)).on('/api/v1/groups/00gA', { body: group('00gA', 'Editors') });
  const { state, sink } = await collectFrom(okta);
  expect(state('okta.groups')).toBe(
    'partial: the listing of groups leaves out 1 that Okta shows by id: Editors',
  );
  expect(sink.rows('okta.groups')).toHaveLength(3);
});

describe('in the stand-in', () => {
  const began = new Date('2026-11-24T03:15:00.000Z');

  async function collect(options: (world: SandboxWorld) => Partial<OktaSandboxOptions>) {
    const world = generateWorld({
      seed: 7,
      users: 60,
      groups: 6,
      membershipsPerUser: 3,
      now: began.toISOString(),
    });
    const sandbox = await startOktaSandbox(world.okta, { now: () => began, ...options(world) });
    try {
      const { sink } = await collectFromSandbox(sandbox, { began, storeUsers: null });
      return { world, sink, reasonOf: (name: DatasetName) => sink.states.get(name)?.reason };
    } finally {
      await sandbox.close();
    }
  }

  it('a whole org is complete', async () => {
    const { sink } = await collect(() => ({}));
    expect(sink.states.get('okta.appUsers')?.completeness).toBe('complete');
    expect(sink.states.get('okta.assignmentChecks')?.completeness).toBe('complete');
  });

  it('a role that lists 40 of 60 people and no group Everyone makes unknown what they are missing from', async () => {
    const { sink, reasonOf } = await collect(({ okta: { users, groups } }) => {
      const hidden = new Set<string>(users.slice(40).map(({ id }) => id));
      for (const { id, type } of groups) if (type === 'BUILT_IN') hidden.add(id);
      return { sees: (_what, id) => !hidden.has(id) };
    });
    expect(sink.rows('okta.appUsers').length).toBeLessThan(60);
    for (const name of ['okta.groups', 'okta.users', 'okta.appUsers'] as const) {
      expect(reasonOf(name)).toContain('sees a part of the org');
    }
    expect(sink.states.get('okta.groupMembers')?.completeness).toBe('partial');
  });

  it('a custom role proves what its resource set holds, and where that is not known, nothing by absence', async () => {
    const custom = (resources?: string[]) => () => ({
      adminRoles: [{ type: 'CUSTOM', label: 'Auditors', ...(resources && { resources }) }],
    });
    const names = ['okta.groups', 'okta.users', 'okta.appUsers', 'okta.groupMembers'] as const;
    const whole = ['idp:00oA:apps', 'directory:00oA:groups', 'directory:00oA:users'];
    const { sink } = await collect(custom(whole.map((of) => `orn:okta:${of}`)));
    for (const name of names) expect(sink.states.get(name)?.completeness).toBe('complete');
    for (const [resources, why] of [
      [['orn:okta:directory:00oA:users'], 'sees a part of the org: Auditors'],
      [undefined, 'is not known: Auditors'],
    ] as const) {
      const hidden = await collect(custom(resources && [...resources]));
      for (const name of names) expect(hidden.sink.states.get(name)?.completeness, name).toBe('partial');
      expect(hidden.reasonOf('okta.appUsers')).toContain(why);
    }
  });

  it("a listing of the app's users that ends early is found by asking for members", async () => {
    const { sink, reasonOf } = await collect(() => ({
      fault: ({ path }) => (/apps\/[^/]+\/users$/.test(path) ? { kind: 'early-end', rows: 40 } : undefined),
    }));
    expect(sink.rows('okta.appUsers')).toHaveLength(40);
    expect(reasonOf('okta.appUsers')).toMatch(/^the listing leaves out \d+ of \d+ people/);
    expect(sink.states.get('okta.appUsers')?.completeness).toBe('partial');
  });
});

describe('other apps that may manage the organization', () => {
  const OLD = '0oaOld';
  const old = (more = {}) => ({ ...app(OLD, 'scim2headerauth', 'Old SCIM'), features: [], ...more });
  const apps = (...others: unknown[]) => list({ ...app(SCIM, 'scim2headerauth', 'Opti ID SCIM') }, ...others);
  const mapping = { id: 'gPm7', sourceGroupId: '00gB', targetGroupId: '00gOldT', status: 'ACTIVE' };

  beforeEach(() => {
    okta
      .on('/api/v1/apps', apps(old()))
      .on(`/api/v1/apps/${OLD}/users`, list(appUser('00u8', { externalId: 's8' })))
      .on(`/api/v1/apps/${OLD}/group-push/mappings`, list(mapping))
      .on('/api/v1/groups/00gOldT', {
        body: group('00gOldT', 'Old', { type: 'APP_GROUP', profile: { name: 'Old', externalId: 'g8' } }),
      });
  });
  const collect = (more: Parameters<typeof collectFrom>[2] = {}) =>
    collectFrom(okta, { scim_app: SCIM }, more);

  it('are read: their people, their mappings, and the groups of these', async () => {
    const { sink, state, result } = await collect();
    expect(sink.rows('okta.otherAppUsers')).toEqual([
      { okta_app_id: OLD, okta_user_id: '00u8', external_id: 's8', status: 'PROVISIONED' },
    ]);
    expect(sink.rows('okta.otherPushMappings')).toEqual([
      {
        okta_app_id: OLD,
        okta_mapping_id: 'gPm7',
        source_group_id: '00gB',
        target_group_id: '00gOldT',
        status: 'ACTIVE',
        created: null,
        last_push: null,
      },
    ]);
    expect(sink.rows('okta.groups').find((row) => row.okta_group_id === '00gOldT')?.external_id).toBe('g8');
    expect(state('okta.otherAppUsers')).toBe('complete');
    expect(result?.warnings).toEqual([
      'Okta does not count the members of 1 of 1 groups: that all of them are listed is not checked there.',
    ]);
  });

  it('are none where no other active app provisions by SCIM, nor without a SCIM app', async () => {
    okta.on(
      '/api/v1/apps',
      apps(
        old({ status: 'INACTIVE' }),
        { ...app('0oaX', 'plain', 'Plain'), features: [] },
        { ...app('0oaY', 'swa', 'Swa'), signOnMode: 'AUTO_LOGIN' },
      ),
    );
    const { state } = await collect();
    expect(state('okta.otherAppUsers')).toBe('not_applicable: no other active app provisions by SCIM');
    expect(state('okta.otherPushMappings')).toMatch(/^not_applicable/);
    okta.on('/api/v1/apps', apps(old()));
    expect((await collectFrom(okta)).state('okta.otherAppUsers')).toMatch(/^not_applicable: no SCIM app: 2/);
  });

  it('are read beyond the first page only where that names a store user, or the catalogue entry is the same', async () => {
    const more = (id: string, externalId: string) => ({
      ...list(appUser('00u8', { externalId }), appUser('00u1', { externalId: null })),
      next: `/api/v1/apps/${id}/users?after=2`,
    });
    for (const [id, externalId] of [
      [OLD, 'anything'],
      ['0oaOurs', 's1'],
      ['0oaSlack', 'slack-1'],
    ] as const) {
      okta.on(`/api/v1/apps/${id}/users`, ({ query }) =>
        query.has('after') ? list(appUser('00u9')) : more(id, externalId),
      );
    }
    okta.on(
      '/api/v1/apps',
      apps(old(), app('0oaOurs', 'ours_scim', 'Ours'), app('0oaSlack', 'slack', 'Slack')),
    );
    const storeUsers = Promise.resolve([
      { opti_user_id: 's1', external_id: null, email: 'nobody@acme.test' },
    ]);
    const { state } = await collect({ storeUsers });
    expect(state('okta.otherAppUsers')).toBe('complete');
    const hits = [OLD, '0oaOurs', '0oaSlack'].map((id) => okta.hits(`/api/v1/apps/${id}/users`));
    expect(hits).toEqual([2, 2, 1]);
    // An app that pushes no groups has no mappings to list.
    expect(state('okta.otherPushMappings')).toBe('complete');
  });

  it('are partial where one of them cannot be read, with its name', async () => {
    okta
      .on('/api/v1/apps', apps(old(), app('0oaX', 'x_scim', 'X')))
      .on('/api/v1/apps/0oaX/users', oktaError(403, 'E0000006', 'No permission'))
      .on('/api/v1/apps/0oaX/group-push/mappings', oktaError(403, 'E0000006', 'No permission'));
    const { state, sink } = await collect();
    expect(state('okta.otherAppUsers')).toMatch(
      /^partial: 1 of 2 other apps could not be read: X: .*HTTP 403/,
    );
    expect(state('okta.otherPushMappings')).toMatch(/^partial: 1 of 2 other apps could not be read: X: /);
    expect(sink.rows('okta.otherAppUsers')).toHaveLength(1);
  });
});

it('a sample holds the same whatever the order, each once, and no more than is wanted', () => {
  const texts = Array.from({ length: 500 }, (_, n) => `00u${n}`);
  const take = (offered: readonly string[], most: number) => {
    const sample = createSample(most);
    for (const text of offered) sample.offer(text);
    return sample.taken();
  };
  expect(take(texts, 5)).toEqual(take([...texts.toReversed(), ...texts], 5));
  expect(take(texts, 5)).toHaveLength(5);
  expect(take(['a', 'a', 'b'], 5).toSorted()).toEqual(['a', 'b']);
});
