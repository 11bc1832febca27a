import { describe, expect, test } from 'vitest';
import type { Completeness, DatasetName } from '../../src/domain/dataset.ts';
import type { FindingState, Severity } from '../../src/domain/finding.ts';
import {
  incompleteDatasets,
  isIncomplete,
  openByRule,
  orgOf,
  type RunResult,
  refusedSentences,
  summarizeCollection,
  summarizePlan,
  summarizeRun,
} from '../../src/domain/run.ts';
import {
  NO_PLAN,
  notRead,
  sampleFinding,
  sampleManifest,
  sampleResult,
  sampleRule,
} from '../report/sample-run.ts';

const finding = (severity: Severity, state: FindingState = 'new') => sampleFinding({ severity, state });

function endOf(over: Partial<RunResult>) {
  const { verdict, exit_code } = summarizeRun(sampleResult(over));
  return [verdict, exit_code];
}

describe('a run ends', () => {
  test('clean when nothing is found', () => {
    expect(endOf({})).toEqual(['go', 0]);
  });

  test.each<[Severity, Severity, unknown[]]>([
    ['blocker', 'error', ['no-go', 1]],
    ['error', 'error', ['no-go', 1]],
    ['warning', 'error', ['go', 0]],
    ['info', 'info', ['no-go', 1]],
    ['error', 'blocker', ['go', 0]],
  ])('with a finding of %s and --fail-on %s as %j', (severity, failOn, end) => {
    expect(endOf({ findings: [finding(severity)], failOn })).toEqual(end);
  });

  test.each<[FindingState, unknown[]]>([
    ['new', ['no-go', 1]],
    ['known', ['no-go', 1]],
    ['resolved', ['go', 0]],
    ['waived', ['go', 0]],
  ])('with a %s blocker as %j', (state, end) => {
    expect(endOf({ findings: [finding('blocker', state)] })).toEqual(end);
  });

  test('incomplete when a rule is unknown, and what is wrong stays a no-go', () => {
    const rules = [sampleRule({ outcome: 'unknown', reason: 'okta.groups was not read' })];
    expect(endOf({ rules })).toEqual(['unknown', 3]);
    expect(endOf({ rules, findings: [finding('warning')] })).toEqual(['unknown', 3]);
    expect(endOf({ rules, findings: [finding('blocker')] })).toEqual(['no-go', 3]);
  });

  test.each(['scim-app-missing', 'scim-app-ambiguous', 'scim-app-inactive'])(
    'never clean while %s speaks for all that was skipped, though it is waived or below --fail-on',
    (rule) => {
      const rules = [sampleRule(), sampleRule({ rule, outcome: 'fail', findings: 1 })];
      expect(endOf({ rules, findings: [sampleFinding({ rule, state: 'waived' })] })).toEqual(['unknown', 3]);
      expect(
        endOf({ rules, findings: [sampleFinding({ rule, severity: 'error' })], failOn: 'blocker' }),
      ).toEqual(['unknown', 3]);
      expect(endOf({ rules, findings: [sampleFinding({ rule })] })).toEqual(['no-go', 1]);
    },
  );

  test('with --fail-on-new as a failure only where a finding is new; the verdict is about all of them', () => {
    expect(endOf({ failOnNew: true, findings: [finding('blocker', 'known')] })).toEqual(['no-go', 0]);
    expect(endOf({ failOnNew: true, findings: [finding('blocker', 'known'), finding('error')] })).toEqual([
      'no-go',
      1,
    ]);
    expect(endOf({ failOnNew: true, findings: [finding('info')] })).toEqual(['go', 0]);
  });

  test('clean when another rule fails below --fail-on', () => {
    const rules = [sampleRule({ outcome: 'fail', findings: 1 })];
    expect(endOf({ rules, findings: [finding('warning')] })).toEqual(['go', 0]);
  });

  test('clean when the rule that would speak for all was skipped or found nothing', () => {
    const rules = [
      sampleRule({ rule: 'scim-app-missing', outcome: 'skipped' }),
      sampleRule({ rule: 'scim-app-inactive' }),
    ];
    expect(endOf({ rules })).toEqual(['go', 0]);
  });

  test('clean when a rule was skipped', () => {
    expect(endOf({ rules: [sampleRule({ outcome: 'skipped', reason: 'no SCIM app' })] })).toEqual(['go', 0]);
  });

  test.each<[DatasetName, Exclude<Completeness, 'complete'>, unknown[]]>([
    ['okta.users', 'partial', ['unknown', 3]],
    ['okta.users', 'unread', ['unknown', 3]],
    ['okta.users', 'not_applicable', ['go', 0]],
    ['okta.appFeatures', 'unread', ['go', 0]],
    ['okta.provisioningConnection', 'unread', ['go', 0]],
    ['okta.provisioningConnection', 'partial', ['unknown', 3]],
  ])('with %s %s as %j, even if no rule minds', (name, completeness, end) => {
    expect(endOf({ manifest: sampleManifest(notRead(name, completeness, 'HTTP 403')) })).toEqual(end);
  });
});

