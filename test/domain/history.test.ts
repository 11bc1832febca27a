import { describe, expect, test } from 'vitest';
import type { DatasetName } from '../../src/domain/dataset.ts';
import type { Finding } from '../../src/domain/finding.ts';
import {
  changedSettings,
  daysBetween,
  type EarlierRun,
  inFlightNow,
  outstanding,
  shrunkDatasets,
  tellHistory,
} from '../../src/domain/history.ts';
import type { FindingInFlight } from '../../src/domain/memory.ts';
import type { Waiver } from '../../src/domain/waiver.ts';
import { sampleFinding, sampleManifest, sampleRule } from '../report/sample-run.ts';

const LAST_WEEK = '2026-11-17T03:15:00.000Z';

function finding(id: string, over: Partial<Finding> = {}): Finding {
  return sampleFinding({ finding_id: id.repeat(16).slice(0, 16), subject: id, ...over });
}

function earlier(findings: readonly Finding[], over: Partial<EarlierRun> = {}): EarlierRun {
  return {
    run: '20261117T031500Z-drift',
    began: LAST_WEEK,
    findings: findings.map((known) => ({ ...known, first_seen: LAST_WEEK })),
    held: [],
    rows: {},
    settings: null,
    ...over,
  };
}

const tell = (over: Partial<Parameters<typeof tellHistory>[0]>) =>
  tellHistory({
    findings: [],
    rules: [sampleRule()],
    isComplete: true,
    earlier: null,
    waiverOf: () => null,
    ...over,
  });

const WAIVER: Waiver = {
  line: 2,
  finding_id: null,
  rule: 'group-name-taken',
  subject: 'a',
  owner: 'Ada',
  reason: 'ticket 7',
  expires: '2026-12-01',
};

const states = (findings: readonly Finding[]) =>
  findings.map(({ subject, state, first_seen }) => [
    subject,
    state,
    first_seen === LAST_WEEK ? 'old' : 'now',
  ]);

describe('a finding', () => {
  test('is new on the first night, and known on the next with the time it was first seen', () => {
    expect(states(tell({ findings: [finding('a')] }).findings)).toEqual([['a', 'new', 'now']]);
    const next = tell({ findings: [finding('a'), finding('b')], earlier: earlier([finding('a')]) });
    expect(states(next.findings)).toEqual([
      ['a', 'known', 'old'],
      ['b', 'new', 'now'],
    ]);
    expect(next.held).toEqual([]);
    expect(tell({})).toEqual({ findings: [], held: [], waivedBlockers: [] });
  });

  test('is resolved once when a complete run judged its rule and no longer finds it', () => {
    const { findings } = tell({ earlier: earlier([finding('a')]) });
    expect(states(findings)).toEqual([['a', 'resolved', 'old']]);
    expect(outstanding(findings)).toEqual([]);
  });

  test('is held, neither open nor resolved, where the run is incomplete or its rule did not run', () => {
    for (const over of [
      { isComplete: false },
      { rules: [sampleRule({ outcome: 'unknown' })] },
      { rules: [sampleRule({ outcome: 'skipped' })] },
      { rules: [] },
    ]) {
      const { findings, held } = tell({ earlier: earlier([finding('a')]), ...over });
      expect([findings, states(held)]).toEqual([[], [['a', 'new', 'old']]]);
    }
  });

  test('is waived whether new or known, keeps its age, and counts as known again when the waiver ends', () => {
    const waived = tell({
      findings: [finding('a')],
      earlier: earlier([finding('a')]),
      waiverOf: () => WAIVER,
    });
    expect(states(waived.findings)).toEqual([['a', 'waived', 'old']]);
    const next = earlier(outstanding(waived.findings));
    expect(states(tell({ findings: [finding('a')], earlier: next }).findings)).toEqual([
      ['a', 'known', 'old'],
    ]);
    expect(states(tell({ earlier: next }).findings)).toEqual([['a', 'resolved', 'old']]);
  });

  test('is resolved by a rule that speaks of others, and what was held before is judged like what was known', () => {
    const rules = [sampleRule({ outcome: 'fail' })];
    const before = earlier([], { held: [{ ...finding('a'), first_seen: LAST_WEEK }] });
    const { findings, held } = tell({ findings: [finding('b')], rules, earlier: before });
    expect(states(findings).sort()).toEqual([
      ['a', 'resolved', 'old'],
      ['b', 'new', 'now'],
    ]);
    expect(held).toEqual([]);
  });

  test('stands below a worse one, whether it counts, is resolved or is held', () => {
    const [light, heavy] = [finding('a', { severity: 'info' }), finding('b', { severity: 'blocker' })];
    const order = (findings: readonly Finding[]) => findings.map(({ severity }) => severity);
    expect(order(tell({ findings: [light], earlier: earlier([heavy]) }).findings)).toEqual([
      'blocker',
      'info',
    ]);
    const { held } = tell({ isComplete: false, earlier: earlier([light, heavy]) });
    expect(order(held)).toEqual(['blocker', 'info']);
  });
});

describe('a waived blocker', () => {
  test('is listed with who accepted it, why and until when; nothing else that is waived is', () => {
    const waived = (severity: Finding['severity']) =>
      tell({ findings: [finding('a', { severity })], waiverOf: () => WAIVER }).waivedBlockers;
    const { finding_id, rule, subject } = finding('a');
    expect(waived('blocker')).toEqual([
      { finding_id, rule, subject, owner: 'Ada', reason: 'ticket 7', expires: '2026-12-01' },
    ]);
    expect(waived('error')).toEqual([]);
    expect(tell({ findings: [finding('a', { severity: 'blocker' })] }).waivedBlockers).toEqual([]);
  });
});

