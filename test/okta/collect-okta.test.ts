import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATASET_NAMES, sideOf } from '../../src/domain/dataset.ts';
import { AuditError, SettingsError } from '../../src/domain/errors.ts';
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

const OKTA_DATASETS = DATASET_NAMES.filter((name) => sideOf(name) === 'okta');

let okta: ScriptedOkta;

beforeEach(async () => {
  okta = scriptSmallOrg(await ScriptedOkta.start());
});

afterEach(async () => {
  await okta.stop();
});

describe('an org in which everything can be read', () => {
  it('gives every dataset, complete or not applicable, and says what it asked', async () => {
    const { sink, error, state, result, progress } = await collectFrom(okta, { sso_app: 'Opti ID' });

    expect(error).toBeNull();
    const states = Object.fromEntries(OKTA_DATASETS.map((name) => [name, state(name)]));
    expect(states).toEqual({
      ...Object.fromEntries(OKTA_DATASETS.map((name) => [name, 'complete'])),
      'okta.ssoAppGroups': 'not_applicable: the SCIM app has push mappings',
    });
    const warnings = [
      'Okta does not count the members of 1 of 1 groups: that all of them are listed is not checked there.',
    ];
    expect(result).toMatchObject({ warnings, carried: null, requests: okta.seen.length });
    expect(result?.usage.reduce((sum, { calls }) => sum + calls, 0)).toBe(okta.seen.length);
    const counted = [...sink.requests.values()].reduce((sum, count) => sum + count, 0);
    // Whose the token is was asked too, for no dataset.
    expect(counted).toBe(okta.seen.length - 1);
    expect(progress).toContainEqual({ dataset: 'okta.appUsers', rows: 2, requests: 1 });
  });

  it('sends nothing but GET, with the token, at the largest page sizes', async () => {
    await collectFrom(okta, { sso_app: SSO });

    expect(new Set(okta.seen.map((request) => request.method))).toEqual(new Set(['GET']));
    expect(new Set(okta.seen.map((request) => request.authorization)).size).toBe(1);
    const targets = okta.seen.map((request) => request.target).sort();
    expect(targets).toEqual([
      '/api/v1/apps/0oaScim',
      '/api/v1/apps/0oaScim/connections/default',
      '/api/v1/apps/0oaScim/features',
      '/api/v1/apps/0oaScim/features/INBOUND_PROVISIONING',
      '/api/v1/apps/0oaScim/group-push/mappings?limit=1000',
      '/api/v1/apps/0oaScim/groups?limit=200',
      '/api/v1/apps/0oaScim/users?expand=user&limit=500',
      '/api/v1/apps/0oaSso',
      '/api/v1/apps/0oaSso/group-push/mappings?limit=1000',
      '/api/v1/apps/0oaSso/users?expand=user&limit=500',
      '/api/v1/apps/0oaSso/users?limit=500',
      '/api/v1/apps?includeNonDeleted=true&limit=200',
      '/api/v1/groups/00gA/users?limit=1000',
      '/api/v1/groups/00gT',
      '/api/v1/groups?expand=stats&filter=id eq "00gA"&limit=200',
      '/api/v1/groups?expand=stats&limit=200',
      '/api/v1/logs?since=2026-11-17T03:15:00.000Z&until=2026-11-24T03:15:00.000Z&sortOrder=ASCENDING&filter=(eventType eq "group.user_membership.add" or eventType eq "group.user_membership.remove") and (target.id eq "00gA")&limit=1000',
      '/api/v1/logs?since=2026-11-17T03:15:00.000Z&until=2026-11-24T03:15:00.000Z&sortOrder=ASCENDING&filter=eventType eq "user.lifecycle.suspend"&limit=1000',
      '/api/v1/logs?since=2026-11-17T03:15:00.000Z&until=2026-11-24T03:15:00.000Z&sortOrder=ASCENDING&filter=target.id eq "0oaScim" and (eventType sw "application.provision" or eventType sw "application.integration" or eventType sw "application.user_membership" or eventType sw "app.user_management" or eventType sw "system.import")&limit=1000',
      '/api/v1/mappings/prm1',
      '/api/v1/mappings?targetId=0oaScim&limit=200',
      '/api/v1/users/me',
      '/api/v1/users?filter=status eq "SUSPENDED"&limit=200',
    ]);
  });

  it('maps what Okta shows to rows', async () => {
    const { sink } = await collectFrom(okta, { sso_app: SSO });

    expect(sink.rows('okta.scimApp')).toEqual([
      {
        okta_app_id: SCIM,
        name: 'scim2headerauth',
        label: 'Opti ID SCIM',
        status: 'ACTIVE',
        sign_on_mode: 'SAML_2_0',
        features: ['PUSH_NEW_USERS'],
        username_template: '${source.email}',
        username_template_type: 'BUILT_IN',
        username_push_status: 'PUSH',
      },
    ]);
    expect(sink.rows('okta.appFeatures')).toEqual([
      {
        name: 'USER_PROVISIONING',
        status: 'ENABLED',
        create_users: 'ENABLED',
        update_attributes: 'ENABLED',
        deactivate_users: 'DISABLED',
        sync_password: 'DISABLED',
        import_schedule: null,
      },
      {
        name: 'INBOUND_PROVISIONING',
        status: 'DISABLED',
        create_users: null,
        update_attributes: null,
        deactivate_users: null,
        sync_password: null,
        import_schedule: 'DISABLED',
      },
    ]);
    expect(sink.rows('okta.provisioningConnection')).toEqual([
      { status: 'UNKNOWN', auth_scheme: 'UNKNOWN', base_url: null },
    ]);
    expect(sink.rows('okta.profileMappings')).toEqual([
      {
        okta_mapping_id: 'prm1',
        source_id: 'oty1',
        source_name: 'user',
        target_id: SCIM,
        target_name: 'scim',
        properties: [
          { attribute: 'familyName', expression: null, push_status: 'PUSH' },
          { attribute: 'givenName', expression: 'user.firstName', push_status: 'PUSH' },
        ],
      },
    ]);
    expect(sink.rows('okta.appUsers')[0]).toEqual({
      okta_user_id: '00u1',
      external_id: 'opti-00u1',
      status: 'PROVISIONED',
      sync_state: 'SYNCHRONIZED',
      scope: 'GROUP',
      user_name: '00u1@acme.test',
      created: '2026-01-03T00:00:00.000Z',
      last_updated: '2026-01-04T00:00:00.000Z',
      status_changed: '2026-01-04T00:00:00.000Z',
      last_sync: null,
    });
    expect(sink.rows('okta.groupPushMappings')).toEqual([
      {
        okta_mapping_id: 'gPm1',
        source_group_id: '00gA',
        target_group_id: '00gT',
        status: 'ACTIVE',
        error_summary: null,
        created: '2026-03-25T13:45:47.000Z',
        last_updated: '2026-03-25T13:45:47.000Z',
        last_push: null,
      },
    ]);
    expect(sink.rows('okta.groups').find((row) => row.okta_group_id === '00gT')).toMatchObject({
      type: 'APP_GROUP',
      source_app_id: SCIM,
      external_id: 'opti-editors',
    });
    expect(sink.rows('okta.pushScope')).toEqual([{ okta_group_id: '00gA', reason: 'mapping' }]);
    expect(sink.rows('okta.groupMembers')).toEqual([
      { okta_group_id: '00gA', okta_user_id: '00u1' },
      { okta_group_id: '00gA', okta_user_id: '00u3' },
    ]);
    expect(sink.rows('okta.suspendedUsers').map((row) => row.okta_user_id)).toEqual(['00u9']);
    expect(sink.rows('okta.logEvents')).toEqual([
      {
        event_id: 'e1',
        published: '2026-11-23T10:00:00.000Z',
        event_type: 'system.import.start',
        outcome: 'SUCCESS',
        outcome_reason: null,
        targets: [{ id: SCIM, type: 'AppInstance', alternate_id: 'Opti ID SCIM', display_name: 'SCIM' }],
      },
    ]);
  });

  it('keeps each user once, whichever listings show it', async () => {
    const { sink } = await collectFrom(okta);
    const ids = sink.rows('okta.users').map((row) => row.okta_user_id);
    expect(ids.toSorted()).toEqual(['00u1', '00u2', '00u3', '00u9']);
  });
});

