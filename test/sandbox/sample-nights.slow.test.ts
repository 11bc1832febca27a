import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/domain/finding.ts';
import { RULES } from '../../src/rules/index.ts';
import type { SandboxWorld } from '../../src/sandbox/model.ts';
import {
  damagedNight,
  healthyNight,
  NIGHT_TROUBLES,
  troubledNight,
} from '../../src/sandbox/sample-nights.ts';
import { memoryOf, startWorldAuditor, type WorldAuditor } from '../support/audit-world.ts';

const NOW = new Date('2026-11-24T03:15:00.000Z');
const NIGHT_BEFORE = new Date('2026-11-23T03:15:00.000Z');

/** Every finding of the troubled night, worst first: the rule, the subject, and the trouble that it is for. */
const FINDINGS: readonly (readonly [rule: string, subject: string, trouble: string])[] = [
  ['jit-still-on', 'Fjordlight Outdoor', 'set back to JIT'],
  ['scim-credentials-rejected', 'Opti ID SCIM', 'token revoked'],
  [
    'collaborator-in-managed-group',
    'dana.cole@brightpine.example → Opti CMP Campaigns',
    'agency put into the campaigns',
  ],
  ['deprovisioned-user-active', 'marius.tveit@fjordlight.example', 'leaver kept'],
  ['group-access-lost', 'Opti CMS Developers', 'role taken from the developers'],
  ['group-missing', 'Opti CMS Season Pages', 'season cleaned up'],
  ['group-name-drifted', 'Opti CMS Legal - Review', 'renamed in Opti ID'],
  ['group-push-failed', 'Opti EXP Experimenters', 'push in error'],
  ['member-missing', 'freja.holm@fjordlight.example → Opti CMS Translators', 'translator taken out by hand'],
  ['member-unexpected', 'andreas.holt@fjordlight.example → Opti EXP Analysts', 'analyst put in by hand'],
  ['push-event-failed', 'hanne.skaar@fjordlight.example', 'profile refused'],
  ['user-address-held', 'maja.boe.krag@fjordlight.example', 'new e-mail already taken'],
  ['user-deleted-by-hand', 'petter.wiik@fjordlight.example', 'account deleted by hand'],
  ['user-email-drifted', 'ida.falk@fjordlight.example', 'e-mail edited in Opti ID'],
  ['user-left-behind', 'trine.solli@fjordlight.example', 'account made by hand'],
  ['user-linked-to-another', 'aisha.karim@fjordlight.example', 'address of a colleague'],
  ['user-name-drifted', 'claire.dubois@fjordlight.example', 'name edited in Opti ID'],
  ['user-not-adopted', 'vetle.strom@fjordlight.example', 'could not wait for Okta'],
  ['user-not-provisioned', 'even.hove@fjordlight.example', 'link cleared and never made again'],
  ['user-push-failed', 'yusuf.demir@fjordlight.example', 'sync of a user in error'],
  ['user-removal-unconfirmed', 'simen.krogh@fjordlight.example', 'leaver deleted by hand'],
  ['grant-no-longer-possible', 'Opti CMS Gift Guide', 'gift guide taken down'],
  ['group-push-inactive', 'Opti CMP Buyers', 'push paused'],
  ['group-push-stale', 'Opti CMS Editors', 'push fell asleep'],
  ['group-push-unconfirmed', 'Opti CMP Newsletter', 'push without a trace'],
  ['group-recreated-by-hand', 'Opti CMS Publishers', 'a second group of publishers'],
  ['managed-group-without-access', 'Opti CMS Outlet', 'outlet without roles'],
  [
    'member-addition-unconfirmed',
    'nils.torp@fjordlight.example → Opti CMS Legal - Review',
    'member added without a trace',
  ],
  [
    'member-removal-unconfirmed',
    'magnus.dahl@fjordlight.example → Opti CMS Publishers',
    'member removed without a trace',
  ],
  ['user-access-lost', 'lars.odegard@fjordlight.example', 'unassigned for an afternoon'],
  ['user-addition-unconfirmed', 'vetle.strom@fjordlight.example', 'could not wait for Okta'],
];

