import type { SandboxStore } from '../../../src/sandbox/model.ts';
import { sandboxDdl, seedStore } from '../../../src/sandbox/store.ts';
import { borrowStore } from '../../support/one-store.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';

const AT = '2026-01-02T03:04:05.678Z';

export const ACME = 'org-acme';

export function aUser(id: string, changes: Partial<SandboxStore['users'][number]> = {}) {
  return {
    id,
    organization_id: ACME,
    home_organization_id: ACME,
    external_id: null,
    email: `${id}@acme.test`,
    first_name: 'Ada',
    last_name: 'Lovelace',
    status: 'active' as const,
    local_login: false,
    last_login_at: null,
    created_at: AT,
    modified_at: AT,
    ...changes,
  };
}

export function aGroup(id: string, changes: Partial<SandboxStore['groups'][number]> = {}) {
  return {
    id,
    organization_id: ACME,
    name: `Group ${id}`,
    description: null,
    group_type: 'custom' as const,
    user_count: null,
    created_at: AT,
    modified_at: AT,
    ...changes,
  };
}

/** Two organizations that share one store: Acme, which is audited, and Globex, which must never show. */
export function twoOrganizations(): SandboxStore {
  return {
    organizations: [
      { id: ACME, name: 'Acme', provisioning_mode: 'jit' },
      { id: 'org-globex', name: 'Globex', provisioning_mode: 'scim' },
    ],
    sso_connections: [
      {
        id: 'sso-1',
        organization_id: ACME,
        name: 'Okta',
        protocol: 'saml',
        scim_enabled: true,
        domains: ['acme.test', 'acme.example'],
      },
      {
        id: 'sso-2',
        organization_id: 'org-globex',
        name: 'Entra',
        protocol: 'oidc',
        scim_enabled: false,
        domains: [],
      },
    ],
    users: [
      aUser('u1', { external_id: '00u1', last_login_at: '2026-11-20T10:00:00Z' }),
      aUser('u2', { status: 'deleted' }),
      aUser('u3', { home_organization_id: 'org-globex', local_login: true, status: 'invited' }),
      aUser('u9', { organization_id: 'org-globex' }),
    ],
    groups: [
      aGroup('g1', { name: 'Editors', user_count: 2, description: 'Writes' }),
      aGroup('g2', { name: 'Everyone', group_type: 'internal' }),
      aGroup('g9', { organization_id: 'org-globex' }),
    ],
    group_members: [
      { group_id: 'g1', user_id: 'u1' },
      { group_id: 'g1', user_id: 'u2' },
      { group_id: 'g2', user_id: 'u9' },
      { group_id: 'g9', user_id: 'u1' },
    ],
    product_instances: [
      { id: 'i1', organization_id: ACME, product: 'CMS', nickname: 'Production' },
      { id: 'i9', organization_id: 'org-globex', product: 'CMS', nickname: 'Other' },
    ],
    roles: [
      { id: 'r1', product: 'CMS', name: 'Editor', kind: 'system' },
      { id: 'r2', product: 'Admin Center', name: 'Super Admin', kind: 'system' },
    ],
    group_instance_roles: [
      { group_id: 'g1', instance_id: 'i1', role_id: 'r1' },
      { group_id: 'g9', instance_id: 'i9', role_id: 'r1' },
    ],
    invitations: [
      { id: 'n1', organization_id: ACME, email: 'new@acme.test', status: 'pending', created_at: AT },
      { id: 'n9', organization_id: 'org-globex', email: 'x@globex.test', status: 'accepted', created_at: AT },
    ],
    teams: [
      { id: 't1', organization_id: ACME, name: 'Studio', instance_id: 'i1' },
      { id: 't9', organization_id: 'org-globex', name: 'Other', instance_id: 'i9' },
    ],
  };
}

/** A hundred thousand users more, for the tables of a filled store. */
export const MANY_PEOPLE = `insert into identity.person
  select 'p' || g, '${ACME}', '${ACME}', null, 'p' || g || '@acme.test', 'A', 'B', 'ACTIVE', false, null, now(), now()
  from generate_series(1, 100000) g`;

/** A store that a test may fill, damage and fill again. */
export interface TestStore {
  url: string;
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Throws away what is there and fills it anew. */
  fill(store: SandboxStore): Promise<void>;
  close(): Promise<void>;
}

function fillable(target: Pick<TestStore, 'url' | 'query' | 'close'>): TestStore {
  return {
    ...target,
    async fill(store) {
      await target.query('drop schema if exists opti_id cascade');
      await target.query('drop schema if exists identity cascade');
      for (const statement of sandboxDdl('opti_id')) await target.query(statement);
      await seedStore(target.query, store);
    },
  };
}

export async function embeddedStore(): Promise<TestStore> {
  return fillable(await borrowStore());
}

export interface RealStore extends TestStore, Pick<TestPostgres, 'createRole' | 'urlOf'> {}

/** @returns the store, or the reason why there is no PostgreSQL here */
export async function realStore(): Promise<RealStore | string> {
  const server = await startPostgres();
  return 'unavailable' in server ? server.unavailable : { ...server, ...fillable(server) };
}