describe('which apps', () => {
  it('goes on without a SCIM app, and lets the SSO app stand in', async () => {
    okta.on('/api/v1/apps', list(app(SSO, 'optimizely', 'Opti ID')));
    const { sink, state } = await collectFrom(okta, { sso_app: SSO });

    const none = 'not_applicable: no SCIM app: no active app is named scim2headerauth';
    expect(state('okta.scimApp')).toBe(none);
    expect(state('okta.appUsers')).toBe(none);
    expect(state('okta.logEvents')).toBe(none);
    expect(state('okta.ssoAppUsers')).toBe('complete');
    expect(state('okta.ssoAppGroups')).toBe('complete');
    expect(sink.rows('okta.pushScope')).toEqual([{ okta_group_id: '00gB', reason: 'sso-assignment' }]);
    expect(sink.rows('okta.groupMembers')).toEqual([{ okta_group_id: '00gB', okta_user_id: '00u2' }]);
  });

  it('does not choose between several SCIM apps, nor let the SSO app stand in for them', async () => {
    const scim = app(SCIM, 'scim2headerauth', 'One');
    okta.on('/api/v1/apps', list(scim, { ...scim, id: '0oaTwo', label: 'Two' }, app(SSO, 'x', 'Opti ID')));
    const { state, error } = await collectFrom(okta, { sso_app: SSO });

    const why = 'no SCIM app: 2 apps answer to "scim2headerauth", and AUDIT_SCIM_APP does not say which';
    expect(error).toBeNull();
    expect(state('okta.appUsers')).toBe(`not_applicable: ${why}`);
    expect(state('okta.ssoAppUsers')).toBe(`not_applicable: ${why}`);
    expect(state('okta.ssoAppGroups')).toBe(`not_applicable: ${why}`);
    expect(state('okta.pushScope')).toBe(`not_applicable: ${why}`);
    expect(state('okta.groupMembers')).toBe(`not_applicable: ${why}`);
    expect(state('okta.ssoApp')).toBe('complete');
    expect(state('okta.suspendedUsers')).toBe('complete');
  });

  it('reads the SSO app for people while nobody is assigned to the SCIM app', async () => {
    okta.on(`/api/v1/apps/${SCIM}/users`, list(appUser('00u5', { status: 'DEPROVISIONED' })));
    const { state, sink } = await collectFrom(okta, { sso_app: SSO });
    expect(state('okta.ssoAppUsers')).toBe('complete');
    expect(sink.rows('okta.ssoAppUsers')).toHaveLength(1);
  });

  it('reads the people of the SSO app whoever is assigned to the SCIM app, and nobody for the job drift', async () => {
    const { sink } = await collectFrom(okta, { sso_app: SSO });
    expect(sink.rows('okta.ssoAppUsers').map((row) => row.okta_user_id)).toEqual(['00u1']);
    const { state } = await collectFrom(okta, { sso_app: SSO }, { job: 'drift' });
    expect(state('okta.ssoAppUsers')).toBe('not_applicable: the job drift does without them');
  });

  it('does not look store users up where the people of an SSO app that stands in were not read', async () => {
    okta.on(`/api/v1/apps/${SSO}/users`, oktaError(403, 'E0000006', 'No permission'));
    expect((await collectFrom(okta, { sso_app: SSO })).state('okta.userLookups')).toBe('complete');
    okta.on(`/api/v1/apps/${SCIM}/users`, list());
    expect((await collectFrom(okta, { sso_app: SSO })).state('okta.userLookups')).toMatch(/^unread: /);
  });

  it('refuses an AUDIT_SSO_APP that names no app, with labels to choose from', async () => {
    const { error } = await collectFrom(okta, { sso_app: 'opti id' });
    expect(error).toBeInstanceOf(SettingsError);
    expect((error as SettingsError).message).toBe('AUDIT_SSO_APP: "opti id" names no app of this org.');
    expect((error as SettingsError).hint).toContain('"Opti ID", "Opti ID SCIM"');
  });

  it('refuses an AUDIT_SSO_APP that names several apps', async () => {
    const sso = app(SSO, 'optimizely', 'Opti ID');
    okta.on('/api/v1/apps', list(sso, { ...sso, id: '0oaTwin' }));
    const { error } = await collectFrom(okta, { sso_app: 'Opti ID' });
    expect((error as SettingsError).message).toContain('is the label of 2 apps');
    expect((error as SettingsError).hint).toContain('0oaTwin');
  });

  it('does not take an app for missing when the apps were not read completely', async () => {
    okta.on('/api/v1/apps', (request) =>
      request.query.has('after')
        ? oktaError(403, 'E0000006', 'No permission')
        : { ...list(app(SSO, 'x', 'Opti ID')), next: '/api/v1/apps?limit=200&after=p2' },
    );
    const { error, state } = await collectFrom(okta, { sso_app: 'Opti ID SCIM' });
    expect(error).toBeNull();
    expect(state('okta.apps')).toMatch(/^partial: /);
    expect(state('okta.scimApp')).toMatch(/^unread: the SCIM app is not known/);
    expect(state('okta.ssoApp')).toMatch(/^unread: /);
    expect(state('okta.pushScope')).toMatch(/^unread: the push scope is not guessed/);
    expect(state('okta.groupMembers')).toMatch(/^unread: /);
    expect(state('okta.groups')).toBe('complete');
  });

  it('takes an id that it has seen even when the apps were not read completely', async () => {
    okta.on('/api/v1/apps', { ...list(app(SCIM, 'scim2headerauth', 'x')), links: null });
    const { state } = await collectFrom(okta, { scim_app: SCIM });
    expect(state('okta.apps')).toBe(
      'partial: GET /api/v1/apps answered without a Link header, so its end is not proved',
    );
    expect(state('okta.scimApp')).toBe('complete');
  });
});

