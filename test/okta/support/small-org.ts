import type { OktaSettings } from '../../../src/config/config.ts';
import type { SealedSettings } from '../../../src/domain/manifest.ts';
import type { StoreUsers } from '../../../src/okta/collect-lookups.ts';
import { collectOkta, type OktaCollection, type OktaProgress } from '../../../src/okta/collect-okta.ts';
import type { Forecast } from '../../../src/okta/forecast.ts';
import { MemorySink } from '../../support/memory-sink.ts';
import type { Answer, ScriptedOkta } from './scripted-okta.ts';
import { type VirtualTools, virtualTools } from './virtual-tools.ts';

export const TOKEN = '00test-token-that-nobody-may-see';
const BEGAN = new Date('2026-11-24T03:15:00.000Z');
export const SCIM = '0oaScim';
export const SSO = '0oaSso';

export function user(id: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id,
    status: 'ACTIVE',
    created: '2026-01-01T00:00:00.000Z',
    lastUpdated: '2026-01-02T00:00:00.000Z',
    statusChanged: null,
    profile: { login: `${id}@acme.test`, email: `${id}@acme.test`, firstName: 'Ada', lastName: id },
    ...more,
  };
}

export function appUser(id: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id,
    externalId: `opti-${id}`,
    status: 'PROVISIONED',
    syncState: 'SYNCHRONIZED',
    scope: 'GROUP',
    created: '2026-01-03T00:00:00.000Z',
    lastUpdated: '2026-01-04T00:00:00.000Z',
    statusChanged: '2026-01-04T00:00:00.000Z',
    credentials: { userName: `${id}@acme.test` },
    _embedded: { user: user(id) },
    ...more,
  };
}

export function group(id: string, name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id,
    type: 'OKTA_GROUP',
    created: '2026-01-01T00:00:00.000Z',
    lastUpdated: '2026-01-01T00:00:00.000Z',
    lastMembershipUpdated: '2026-01-05T00:00:00.000Z',
    profile: { name, description: null },
    ...more,
  };
}

export function app(id: string, name: string, label: string): Record<string, unknown> {
  return {
    id,
    name,
    label,
    status: 'ACTIVE',
    signOnMode: 'SAML_2_0',
    features: ['PUSH_NEW_USERS'],
    credentials: { userNameTemplate: { template: '${source.email}', type: 'BUILT_IN', pushStatus: 'PUSH' } },
  };
}

export function list(...rows: unknown[]): Answer {
  return { body: rows };
}

const target = group('00gT', 'Editors', {
  type: 'APP_GROUP',
  profile: { name: 'Editors', externalId: 'opti-editors' },
  _links: { source: { href: `https://acme.okta.com/api/v1/apps/${SCIM}` } },
});

