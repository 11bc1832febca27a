import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/domain/finding.ts';
import { WORK_PHASES, type WorkPlan, type WorkStep } from '../../src/domain/plan.ts';
import { checkPlan } from '../../src/plan/check-plan.ts';
import { Drafts } from '../../src/plan/drafts.ts';
import { KEY } from '../../src/plan/keys.ts';
import { REMEDIES } from '../../src/plan/remedies/index.ts';
import { RULES } from '../../src/rules/index.ts';
import { EDITOR, finding, type GroupSketch, plainState, planFor, sketch } from './support/plain-state.ts';
import { LIMITS, recordedId, stepsBefore } from './support/plan-world.ts';

const NAMES = [
  'Editors',
  'editors',
  'Editors ',
  'Ops "A"',
  "Ops 'A'",
  'Content - EU',
  'Content – EU',
  'Content - EU (Okta)',
  'Everyone',
  'Admin Center Administrators',
  'a\\b',
];

const group: fc.Arbitrary<GroupSketch> = fc.record({
  side: fc.constantFrom('okta', 'opti'),
  name: fc.constantFrom(...NAMES),
  type: fc.constantFrom('custom', 'custom', 'custom', 'internal', 'product'),
  has_mapping: fc.boolean(),
  gives_admin: fc.boolean(),
  members: fc.array(fc.record({ comes_back: fc.boolean(), is_collaborator: fc.boolean() }), { maxLength: 3 }),
});

function deletedIds(step: WorkStep): string[] {
  return step.effects.flatMap((effect) =>
    effect.kind === 'delete_opti_group' || effect.kind === 'support_removes_group'
      ? [effect.opti_group_id]
      : effect.kind === 'delete_opti_user'
        ? [effect.opti_user_id]
        : [],
  );
}

/** What holds for every plan, told apart from the plan's own check. */
function expectSound(plan: WorkPlan, findings: readonly Finding[]): void {
  const known = new Set(findings.map(({ finding_id }) => finding_id));
  let pushed = false;
  let phase = 0;
  plan.steps.forEach((step, position) => {
    expect(step.step).toBe(position + 1);
    expect(WORK_PHASES.indexOf(step.phase)).toBeGreaterThanOrEqual(phase);
    phase = WORK_PHASES.indexOf(step.phase);
    for (const number of step.depends_on) expect(number).toBeLessThan(step.step);
    for (const id of step.resolves) expect(known).toContain(id);
    const deleted = deletedIds(step);
    if (deleted.length > 0) {
      expect(pushed).toBe(false);
      const before = stepsBefore(plan, step);
      const recorded = plan.steps.flatMap(({ step: number, record }) =>
        record && before.has(number) ? [recordedId(record)] : [],
      );
      expect(recorded).toEqual(expect.arrayContaining(deleted));
    }
    pushed ||= step.effects.some(({ kind }) => kind === 'push_group');
  });
  expect(new Set(plan.steps.flatMap(({ resolves }) => resolves))).toEqual(known);
}