describe('the push scope', () => {
  it('falls back to the groups assigned to the SCIM app', async () => {
    okta.on(`/api/v1/apps/${SCIM}/group-push/mappings`, list());
    okta.on(`/api/v1/apps/${SCIM}/groups`, list({ id: '00gAll' }, { id: '00gB' }));
    const { sink, state } = await collectFrom(okta, { sso_app: SSO });

    expect(sink.rows('okta.pushScope')).toEqual([
      { okta_group_id: '00gAll', reason: 'scim-assignment' },
      { okta_group_id: '00gB', reason: 'scim-assignment' },
    ]);
    expect(state('okta.ssoAppGroups')).toBe('not_applicable: groups are assigned to the SCIM app');
    expect(state('okta.groupMembers')).toBe('complete');
    expect(okta.hits('/api/v1/groups/00gAll/users')).toBe(0);
  });

  it('is not guessed from assignments when the mappings were not read', async () => {
    okta.on(`/api/v1/apps/${SCIM}/group-push/mappings`, oktaError(403, 'E0000006', 'No permission'));
    const { state, sink } = await collectFrom(okta, { sso_app: SSO });

    expect(state('okta.pushScope')).toBe(
      'unread: the push scope is not guessed: the push mappings were not read completely: GET /api/v1/apps/0oaScim/group-push/mappings answered HTTP 403 (E0000006: No permission)',
    );
    expect(state('okta.groupMembers')).toMatch(/^unread: the push scope is not guessed/);
    expect(state('okta.ssoAppGroups')).toMatch(/^unread: it is not known whether there are push mappings/);
    expect(sink.rows('okta.pushScope')).toEqual([]);
  });

  it('is not complete when only a part of the mappings was read', async () => {
    okta.on(`/api/v1/apps/${SCIM}/group-push/mappings`, (request) => {
      if (request.query.has('after')) return oktaError(403, 'E0000006', 'No permission');
      const row = { id: 'gPm1', sourceGroupId: '00gA', targetGroupId: '00gT', status: 'ACTIVE' };
      return { ...list(row), next: `/api/v1/apps/${SCIM}/group-push/mappings?after=2` };
    });
    const { state } = await collectFrom(okta);
    expect(state('okta.groupPushMappings')).toMatch(/^partial: /);
    expect(state('okta.pushScope')).toMatch(/^unread: the push scope is not guessed/);
  });

  it('follows AUDIT_PUSH_GROUPS, and then asks for no assignments of the SSO app', async () => {
    const { sink, state } = await collectFrom(okta, { sso_app: SSO, push_groups: ['View*'] });
    expect(sink.rows('okta.pushScope')).toEqual([{ okta_group_id: '00gB', reason: 'setting' }]);
    expect(state('okta.ssoAppGroups')).toBe('not_applicable: AUDIT_PUSH_GROUPS is set');
  });

  it('refuses entries of AUDIT_PUSH_GROUPS that match nothing, each by name', async () => {
    const { error } = await collectFrom(okta, { push_groups: ['Editors', 'editors', 'No*'] });
    expect(error).toBeInstanceOf(SettingsError);
    expect((error as SettingsError).mistakes.map((mistake) => mistake.what)).toEqual([
      '"editors" matches no Okta group.',
      '"No*" matches no Okta group.',
    ]);
  });

  it('does not call an entry unmatched while the groups were not read completely', async () => {
    okta.on('/api/v1/groups', { ...list(group('00gA', 'Editors')), links: null });
    const { error, state } = await collectFrom(okta, { push_groups: ['Viewers'] });
    expect(error).toBeNull();
    expect(state('okta.pushScope')).toMatch(/^unread: .*the groups were not read completely/);
  });

  it('is not applicable without a SCIM app, an SSO app and AUDIT_PUSH_GROUPS', async () => {
    okta.on('/api/v1/apps', list());
    const { state, error } = await collectFrom(okta);
    expect(error).toBeNull();
    expect(state('okta.pushScope')).toMatch(/^not_applicable: no SCIM app.* AUDIT_SSO_APP is not set$/);
    expect(state('okta.groupMembers')).toMatch(/^not_applicable: /);
  });
});