test('a run without rules is as complete as what was read', () => {
  expect(isIncomplete(sampleManifest(), [])).toBe(false);
  expect(isIncomplete(sampleManifest(notRead('optiId.users', 'partial', 'lost')), [])).toBe(true);
});

test('a run says of itself what it was told', () => {
  const [held, inFlight] = [finding('error', 'known'), { finding_id: 'f', rule: 'r', since: 'then' }];
  const waivedBlocker = {
    finding_id: 'w',
    rule: 'group-name-taken',
    subject: 'Editors',
    owner: 'Ada',
    reason: 'ticket 7',
    expires: '2026-12-01',
  };
  const refused = { run: '20261123T031500Z-drift', reason: 'its seal is broken' };
  const summary = summarizeRun(
    sampleResult({
      job: 'drift',
      failOn: 'warning',
      failOnNew: true,
      ssoApp: { id: '0oaSso', label: 'Opti ID' },
      suspect: [{ dataset: 'okta.users', before: 90, now: 0 }],
      shrinkAccepted: true,
      previous: { run: '20261117T031500Z-drift', began: '2026-11-17T03:15:00.000Z' },
      refused: [refused],
      baseline: '20261101T031500Z-precutover',
      held: [held],
      waivedBlockers: [waivedBlocker],
      inFlightNow: [inFlight],
      groupPairs: { gPm1: 'group-1' },
    }),
  );
  expect(summary).toMatchObject({
    format: 3,
    tool: { name: 'optiid-audit', version: '0.1.0' },
    job: 'drift',
    org: 'acme.okta.com',
    opti_organization: { id: 'org-1', name: 'Acme' },
    scim_app: { id: '0oaScim', label: 'Opti ID SCIM' },
    sso_app: { id: '0oaSso', label: 'Opti ID' },
    snapshot: {
      hash: 'b'.repeat(64),
      began: '2026-11-24T03:15:00.000Z',
      ended: '2026-11-24T03:16:00.000Z',
    },
    fail_on: 'warning',
    waived_blockers: [waivedBlocker],
    fail_on_new: true,
    complete: true,
    suspect: [{ dataset: 'okta.users', before: 90, now: 0 }],
    shrink_accepted: true,
    previous: { run: '20261117T031500Z-drift', began: '2026-11-17T03:15:00.000Z' },
    refused_history: [refused],
    baseline: '20261101T031500Z-precutover',
    held: [held],
    in_flight: [inFlight],
    group_pairs: { gPm1: 'group-1' },
  });
  expect(summarizeRun(sampleResult({ scimApp: null }))).toMatchObject({
    scim_app: null,
    sso_app: null,
    previous: null,
    waived_blockers: [],
    suspect: [],
    refused_history: [],
    notes: [],
    held: [],
    in_flight: [],
  });
});

test('groups and users are counted, and their situations add up to the count', () => {
  const groups = [{ situation: 'CREATE' }, { situation: 'RESERVED' }] as const;
  const { counts } = summarizeRun(sampleResult({ groups }));
  expect([counts.groups, counts.situation.CREATE, counts.situation.RESERVED]).toEqual([2, 1, 1]);
  expect([counts.users, counts.user_situation.TAKE_OVER]).toEqual([1, 1]);
});

describe('runs that are not believed', () => {
  const run = (name: string, reason = 'its seal is broken') => ({ run: name, reason });

  test.each([
    [[], []],
    [[run('a')], ['The run a is not believed: its seal is broken.']],
    [
      [run('a'), run('b', 'it is of another org'), run('c'), run('d')],
      [
        'The run a is not believed: its seal is broken. The same holds for 2 older.',
        'The run b is not believed: it is of another org.',
      ],
    ],
  ])('%j are named once for each reason', (refused, sentences) => {
    expect(refusedSentences(refused)).toEqual(sentences);
  });
});

test('rules with open findings are listed worst first, each with how many', () => {
  const of = (rule: string, severity: Severity, state: FindingState = 'new') =>
    sampleFinding({ rule, severity, state });
  expect(
    openByRule([
      of('b', 'warning'),
      of('a', 'blocker', 'known'),
      of('a', 'blocker'),
      of('c', 'error', 'waived'),
      of('d', 'error', 'resolved'),
    ]),
  ).toEqual([
    { rule: 'a', severity: 'blocker', findings: 2, new: 1 },
    { rule: 'b', severity: 'warning', findings: 1, new: 1 },
  ]);
});