const DRIFT_ONLY_RULES = RULES.filter(({ when }) => when.join() === 'drift').map(({ id }) => id);

function sentence(rule: string, subject: string): string {
  return `${rule}: ${subject}`;
}

function sentences(findings: readonly Finding[]): string[] {
  return findings.map(({ rule, subject }) => sentence(rule, subject));
}

/** The sentences of {@link FINDINGS} that these troubles bring. */
function expectedOf(troubles: readonly { name: string }[]): string[] {
  const names = troubles.map(({ name }) => name);
  return FINDINGS.filter(([, , trouble]) => names.includes(trouble)).map(([rule, subject]) =>
    sentence(rule, subject),
  );
}

let auditor: WorldAuditor;

beforeAll(async () => {
  auditor = await startWorldAuditor();
});

afterAll(async () => {
  await auditor.close();
});

function drift(world: SandboxWorld, memory = memoryOf(healthyNight(NIGHT_BEFORE))) {
  return auditor.judge(world, NOW, 'drift', memory);
}

const GRID_WIDTH = 6;

/**
 * The troubles in a grid, as its rows and its columns: two of them share one line at most, so one that needs
 * another, or hides it, shows up in a row or in a column.
 */
function troubleLines(): { line: string; troubles: (typeof NIGHT_TROUBLES)[number][] }[] {
  const lines = new Map<string, (typeof NIGHT_TROUBLES)[number][]>();
  for (const [position, trouble] of NIGHT_TROUBLES.entries()) {
    for (const key of [`row ${Math.floor(position / GRID_WIDTH)}`, `column ${position % GRID_WIDTH}`]) {
      lines.set(key, [...(lines.get(key) ?? []), trouble]);
    }
  }
  return [...lines.values()].map((troubles) => ({
    line: troubles.map(({ name }) => name).join(', '),
    troubles,
  }));
}

function rowsOf({ okta, store }: SandboxWorld): string[] {
  const rows = [...okta.users, ...okta.groups, ...okta.apps, ...okta.apps.flatMap((app) => app.pushMappings)];
  return [...rows, ...store.users, ...store.groups, ...store.product_instances].map(({ id }) => id);
}

function timesIn(value: unknown): string[] {
  return JSON.stringify(value).match(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/gu) ?? [];
}

describe('the nights', () => {
  it.each([
    ['healthy', healthyNight],
    ['troubled', troubledNight],
  ])('the %s one has every id once, keeps it at another moment, and has no time to come', (_name, night) => {
    const world = night(NOW);
    const ids = [...rowsOf(world), ...world.okta.logEvents.map(({ uuid }) => uuid)];
    expect(new Set(ids).size).toBe(ids.length);
    expect(rowsOf(night(NIGHT_BEFORE))).toEqual(rowsOf(world));
    expect(timesIn(world).filter((time) => time >= NOW.toISOString())).toEqual([]);
    expect(night(NOW)).toEqual(world);
  });

  it('count their members right', () => {
    for (const { store } of [healthyNight(NOW), troubledNight(NOW)]) {
      const present = new Set(store.users.filter(({ status }) => status !== 'deleted').map(({ id }) => id));
      for (const { id, name, user_count } of store.groups) {
        const members = store.group_members.filter((row) => row.group_id === id && present.has(row.user_id));
        if (user_count !== null) expect([name, members.length]).toEqual([name, user_count]);
      }
    }
  });
});

