import express5 from 'express';
import express4 from 'express4';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/domain/finding.ts';
import { collectStore } from '../../../src/opti-id/database/read-store.ts';
import { OPTI_ID_DIALECT } from '../../../src/opti-id/scim/dialect.ts';
import { collectScim } from '../../../src/opti-id/scim/read-scim.ts';
import { MemorySink } from '../../support/memory-sink.ts';
import { borrowStore, EMPTY } from '../../support/one-store.ts';
import { World } from '../../support/world.ts';
import { type RealScim, type ScimGroup, type ScimPerson, startScimmy } from '../support/real-scim.ts';

const PEOPLE = 105;
/** More than one page. */
const people: ScimPerson[] = Array.from({ length: PEOPLE }, (_, at) => ({
  id: `store-${at}`,
  externalId: `00u${at}`,
  email: `p${at}@example.com`,
  firstName: at === 1 ? 'Augusta' : 'Ada',
  lastName: 'Byron',
}));
const groups: ScimGroup[] = [
  {
    id: 'store-g0',
    name: 'Editors',
    members: people
      .slice(0, 60)
      .filter((_, index) => index !== 6)
      .map(({ id }) => id),
  },
  { id: 'store-g1', name: 'Everyone', members: people.slice(0, 90).map(({ id }) => id) },
];
/** The dialect of servers that keep to RFC 7644's own paths. */
const RFC_DIALECT = { ...OPTI_ID_DIALECT, paths: { users: '/Users', groups: '/Groups' } };

/** The Okta side of these people, on a night with a bit of everything. */
function oktaSide(): World {
  const world = new World();
  const ids = people.map((person, index) => {
    if (index === 5) {
      return world.person(
        { okta_user_id: '00u5', email: person.email, status: 'DEPROVISIONED' },
        { external_id: person.id, status: 'DEPROVISIONED' },
      );
    }
    return world.person(
      {
        okta_user_id: person.externalId,
        email: index === 2 ? 'new.address@example.com' : person.email,
        ...(index === 4 && { status: 'SUSPENDED' }),
      },
      { external_id: index === 3 ? 'deleted-by-hand' : person.id },
    );
  });
  const editors = world.pushedGroup('Editors', ids.slice(0, 50));
  world.mapping(editors, { targetExternalId: groups[0]?.id });
  const gone = world.pushedGroup('Gone', ids.slice(0, 3));
  world.mapping(gone, { targetExternalId: 'deleted-group' });
  return world;
}

function withOptiId(sink: MemorySink): World {
  const world = oktaSide();
  for (const name of ['optiId.users', 'optiId.groups', 'optiId.groupMembers'] as const) {
    world.rows[name] = sink.rows(name) as never;
  }
  return world;
}

async function readScim({ url: scimUrl, token }: RealScim): Promise<MemorySink> {
  const sink = new MemorySink();
  const settings = { scimUrl, token, auth: 'bearer', organizationId: 'org-1' } as const;
  await collectScim({ settings, sink, options: { dialect: RFC_DIALECT } });
  return sink;
}

async function readDatabase(): Promise<MemorySink> {
  const AT = '2026-01-02T03:04:05.678Z';
  const times = { created_at: AT, modified_at: AT };
  const store = await borrowStore({
    ...EMPTY,
    organizations: [{ id: 'org-1', name: 'Example', provisioning_mode: 'scim' }],
    users: people.map(({ id, externalId, email, firstName, lastName }) => ({
      id,
      organization_id: 'org-1',
      home_organization_id: 'org-1',
      external_id: externalId,
      email,
      first_name: firstName,
      last_name: lastName,
      status: 'active' as const,
      local_login: false,
      last_login_at: null,
      ...times,
    })),
    groups: groups.map(({ id, name, members }) => ({
      id,
      organization_id: 'org-1',
      name,
      description: null,
      group_type: 'internal' as const,
      user_count: members.length,
      ...times,
    })),
    group_members: groups.flatMap(({ id, members }) => members.map((user_id) => ({ group_id: id, user_id }))),
  });
  try {
    const sink = new MemorySink();
    await collectStore({
      store: { databaseUrl: store.url, schema: 'opti_id', organizationId: 'org-1' },
      sink,
    });
    return sink;
  } finally {
    await store.close();
  }
}

const keysOf = (findings: readonly Finding[]) =>
  findings.map(({ rule, subject, okta_id }) => `${rule}: ${subject} (${okta_id})`).sort();

describe('the same people and groups', () => {
  it('give the same findings over SCIM, from a server not written here, as from PostgreSQL', async () => {
    const database = await withOptiId(await readDatabase()).judged('drift');
    const scimmy = await startScimmy(express4, people, groups);
    try {
      const sink = await readScim(scimmy);
      expect([...sink.states].filter(([, { completeness }]) => completeness === 'partial')).toEqual([]);
      const scim = await withOptiId(sink).overScim().judged('drift');
      const judged = new Set(
        scim.rules.flatMap(({ rule, outcome }) => (outcome === 'pass' || outcome === 'fail' ? [rule] : [])),
      );
      expect(keysOf(scim.findings)).toEqual(keysOf(database.findings.filter(({ rule }) => judged.has(rule))));
      for (const rule of [
        'user-deleted-by-hand',
        'suspended-user-active',
        'member-missing',
        'member-unexpected',
        'group-missing',
      ]) {
        expect(scim.findings.map((finding) => finding.rule)).toContain(rule);
      }
    } finally {
      await scimmy.close();
    }
  });

  it('are partial where a server sends its first page again and again, as scimmy does with Express 5', async () => {
    const scimmy = await startScimmy(express5, people, groups);
    try {
      const sink = await readScim(scimmy);
      expect(sink.states.get('optiId.users')).toMatchObject({
        completeness: 'partial',
        reason: expect.stringContaining('restarts'),
      });
    } finally {
      await scimmy.close();
    }
  });
});