describe('what cannot be read makes its own dataset incomplete, and no other', () => {
  const others = (state: (name: (typeof OKTA_DATASETS)[number]) => string, ...affected: string[]) =>
    OKTA_DATASETS.filter((name) => !affected.includes(name)).filter((name) =>
      /^(partial|unread)/.test(state(name)),
    );

  it('403 on the log', async () => {
    okta.on('/api/v1/logs', oktaError(403, 'E0000006', 'You do not have permission'));
    const { state, error } = await collectFrom(okta);
    expect(error).toBeNull();
    expect(state('okta.logEvents')).toBe(
      'unread: GET /api/v1/logs answered HTTP 403 (E0000006: You do not have permission)',
    );
    expect(others(state, 'okta.logEvents')).toEqual([]);
  });

  it('a source group that may not be read', async () => {
    okta.on(
      `/api/v1/apps/${SCIM}/group-push/mappings`,
      list({ id: 'gPm1', sourceGroupId: '00gHidden', targetGroupId: '00gT', status: 'ACTIVE' }),
    );
    okta.on('/api/v1/groups/00gHidden', oktaError(403, 'E0000006', 'No'));
    okta.on('/api/v1/groups/00gHidden/users', list(user('00u1')));
    const { state, sink } = await collectFrom(okta);
    expect(state('okta.groups')).toMatch(
      /^partial: .*group 00gHidden: GET \/api\/v1\/groups\/00gHidden answered HTTP 403/,
    );
    expect(sink.rows('okta.groups')).toHaveLength(4);
    expect(others(state, 'okta.groups')).toEqual([]);
  });

  it('a source group that does not exist is no gap: it is said, and its members are not asked for', async () => {
    okta.on(
      `/api/v1/apps/${SCIM}/group-push/mappings`,
      list({ id: 'gPm1', sourceGroupId: '00gGone', targetGroupId: '00gT', status: 'ACTIVE' }),
    );
    const { state, result } = await collectFrom(okta);
    expect(others(state)).toEqual([]);
    expect(result?.warnings).toEqual([
      'The group 00gGone, which is pushed or assigned, does not exist in Okta.',
    ]);
    expect(okta.hits('/api/v1/groups/00gGone/users')).toBe(0);
  });

  it("a proxy's 404 does not say that a group does not exist", async () => {
    okta.on('/api/v1/groups/00gT', { status: 404, text: '<html>Not found</html>' });
    const { state } = await collectFrom(okta);
    expect(state('okta.groups')).toMatch(/^partial: .*group 00gT: .*HTTP 404$/);
  });

  it('a profile mapping that is gone since it was listed', async () => {
    okta.on('/api/v1/mappings/prm1', oktaError(404, 'E0000007', 'Not found'));
    const { state, sink } = await collectFrom(okta);
    expect(state('okta.profileMappings')).toBe('complete');
    expect(sink.rows('okta.profileMappings')).toEqual([]);
  });

  it('a target group that is not shown is a warning only', async () => {
    okta.on('/api/v1/groups/00gT', oktaError(404, 'E0000007', 'Not found'));
    const { state, result } = await collectFrom(okta);
    expect(state('okta.groups')).toBe('complete');
    expect(result?.warnings).toContain("A push mapping's target group 00gT is not shown by Okta.");
  });

  it('a target group that may not be read is more than a warning', async () => {
    okta.on('/api/v1/groups/00gT', oktaError(403, 'E0000006', 'No'));
    const { state } = await collectFrom(okta);
    expect(state('okta.groups')).toMatch(/^partial: .*group 00gT/);
  });

  it('one group whose members cannot be read, while the others are', async () => {
    const row = { status: 'ACTIVE', targetGroupId: '00gT' };
    okta.on(
      `/api/v1/apps/${SCIM}/group-push/mappings`,
      list({ ...row, id: 'gPm1', sourceGroupId: '00gA' }, { ...row, id: 'gPm2', sourceGroupId: '00gB' }),
    );
    okta.on('/api/v1/groups/00gA/users', oktaError(403, 'E0000006', 'No permission'));
    const { state, sink } = await collectFrom(okta);
    expect(state('okta.groupMembers')).toBe(
      'partial: the members of 1 of 2 groups were not read completely: GET /api/v1/groups/00gA/users answered HTTP 403 (E0000006: No permission)',
    );
    expect(sink.rows('okta.groupMembers')).toEqual([{ okta_group_id: '00gB', okta_user_id: '00u2' }]);
    expect(others(state, 'okta.groupMembers')).toEqual([]);
  });

  it('an app user whose Okta user is not shown is looked up', async () => {
    okta.on(`/api/v1/apps/${SCIM}/users`, list(appUser('00u7', { _embedded: undefined })));
    okta.on('/api/v1/users/00u7', { body: user('00u7') });
    const { state, sink } = await collectFrom(okta);
    expect(state('okta.appUsers')).toBe('complete');
    expect(sink.rows('okta.users').map((row) => row.okta_user_id)).toContain('00u7');
  });

  it('an app user whose Okta user does not exist (any more) is no gap, and is said', async () => {
    okta.on(`/api/v1/apps/${SCIM}/users`, list(appUser('00u7', { _embedded: undefined }), appUser('00u1')));
    const { state, sink, result } = await collectFrom(okta);
    expect(others(state)).toEqual([]);
    expect(sink.rows('okta.appUsers')).toHaveLength(2);
    expect(result?.warnings).toContain('Okta does not know 1 of the users whom an app lists, such as 00u7.');
  });

  it('an app user whose Okta user may not be looked up either', async () => {
    okta.on(`/api/v1/apps/${SCIM}/users`, list(appUser('00u7', { _embedded: undefined }), appUser('00u1')));
    okta.on('/api/v1/users/00u7', oktaError(403, 'E0000006', 'No'));
    const { state, sink } = await collectFrom(okta);
    expect(state('okta.appUsers')).toMatch(
      /^partial: not all of the app's users could be looked up: GET \/api\/v1\/users\/00u7 answered HTTP 403/,
    );
    expect(state('okta.users')).toMatch(/^partial: not every user could be read/);
    expect(sink.rows('okta.appUsers')).toHaveLength(2);
    expect(others(state, 'okta.appUsers', 'okta.users', 'okta.userLookups')).toEqual([]);
  });

  it('many app users whom Okta does not show are not taken for gone', async () => {
    const ids = Array.from({ length: 60 }, (_, nth) => `00uHidden${nth}`);
    okta.on(`/api/v1/apps/${SCIM}/users`, list(...ids.map((id) => appUser(id, { _embedded: undefined }))));
    const { state } = await collectFrom(okta);
    expect(state('okta.appUsers')).toMatch(
      /^partial: .* does not show more than 50 users whom a listing names/,
    );
  });

  it('features and connection that Okta does not show are unread, however it refuses', async () => {
    const notOn = {
      status: 400,
      body: {
        errorCode: 'E0000001',
        errorSummary: 'Api validation failed: feature',
        errorCauses: [{ errorSummary: 'Provisioning is not enabled for the app instance.' }],
      },
    };
    for (const reply of [
      notOn,
      oktaError(403, 'E0000006', 'x'),
      oktaError(404, 'E0000007', 'x'),
      { status: 405, text: '' },
      { status: 401, body: { errorCode: 'E0000015', errorSummary: 'feature not permitted' } },
    ]) {
      okta.on(`/api/v1/apps/${SCIM}/features`, reply).on(`/api/v1/apps/${SCIM}/connections/default`, reply);
      const { state, error } = await collectFrom(okta);
      expect(error).toBeNull();
      expect(state('okta.appFeatures')).toMatch(/^unread: GET \/api\/v1\/apps\/0oaScim\/features /);
      expect(state('okta.provisioningConnection')).toMatch(/^unread: /);
      expect(others(state, 'okta.appFeatures', 'okta.provisioningConnection')).toEqual([]);
    }
  });

  it('features and connection that failed are partial: nobody knows what Okta would have shown', async () => {
    const scope = { 'www-authenticate': 'Bearer error="insufficient_scope", scope="okta.apps.read"' };
    for (const reply of [
      { status: 500, text: 'oops' },
      { status: 404, text: 'a proxy' },
      { body: { odd: true } },
      { ...oktaError(403, 'E0000006', 'x'), headers: scope },
    ]) {
      okta.on(`/api/v1/apps/${SCIM}/features`, reply).on(`/api/v1/apps/${SCIM}/connections/default`, reply);
      const { state, error } = await collectFrom(okta);
      expect(error).toBeNull();
      expect(state('okta.appFeatures')).toMatch(/^partial: GET \/api\/v1\/apps\/0oaScim\/features /);
      expect(state('okta.provisioningConnection')).toMatch(/^partial: /);
    }
  });

  it("says Okta's own reason for not showing the features", async () => {
    okta.on(`/api/v1/apps/${SCIM}/features`, {
      status: 400,
      body: {
        errorCode: 'E0000001',
        errorSummary: 'x',
        errorCauses: [{ errorSummary: 'Provisioning is not enabled.' }],
      },
    });
    expect((await collectFrom(okta)).state('okta.appFeatures')).toContain('Provisioning is not enabled.');
  });

  it('keeps a feature whose capabilities cannot be read, with nothing in place of them', async () => {
    okta.on(`/api/v1/apps/${SCIM}/features/INBOUND_PROVISIONING`, oktaError(404, 'E0000007', 'x'));
    const { sink, state } = await collectFrom(okta);
    expect(state('okta.appFeatures')).toBe('complete');
    expect(sink.rows('okta.appFeatures')[1]).toMatchObject({
      name: 'INBOUND_PROVISIONING',
      import_schedule: null,
    });
  });
});

