import type { OrgSize } from './bench-org.ts';
import { type PageSource, storeAnswer } from './okta-bench-server.ts';

const APP_ID = '0oaBenchApp000000001';
const USERS_PER_PAGE = 500;
const GROUPS_PER_PAGE = 200;
const MAPPINGS_PER_PAGE = 1_000;
const TIME = '2026-10-20T03:15:00.000Z';

/** Okta's ids have 20 characters. */
function idOf(prefix: string, position: number): string {
  return `${prefix}Bench${String(position).padStart(12, '0')}`;
}

function userBody(position: number, origin: string): object {
  const id = idOf('00u', position);
  const login = `person.${position}@northwindtrails.com`;
  return {
    id,
    status: 'ACTIVE',
    created: TIME,
    activated: TIME,
    statusChanged: TIME,
    lastLogin: null,
    lastUpdated: TIME,
    passwordChanged: null,
    type: { id: 'oty1benchusertype000' },
    profile: { login, email: login, firstName: 'Ada', lastName: `Berg ${position}` },
    credentials: { password: {}, provider: { type: 'OKTA', name: 'OKTA' } },
    _links: { self: { href: `${origin}/api/v1/users/${id}` } },
  };
}

function appUserBody(position: number, origin: string): object {
  const user = userBody(position, origin) as { id: string; profile: { login: string } };
  return {
    id: user.id,
    externalId: `b0000000-0000-4000-8000-${String(position).padStart(12, '0')}`,
    created: TIME,
    lastUpdated: TIME,
    scope: 'GROUP',
    status: 'PROVISIONED',
    statusChanged: TIME,
    passwordChanged: null,
    syncState: 'SYNCHRONIZED',
    lastSync: TIME,
    credentials: { userName: user.profile.login },
    profile: { email: user.profile.login, givenName: 'Ada', familyName: `Berg ${position}` },
    _links: { user: { href: `${origin}/api/v1/users/${user.id}` } },
    _embedded: { user },
  };
}

function groupBody(position: number, members: number): object {
  return {
    id: idOf('00g', position),
    created: TIME,
    lastUpdated: TIME,
    lastMembershipUpdated: TIME,
    objectClass: ['okta:user_group'],
    type: 'OKTA_GROUP',
    profile: { name: `OPTI-Bench-${position}`, description: null },
    _embedded: { stats: { usersCount: members, appsCount: 0, groupPushMappingsCount: 1 } },
  };
}

function mappingBody(position: number): object {
  return {
    id: idOf('gPm', position),
    sourceGroupId: idOf('00g', position),
    targetGroupId: null,
    status: 'ACTIVE',
    created: TIME,
    lastUpdated: TIME,
    lastPush: TIME,
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, offset) => from + offset);
}

/**
 * An org too big to be held as rows: pages are made when they are asked for. All groups have as many members,
 * and neighbours have others, until the users are through and it begins anew; such pages are kept, since
 * several groups have the same.
 */
export function bigOrgSource(size: OrgSize): PageSource {
  const membersPerGroup = Math.floor(size.memberships / size.groups);
  const blocks = Math.floor(size.users / membersPerGroup);
  const memberPages = new Map<number, ReturnType<typeof storeAnswer>>();

  const page = (url: URL, total: number, perPage: number, row: (position: number) => object) => {
    const from = Number(url.searchParams.get('after') ?? 0);
    const to = Math.min(total, from + perPage);
    const links = [`<${url.href}>; rel="self"`];
    if (to < total) {
      const next = new URL(url);
      next.searchParams.set('after', String(to));
      links.push(`<${next.href}>; rel="next"`);
    }
    return storeAnswer(200, links, JSON.stringify(range(from, to).map(row)));
  };
  const nothing = (url: URL) => storeAnswer(200, [`<${url.href}>; rel="self"`], '[]');

  return {
    async answer(asked, origin) {
      const url = new URL(asked, origin);
      const path = url.pathname;
      const member = /^\/api\/v1\/groups\/00gBench(\d+)\/users$/.exec(path)?.[1];
      if (member !== undefined) {
        const block = Number(member) % blocks;
        let answer = memberPages.get(block);
        if (!answer) {
          const from = block * membersPerGroup;
          const members = range(from, from + membersPerGroup).map((position) => userBody(position, origin));
          answer = storeAnswer(200, [`<${origin}/api/v1/groups>; rel="self"`], JSON.stringify(members));
          memberPages.set(block, answer);
        }
        return answer;
      }
      const app = {
        id: APP_ID,
        name: 'scim2headerauth',
        label: 'Opti ID SCIM',
        status: 'ACTIVE',
        signOnMode: 'SAML_2_0',
        features: ['GROUP_PUSH'],
        credentials: {
          userNameTemplate: { template: '${source.email}', type: 'BUILT_IN', pushStatus: 'PUSH' },
        },
      };
      switch (path) {
        case '/api/v1/apps':
          return page(url, 1, 200, () => app);
        case `/api/v1/apps/${APP_ID}`:
          return storeAnswer(200, [], JSON.stringify(app));
        case `/api/v1/apps/${APP_ID}/users`:
          return page(url, size.users, USERS_PER_PAGE, (position) => appUserBody(position, origin));
        case `/api/v1/apps/${APP_ID}/group-push/mappings`:
          return page(url, size.groups, MAPPINGS_PER_PAGE, mappingBody);
        case '/api/v1/groups':
          return page(url, size.groups, GROUPS_PER_PAGE, (position) => groupBody(position, membersPerGroup));
        case `/api/v1/apps/${APP_ID}/features`:
          return storeAnswer(200, [], '[]');
        case `/api/v1/apps/${APP_ID}/connections/default`:
          return storeAnswer(200, [], '{"status":"UNKNOWN","profile":{"authScheme":"UNKNOWN"}}');
        default:
          return nothing(url);
      }
    },
    close: async () => {},
  };
}