describe('the healthy night', () => {
  it('has nothing to find, and every rule that can speak has passed', async () => {
    const { findings, rules } = await drift(healthyNight(NOW));
    expect(sentences(findings)).toEqual([]);
    // Okta rarely shows the base URL of this app, and does not here.
    expect(
      rules.filter(({ outcome }) => outcome !== 'pass').map(({ rule, outcome }) => [rule, outcome]),
    ).toEqual([['scim-base-url-unexpected', 'skipped']]);
  });

  it('has nothing to find as the first of its org either', async () => {
    const { findings, rules } = await drift(healthyNight(NOW), { groupPairs: {}, baseline: null });
    expect(sentences(findings)).toEqual([]);
    const skipped = rules.filter(({ outcome }) => outcome === 'skipped').map(({ rule }) => rule);
    expect(skipped.sort()).toEqual([
      'grant-no-longer-possible',
      'group-access-lost',
      'scim-base-url-unexpected',
      'user-access-lost',
    ]);
  });

  it('has nothing in flight', async () => {
    const { users, groups } = await drift(healthyNight(NOW));
    const situations = [...users, ...groups].map(({ situation }) => situation);
    expect(situations).not.toContain('IN_FLIGHT');
    expect(situations).toContain('MANAGED');
  });
});

describe('the troubled night', () => {
  it('has exactly these findings', async () => {
    const { findings, rules } = await drift(troubledNight(NOW));
    expect(sentences(findings)).toEqual(FINDINGS.map(([rule, subject]) => sentence(rule, subject)));
    expect(rules.filter(({ outcome }) => outcome === 'unknown')).toEqual([]);
  });

  it('has them whatever the order of its troubles', async () => {
    const { findings } = await drift(damagedNight(NOW, [...NIGHT_TROUBLES].reverse()));
    expect(sentences(findings)).toEqual(FINDINGS.map(([rule, subject]) => sentence(rule, subject)));
  });

  it('has every rule fire once that speaks after the cutover alone', () => {
    expect(
      FINDINGS.map(([rule]) => rule)
        .filter((rule) => DRIFT_ONLY_RULES.includes(rule))
        .sort(),
    ).toEqual([...DRIFT_ONLY_RULES].sort());
  });

  it('says of each trouble which rules it sets off', () => {
    for (const { name, rules } of NIGHT_TROUBLES) {
      const fired = FINDINGS.filter(([, , trouble]) => trouble === name).map(([rule]) => rule);
      expect(fired, name).toEqual(rules);
    }
    expect(new Set(NIGHT_TROUBLES.map(({ name }) => name)).size).toBe(NIGHT_TROUBLES.length);
  });

  it.each(troubleLines())('with these alone has their findings alone: $line', async ({ troubles }) => {
    const { findings } = await drift(damagedNight(NOW, troubles));
    expect(sentences(findings)).toEqual(expectedOf(troubles));
  });

  it('leaves alone who and what is in flight', async () => {
    const { users, groups } = await drift(damagedNight(NOW, []));
    const inFlight = (rows: readonly { situation: string }[]) =>
      rows.filter(({ situation }) => situation === 'IN_FLIGHT');
    expect(inFlight(users)).toMatchObject([{ email: 'ola.brekke@fjordlight.example' }]);
    expect(inFlight(groups)).toMatchObject([{ okta_group_name: 'Opti CMS Trail Notes Blog' }]);
  });

  it('would find both without the time that a push may take', async () => {
    const world = damagedNight(NOW, []);
    const later = new Date(NOW.getTime() + 3_600_000);
    const memory = memoryOf(healthyNight(NIGHT_BEFORE));
    const { findings } = await auditor.judge(world, later, 'drift', memory);
    expect(sentences(findings)).toEqual([
      'member-missing: kari.moen@fjordlight.example → Opti CMS Trail Notes Blog',
      'user-name-drifted: ola.brekke@fjordlight.example',
      'group-push-stale: Opti CMS Trail Notes Blog',
      'member-addition-unconfirmed: kari.moen@fjordlight.example → Opti CMS Trail Notes Blog',
    ]);
  });
});