describe('the forecast', () => {
  it('is made once, before the long listings, of what the short ones told', async () => {
    const stats = (usersCount: number) => ({ _embedded: { stats: { usersCount } } });
    okta.on(
      '/api/v1/groups',
      list(
        group('00gA', 'Editors', stats(2)),
        group('00gAll', 'Everyone', { type: 'BUILT_IN', ...stats(1200) }),
      ),
    );
    const { forecasts } = await collectFrom(okta);
    expect(forecasts).toHaveLength(1);
    const [{ forecast, asked }] = forecasts as [(typeof forecasts)[number]];
    const long = [`/api/v1/apps/${SCIM}/users`, '/api/v1/groups/00gA/users', '/api/v1/logs'];
    expect(asked.filter((path) => long.includes(path))).toEqual([]);
    expect(forecast.buckets.find(({ bucket }) => bucket === '/api/v1/groups')?.calls).toBe(2);
    // The apps, the SCIM app's features and connection, its groups and mappings; three pages of up to 1,200 users.
    expect(forecast.buckets.find(({ bucket }) => bucket === '/api/v1/apps')?.calls).toBeGreaterThanOrEqual(6);
    expect(forecast.buckets.find(({ bucket }) => bucket === '/api/v1/logs')).toMatchObject({
      calls: 3,
      certainty: 'at least',
    });
  });

  it('is made also of what could not be read', async () => {
    okta.on('/api/v1/groups', oktaError(403, 'E0000006', 'no'));
    const { forecasts } = await collectFrom(okta);
    expect(forecasts).toHaveLength(1);
  });
});

