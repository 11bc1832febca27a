import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EarlierCollection } from '../../src/okta/carry-over.ts';
import { generateWorld } from '../../src/sandbox/generate-world.ts';
import type { SandboxOktaGroup, SandboxOktaUser } from '../../src/sandbox/model.ts';
import { type OktaSandbox, startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { seededRandom } from '../../src/sandbox/random.ts';
import { collectFromSandbox, NO_RATE_LIMITS, type SandboxCollection } from './support/sandbox-org.ts';

const LAST_NIGHT = new Date('2026-11-23T03:15:00.000Z');
const TONIGHT = new Date('2026-11-24T03:15:00.000Z');
const IN_BETWEEN = '2026-11-23T12:00:00.000Z';

let okta: OktaSandbox;
let pushed: SandboxOktaGroup[];
beforeEach(async () => {
  const world = generateWorld({ seed: 11, users: 60, groups: 20, membershipsPerUser: 3 });
  // Everyone and the group of the assignment come first.
  pushed = world.okta.groups.slice(2, 22).filter(({ type }) => type === 'OKTA_GROUP');
  okta = await startOktaSandbox(world.okta, { rateLimits: NO_RATE_LIMITS });
});
afterEach(() => okta.close());

function group(position: number): SandboxOktaGroup {
  const found = pushed[position];
  if (!found) throw new Error(`There is no pushed group ${position}.`);
  return found;
}

interface Night extends SandboxCollection {
  /** Ids of the groups whose members were listed. */
  listed: string[];
}

async function collect(began: Date, earlier: EarlierCollection | null = null): Promise<Night> {
  const collection = await collectFromSandbox(okta, { began, storeUsers: Promise.resolve([]), earlier });
  return {
    ...collection,
    listed: okta.requests.flatMap(({ path }) => /^\/api\/v1\/groups\/([^/]+)\/users$/u.exec(path)?.[1] ?? []),
  };
}

function asEarlier({ sink }: Night): EarlierCollection {
  async function* rows<Row>(all: readonly Row[]): AsyncGenerator<Row> {
    yield* all;
  }
  return {
    began: LAST_NIGHT,
    pushScope: () => rows(sink.rows('okta.pushScope')),
    groups: () => rows(sink.rows('okta.groups')),
    members: () => rows(sink.rows('okta.groupMembers')),
  };
}

/** Reads tonight with and without last night's snapshot: both must show the same. */
async function bothWays(earlier: EarlierCollection): Promise<Night> {
  const full = await collect(TONIGHT);
  const partly = await collect(TONIGHT, earlier);
  expect(partly.rows).toEqual(full.rows);
  return partly;
}

function move(target: SandboxOktaGroup, members: string[], at = IN_BETWEEN): void {
  target.members = members;
  target.lastMembershipUpdated = at;
}

function addUser(id: string, over: Partial<SandboxOktaUser> = {}): string {
  const [first] = okta.okta.users;
  if (!first) throw new Error('There is nobody.');
  const email = `${id}@acme.test`;
  okta.okta.users.push({ ...first, id, ...over, profile: { ...first.profile, login: email, email } });
  return id;
}

describe('a night in which nothing moved', () => {
  it('lists no members, and shows the same', async () => {
    const { listed, result } = await bothWays(asEarlier(await collect(LAST_NIGHT)));
    expect(listed).toEqual([]);
    expect(result.carried?.groups).toEqual(pushed.map(({ id }) => id).sort());
    expect(result.carried?.memberships).toBe(180);
  });

  it('looks people up whom only the group shows, and shows them as they are today', async () => {
    const id = addUser('00uUnassigned');
    group(0).members.push(id);
    const earlier = asEarlier(await collect(LAST_NIGHT));
    Object.assign(okta.okta.users.at(-1) ?? {}, { status: 'DEPROVISIONED' });
    const { listed, sink } = await bothWays(earlier);
    expect(listed).toEqual([]);
    expect(sink.rows('okta.users').find(({ okta_user_id }) => okta_user_id === id)?.status).toBe(
      'DEPROVISIONED',
    );
  });
});

describe('members are listed', () => {
  it('of a group that Okta says has changed, and of no other', async () => {
    const earlier = asEarlier(await collect(LAST_NIGHT));
    move(group(3), group(3).members.slice(1));
    const { listed, result } = await bothWays(earlier);
    expect(listed).toEqual([group(3).id]);
    expect(result.carried?.groups).not.toContain(group(3).id);
  });

  it('of a group that counts another number of members than were held', async () => {
    const earlier = asEarlier(await collect(LAST_NIGHT));
    group(4).members = group(4).members.slice(1);
    expect((await bothWays(earlier)).listed).toEqual([group(4).id]);
  });

  it('of a group that changed shortly before last night, whose listing may have missed it', async () => {
    move(group(5), group(5).members, '2026-11-23T03:11:00.000Z');
    move(group(6), group(6).members, '2026-11-23T03:09:00.000Z');
    const earlier = asEarlier(await collect(LAST_NIGHT));
    expect((await bothWays(earlier)).listed).toEqual([group(5).id]);
  });

  it('of a group whose time runs backwards, and of one that shows none', async () => {
    const earlier = asEarlier(await collect(LAST_NIGHT));
    move(group(7), group(7).members, '2026-01-01T00:00:00.000Z');
    okta.setFault(({ path }) =>
      path === '/api/v1/groups'
        ? {
            kind: 'rewrite',
            rewrite: (body) =>
              (body as { id: string }[]).map((row) =>
                row.id === group(8).id ? { ...row, lastMembershipUpdated: null } : row,
              ),
          }
        : undefined,
    );
    expect((await bothWays(earlier)).listed.sort()).toEqual([group(7).id, group(8).id].sort());
  });

  it('of a group that was not pushed last night', async () => {
    const [app] = okta.okta.apps;
    const mapping = app?.pushMappings.pop();
    const earlier = asEarlier(await collect(LAST_NIGHT));
    if (mapping) app?.pushMappings.push(mapping);
    expect((await bothWays(earlier)).listed).toEqual([mapping?.sourceGroupId]);
  });

  it('of the groups of somebody whom Okta does not know any more, where it shows no count', async () => {
    const id = addUser('00uDeleted');
    group(0).members.push(id);
    group(1).members.push(id);
    okta.setFault(({ path, query }) =>
      path === '/api/v1/groups' && query.has('expand')
        ? {
            kind: 'rewrite',
            rewrite: (body) => (body as object[]).map((row) => ({ ...row, _embedded: null })),
          }
        : undefined,
    );
    const earlier = asEarlier(await collect(LAST_NIGHT));
    okta.okta.users.pop();
    expect((await bothWays(earlier)).listed.sort()).toEqual([group(0).id, group(1).id].sort());
  });

  it('of all groups where the people of unchanged ones cannot be looked up, and somebody is told', async () => {
    group(0).members.push(addUser('00uUnassigned'));
    const earlier = asEarlier(await collect(LAST_NIGHT));
    okta.setFault(({ path, query }) =>
      path === '/api/v1/users' && query.get('filter')?.startsWith('id eq')
        ? { kind: 'status', status: 403 }
        : undefined,
    );
    const { listed, result } = await bothWays(earlier);
    expect(new Set(listed).size).toBe(20);
    expect(result.carried).toBeNull();
    expect(result.warnings).toEqual([expect.stringContaining('All members are read')]);
  });

  it('of all groups where so many people would have to be looked up that listing is cheaper', async () => {
    const strangers = Array.from({ length: 401 }, (_, n) => addUser(`00uStranger${n}`));
    move(group(0), [...group(0).members, ...strangers], '2026-11-01T00:00:00.000Z');
    const { listed, result } = await bothWays(asEarlier(await collect(LAST_NIGHT)));
    expect(new Set(listed).size).toBe(20);
    expect(result.carried).toBeNull();
  });
});

it.each([1, 2, 3, 4, 5, 6])(
  'whatever moves in a night, the rows are those of a full read (seed %i)',
  async (seed) => {
    const random = seededRandom(seed);
    const pick = <Item>(items: readonly Item[]): Item => random.pick(items);
    const earlier = asEarlier(await collect(LAST_NIGHT));
    for (let change = 0; change < 12; change += 1) {
      const target = pick(pushed);
      const someone = pick(okta.okta.users);
      const kind = pick(['join', 'leave', 'rename', 'suspend', 'unassign', 'stranger', 'unpush'] as const);
      const [app] = okta.okta.apps;
      if (kind === 'join') move(target, [...new Set([...target.members, someone.id])]);
      if (kind === 'leave') move(target, target.members.slice(1));
      if (kind === 'rename') someone.profile.lastName = `Renamed ${change}`;
      if (kind === 'suspend') someone.status = 'SUSPENDED';
      if (kind === 'unassign' && app) app.users = app.users.filter(({ id }) => id !== someone.id);
      if (kind === 'stranger') move(target, [...target.members, addUser(`00uNew${seed}${change}`)]);
      if (kind === 'unpush') app?.pushMappings.pop();
    }
    const { listed } = await bothWays(earlier);
    expect(listed.length).toBeLessThan(20);
  },
);
