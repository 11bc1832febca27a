import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENDPOINTS } from '../../src/sandbox/okta-endpoints.ts';
import { type OktaSandbox, startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { troubledNight } from '../../src/sandbox/sample-nights.ts';
import { CONTRACT_FILE, type Contract, contractIsPresent, readContract } from './openapi-contract.ts';
import { clock, logEvent, NOW, send, smallOrg, walk } from './sandbox-client.ts';

if (!contractIsPresent()) {
  console.warn(
    `Skipped: the Okta stand-in is not compared with Okta's document, for ${CONTRACT_FILE} is absent.`,
  );
}

/** Documented paths that the stand-in leaves out: the audit never reads them. */
const LEFT_OUT = ['/api/v1/apps/{appId}/connections/default/jwks'];
/** Answered by the stand-in; in Okta's API, but not in this cut of the document. */
const BEYOND_THE_CUT = [
  '/api/v1/users/{id}/groups',
  '/api/v1/users/{id}/roles',
  '/oauth2/v1/clients/{clientId}/roles',
  '/api/v1/iam/resource-sets/{resourceSetId}/resources',
];

describe.skipIf(!contractIsPresent())("Okta's document and the Okta stand-in", () => {
  let contract: Contract;
  let sandbox: OktaSandbox;
  let spent: OktaSandbox;
  /** Values of path parameters, by the parameter's name. */
  let values: Record<string, string>;

  beforeAll(async () => {
    contract = readContract();
    const { okta, scim } = smallOrg();
    okta.logEvents.push(
      logEvent('plain', '2026-11-23T00:00:00.000Z'),
      logEvent('changed', '2026-11-23T01:00:00.000Z', {
        eventType: 'application.lifecycle.update',
        outcome: { result: 'FAILURE', reason: 'Pushing user passwords' },
        target: [
          {
            id: scim.id,
            type: 'AppInstance',
            alternateId: null,
            displayName: null,
            changeDetails: { from: { sync_password: false }, to: { sync_password: true } },
          },
        ],
      }),
    );
    const shown = okta.groups.find((group) => group.type === 'APP_GROUP');
    if (shown) shown.unlisted = false;
    values = {
      appId: scim.id,
      userId: scim.users[0]?.id ?? '',
      id: okta.users[0]?.id ?? '',
      groupId: scim.groups[0]?.id ?? '',
      featureName: 'USER_PROVISIONING',
      clientId: '0oaservice0000000000',
      resourceSetId: 'iam000000000000000',
    };
    sandbox = await startOktaSandbox(okta, { now: clock });
    spent = await startOktaSandbox(okta, {
      now: clock,
      rateLimits: { apps: 1, app: 1, groups: 1, group: 1, users: 1, user: 1, logs: 1, other: 1 },
    });
  });
  afterAll(async () => {
    await sandbox.close();
    await spent.close();
  });

  function concrete(path: string, over: Record<string, string> = {}): string {
    const mappingId = path.startsWith('/api/v1/mappings')
      ? (sandbox.okta.profileMappings[0]?.id ?? '')
      : (sandbox.okta.apps[0]?.pushMappings[0]?.id ?? '');
    const all: Record<string, string> = { ...values, mappingId, ...over };
    return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => all[name] ?? '');
  }

  /** The org's own SSO app, whose features and connection Okta shows. */
  const SAML_APP = '0oasaml0000000000001';

  const paths = contractIsPresent() ? readContract().paths.filter((path) => !LEFT_OUT.includes(path)) : [];

  it('name the same endpoints', () => {
    const unanswered = contract.paths.filter(
      (path) => !ENDPOINTS.some((endpoint) => endpoint.pattern.test(concrete(path))),
    );
    expect(unanswered).toEqual(LEFT_OUT);
    const answered = [...contract.paths, ...BEYOND_THE_CUT].map((path) => concrete(path));
    for (const { pattern } of ENDPOINTS) {
      expect([pattern.source, answered.some((path) => pattern.test(path))]).toEqual([pattern.source, true]);
    }
  });

  it('ask for the same scopes', () => {
    for (const path of paths) {
      const endpoint = ENDPOINTS.find((candidate) => candidate.pattern.test(concrete(path)));
      expect({ path, open: endpoint?.open === true, scopes: endpoint?.scopes }).toEqual({
        path,
        ...contract.security(path),
      });
    }
  });

  it.each(paths)('agree on the answer of %s', async (path) => {
    const over = path.includes('/features') ? { appId: SAML_APP } : {};
    const window = path === '/api/v1/logs' ? `?since=2026-09-01T00:00:00Z&until=${NOW}` : '';
    const answer = await send(sandbox, concrete(path, over) + window);
    expect(answer.status).toBe(200);
    if (Array.isArray(answer.json)) expect(answer.json.length).toBeGreaterThan(0);
    expect(contract.check(path, 200, answer.json)).toEqual([]);
  });

  it.each([
    ['/api/v1/apps/{appId}/users', 'expand=user'],
    ['/api/v1/apps/{appId}/users/{userId}', 'expand=user'],
    ['/api/v1/apps/{appId}/groups', 'expand=group'],
    ['/api/v1/apps/{appId}/groups', 'expand=metadata'],
    ['/api/v1/groups', 'expand=stats'],
    ['/api/v1/groups', 'expand=app'],
    ['/api/v1/users', 'filter=status eq "DEPROVISIONED"'],
    ['/api/v1/users', 'filter=status eq "STAGED"'],
  ])('agree on the answer of %s with %s', async (path, query) => {
    const answer = await send(sandbox, `${concrete(path)}?${encodeURI(query)}`);
    expect(answer.status).toBe(200);
    expect(contract.check(path, 200, answer.json)).toEqual([]);
    const rows = [answer.json].flat();
    expect(rows.length).toBeGreaterThan(0);
    if (query === 'expand=user') {
      expect(rows.flatMap((row) => contract.checkSchema('User', row._embedded.user))).toEqual([]);
    }
    if (query === 'expand=group') {
      expect(rows.flatMap((row) => contract.checkSchema('Group', row._embedded.group))).toEqual([]);
    }
  });

  it.each([
    [
      '/api/v1/logs',
      'target.id eq "{appId}" and (eventType sw "application." or eventType sw "app." or eventType eq "system.import.start")',
    ],
    [
      '/api/v1/logs',
      '(eventType eq "group.user_membership.add" or eventType eq "group.user_membership.remove") and (target.id eq "00g1" or target.id eq "{groupId}")',
    ],
    ['/api/v1/logs', 'eventType eq "user.lifecycle.suspend" or eventType eq "user.lifecycle.deactivate"'],
    [
      '/api/v1/users',
      'profile.email eq "nobody@northwindtrails.com" or profile.email eq "{deactivatedEmail}"',
    ],
  ])('agree on the answer of %s to what the nightly audit asks: %s', async (path, filter) => {
    const { okta } = sandbox;
    const gone = okta.users.find(({ status }) => status === 'DEPROVISIONED');
    const target = (id: string, type: string) => ({ id, type, alternateId: 'unknown', displayName: null });
    okta.logEvents = [
      logEvent('member', '2026-11-22T00:00:00.000Z', {
        target: [target(gone?.id ?? '', 'User'), target(values.groupId ?? '', 'UserGroup')],
      }),
      logEvent('deactivated', '2026-11-22T01:00:00.000Z', { eventType: 'user.lifecycle.deactivate' }),
      ...okta.logEvents.filter(({ uuid }) => !['member', 'deactivated'].includes(uuid)),
    ];
    const asked = concrete(filter, { deactivatedEmail: gone?.profile.email ?? '' });
    const window = path === '/api/v1/logs' ? { since: '2026-11-17T03:15:00.000Z', until: NOW } : {};
    const answer = await send(sandbox, `${path}?${new URLSearchParams({ ...window, filter: asked })}`);
    expect(answer.status).toBe(200);
    expect(answer.json).toHaveLength(1);
    expect(contract.check(path, 200, answer.json)).toEqual([]);
    expect(contract.queryParameter(path, 'filter')).toBeDefined();
  });

  it('agree on every row of the troubled night', async () => {
    const night = await startOktaSandbox(troubledNight(clock()).okta, { now: clock });
    const scim = night.okta.apps.find(({ name }) => name === 'scim2headerauth');
    const window = `since=2026-10-01T00:00:00Z&until=${NOW}&limit=1000`;
    for (const [path, query] of [
      ['/api/v1/users', 'filter=lastUpdated gt "2020-01-01T00:00:00Z"'],
      ['/api/v1/groups', 'limit=200'],
      ['/api/v1/apps/{appId}/users', 'expand=user&limit=500'],
      ['/api/v1/apps/{appId}/group-push/mappings', 'limit=1000'],
      ['/api/v1/logs', window],
    ] as const) {
      const { rows } = await walk(night, `${concrete(path, { appId: scim?.id ?? '' })}?${encodeURI(query)}`);
      expect([path, contract.check(path, 200, rows)]).toEqual([path, []]);
      expect(rows.length).toBeGreaterThan(10);
    }
    for (const { targetGroupId } of scim?.pushMappings ?? []) {
      const { json } = await send(night, `/api/v1/groups/${targetGroupId}`);
      expect(contract.check('/api/v1/groups/{groupId}', 200, json)).toEqual([]);
    }
    await night.close();
  });

  it('agree on a deactivated user, and on one whom Okta does not have', async () => {
    const gone = sandbox.okta.users.find(({ status }) => status === 'DEPROVISIONED');
    const found = await send(sandbox, `/api/v1/users/${gone?.id}`);
    expect([found.status, found.json.status]).toEqual([200, 'DEPROVISIONED']);
    expect(contract.check('/api/v1/users/{id}', 200, found.json)).toEqual([]);
    const missing = await send(sandbox, '/api/v1/users/00unobody00000000000');
    expect(missing.status).toBe(404);
    expect(contract.check('/api/v1/users/{id}', 404, missing.json)).toEqual([]);
  });

  it('agree on every kind of app and on a connection that Okta shows', async () => {
    const modes = new Set<string>();
    for (const app of sandbox.okta.apps) {
      const { json } = await send(sandbox, `/api/v1/apps/${app.id}`);
      expect(contract.check('/api/v1/apps/{appId}', 200, json)).toEqual([]);
      modes.add(json.signOnMode);
    }
    expect(modes).toEqual(new Set(['SAML_2_0', 'AUTO_LOGIN', 'OPENID_CONNECT', 'BOOKMARK']));
    const connection = '/api/v1/apps/{appId}/connections/default';
    const { json } = await send(sandbox, concrete(connection, { appId: SAML_APP }));
    expect(json.status).toBe('ENABLED');
    expect(contract.check(connection, 200, json)).toEqual([]);
  });

  it('agree on the properties of a profile mapping, which the document types as one of them', async () => {
    const { json } = await send(sandbox, concrete('/api/v1/mappings/{mappingId}'));
    expect(Object.keys(json.properties)).toEqual(['givenName', 'familyName']);
    for (const property of Object.values(json.properties)) {
      expect(contract.checkSchema('ProfileMappingProperty', property)).toEqual([]);
    }
  });

  it('agree on the body of every error', async () => {
    const bodies: [string, number, unknown][] = [];
    const ask = async (path: string, url: string, status: number, from = sandbox, headers = {}) => {
      const answer = await send(from, url, { headers });
      expect([url, answer.status]).toEqual([url, status]);
      bodies.push([path, status, answer.json]);
    };
    for (const path of paths) {
      // Where Okta's document says nothing of a 401 its Error schema holds all the same.
      if (!contract.security(path).open)
        await ask(path, concrete(path), 401, sandbox, { authorization: 'SSWS no' });
      // The first request may find the bucket empty already: its neighbours share it.
      await send(spent, concrete(path));
      await ask(path, concrete(path), 429, spent);
      if (contract.statuses(path).includes('404')) {
        await ask(
          path,
          concrete(path, { appId: '0oanone', id: '00unone', groupId: '00gnone' }).replace(/prm.*/, 'no'),
          404,
        );
      }
    }
    const list = '/api/v1/apps/{appId}/group-push/mappings';
    await ask('/api/v1/apps/{appId}/features', concrete('/api/v1/apps/{appId}/features'), 400);
    await ask('/api/v1/logs', '/api/v1/logs?filter=broken', 400);
    await ask('/api/v1/logs', '/api/v1/logs?limit=1001', 400);
    await ask(list, `${concrete(list)}?limit=0`, 400);
    for (const [path, status, body] of bodies) {
      expect([path, status, contract.checkSchema('Error', body)]).toEqual([path, status, []]);
      if (contract.statuses(path).includes(String(status)))
        expect(contract.check(path, status, body)).toEqual([]);
    }
  });

  it('agree on the limits that the document states', async () => {
    let stated = 0;
    for (const path of paths) {
      const schema = contract.queryParameter(path, 'limit')?.schema;
      for (const [bound, step] of [
        ['maximum', 1],
        ['minimum', -1],
      ] as const) {
        const limit = schema?.[bound];
        if (typeof limit !== 'number') continue;
        stated += 1;
        const within = await send(sandbox, `${concrete(path)}?limit=${limit}`);
        const beyond = await send(sandbox, `${concrete(path)}?limit=${limit + step}`);
        expect([path, bound, within.status, beyond.status]).toEqual([path, bound, 200, 400]);
      }
    }
    expect(stated).toBeGreaterThanOrEqual(8);
  });

  it('agree on the page size that the document gives a request without a limit', async () => {
    const { okta, scim } = smallOrg();
    const [user, mapping, event] = [okta.users[0], scim.pushMappings[0], logEvent('', NOW)];
    const [appUser, profileMapping] = [scim.users[0], okta.profileMappings[0]];
    if (!user || !mapping || !appUser || !profileMapping) throw new Error('The org is too small');
    const many = Array.from({ length: 1001 }, (_, position) => String(position).padStart(4, '0'));
    const group = okta.groups.find(({ id }) => id === scim.groups[0]?.id);
    okta.users = many.map((n) => ({ ...user, id: `00u${n}` }));
    if (group) group.members = okta.users.map(({ id }) => id);
    scim.groups = [...scim.groups, ...many.map((n) => ({ id: `00g${n}`, lastUpdated: NOW, priority: 1 }))];
    scim.users = many.map((n) => ({ ...appUser, id: `00u${n}` }));
    scim.pushMappings = many.map((n) => ({ ...mapping, id: `gPm${n}` }));
    okta.apps.push(...many.map((n) => ({ ...scim, id: `0oa${n}` })));
    okta.profileMappings = many.map((n) => ({ ...profileMapping, id: `prm${n}` }));
    okta.logEvents = many.map((uuid) => ({ ...event, uuid }));
    const crowded = await startOktaSandbox(okta, { now: () => new Date(clock().getTime() + 1000) });
    let stated = 0;
    for (const path of paths) {
      const standard = contract.queryParameter(path, 'limit')?.schema.default;
      // The list of apps states -1, which stands for nothing stated.
      if (typeof standard !== 'number' || standard < 0) continue;
      stated += 1;
      const answer = await send(crowded, concrete(path, { groupId: scim.groups[0]?.id ?? '' }));
      expect([path, answer.json.length]).toEqual([path, standard]);
    }
    await crowded.close();
    expect(stated).toBeGreaterThanOrEqual(8);
  });
});