describe("the group's own count of its members", () => {
  const MEMBERS = '/api/v1/groups/00gA/users';
  const counted = (usersCount: unknown) =>
    list(
      group('00gA', 'Editors', { _embedded: { stats: { usersCount } } }),
      group('00gAll', 'Everyone', { type: 'BUILT_IN' }),
    );

  /** Two members by the listing; `later` is what is counted when it is asked again. */
  function script(first: unknown, later: unknown): void {
    scriptSmallOrg(okta).on('/api/v1/groups', ({ query }) => counted(query.has('filter') ? later : first));
  }

  it('is asked for with the listing, and proves a listing that reaches it', async () => {
    script(2, 2);
    const { state } = await collectFrom(okta);
    expect(state('okta.groupMembers')).toBe('complete');
    expect(okta.seen.find(({ path }) => path === '/api/v1/groups')?.query.get('expand')).toBe('stats');
    expect(okta.hits(MEMBERS)).toBe(1);
  });

  it('is asked for again where the listing falls short: people may have left meanwhile', async () => {
    script(3, 2);
    const { state } = await collectFrom(okta);
    expect(state('okta.groupMembers')).toBe('complete');
    expect(okta.hits(MEMBERS)).toBe(1);
  });

  it('has the listing read once more, which then may be whole', async () => {
    script(3, 3);
    okta.sequence(MEMBERS, list(user('00u1'), user('00u3')), list(user('00u1'), user('00u3'), user('00u4')));
    const { state, sink } = await collectFrom(okta);
    expect(state('okta.groupMembers')).toBe('complete');
    expect(sink.rows('okta.groupMembers').map(({ okta_user_id }) => okta_user_id)).toEqual([
      '00u1',
      '00u3',
      '00u4',
    ]);
  });

  it('makes the members incomplete where it is never reached', async () => {
    script(3, 3);
    const { state } = await collectFrom(okta);
    expect(state('okta.groupMembers')).toBe(
      'partial: the members of 1 of 1 groups were not read completely: group 00gA lists 2 members and counts 3, so their end is not proved',
    );
    expect(okta.hits(MEMBERS)).toBe(2);
  });

  it('is not missed where Okta does not show it, which is said', async () => {
    script(undefined, undefined);
    const { state, result } = await collectFrom(okta);
    expect(state('okta.groupMembers')).toBe('complete');
    expect(result?.warnings.join()).toContain('Okta does not count the members of 1 of 1 groups');
  });

  it.each([-1, 1.5, '2', {}, true, 1e300])(
    'leaves the members unknown where it is no count: %j',
    async (nonsense) => {
      script(nonsense, nonsense);
      expect((await collectFrom(okta)).state('okta.groupMembers')).toBe(
        'partial: the members of 1 of 1 groups were not read completely: Okta counts the members of group 00gA in a way that cannot be used, so their end is not proved',
      );
    },
  );

  it('counts where it can be used the second time', async () => {
    script('2', 2);
    expect((await collectFrom(okta)).state('okta.groupMembers')).toBe('complete');
  });
});