describe('what is in flight', () => {
  const NOW = '2026-11-24T03:15:00.000Z';
  const inFlight = (
    findings: readonly Finding[],
    before: readonly FindingInFlight[],
    rules = [sampleRule()],
  ) =>
    inFlightNow(
      { inFlight: findings, rules },
      { before: new Map(before.map((one) => [one.finding_id, one])), began: NOW },
    );
  const of = (id: string, since: string): FindingInFlight => ({
    finding_id: finding(id).finding_id,
    rule: finding(id).rule,
    since,
  });

  test('is so since this run, or since the run that saw it first; by id, so that the same run writes the same', () => {
    expect(inFlight([finding('b'), finding('a')], [of('b', LAST_WEEK)])).toEqual([
      of('a', NOW),
      of('b', LAST_WEEK),
    ]);
  });

  test('has come to rest when its rule ran without it, and stays known while the rule could not run', () => {
    expect(inFlight([], [of('a', LAST_WEEK)])).toEqual([]);
    const rules = [sampleRule({ outcome: 'unknown' })];
    expect(inFlight([], [of('a', LAST_WEEK)], rules)).toEqual([of('a', LAST_WEEK)]);
  });
});

test.each([
  ['2026-11-20T03:15:00.000Z', '2026-11-24T03:15:00.000Z', 4],
  ['2026-11-20T03:15:00.000Z', '2026-11-24T03:14:59.999Z', 3],
  ['2026-11-24T03:15:00.000Z', '2026-11-20T03:15:00.000Z', 0],
])('from %s to %s are %i whole days', (from, to, days) => {
  expect(daysBetween(from, to)).toBe(days);
});

describe('a dataset is suspect', () => {
  const shrunk = (
    before: number,
    now: number,
    over: Parameters<typeof sampleManifest>[0] = {},
    dataset: DatasetName = 'optiId.users',
  ) => {
    const whole = sampleManifest().datasets[dataset];
    const manifest = sampleManifest({ [dataset]: { ...whole, rows: now }, ...over });
    return shrunkDatasets(manifest, earlier([], { rows: { [dataset]: before, 'okta.logEvents': 900 } }));
  };

  test('when it lost more than a fifth of its rows, or all of them', () => {
    expect(shrunk(100, 79)).toEqual([{ dataset: 'optiId.users', before: 100, now: 79 }]);
    expect(shrunk(1, 0)).toEqual([{ dataset: 'optiId.users', before: 1, now: 0 }]);
  });

  test('not when it lost a fifth or less, less than ten rows, grew, or there is nothing to compare with', () => {
    expect([shrunk(100, 80), shrunk(20, 11), shrunk(0, 0), shrunk(10, 20)]).toEqual([[], [], [], []]);
    expect(shrunk(20, 10)).toHaveLength(1);
    expect(shrunkDatasets(sampleManifest(), null)).toEqual([]);
  });

  test.each<DatasetName>([
    'optiId.productInstances',
    'optiId.roles',
    'optiId.ssoConnections',
    'optiId.organizations',
  ])('of which there are few, %s, only when it is empty', (dataset) => {
    expect([shrunk(4, 3, {}, dataset), shrunk(100, 10, {}, dataset)]).toEqual([[], []]);
    expect(shrunk(4, 0, {}, dataset)).toEqual([{ dataset, before: 4, now: 0 }]);
  });

  test('never when what it holds comes and goes', () => {
    const names: DatasetName[] = [
      'okta.appFeatures',
      'okta.provisioningConnection',
      'okta.suspendedUsers',
      'okta.userLookups',
      'okta.logEvents',
      'okta.ssoAppUsers',
      'okta.ssoAppGroups',
      'optiId.invitations',
      'okta.assignmentChecks',
      'okta.otherAppUsers',
      'okta.otherPushMappings',
      'optiId.otherOrganizationUsers',
      'optiId.teams',
    ];
    for (const dataset of names) expect(shrunk(100, 0, {}, dataset)).toEqual([]);
  });

  test('not when it was not read completely, which it says itself', () => {
    const partial = {
      ...sampleManifest().datasets['optiId.users'],
      completeness: 'partial' as const,
      rows: 0,
    };
    expect(shrunk(100, 0, { 'optiId.users': partial })).toEqual([]);
  });
});

describe('settings that changed between two runs', () => {
  const { settings } = sampleManifest();
  const names = (count: number) => Array.from({ length: count }, (_, at) => `Group ${at}`);

  test('are told as they were and as they are', () => {
    const before = { ...settings, push_groups: names(17), lag_minutes: 30 };
    expect(changedSettings({ ...settings, push_groups: names(5) }, before)).toEqual([
      { setting: 'AUDIT_PUSH_GROUPS', before: '17 groups', now: '5 groups' },
      { setting: 'AUDIT_LAG_MINUTES', before: '30', now: '60' },
    ]);
  });

  test('are other groups where they are as many, and nothing where only their order is another', () => {
    const before = { ...settings, push_groups: ['A', 'B'] };
    expect(changedSettings({ ...settings, push_groups: ['B', 'A'] }, before)).toEqual([]);
    expect(changedSettings({ ...settings, push_groups: ['B', 'C'] }, before)).toEqual([
      { setting: 'AUDIT_PUSH_GROUPS', before: '2 groups', now: '2 groups, others' },
    ]);
  });

  test('are not known of a run that does not say', () => {
    expect(changedSettings(settings, null)).toEqual([]);
  });
});
