import { describe, expect, test } from 'vitest';
import type { AppRow } from '../../src/domain/dataset.ts';
import {
  chooseAppBySetting,
  chooseScimApp,
  isAssigned,
  isBuiltInEveryone,
  matchesPattern,
  type PushScopeInput,
  resolvePushScope,
} from '../../src/domain/okta.ts';

function app(okta_app_id: string, patch: Partial<AppRow> = {}): AppRow {
  return {
    okta_app_id,
    name: 'scim2headerauth',
    label: okta_app_id,
    status: 'ACTIVE',
    sign_on_mode: null,
    features: [],
    ...patch,
  };
}

const inactive = { status: 'INACTIVE' };

describe('the SCIM app, when no setting names it', () => {
  test('is the one active app of the name in the catalogue', () => {
    const apps = [app('a', { name: 'saml' }), app('b', inactive), app('c')];
    expect(chooseScimApp(apps, null)).toEqual({ kind: 'chosen', app: apps[2] });
  });

  test('is missing when every app of the name is inactive', () => {
    expect(chooseScimApp([app('a', inactive)], null)).toEqual({ kind: 'missing', wanted: 'scim2headerauth' });
    expect(chooseScimApp([], null)).toEqual({ kind: 'missing', wanted: 'scim2headerauth' });
  });

  test('is ambiguous when several are active; the candidates stand by label, then id', () => {
    const apps = [app('c', { label: 'B' }), app('b', { label: 'A' }), app('a', { label: 'B' })];
    expect(chooseScimApp(apps, null)).toMatchObject({
      kind: 'ambiguous',
      wanted: 'scim2headerauth',
      candidates: [{ okta_app_id: 'b' }, { okta_app_id: 'a' }, { okta_app_id: 'c' }],
    });
  });
});

describe('an app that a setting names', () => {
  test('is found by its id, whatever its catalogue name and status', () => {
    const apps = [app('a', { name: 'saml', status: 'INACTIVE' }), app('b')];
    expect(chooseScimApp(apps, 'a')).toEqual({ kind: 'chosen', app: apps[0] });
  });

  test('is the app of that id before an app of that label', () => {
    const apps = [app('a', { label: 'b' }), app('b', { label: 'a' })];
    expect(chooseAppBySetting(apps, 'a')).toEqual({ kind: 'chosen', app: apps[0] });
  });

  test('is found by its exact label', () => {
    const apps = [app('a', { label: 'Opti ID' }), app('b', { label: 'opti id' })];
    expect(chooseAppBySetting(apps, 'Opti ID')).toEqual({ kind: 'chosen', app: apps[0] });
    expect(chooseAppBySetting(apps, 'OPTI ID')).toEqual({ kind: 'missing', wanted: 'OPTI ID' });
  });

  test('is found by its label even when inactive, if no other has it', () => {
    const apps = [app('a', { label: 'Opti ID', ...inactive })];
    expect(chooseAppBySetting(apps, 'Opti ID')).toEqual({ kind: 'chosen', app: apps[0] });
  });

  test('is the only active one of its label', () => {
    const apps = [app('a', { label: 'Opti ID', ...inactive }), app('b', { label: 'Opti ID' })];
    expect(chooseAppBySetting(apps, 'Opti ID')).toEqual({ kind: 'chosen', app: apps[1] });
  });

  test.each([
    ['active', {}],
    ['inactive', inactive],
  ])('is ambiguous when several of its label are %s', (_status, patch) => {
    const apps = [app('b', { label: 'Opti ID', ...patch }), app('a', { label: 'Opti ID', ...patch })];
    expect(chooseAppBySetting(apps, 'Opti ID')).toMatchObject({
      kind: 'ambiguous',
      candidates: [{ okta_app_id: 'a' }, { okta_app_id: 'b' }],
    });
  });
});

describe('a group fits a pattern', () => {
  test.each([
    ['Opti Editors', 'Opti*'],
    ['Opti', 'Opti*'],
    ['Opti\nEditors', 'Opti*Editors'],
    ['Opti 🚀', 'Opti ?'],
    ['Opti A', 'Opti ?'],
    ['a+b (c) [d] {e} ^f$ g|h \\ i.j', 'a+b (c) [d] {e} ^f$ g|h \\ i.j'],
    ['anything', '*'],
    ['', '*'],
    ['', ''],
    ['a.b', '?.?'],
  ])('%j fits %j', (name, pattern) => {
    expect(matchesPattern(name, pattern)).toBe(true);
  });

  test.each([
    ['opti editors', 'Opti*'],
    ['My Opti', 'Opti*'],
    ['Opti', 'Opti ?'],
    ['Opti AB', 'Opti ?'],
    ['axb', 'a.b'],
    ['aab', 'a+b'],
    ['Optis', 'Opti'],
    ['\u00A0', ' '],
  ])('%j does not fit %j', (name, pattern) => {
    expect(matchesPattern(name, pattern)).toBe(false);
  });
});