describe('any plan', () => {
  test('records before it deletes, deletes before it pushes, waits for nothing later, and leaves no finding out', () => {
    fc.assert(
      fc.property(fc.array(group, { maxLength: 12 }), fc.infiniteStream(fc.boolean()), (groups, coin) => {
        const { state, findings } = sketch(groups);
        // Some findings are waived: the plan must not stand on their being there.
        const open = findings.filter(() => coin.next().value);
        expectSound(planFor(state, open), open);
        expectSound(planFor(state, findings), findings);
      }),
      { numRuns: 1500 },
    );
  });

  test('never deletes, unlinks or renames a reserved group, nor what is linked to one', () => {
    fc.assert(
      fc.property(fc.array(group, { maxLength: 12 }), (groups) => {
        const { state, findings } = sketch(groups);
        const reserved = new Set(
          state.opti_groups
            .filter(({ is_reserved }) => is_reserved)
            .map(({ opti_group_id }) => opti_group_id),
        );
        const linked = new Set(
          findings.filter(({ rule }) => rule === 'reserved-group-linked').map(({ okta_id }) => okta_id),
        );
        for (const { effects } of planFor(state, findings).steps) {
          for (const effect of effects) {
            if ('opti_group_id' in effect) expect(reserved).not.toContain(effect.opti_group_id);
            if ('okta_group_id' in effect && effect.kind !== 'pause_push') {
              expect(linked).not.toContain(effect.okta_group_id);
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('is the same in whatever order findings come', () => {
    fc.assert(
      fc.property(
        fc
          .array(group, { maxLength: 10 })
          .map(sketch)
          .chain(({ state, findings }) =>
            fc.record({
              state: fc.constant(state),
              findings: fc.constant(findings),
              shuffled: fc.shuffledSubarray(findings, { minLength: findings.length }),
            }),
          ),
        ({ state, findings, shuffled }) => {
          expect(planFor(state, shuffled)).toEqual(planFor(state, findings));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('remedies', () => {
  test('are of rules that there are; a rule may do without one', () => {
    const rules = RULES.map(({ id }) => id);
    expect(rules).toEqual(expect.arrayContaining(Object.keys(REMEDIES)));
    // Of today's rules each has one: the default is for those that come.
    expect(Object.keys(REMEDIES).length).toBeGreaterThanOrEqual(70);
  });

  test('are by default one step by hand for all that a rule finds', () => {
    const two = ['a', 'b'].map((subject) => finding('some-new-rule', { subject, fix: 'Look after it.' }));
    for (const job of ['precutover', 'drift'] as const) {
      const { steps } = planFor(plainState(), two, { job });
      expect(steps.filter(({ resolves }) => resolves.length > 0)).toMatchObject([
        {
          phase: 'fix Okta',
          who: 'Okta admin',
          action: 'Settle: some-new-rule',
          subject: '2 groups: a; b',
          how: 'Look after it.',
          resolves: two.map(({ finding_id }) => finding_id).sort(),
        },
      ]);
    }
  });

  test('take up any single finding without more to go by', () => {
    for (const { id } of RULES) {
      const findings = [finding(id, { okta_id: 'okta-1', opti_id: 'opti-1' }), finding(id)];
      for (const job of ['precutover', 'drift'] as const) {
        const { steps } = planFor(plainState(), findings, { job });
        // What needs an Okta group or an activation that is not there has nothing to go by.
        const claimed = new Set(steps.flatMap(({ resolves }) => resolves));
        expect(claimed, `${id} ${job}`).toContain(findings[0]?.finding_id);
      }
    }
  });

  test('take up all rules at once, and any rules together', () => {
    const all = RULES.map(({ id }) => finding(id, { okta_id: 'okta-1', opti_id: 'opti-1' }));
    for (const job of ['precutover', 'drift'] as const) {
      const takeUp = (findings: readonly Finding[]) => {
        const { steps } = planFor(plainState(), findings, { job });
        const claimed = new Set(steps.flatMap(({ resolves }) => resolves));
        expect([...claimed].sort()).toEqual(findings.map(({ finding_id }) => finding_id).sort());
      };
      takeUp(all);
      fc.assert(fc.property(fc.subarray(all), takeUp), { numRuns: 300 });
    }
  });

  test('follow the text of a rule that has none of its own', () => {
    const own = finding('some-nightly-rule', { who: 'Optimizely Support', fix: 'Ask them to mend it.' });
    const { steps } = planFor(plainState(), [own], { job: 'drift' });
    expect(steps[0]).toMatchObject({
      how: 'Ask them to mend it.',
      proof: 'support',
      resolves: [own.finding_id],
    });
    expect(steps.map(({ phase }) => phase)).toEqual(['fix Okta', 'verify']);
  });

  test('leave waived and resolved findings alone', () => {
    const states = ['waived', 'resolved'] as const;
    const findings = states.map((state) => finding('user-name-missing', { state, subject: state }));
    expect(planFor(plainState(), findings, { job: 'drift' }).steps).toEqual([]);
  });

  test('stop before anything is deleted while nobody knows which app pushes', () => {
    const { state, findings } = sketch([
      { side: 'okta', name: 'Editors', type: 'custom', has_mapping: false, gives_admin: false, members: [] },
      { side: 'opti', name: 'Editors', type: 'custom', has_mapping: false, gives_admin: false, members: [] },
    ]);
    const plan = planFor({ ...state, scim_app: null, scim_app_is_set: true }, [
      ...findings,
      finding('scim-app-missing'),
    ]);
    expect(plan.steps.flatMap(deletedIds)).toEqual([]);
    expect(plan.steps.some(({ phase }) => phase === 'switch on SCIM')).toBe(false);
    expect(plan.notes.join()).toMatch(/No SCIM app is chosen/u);
  });

  test('unlink a same-name group from Okta when a push is linked to it', () => {
    const { state, findings } = sketch([
      { side: 'okta', name: 'Editors', type: 'custom', has_mapping: true, gives_admin: false, members: [] },
      { side: 'opti', name: 'Editors', type: 'custom', has_mapping: false, gives_admin: false, members: [] },
    ]);
    const step = planFor(state, findings).steps.find(({ key }) => key === 'delete group-0');
    expect(step).toMatchObject({
      who: 'Okta admin',
      effects: [{ kind: 'remove_push' }, { kind: 'delete_opti_group', opti_group_id: 'group-0' }],
    });
    expect(step?.how).toMatch(/choose Delete the group in the target app/u);
  });
});

describe('a plan with a bug', () => {
  const step = (patch: Partial<WorkStep>): WorkStep => ({
    step: 1,
    key: 'delete',
    kind: 'Delete the group',
    each: '',
    people: [],
    hits: [],
    waiting: [],
    phase: 'delete in Opti ID',
    who: 'Opti ID admin',
    action: 'Delete the group',
    subject: 'Editors',
    how: '',
    requires: '',
    depends_on: [],
    resolves: [],
    irreversible: true,
    verify: '',
    proof: 'applied',
    effects: [],
    ...patch,
  });
  const state = plainState({
    okta_groups: [
      {
        okta_group_id: '00g',
        name: 'Editors',
        is_built_in_everyone: false,
        in_scope: true,
        has_mapping: false,
        opti_group_id: null,
      },
    ],
    opti_groups: [{ opti_group_id: 'g', name: 'editors', group_type: 'custom', is_reserved: false }],
  });
  const remove = { kind: 'delete_opti_group', opti_group_id: 'g' } as const;
  const record = {
    kind: 'group',
    opti_group_id: 'g',
    name: 'editors',
    description: null,
    group_type: 'custom',
    members: [],
    grants: [],
  } as const;
  const recording = step({ phase: 'record', record: { ...record, members: [], grants: [] } });
  const provisioning = step({
    phase: 'assign',
    effects: [
      { kind: 'set_provisioning_mode', mode: 'scim' },
      { kind: 'provision_users', except_okta_user_ids: [] },
    ],
  });
  const push = { kind: 'push_group', okta_group_id: '00g', opti_group_id: 'new' } as const;

  test('that deletes what was not recorded is refused', () => {
    expect(() => checkPlan([step({ effects: [remove] })], state)).toThrow(/has not been recorded/u);
    expect(() => checkPlan([recording, step({ step: 2, effects: [remove] })], state)).toThrow(
      /has not been recorded/u,
    );
    checkPlan([recording, step({ step: 2, depends_on: [1], effects: [remove] })], state);
  });

  test('that deletes twice, or gives to a group that is gone, is refused', () => {
    const once = step({ step: 2, depends_on: [1], effects: [remove] });
    expect(() => checkPlan([recording, once, { ...once, step: 3 }], state)).toThrow(/no store group g/u);
    const give = step({ step: 3, effects: [{ kind: 'grant', opti_group_id: 'g', grants: [EDITOR] }] });
    expect(() => checkPlan([recording, once, give], state)).toThrow(/no store group g/u);
  });

  test('that pushes into a taken name, before provisioning, or what it leaves out, is refused', () => {
    expect(() => checkPlan([step({ phase: 'push', effects: [push] })], state)).toThrow(/provisioned/u);
    expect(() => checkPlan([provisioning, step({ step: 2, phase: 'push', effects: [push] })], state)).toThrow(
      /still has a group named editors/u,
    );
    expect(() =>
      checkPlan(
        [
          step({ phase: 'fix Okta', effects: [{ kind: 'leave_out_of_push', okta_group_id: '00g' }] }),
          { ...provisioning, step: 2 },
          step({ step: 3, phase: 'push', effects: [push] }),
        ],
        state,
      ),
    ).toThrow(/is not pushed/u);
  });

  test('that ends an account of somebody assigned and active is refused', () => {
    const account = {
      opti_user_id: 'u',
      email: 'u@example.com',
      people: ['u@example.com'],
      held_by: ['00u'],
    };
    const live = { ...state, live_accounts: [account] };
    const end = step({ phase: 'assign', effects: [{ kind: 'delete_opti_user', opti_user_id: 'u' }] });
    expect(() => checkPlan([end], live, 'drift')).toThrow(/somebody assigned and active/u);
    const unassign = step({ phase: 'assign', effects: [{ kind: 'unassign_users', okta_user_ids: ['00u'] }] });
    expect(() => checkPlan([unassign], live, 'drift')).toThrow(/somebody assigned and active/u);
    // Before SCIM is on an unassignment deletes nothing.
    checkPlan([unassign], live);
    checkPlan([end], state, 'drift');
  });

  test('that goes back to an earlier phase or waits for a later step is refused', () => {
    expect(() => checkPlan([step({ phase: 'push' }), step({ step: 2, phase: 'assign' })], state)).toThrow(
      /is over/u,
    );
    expect(() => checkPlan([step({ depends_on: [2] }), step({ step: 2 })], state)).toThrow(/comes later/u);
  });

  test('that runs in a circle, or waits for a later phase, is refused', () => {
    const draft = { action: '', how: '', verify: '' };
    const circle = new Drafts();
    circle.add('assign', KEY.assign, '', { ...draft, after: [KEY.provision] });
    circle.add('assign', KEY.provision, '', { ...draft, after: [KEY.assign] });
    expect(() => circle.number()).toThrow(/circle/u);
    const backwards = new Drafts();
    backwards.add('record', KEY.record('g'), '', { ...draft, after: [KEY.push('o')] });
    backwards.add('push', KEY.push('o'), '', draft);
    expect(() => backwards.number()).toThrow(/waits for push o/u);
  });
});

describe('access of people who are assigned and active', () => {
  const role = { opti_instance_id: EDITOR.opti_instance_id, opti_role_id: EDITOR.opti_role_id };
  /** A replaced group with so many members, of whom the push brings the first ones. */
  const planOf = (count: number, staying: number) => {
    const members = Array.from({ length: count }, () => ({ comes_back: true, is_collaborator: false }));
    const base = { name: 'Editors', type: 'custom', has_mapping: false, gives_admin: false } as const;
    const { state, findings } = sketch([
      { ...base, side: 'okta', members: [] },
      { ...base, side: 'opti', members },
    ]);
    const live_access = members.map((_, index) => ({
      opti_user_id: `group-0-user-${index}`,
      email: `user-${String(index).padStart(2, '0')}@example.com`,
      okta_user_id: `00u${index}`,
      is_linked: false,
      opti_group_ids: ['group-0'],
      okta_group_ids: index < staying ? ['00g0'] : [],
      pushed_out_of: [],
      roles: [{ ...role, opti_group_ids: ['group-0'] }],
    }));
    return planFor({ ...state, live_access }, findings);
  };

  test('is never taken: the step is a decision that names them, and what needs it is withheld', () => {
    expect(planOf(3, 3).steps.filter(({ hits }) => hits.length > 0)).toEqual([]);
    const plan = planOf(30, 2);
    const [asked, ...others] = plan.steps.filter(({ hits }) => hits.length > 0);
    expect(others).toEqual([]);
    expect(asked).toMatchObject({
      action: 'Decide: Delete the group',
      who: 'product owner',
      proof: 'decision',
      irreversible: false,
      effects: [],
    });
    expect(asked?.hits).toHaveLength(28);
    expect(asked?.how).toMatch(
      /what Editors gives for good from 28 people: user-02@example\.com; .*user-21@example\.com; and 8 more/u,
    );
    expect(plan.steps.flatMap(deletedIds)).toEqual([]);
    expect(plan.withheld.map(({ work }) => work.action)).toEqual([
      'Push the group',
      'Give the pushed group its instances and roles',
    ]);
  });
});

describe('brakes', () => {
  const pairs = (count: number, members: GroupSketch['members'] = []): GroupSketch[] =>
    Array.from({ length: count }, (_, index) => index).flatMap((index) =>
      (['okta', 'opti'] as const).map((side) => ({
        side,
        name: `Group ${index}`,
        type: 'custom' as const,
        has_mapping: false,
        gives_admin: false,
        members,
      })),
    );
  const brakesOf = (groups: readonly GroupSketch[]) => {
    const { state, findings } = sketch(groups);
    return planFor(state, findings).brakes;
  };
  const members = (staying: number, leaving: number) => [
    ...Array.from({ length: staying }, () => ({ comes_back: true, is_collaborator: false })),
    ...Array.from({ length: leaving }, () => ({ comes_back: false, is_collaborator: false })),
  ];

  test('let five deletions pass and stop at six', () => {
    expect(brakesOf(pairs(LIMITS.maxDeletes))).toEqual([]);
    expect(brakesOf(pairs(LIMITS.maxDeletes + 1))).toEqual([
      {
        brake: 'deletes',
        limit: 5,
        actual: 6,
        sentence: 'This plan deletes 6 groups in Opti ID; the limit is 5 (AUDIT_MAX_DELETES).',
      },
    ]);
  });

  test('let a fifth of the memberships go and stop at more', () => {
    expect(brakesOf(pairs(1, members(8, 2)))).toEqual([]);
    expect(brakesOf(pairs(1, members(7, 2)))).toMatchObject([{ brake: 'membership-loss', actual: 22.2 }]);
    expect(brakesOf(pairs(1, []))).toEqual([]);
  });

  test('do not count collaborators who are moved, and count those who are not', () => {
    const { state, findings } = sketch(pairs(1, [{ comes_back: false, is_collaborator: true }]));
    expect(planFor(state, findings).brakes).toMatchObject([{ brake: 'membership-loss', actual: 100 }]);
    const collaborator = finding('collaborator-in-pushed-group', {
      subject: 'group-0-user-0@example.com → Group 0',
      opti_id: 'group-0-user-0',
      evidence: { group_name: 'Group 0' },
      codes: { okta_group_id: '00g0', opti_group_id: 'group-0' },
    });
    expect(planFor(state, [...findings, collaborator]).brakes).toEqual([]);
  });

  test('let ten people lose access for good and stop at eleven', () => {
    const { state, findings } = sketch(pairs(1));
    const lastPaths = (count: number, comes_back: boolean) =>
      Array.from({ length: count }, (_, index) => ({
        opti_user_id: `user-${index}`,
        opti_group_id: 'group-0',
        comes_back,
      }));
    const brakesFor = (lost_access: ReturnType<typeof lastPaths>) =>
      planFor({ ...state, lost_access }, findings).brakes;
    expect(brakesFor(lastPaths(LIMITS.maxLastPaths, false))).toEqual([]);
    expect(brakesFor(lastPaths(LIMITS.maxLastPaths + 1, false))).toMatchObject([
      { brake: 'last-paths', limit: 10, actual: 11 },
    ]);
    expect(brakesFor(lastPaths(LIMITS.maxLastPaths + 1, true))).toEqual([]);
    const two = lastPaths(LIMITS.maxLastPaths, false);
    expect(brakesFor([...two, ...two.map((row) => ({ ...row, opti_group_id: 'group-1' }))])).toEqual([]);
  });

  test('count a group that stays as no loss', () => {
    const { state } = sketch(pairs(6, members(0, 5)));
    expect(planFor(state, []).brakes).toEqual([]);
  });
});
