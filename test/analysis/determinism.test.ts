import { expect, test } from 'vitest';
import type { CatalogueRule, Job } from '../../src/domain/rule.ts';
import { RULES } from '../../src/rules/index.ts';
import { minutesBefore, World } from '../support/world.ts';

const groupNameTaken = RULES.find((rule) => rule.id === 'group-name-taken') as CatalogueRule;

/** A world with something of everything: pairs, links, twins, suspended people, hostile names. */
function motley(): World {
  const world = new World();
  world.ssoApp();
  const people = ['ada', 'Bo', 'zoé', 'cy+tag', 'dan'].map((name) =>
    world.person({ email: `${name}@example.com` }),
  );
  people.push(world.person({ status: 'SUSPENDED', email: 'eve@elsewhere.example' }, { user_name: 'eve' }));
  people.push(world.person({ status: 'STAGED', email: 'fay@bücher.example' }));
  const users = ['ADA', 'bo', 'zoe\u0301', 'cy', 'eve', 'nobody'].map((name) =>
    world.optiUser({ email: `${name}@example.com` }),
  );
  users.push(world.optiUser({ email: 'ada@example.com', home_organization_id: 'org-2' }));
  for (const [place, name] of ['Sales', '=cmd, "x"\n', 'Team\u00A0Nord', 'Everyone', 'İstanbul'].entries()) {
    world.pushedGroup(name, people.slice(place));
    world.pushedGroup(name.toUpperCase(), people.slice(0, place));
    const group = world.optiGroup(name.toLowerCase(), users.slice(0, place + 1), { user_count: 1 });
    world.grant(group, 'CMS', `Website ${place}`, 'Editor');
    world.grant(group, 'Admin Center', 'Admin Center', 'Super Admin');
    world.optiGroup(name, users.slice(place), { group_type: place % 2 ? 'internal' : 'product' });
    world.mapping(world.oktaGroup(`Mapped ${name}`), { targetName: name, created: minutesBefore(60) });
  }
  return world;
}

/** Rows in another order than they were made in, and some of them twice, as a shifting listing brings them. */
const ORDERS: readonly (<Row>(rows: Row[]) => Row[])[] = [
  (rows) => rows.reverse(),
  (rows) => [...rows.slice(Math.floor(rows.length / 3)), ...rows.slice(0, Math.ceil(rows.length / 2))],
];

test.each<Job>(['precutover', 'drift'])(
  'the %s analysis says the very same whatever the order of the rows, and if rows come twice',
  async (job) => {
    const first = await motley().analyse(job);
    expect(first.findings.length).toBeGreaterThan(job === 'precutover' ? 30 : 10);
    for (const order of ORDERS) {
      expect(JSON.stringify(await motley().analyse(job, { order }))).toBe(JSON.stringify(first));
    }
  },
);

test('findings stand worst first, then by rule, subject and id, by code unit', async () => {
  const { findings } = await motley().analyse('precutover');
  const worst = ['blocker', 'error', 'warning', 'info'];
  const keys = findings.map((finding) => [
    worst.indexOf(finding.severity),
    finding.rule,
    finding.subject,
    finding.finding_id,
  ]);
  const sorted = [...keys].sort((a, b) => {
    for (let place = 0; place < a.length; place += 1) {
      const [one, other] = [a[place] as string, b[place] as string];
      if (one !== other) return one < other ? -1 : 1;
    }
    return 0;
  });
  expect(keys).toEqual(sorted);
  expect(new Set(findings.map((finding) => finding.finding_id)).size).toBe(findings.length);
});

test('a finding keeps its id over nights while names, times and members change, not when the pair does', async () => {
  const idOf = async (patch: { okta?: string; opti?: string; name?: string; member?: boolean }) => {
    const world = new World();
    world.pushedGroup(patch.name ?? 'Sales', [], { okta_group_id: patch.okta ?? '00gSales' });
    world.optiGroup((patch.name ?? 'Sales').toUpperCase(), patch.member ? [world.optiUser()] : [], {
      opti_group_id: patch.opti ?? 'group-s',
    });
    const { findings } = await world.judge('precutover', groupNameTaken);
    return findings[0]?.finding_id;
  };
  const id = await idOf({});
  expect(id).toMatch(/^[a-f][0-9a-f]{15}$/u);
  expect(await idOf({ name: 'Vertrieb', member: true })).toBe(id);
  expect(await idOf({ okta: '00gOther' })).not.toBe(id);
  expect(await idOf({ opti: 'group-other' })).not.toBe(id);
});