describe('a collection', () => {
  const collection = (over: Parameters<typeof sampleManifest>[0], ignored: DatasetName[] = []) =>
    summarizeCollection(sampleManifest(over), 'b'.repeat(64), { notes: ['A note.'], ignored });

  test('says what was read', () => {
    const { datasets, ...summary } = collection({});
    expect(summary).toEqual({
      format: 3,
      tool: { name: 'optiid-audit', version: '0.1.0' },
      job: 'collect',
      opti_id_source: 'database',
      org: 'acme.okta.com',
      opti_organization: { id: 'org-1' },
      snapshot: {
        hash: 'b'.repeat(64),
        began: '2026-11-24T03:15:00.000Z',
        ended: '2026-11-24T03:16:00.000Z',
      },
      exit_code: 0,
      notes: ['A note.'],
    });
    expect(datasets['okta.users']).toEqual({ completeness: 'complete', reason: '', rows: 1, requests: 1 });
  });

  test('is incomplete where something was not read that was asked for', () => {
    const lost = notRead('optiId.users', 'partial', 'lost');
    expect(collection(lost).exit_code).toBe(3);
    expect(collection(lost, ['optiId.users']).exit_code).toBe(0);
    expect(incompleteDatasets(sampleManifest(lost))).toEqual(['optiId.users']);
  });
});

test('a plan is summed up by its size, by what it rests on, and by what its proof leaves', () => {
  expect(summarizePlan(NO_PLAN)).toMatchObject({ steps: 0, decisions: 0, withheld: 0, proof: null });
  const [before, after] = [
    { blockers: 3, errors: 2 },
    { blockers: 0, errors: 1 },
  ];
  const waiting = { blockers: 1, errors: 1 };
  const one = [{}] as never[];
  const plan = {
    ...NO_PLAN,
    steps: one,
    decisions: [...one, ...one],
    withheld: [...one, ...one, ...one],
    complete: false,
    unread: ['Read it.'],
    proof: { before, after, after_without_support: waiting, steps: [] } as never,
  };
  expect(summarizePlan(plan)).toEqual({
    steps: 1,
    decisions: 2,
    withheld: 3,
    complete: false,
    applicable: NO_PLAN.applicable,
    unread: ['Read it.'],
    head: NO_PLAN.head,
    proof: { before, after, after_without_support: waiting },
  });
});

test('severities count what is open, states count everything, and every key is there', () => {
  const { counts } = summarizeRun(
    sampleResult({
      findings: [finding('blocker'), finding('blocker', 'waived'), finding('info', 'known')],
      rules: [sampleRule(), sampleRule({ outcome: 'fail' }), sampleRule({ outcome: 'fail' })],
      groups: [{ situation: 'CREATE' }, { situation: 'CREATE' }, { situation: 'RESERVED' }],
    }),
  );
  expect(counts.severity).toEqual({ blocker: 1, error: 0, warning: 0, info: 1 });
  expect(counts.state).toEqual({ new: 1, known: 1, resolved: 0, waived: 1 });
  expect(counts.outcome).toEqual({ pass: 1, fail: 2, unknown: 0, skipped: 0 });
  expect(JSON.stringify(counts)).toContain('"CREATE":2');
});

test('rules keep their order, datasets say how far they were read, and nothing of a row leaks in', () => {
  const summary = summarizeRun(
    sampleResult({
      manifest: sampleManifest(notRead('okta.users', 'partial', 'HTTP 500')),
      rules: [sampleRule({ rule: 'z' }), sampleRule({ rule: 'a', outcome: 'fail', findings: 2 })],
      notes: ['A note.'],
    }),
  );
  expect(Object.keys(summary.rules)).toEqual(['z', 'a']);
  expect(summary.rules.a).toEqual({ outcome: 'fail', findings: 2, reason: '' });
  expect(summary.datasets['okta.users']).toEqual({
    completeness: 'partial',
    reason: 'HTTP 500',
    rows: 1,
    requests: 1,
  });
  expect(summary.notes).toEqual(['A note.']);
});

test.each([
  ['https://acme.okta.com', 'acme.okta.com'],
  ['https://acme.okta.com/', 'acme.okta.com'],
  ['http://127.0.0.1:8080', '127.0.0.1_8080'],
  ['http://[::1]:8080', '__1_8080'],
  ['https://ACME.Okta.com:443', 'acme.okta.com'],
])('the org of %s is the folder %s', (url, org) => {
  expect(orgOf(url)).toBe(org);
});

test('no folder is made of what is no URL', () => {
  expect(() => orgOf('acme.okta.com')).toThrow(TypeError);
});
