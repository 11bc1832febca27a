import { describe, expect, test } from 'vitest';
import type { Completeness, DatasetName } from '../../src/domain/dataset.ts';
import type { FindingState, Severity } from '../../src/domain/finding.ts';
import { isIncomplete, orgOf, type RunResult, summarizeRun } from '../../src/domain/run.ts';
import { notRead, sampleFinding, sampleManifest, sampleResult, sampleRule } from '../report/sample-run.ts';

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
      const rules = [sampleRule({ rule, outcome: 'fail', findings: 1 })];
      expect(endOf({ rules, findings: [sampleFinding({ rule, state: 'waived' })] })).toEqual(['unknown', 3]);
      expect(
        endOf({ rules, findings: [sampleFinding({ rule, severity: 'error' })], failOn: 'blocker' }),
      ).toEqual(['unknown', 3]);
      expect(endOf({ rules, findings: [sampleFinding({ rule })] })).toEqual(['no-go', 1]);
    },
  );

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