describe.skipIf(!contractIsPresent())("the comparison with Okta's document", () => {
  const examples: [string, string][] = [
    ['Application', 'GetApplicationsResponseEx'],
    ['AppUser', 'AppUserProvExpandResponse'],
    ['ApplicationGroupAssignment', 'EmbeddedGroupAssignmentSampleResponse'],
    ['ApplicationFeature', 'AppFeatureResponseEx'],
    ['Group', 'group-example'],
    ['OrgSetting', 'OrgSettingResponse'],
    ['ProfileMapping', 'RetrieveMappingsResponse'],
    ['ProvisioningConnectionResponse', 'ProvisioningConnectionTokenResponseWithProfileZscalerEx'],
    ['Error', 'ErrorAppFeatureAPIValidationFailed'],
    ['WellKnownOrgMetadata', 'WellKnownOrgMetadataResponseCustomUrlOie'],
  ];

  it.each(examples)("takes the document's own example of %s", (schema, example) => {
    const contract = readContract();
    expect(contract.example(example)).toBeDefined();
    expect(contract.checkSchema(schema, contract.example(example))).toEqual([]);
  });

  // biome-ignore lint/suspicious/noExplicitAny: bodies are broken on purpose
  const broken: [string, string, string, (body: any) => void][] = [
    ['a number for a text', 'Application', 'GetApplicationsResponseEx', (app) => (app.label = 7)],
    [
      'an unknown feature',
      'Application',
      'GetApplicationsResponseEx',
      (app) => app.features.push('PUSH_CATS'),
    ],
    [
      'an unknown sign-on mode',
      'Application',
      'GetApplicationsResponseEx',
      (app) => (app.signOnMode = 'MAGIC'),
    ],
    ['a missing label', 'Application', 'GetApplicationsResponseEx', (app) => delete app.label],
    ['missing credentials', 'Application', 'GetApplicationsResponseEx', (app) => delete app.credentials],
    [
      "a value wrong for the app's own kind only",
      'Application',
      'GetApplicationsResponseEx',
      (app) => (app.settings.signOn.digestAlgorithm = 'MD5'),
    ],
    [
      "a property missing for the app's own kind only",
      'Application',
      'GetApplicationsResponseEx',
      (app) => delete app.settings.signOn.assertionSigned,
    ],
    ['an unknown status', 'AppUser', 'AppUserProvExpandResponse', (user) => (user.status = 'HAPPY')],
    ['a missing status', 'AppUser', 'AppUserProvExpandResponse', (user) => delete user.status],
    [
      'null where null is not allowed',
      'AppUser',
      'AppUserProvExpandResponse',
      (user) => (user.created = null),
    ],
    ['a date that is none', 'AppUser', 'AppUserProvExpandResponse', (user) => (user.lastSync = 'yesterday')],
    ['a link without an address', 'Group', 'group-example', (group) => (group._links.users = {})],
    ['a text for a list', 'Group', 'group-example', (group) => (group.objectClass = 'okta:user_group')],
    [
      "a value wrong in a feature's own part",
      'ApplicationFeature',
      'AppFeatureResponseEx',
      (feature) => (feature.capabilities.update.password.seed = 'SECRET'),
    ],
    ['causes that are no list', 'Error', 'ErrorAccessDenied', (error) => (error.errorCauses = 'none')],
  ];

  it.each(broken)('does not take %s', (_, schema, example, damage) => {
    const contract = readContract();
    const body = structuredClone(contract.example(example));
    expect(contract.checkSchema(schema, body)).toEqual([]);
    damage(body);
    expect(contract.checkSchema(schema, body)).not.toEqual([]);
  });
});