describe('a token revoked in the middle', () => {
  it('ends the asking: what was complete stays, the rest is partial or unread with the reason', async () => {
    let revoked = false;
    okta.on('/api/v1/groups', () => {
      revoked = true;
      return oktaError(401, 'E0000011', 'Invalid token provided');
    });
    for (const path of ['/api/v1/groups/00gA/users', '/api/v1/mappings/prm1']) {
      okta.on(path, () => (revoked ? oktaError(401, 'E0000011', 'Invalid token provided') : list()));
    }
    const { state, error, sink } = await collectFrom(okta);

    expect(error).toBeNull();
    expect([...sink.states.keys()].toSorted()).toEqual([...OKTA_DATASETS].toSorted());
    expect(state('okta.apps')).toBe('complete');
    expect(state('okta.groups')).toBe(
      'unread: GET /api/v1/groups answered HTTP 401 (E0000011: Invalid token provided)',
    );
    expect(state('okta.groupMembers')).toMatch(/^unread: .*Invalid token provided/);
    expect(state('okta.users')).toMatch(/^(partial|unread): .*Invalid token provided/);
    expect(okta.hits('/api/v1/groups')).toBe(1);
    expect(okta.hits('/api/v1/groups/00gA/users')).toBe(0);
  });
});

describe('rows at the border', () => {
  it('keeps values that it does not know, and does not call read what it does not understand', async () => {
    okta.on(
      `/api/v1/apps/${SCIM}/users`,
      list(
        appUser('00u7', {
          status: 'HIBERNATING',
          syncState: 'DREAMING',
          _embedded: { user: user('00u7', { status: 'NEW' }) },
        }),
      ),
    );
    const { sink, state } = await collectFrom(okta);
    expect(state('okta.appUsers')).toBe(
      'partial: the app user status of 1 row is one that this version does not know: "HIBERNATING"',
    );
    expect(state('okta.users')).toContain(
      'user status of 1 row is one that this version does not know: "NEW"',
    );
    expect(sink.rows('okta.appUsers')[0]).toMatchObject({ status: 'HIBERNATING', sync_state: 'DREAMING' });
  });

  it('wants to know of those apps alone whether they are active that may be chosen', async () => {
    const strange = (id: string, name: string) => ({ ...app(id, name, name), status: 'BRAND_NEW' });
    const apps = [app(SCIM, 'scim2headerauth', 'Opti ID SCIM'), strange('0oaX', 'other')];
    okta.on('/api/v1/apps', list(...apps));
    expect((await collectFrom(okta)).state('okta.apps')).toBe('complete');
    okta.on('/api/v1/apps', list(...apps, strange('0oaY', 'scim2headerauth')));
    const { state } = await collectFrom(okta);
    expect(state('okta.apps')).toContain(
      'the app status of 1 row is one that this version does not know: "BRAND_NEW"',
    );
    expect(state('okta.scimApp')).toContain('the apps were not read completely');
  });

  it.each([
    [
      'a missing field',
      appUser('00u2', { status: undefined }),
      'status (expected string, received undefined)',
    ],
    ['a wrong type', appUser('00u2', { externalId: 12 }), 'externalId (expected string, received number)'],
    ['a time that is none', appUser('00u2', { created: '01/02/2026' }), 'created (expected a time)'],
    [
      'a time without a zone',
      appUser('00u2', { created: '2026-01-02T00:00:00' }),
      'created (expected a time)',
    ],
    [
      'no profile',
      appUser('00u2', { _embedded: { user: { id: '00u2', status: 'ACTIVE' } } }),
      '_embedded.user.profile (expected object, received undefined)',
    ],
    ['no object', 'secret-value', 'the whole of it (expected object, received string)'],
  ])('stops at %s, names it without its value, and keeps the rows before it', async (_what, row, words) => {
    okta.on(`/api/v1/apps/${SCIM}/users`, list(appUser('00u1'), row));
    const { sink, state } = await collectFrom(okta);
    expect(state('okta.appUsers')).toBe(
      `partial: GET /api/v1/apps/0oaScim/users gave a row that cannot be used: ${words}`,
    );
    expect(sink.rows('okta.appUsers').map((each) => each.okta_user_id)).toEqual(['00u1']);
  });

  it('makes texts well-formed and free of NUL', async () => {
    okta.on('/api/v1/groups', list(group('00gA', 'a\u0000b\ud800c')));
    const { sink } = await collectFrom(okta);
    expect(sink.rows('okta.groups')[0]?.name).toBe('a\uFFFDb\uFFFDc');
  });

  it('does not let an id climb out of its path', async () => {
    okta.on(
      `/api/v1/apps/${SCIM}/group-push/mappings`,
      list({ id: 'gPm1', sourceGroupId: '..', targetGroupId: 'a/b', status: 'ACTIVE' }),
    );
    const { state } = await collectFrom(okta);
    expect(state('okta.groups')).toContain('Okta gave ".." for an id');
    expect(okta.seen.some((request) => request.path === '/api/v1/')).toBe(false);
    expect(okta.seen.some((request) => request.path === '/api/v1/groups/a%2Fb')).toBe(true);
  });
});

describe('the start', () => {
  it('fails when the first answer is a list of something else than apps', async () => {
    okta.on('/api/v1/apps', { body: { hello: 'world' } });
    const { error } = await collectFrom(okta);
    expect(error).toBeInstanceOf(AuditError);
    expect((error as AuditError).message).toBe(
      `${okta.origin} is not an Okta org: GET /api/v1/apps answered with no list.`,
    );
  });
});