describe('the push scope', () => {
  type Group = PushScopeInput['groups'][number];
  const group = (okta_group_id: string, name: string, patch: Partial<Group> = {}): Group => ({
    okta_group_id,
    name,
    type: 'OKTA_GROUP',
    source_app_id: null,
    ...patch,
  });
  const input = (patch: Partial<PushScopeInput>): PushScopeInput => ({
    setting: null,
    scimAppGroups: [],
    ssoAppGroups: [],
    mappings: [],
    groups: [],
    scimAppId: '0oaScim',
    ...patch,
  });
  const mapping = (source_group_id: string, target_group_id: string | null = null) => ({
    source_group_id,
    target_group_id,
  });
  const idsOf = (patch: Partial<PushScopeInput>) =>
    resolvePushScope(input(patch)).rows.map((row) => row.okta_group_id);

  test('is every group with a push mapping, each once and in order', () => {
    expect(
      resolvePushScope(
        input({
          mappings: [mapping('b'), mapping('a'), mapping('b')],
          scimAppGroups: [{ okta_group_id: 'c' }],
          ssoAppGroups: [{ okta_group_id: 'd' }],
        }),
      ),
    ).toEqual({
      rows: [
        { okta_group_id: 'a', reason: 'mapping' },
        { okta_group_id: 'b', reason: 'mapping' },
      ],
      unmatched: [],
    });
  });

  test('is, without a mapping, every group assigned to the SCIM app', () => {
    const scope = resolvePushScope(
      input({ scimAppGroups: [{ okta_group_id: 'c' }], ssoAppGroups: [{ okta_group_id: 'd' }] }),
    );
    expect(scope.rows).toEqual([{ okta_group_id: 'c', reason: 'scim-assignment' }]);
  });

  test('is, without these either, every group assigned to the SSO app', () => {
    const scope = resolvePushScope(input({ ssoAppGroups: [{ okta_group_id: 'd' }] }));
    expect(scope.rows).toEqual([{ okta_group_id: 'd', reason: 'sso-assignment' }]);
  });

  test('is empty when nothing says what is pushed', () => {
    expect(resolvePushScope(input({ groups: [group('a', 'A')] }))).toEqual({ rows: [], unmatched: [] });
  });

  test('is what the setting names by id, exact name or pattern, and nothing else', () => {
    const groups = [
      group('a', 'Sales, EMEA'),
      group('b', 'sales, emea'),
      group('c', 'Opti Editors'),
      group('d', 'Opti Admins'),
      group('e', 'Others'),
      group('f', 'Mapped'),
    ];
    expect(
      resolvePushScope(
        input({
          setting: ['e', 'Sales, EMEA', 'Opti *'],
          groups,
          mappings: [mapping('f')],
          scimAppGroups: [{ okta_group_id: 'b' }],
        }),
      ),
    ).toEqual({
      rows: ['a', 'c', 'd', 'e'].map((okta_group_id) => ({ okta_group_id, reason: 'setting' })),
      unmatched: [],
    });
  });

  test('takes an entry for an id before it takes it for a name', () => {
    expect(idsOf({ setting: ['a'], groups: [group('a', 'A'), group('b', 'a')] })).toEqual(['a']);
  });

  test('names the entries that fit no group', () => {
    const scope = resolvePushScope(input({ setting: ['opti*', 'a', 'x'], groups: [group('a', 'Opti')] }));
    expect(scope.unmatched).toEqual(['opti*', 'x']);
    expect(scope.rows).toHaveLength(1);
  });

  test('takes groups whose names hold the signs of a pattern by their exact names', () => {
    const groups = [group('a', 'What?'), group('b', '*')];
    expect(idsOf({ setting: ['What?'], groups })).toEqual(['a']);
  });

  test('is chosen by no name that a push of the SCIM app made: targets, and its own app groups', () => {
    const groups = [
      group('a', 'Sales'),
      group('t', 'Sales', { type: 'APP_GROUP' }),
      group('u', 'Sales', { type: 'APP_GROUP', source_app_id: '0oaScim' }),
      group('v', 'Sales', { type: 'APP_GROUP', source_app_id: '0oaOther' }),
      group('w', 'Sales', { source_app_id: '0oaScim' }),
    ];
    const mappings = [mapping('a', 't')];
    expect(idsOf({ setting: ['Sales'], groups, mappings })).toEqual(['a', 'v', 'w']);
    expect(idsOf({ setting: ['S*'], groups, mappings })).toEqual(['a', 'v', 'w']);
    expect(idsOf({ setting: ['t'], groups, mappings })).toEqual(['t']);
  });

  test('without a SCIM app, an app group that comes from no app can be named', () => {
    const groups = [group('a', 'Sales', { type: 'APP_GROUP' })];
    expect(idsOf({ setting: ['Sales'], groups, scimAppId: null })).toEqual(['a']);
  });
});

test.each(['DEPROVISIONED', 'UNASSIGNED', 'REVOKED', 'INACTIVE'])('%s is no assignment', (status) => {
  expect(isAssigned(status)).toBe(false);
});

test.each(['ACTIVE', 'STAGED', 'PROVISIONED', 'PENDING', 'LOCKED_OUT', 'IMPLICIT', 'something new'])(
  '%s is an assignment',
  (status) => {
    expect(isAssigned(status)).toBe(true);
  },
);

test("only Okta's built-in group of that very name is its Everyone", () => {
  expect(isBuiltInEveryone({ name: 'Everyone', type: 'BUILT_IN' })).toBe(true);
  expect(isBuiltInEveryone({ name: 'Everyone', type: 'OKTA_GROUP' })).toBe(false);
  expect(isBuiltInEveryone({ name: 'Okta Administrators', type: 'BUILT_IN' })).toBe(false);
});
