import { describe, expect, test } from 'vitest';
import { type NeedFacts, ruleReadiness } from '../../../src/analysis/judge/needs.ts';
import { type Completeness, DATASET_NAMES, DATASETS, type DatasetName } from '../../../src/domain/dataset.ts';
import type { Manifest } from '../../../src/domain/manifest.ts';
import type { Need, Rule } from '../../../src/domain/rule.ts';

/** A manifest in which everything was read, but for what is said otherwise. */
function manifest(states: Partial<Record<DatasetName, Completeness>> = {}): Manifest {
  return {
    format: 2,
    tool: { name: 'optiid-audit', version: '0.0.0-test' },
    org: 'example.okta.com',
    opti_organization_id: 'org-1',
    opti_id_source: 'database',
    began: '2026-11-20T03:00:00.000Z',
    ended: '2026-11-20T03:01:00.000Z',
    settings: { scim_app: null, sso_app: null, push_groups: null, lag_minutes: 60, log_days: 7 },
    proofs: { clock_ahead_seconds: 0, role: { sees: 'all', found: 'Read-only Administrator' } },
    carried_over: null,
    datasets: Object.fromEntries(
      DATASET_NAMES.map((name) => [
        name,
        {
          file: DATASETS[name].file,
          completeness: states[name] ?? 'complete',
          reason: states[name] ? `because ${name}` : '',
          rows: 1,
          requests: 1,
          began: null,
          ended: null,
          sha256: null,
        },
      ]),
    ) as Manifest['datasets'],
  };
}

const FACTS: NeedFacts = {
  baseline: null,
  job: 'precutover',
  anyAppUserAssigned: true,
  pushScopeRows: 1,
  hidesMembers: false,
  inactiveApp: null,
  unplacedPushes: 0,
  hidesCreation: false,
};

const BASELINE = { run: '20261101T030000Z-precutover', grants: [] };

/** The table from which each reading follows. */
const READ_FROM: Partial<Record<Need, string>> = {
  assigned: 'assigned_user',
  provisionedUsers: 'app_user',
  pushScope: 'snapshot.okta_push_scope',
  otherManagers: 'user_managed_elsewhere',
  baseline: 'baseline_grant',
};

const ruleThat = (needs: readonly Need[], judgesWithout: readonly Need[] = []) => {
  const tables = needs.flatMap((need) => READ_FROM[need] ?? []);
  const datasets = needs.filter((need) => READ_FROM[need] === undefined);
  return {
    kind: 'sql',
    sql: tables.map((table) => `from ${table}`).join(' cross join '),
    alsoNeeds: Object.fromEntries(datasets.map((name) => [name, 'because'])),
    judgesWithout,
  } as unknown as Rule;
};

const readiness = (
  needs: readonly Need[],
  states: Partial<Record<DatasetName, Completeness>> = {},
  facts: Partial<typeof FACTS> = {},
) => ruleReadiness(ruleThat(needs), manifest(states), { ...FACTS, ...facts });

describe('a rule', () => {
  test('runs when everything it needs was read to the end', () => {
    expect(readiness(['okta.groups', 'assigned', 'pushScope'])).toEqual({ state: 'ready' });
  });

  test('is unknown when something it needs was read in part or not at all, and says what and why', () => {
    expect(readiness(['okta.groups'], { 'okta.groups': 'partial' })).toEqual({
      state: 'unknown',
      reason: 'okta.groups was not read completely: because okta.groups',
    });
    expect(readiness(['okta.groups'], { 'okta.groups': 'unread' })).toEqual({
      state: 'unknown',
      reason: 'okta.groups was not read: because okta.groups',
    });
  });

  test('does not mind what it does not need', () => {
    expect(readiness(['okta.groups'], { 'optiId.users': 'unread' }).state).toBe('ready');
  });

  test('is skipped when something it needs does not apply, even if something else was not read', () => {
    expect(
      readiness(['optiId.users', 'okta.appUsers'], {
        'optiId.users': 'unread',
        'okta.appUsers': 'not_applicable',
      }),
    ).toEqual({ state: 'not-applicable', reason: 'because okta.appUsers' });
  });

  test('runs where Okta does not show what it shows for some apps only', () => {
    expect(readiness(['okta.appFeatures'], { 'okta.appFeatures': 'unread' }).state).toBe('ready');
    expect(
      readiness(['okta.provisioningConnection'], { 'okta.provisioningConnection': 'unread' }).state,
    ).toBe('ready');
  });

  test('is unknown where what Okta shows for some apps only could not be asked for', () => {
    expect(
      readiness(['okta.provisioningConnection'], { 'okta.provisioningConnection': 'partial' }).state,
    ).toBe('unknown');
  });

  test('on people and groups is skipped where the SCIM app is not active, whatever was not read', () => {
    const facts = { ...FACTS, inactiveApp: 'Opti ID SCIM is INACTIVE' };
    const without = manifest({ 'okta.groups': 'partial' });
    expect(ruleReadiness(ruleThat(['okta.groups']), without, facts)).toEqual({
      state: 'not-applicable',
      reason: 'the SCIM app Opti ID SCIM is INACTIVE',
    });
    const onApp = { ...ruleThat(['okta.groups']), subject: 'app' } as Rule;
    expect(ruleReadiness(onApp, manifest(), facts).state).toBe('ready');
  });

  test('judges without what does not apply where it says so, never without what was not read', () => {
    const rule = ruleThat(['okta.groups', 'okta.scimApp'], ['okta.scimApp']);
    expect(ruleReadiness(rule, manifest({ 'okta.scimApp': 'not_applicable' }), FACTS).state).toBe('ready');
    expect(ruleReadiness(rule, manifest({ 'okta.scimApp': 'unread' }), FACTS).state).toBe('unknown');
  });
});

