import { describe, expect, test } from 'vitest';
import type { Job } from '../../src/domain/rule.ts';
import { analyse, type JudgedAnalysis, judgeSnapshot, type WholeAnalysis } from '../support/analyse.ts';
import { World } from '../support/world.ts';
import { analysePair, engineLines } from './compare.ts';
import { generateOrgPair } from './generate.ts';
import type { OrgPair } from './org-pair.ts';
import { Random } from './random.ts';
import { renameId, renameIds } from './rename-ids.ts';

const TIME_LIMIT_MS = 300_000;
const SEEDS = Array.from({ length: 3 }, (_, index) => 9001 + index);

type Order = <Row>(rows: Row[]) => Row[];

async function analyseFor(pair: OrgPair, order?: Order): Promise<WholeAnalysis> {
  const [analysis] = await analysePair(pair, ['precutover'], analyse, order);
  return analysis as WholeAnalysis;
}

async function judgeFor(pair: OrgPair, job: Job, order?: Order): Promise<JudgedAnalysis> {
  const [analysis] = await analysePair(pair, [job], judgeSnapshot, order);
  return analysis as JudgedAnalysis;
}

/** The analyses before the cutover that every change is held against: each is made once. */
const unchanged = new Map<number, Promise<WholeAnalysis>>();

function analyseUnchanged(seed: number): Promise<WholeAnalysis> {
  const analysis = unchanged.get(seed) ?? analyseFor(generateOrgPair(seed));
  unchanged.set(seed, analysis);
  return analysis;
}

/** All that a report shows. */
function reportOf({ findings, rules, groups, users, memberships, access, configuration }: WholeAnalysis) {
  return { findings, rules, groups, users, memberships, access, configuration };
}

describe('the report of a random org pair', () => {
  test('does not depend on the order of rows', { timeout: TIME_LIMIT_MS }, async () => {
    for (const seed of SEEDS) {
      const pair = generateOrgPair(seed);
      const random = new Random(seed);
      const shuffled = await analyseFor(pair, (rows) => random.shuffle(rows));
      expect(reportOf(shuffled), `seed ${seed}`).toEqual(reportOf(await analyseUnchanged(seed)));
    }
  });

  test('does not depend on rows that come twice', { timeout: TIME_LIMIT_MS }, async () => {
    for (const seed of SEEDS) {
      const pair = generateOrgPair(seed);
      const random = new Random(seed);
      const doubled = await analyseFor(pair, (rows) => random.shuffle([...rows, ...random.some(rows, 0.4)]));
      expect(reportOf(doubled), `seed ${seed}`).toEqual(reportOf(await analyseUnchanged(seed)));
    }
  });

  test('does not depend on what the ids are', { timeout: TIME_LIMIT_MS }, async () => {
    for (const seed of SEEDS) {
      const pair = generateOrgPair(seed);
      const renamed = engineLines(await judgeFor(renameIds(pair), 'precutover'));
      const expected = engineLines(await analyseUnchanged(seed), renameId);
      expect(renamed, `seed ${seed}`).toEqual(expected);
    }
  });

  test('after the cutover depends neither on what the ids are nor on the order of rows', {
    timeout: TIME_LIMIT_MS,
  }, async () => {
    for (const seed of SEEDS) {
      const pair = generateOrgPair(seed);
      const random = new Random(seed);
      const changed = await judgeFor(renameIds(pair), 'drift', (rows) => random.shuffle(rows));
      const expected = engineLines(await judgeFor(pair, 'drift'), renameId);
      expect(engineLines(changed), `seed ${seed}`).toEqual(expected);
    }
  });
});

interface Cause {
  rule: string;
  /** Brings the cause into a healthy world, and returns what takes it away again. */
  bring: (world: World) => (world: World) => void;
}

/** A healthy organization: a break-glass admin, a team that is taken over, a pushed group with its members. */
function healthy(): World {
  const world = new World();
  const admin = world.optiUser({ email: 'break.glass@example.com', local_login: true });
  world.grant(world.optiGroup('Break glass', [admin]), 'Admin Center', 'Admin Center', 'Super Admin');
  const ada = world.person({ email: 'ada@example.com' });
  const max = world.person({ email: 'max@example.com', status: 'LOCKED_OUT' });
  world.optiUser({ email: 'ada@example.com' });
  world.optiUser({ email: 'max@example.com' });
  world.pushedGroup('Writers', [ada, max]);
  world.optiGroup('Readers', [], { group_type: 'custom' });
  return world;
}

/** The row that a world has of a dataset with this value in a column. */
function rowOf<Row>(rows: readonly Row[], isWanted: (row: Row) => boolean): Row {
  const row = rows.find(isWanted);
  if (!row) throw new Error('There is no such row.');
  return row;
}