/** An org in which everything can be read: two apps, two users, one pushed group whose target is unlisted. */
export function scriptSmallOrg(okta: ScriptedOkta): ScriptedOkta {
  const scim = app(SCIM, 'scim2headerauth', 'Opti ID SCIM');
  const sso = app(SSO, 'optimizely', 'Opti ID');
  const mapping = {
    id: 'prm1',
    source: { id: 'oty1', name: 'user', type: 'user' },
    target: { id: SCIM, name: 'scim', type: 'appuser' },
  };
  const foreign = { ...mapping, id: 'prm2', target: { id: '0oaOther', name: 'other', type: 'appuser' } };
  const event = {
    uuid: 'e1',
    published: '2026-11-23T10:00:00.000Z',
    eventType: 'system.import.start',
    outcome: { result: 'SUCCESS', reason: null },
    target: [{ id: SCIM, type: 'AppInstance', alternateId: 'Opti ID SCIM', displayName: 'SCIM' }],
  };
  return okta
    .on('/api/v1/apps', list(scim, sso))
    .on(`/api/v1/apps/${SCIM}`, { body: scim })
    .on(`/api/v1/apps/${SSO}`, { body: sso })
    .on(`/api/v1/apps/${SCIM}/features`, {
      links: null,
      body: [
        {
          name: 'USER_PROVISIONING',
          status: 'ENABLED',
          capabilities: {
            create: { lifecycleCreate: { status: 'ENABLED' } },
            update: {
              profile: { status: 'ENABLED' },
              lifecycleDeactivate: { status: 'DISABLED' },
              password: { status: 'DISABLED', seed: 'RANDOM', change: 'KEEP_EXISTING' },
            },
          },
        },
        { name: 'INBOUND_PROVISIONING', status: 'DISABLED' },
      ],
    })
    .on(`/api/v1/apps/${SCIM}/features/INBOUND_PROVISIONING`, {
      body: {
        name: 'INBOUND_PROVISIONING',
        status: 'DISABLED',
        capabilities: { importSettings: { schedule: { status: 'DISABLED' } } },
      },
    })
    .on(`/api/v1/apps/${SCIM}/connections/default`, {
      body: { status: 'UNKNOWN', profile: { authScheme: 'UNKNOWN' } },
    })
    .on('/api/v1/mappings', list(mapping, foreign))
    .on('/api/v1/mappings/prm1', {
      body: {
        ...mapping,
        properties: {
          givenName: { expression: 'user.firstName', pushStatus: 'PUSH' },
          familyName: { expression: '', pushStatus: 'PUSH' },
        },
      },
    })
    .on(`/api/v1/apps/${SCIM}/users`, list(appUser('00u1'), appUser('00u2')))
    .on(`/api/v1/apps/${SCIM}/groups`, list({ id: '00gAll', lastUpdated: '2026-01-01T00:00:00.000Z' }))
    .on(
      `/api/v1/apps/${SCIM}/group-push/mappings`,
      list({
        id: 'gPm1',
        sourceGroupId: '00gA',
        targetGroupId: '00gT',
        status: 'ACTIVE',
        errorSummary: '',
        created: '2026-03-25T13:45:47Z',
        lastUpdated: '2026-03-25T13:45:47Z',
      }),
    )
    .on(`/api/v1/apps/${SSO}/users`, list(appUser('00u1', { externalId: null, status: 'ACTIVE' })))
    .on(`/api/v1/apps/${SSO}/groups`, list({ id: '00gB', lastUpdated: null }))
    .on(
      '/api/v1/groups',
      list(
        group('00gA', 'Editors'),
        group('00gB', 'Viewers'),
        group('00gAll', 'Everyone', { type: 'BUILT_IN' }),
      ),
    )
    .on('/api/v1/groups/00gT', { body: target })
    .on('/api/v1/groups/00gA/users', list(user('00u1'), user('00u3', { status: 'STAGED' })))
    .on('/api/v1/groups/00gB/users', list(user('00u2')))
    .on('/api/v1/users', list(user('00u9', { status: 'SUSPENDED' }), user('00u1')))
    .on('/api/v1/logs', list(event, { ...event, uuid: 'e2', eventType: 'user.session.start' }));
}

export function oktaSettings(okta: ScriptedOkta): OktaSettings {
  return { orgUrl: okta.origin, credentials: { mode: 'SSWS', token: TOKEN }, budgetPercent: 50 };
}

export interface Collected {
  sink: MemorySink;
  tools: VirtualTools;
  progress: OktaProgress[];
  /** Each with the paths that were asked for before it. */
  forecasts: { forecast: Forecast; asked: string[] }[];
  result: OktaCollection | null;
  /** What it threw, or null. */
  error: unknown;
  /** `complete`, or the completeness and the reason. */
  state: (name: Parameters<MemorySink['rows']>[0]) => string;
}

/** Collects from the server in virtual time; what is thrown is kept. */
export async function collectFrom(
  okta: ScriptedOkta,
  settings: Partial<SealedSettings> = {},
  connection: Partial<OktaSettings> & {
    attemptTimeoutMs?: number;
    storeUsers?: StoreUsers | null;
    job?: string;
  } = {},
): Promise<Collected> {
  const {
    attemptTimeoutMs,
    storeUsers = Promise.resolve([]),
    job = 'precutover',
    ...credentials
  } = connection;
  const sink = new MemorySink();
  const tools = virtualTools();
  const progress: OktaProgress[] = [];
  const forecasts: Collected['forecasts'] = [];
  let result: OktaCollection | null = null;
  let error: unknown = null;
  try {
    result = await collectOkta({
      okta: { ...oktaSettings(okta), ...credentials },
      settings: {
        scim_app: null,
        sso_app: null,
        push_groups: null,
        lag_minutes: 60,
        log_days: 7,
        ...settings,
      },
      sink,
      began: BEGAN,
      storeUsers,
      job,
      membersRead: () => sink.readBack('okta.groupMembers'),
      tools,
      attemptTimeoutMs: attemptTimeoutMs ?? 5_000,
      onProgress: (step) => progress.push(step),
      onForecast: (forecast) => forecasts.push({ forecast, asked: okta.seen.map(({ path }) => path) }),
    });
  } catch (thrown) {
    error = thrown;
  }
  return {
    sink,
    tools,
    progress,
    forecasts,
    result,
    error,
    state: (name) => {
      const state = sink.states.get(name);
      if (!state) return 'never settled';
      return state.reason === '' ? state.completeness : `${state.completeness}: ${state.reason}`;
    },
  };
}