describe('who is assigned', () => {
  const NOBODY = { anyAppUserAssigned: false };

  test.each<[string, Partial<Record<DatasetName, Completeness>>, Partial<typeof FACTS>, string]>([
    ['somebody in the SCIM app, whatever the SSO app', { 'okta.ssoAppUsers': 'unread' }, {}, 'ready'],
    [
      'somebody in the SCIM app, and who is not was not asked for',
      { 'okta.assignmentChecks': 'unread' },
      {},
      'unknown',
    ],
    [
      'somebody in the SCIM app, and nobody had to be asked for',
      { 'okta.assignmentChecks': 'not_applicable' },
      {},
      'ready',
    ],
    ['nobody in the SCIM app, so those of the SSO app', {}, NOBODY, 'ready'],
    [
      'nobody in the SCIM app, and the SSO app was not read',
      { 'okta.ssoAppUsers': 'unread' },
      NOBODY,
      'unknown',
    ],
    [
      'nobody in the SCIM app, and there is no SSO app',
      { 'okta.ssoAppUsers': 'not_applicable' },
      NOBODY,
      'ready',
    ],
    ['no SCIM app, so those of the SSO app', { 'okta.appUsers': 'not_applicable' }, NOBODY, 'ready'],
    [
      'no SCIM app, and the SSO app was not read completely',
      { 'okta.appUsers': 'not_applicable', 'okta.ssoAppUsers': 'partial' },
      NOBODY,
      'unknown',
    ],
    [
      'neither app',
      { 'okta.appUsers': 'not_applicable', 'okta.ssoAppUsers': 'not_applicable' },
      NOBODY,
      'not-applicable',
    ],
    [
      'the SCIM app was not read completely, though the SSO app was',
      { 'okta.appUsers': 'partial' },
      {},
      'unknown',
    ],
    ['the SCIM app was not read, though the SSO app was', { 'okta.appUsers': 'unread' }, NOBODY, 'unknown'],
    [
      'after the cutover the SCIM app alone, whatever the SSO app',
      { 'okta.ssoAppUsers': 'unread' },
      { ...NOBODY, job: 'drift' },
      'ready',
    ],
    [
      'after the cutover and no SCIM app',
      { 'okta.appUsers': 'not_applicable' },
      { ...NOBODY, job: 'drift' },
      'not-applicable',
    ],
  ])('%s', (_who, states, facts, state) => {
    expect(readiness(['assigned'], states, facts).state).toBe(state);
  });
});

test("the SCIM app's own users apply when all of them were unassigned after the cutover, and not before it", () => {
  const nobody = { anyAppUserAssigned: false };
  expect(readiness(['provisionedUsers'], {}, nobody).state).toBe('not-applicable');
  expect(readiness(['provisionedUsers'], {}, { ...nobody, job: 'drift' }).state).toBe('ready');
});

describe('the push scope', () => {
  test('that is empty leaves a rule nothing to speak about', () => {
    expect(readiness(['pushScope'], {}, { pushScopeRows: 0 })).toMatchObject({
      state: 'not-applicable',
      reason: expect.stringContaining('no group is in the push scope'),
    });
  });

  test.each(['part', 'not-known'] as const)(
    'that is empty is not believed of a role that sees %s',
    (sees) => {
      const read = manifest();
      const proofs = { clock_ahead_seconds: 0, role: { sees, found: 'Custom (Ada)' } };
      for (const doubtful of [
        { ...read, proofs },
        { ...read, proofs: null },
      ]) {
        expect(
          ruleReadiness(ruleThat(['pushScope']), doubtful, { ...FACTS, pushScopeRows: 0 }),
        ).toMatchObject({
          state: 'unknown',
          reason: expect.stringContaining('or the admin role hides it'),
        });
      }
    },
  );

  test('that could not be resolved is not known, even if empty', () => {
    expect(readiness(['pushScope'], { 'okta.pushScope': 'unread' }, { pushScopeRows: 0 }).state).toBe(
      'unknown',
    );
  });

  test('that does not apply says why', () => {
    expect(readiness(['pushScope'], { 'okta.pushScope': 'not_applicable' }, { pushScopeRows: 0 })).toEqual({
      state: 'not-applicable',
      reason: 'because okta.pushScope',
    });
  });
});

describe('what other apps manage', () => {
  const none = {
    'okta.otherAppUsers': 'not_applicable',
    'okta.otherPushMappings': 'not_applicable',
  } as const;

  test('is known where there is no such app', () => {
    expect(readiness(['otherManagers'], none)).toEqual({ state: 'ready' });
  });

  test.each(['okta.otherAppUsers', 'okta.otherPushMappings'] as const)(
    'is not known while %s is not',
    (name) => {
      expect(readiness(['otherManagers'], { ...none, [name]: 'partial' })).toEqual({
        state: 'unknown',
        reason: `${name} was not read completely: because ${name}`,
      });
    },
  );
});

describe('the baseline', () => {
  test('that was given and read what its groups granted lets a rule run', () => {
    expect(readiness(['baseline'], {}, { baseline: BASELINE }).state).toBe('ready');
  });

  test('that was not given does not apply, before anything that was not read', () => {
    expect(readiness(['baseline', 'okta.groups'], { 'okta.groups': 'unread' })).toMatchObject({
      state: 'not-applicable',
      reason: expect.stringContaining('--baseline'),
    });
  });

  test('that did not read what its groups granted is not known, and is named', () => {
    expect(readiness(['baseline'], {}, { baseline: { ...BASELINE, grants: null } })).toEqual({
      state: 'unknown',
      reason: 'the baseline 20261101T030000Z-precutover did not read completely what its groups granted',
    });
  });
});