const CAUSES: readonly Cause[] = [
  {
    rule: 'group-name-taken',
    bring: (world) => {
      const id = world.optiGroup('Writers ', []);
      for (const user of world.rows['optiId.users'].slice(1)) {
        world.rows['optiId.groupMembers'].push({ opti_group_id: id, opti_user_id: user.opti_user_id });
      }
      return () => {
        const groups = world.rows['optiId.groups'];
        groups.splice(groups.indexOf(rowOf(groups, (group) => group.opti_group_id === id)), 1);
      };
    },
  },
  {
    rule: 'group-name-taken-by-product',
    bring: (world) => {
      const id = world.optiGroup('WRITERS', [], { group_type: 'product' });
      return () => {
        rowOf(world.rows['optiId.groups'], (group) => group.opti_group_id === id).name = 'Other writers';
      };
    },
  },
  {
    rule: 'group-name-lookalike',
    bring: (world) => {
      const id = world.optiGroup('Writ\u200bers');
      return () => {
        rowOf(world.rows['optiId.groups'], (group) => group.opti_group_id === id).name = 'Other writers';
      };
    },
  },
  {
    rule: 'reserved-group-name',
    bring: (world) => {
      const group = rowOf(world.rows['okta.groups'], ({ name }) => name === 'Writers');
      group.name = 'EVERYONE';
      return () => {
        group.name = 'Writers';
      };
    },
  },
  {
    rule: 'group-name-fragile',
    bring: (world) => {
      const group = rowOf(world.rows['okta.groups'], ({ name }) => name === 'Writers');
      group.name = 'Writers "EU"';
      return () => {
        group.name = 'Writers EU';
      };
    },
  },
  {
    rule: 'group-orphaned',
    bring: (world) => {
      const id = world.optiGroup('Left behind', [], { group_type: 'internal' });
      return () => {
        world.mapping(world.oktaGroup('Left behind'), { targetExternalId: id });
      };
    },
  },
  {
    rule: 'group-push-failed',
    bring: (world) => {
      world.mapping(world.oktaGroup('Testers'), { status: 'ERROR' });
      return () => {
        for (const mapping of world.rows['okta.groupPushMappings']) mapping.status = 'ACTIVE';
      };
    },
  },
  {
    rule: 'group-count-mismatch',
    bring: (world) => {
      const id = world.optiGroup('Counted', [], { user_count: 3 });
      return () => {
        rowOf(world.rows['optiId.groups'], (group) => group.opti_group_id === id).user_count = 0;
      };
    },
  },
  {
    rule: 'group-without-members',
    bring: (world) => {
      const id = world.pushedGroup('Nobody yet');
      return () => {
        const member = world.rows['okta.users'][0]?.okta_user_id ?? '';
        world.rows['okta.groupMembers'].push({ okta_group_id: id, okta_user_id: member });
      };
    },
  },
  {
    rule: 'user-email-case',
    bring: (world) => {
      const user = rowOf(world.rows['optiId.users'], ({ email }) => email === 'max@example.com');
      user.email = 'Max@Example.com';
      return () => {
        user.email = 'max@example.com';
      };
    },
  },
  {
    rule: 'user-name-missing',
    bring: (world) => {
      const user = rowOf(world.rows['okta.users'], ({ email }) => email === 'max@example.com');
      user.last_name = '\u00a0';
      return () => {
        user.last_name = 'Byron';
      };
    },
  },
  {
    rule: 'username-differs-from-email',
    bring: (world) => {
      world.person({ email: 'new@example.com' }, { user_name: 'newcomer@example.com' });
      return () => {
        rowOf(world.rows['okta.appUsers'], (row) => row.user_name === 'newcomer@example.com').user_name =
          'NEW@example.com';
      };
    },
  },
  {
    rule: 'suspended-user-active',
    bring: (world) => {
      const id = world.person({ email: 'sus@example.com', status: 'SUSPENDED' });
      return () => {
        rowOf(world.rows['okta.appUsers'], (row) => row.okta_user_id === id).status = 'DEPROVISIONED';
      };
    },
  },
  {
    rule: 'user-invitation-pending',
    bring: (world) => {
      world.rows['optiId.invitations'].push({
        opti_invitation_id: 'invitation-1',
        email: 'ADA@example.com',
        status: 'pending',
        created_at: null,
      });
      return () => {
        rowOf(world.rows['optiId.invitations'], () => true).status = 'revoked';
      };
    },
  },
  {
    rule: 'user-unmanaged',
    bring: (world) => {
      world.optiUser({ email: 'old@example.com' });
      return () => {
        world.person({ email: 'old@example.com' });
      };
    },
  },
  {
    rule: 'user-email-alias',
    bring: (world) => {
      world.person({ email: 'eve+work@example.com' });
      world.optiUser({ email: 'eve@example.com' });
      return () => {
        rowOf(world.rows['optiId.users'], ({ email }) => email === 'eve@example.com').email =
          'eve+work@example.com';
      };
    },
  },
  {
    rule: 'domain-not-owned',
    bring: (world) => {
      world.person({ email: 'kim@bücher.example' });
      return () => {
        rowOf(world.rows['optiId.ssoConnections'], () => true).domains.push('xn--bcher-kva.example');
      };
    },
  },
  {
    rule: 'member-not-assigned',
    bring: (world) => {
      const id = world.oktaUser({ email: 'late@example.com' });
      const group = rowOf(world.rows['okta.groups'], ({ name }) => name === 'Writers');
      world.rows['okta.groupMembers'].push({ okta_group_id: group.okta_group_id, okta_user_id: id });
      return () => {
        world.assign(id);
      };
    },
  },
  {
    rule: 'member-staged',
    bring: (world) => {
      const id = world.person({ email: 'soon@example.com', status: 'STAGED' });
      const group = rowOf(world.rows['okta.groups'], ({ name }) => name === 'Writers');
      world.rows['okta.groupMembers'].push({ okta_group_id: group.okta_group_id, okta_user_id: id });
      return () => {
        rowOf(world.rows['okta.users'], (user) => user.okta_user_id === id).status = 'ACTIVE';
      };
    },
  },
  {
    rule: 'scim-app-inactive',
    bring: (world) => {
      world.settings.scim_app = world.scimApp.okta_app_id;
      world.changeScimApp({ status: 'INACTIVE' });
      return () => world.changeScimApp({ status: 'ACTIVE' });
    },
  },
  {
    rule: 'break-glass-admin-missing',
    bring: (world) => {
      const admin = rowOf(world.rows['optiId.users'], ({ local_login }) => local_login === true);
      admin.local_login = false;
      const id = world.person({ email: admin.email });
      return () => {
        admin.home_organization_id = 'org-partner';
        rowOf(world.rows['okta.appUsers'], (row) => row.okta_user_id === id).status = 'UNASSIGNED';
      };
    },
  },
  {
    rule: 'group-name-taken-by-orphan',
    bring: (world) => {
      const id = world.optiGroup('writers', [], { group_type: 'internal' });
      return () => {
        const groups = world.rows['optiId.groups'];
        groups.splice(groups.indexOf(rowOf(groups, (group) => group.opti_group_id === id)), 1);
      };
    },
  },
  {
    rule: 'group-makes-team',
    bring: (world) => {
      world.rows['optiId.productInstances'].push({
        opti_instance_id: '7c1e',
        product: 'Collaboration',
        nickname: null,
      });
      const group = rowOf(world.rows['okta.groups'], ({ name }) => name === 'Writers');
      group.name = 'Writers::7c1e';
      return () => {
        group.name = 'Writers';
      };
    },
  },
  {
    rule: 'take-over-of-another',
    bring: (world) => {
      const user = rowOf(world.rows['optiId.users'], ({ email }) => email === 'max@example.com');
      user.first_name = 'Zara';
      user.last_name = 'Quinn';
      return () => {
        user.last_name = 'BYRON ';
      };
    },
  },
  {
    rule: 'person-outside-scim-assigned',
    bring: (world) => {
      const user = rowOf(world.rows['optiId.users'], ({ email }) => email === 'max@example.com');
      user.home_organization_id = 'org-partner';
      return () => {
        user.home_organization_id = 'org-1';
      };
    },
  },
  {
    rule: 'user-known-by-login',
    bring: (world) => {
      world.person({ email: 'mona@example.com', login: 'mberg@example.com' });
      world.optiUser({ email: 'MBERG@example.com' });
      return () => {
        rowOf(world.rows['optiId.users'], ({ email }) => email === 'MBERG@example.com').email =
          'mona@example.com';
      };
    },
  },
];

describe('a finding disappears exactly when its cause is removed', () => {
  const findingsOf = async (world: World) =>
    (await world.findings('precutover')).map(({ rule, subject }) => `${rule}: ${subject}`);

  test('and a healthy world has none', { timeout: TIME_LIMIT_MS }, async () => {
    expect(await findingsOf(healthy())).toEqual([]);
  });

  for (const { rule, bring } of CAUSES) {
    test(`of ${rule}`, { timeout: TIME_LIMIT_MS }, async () => {
      const world = healthy();
      const takeAway = bring(world);
      const found = await findingsOf(world);
      expect(found).toHaveLength(1);
      expect(found[0]).toMatch(new RegExp(`^${rule}: `, 'u'));
      // The scope is resolved anew from the changed rows.
      world.rows['okta.pushScope'] = [];
      takeAway(world);
      expect(await findingsOf(world)).toEqual([]);
    });
  }
});
