import { describe, expect, test } from 'vitest';
import { inOrder, PLAN_PHASES, type WorkStep } from '../../src/domain/plan.ts';
import { assemblePlan } from '../../src/plan/assemble-plan.ts';
import { groupWork, MOST_STEPS } from '../../src/plan/group-steps.ts';
import { findHarm } from '../../src/plan/harm.ts';
import { planRows } from '../../src/report/files/plan-csv.ts';
import { renderPlan } from '../../src/report/files/plan-md.ts';
import { headRows, oldBanner } from '../../src/report/text/plan-head.ts';
import { ABOUT, type GroupSketch, plainState, planFor, sketch } from './support/plain-state.ts';

const UNREAD = 'Read okta.groupPushMappings was read in part (3 rows): HTTP 403.';

/** Pushed groups, each in place of one made by hand. */
function replaced(count: number) {
  const group = { type: 'custom', has_mapping: false, gives_admin: false } as const;
  const sketches: GroupSketch[] = Array.from({ length: count }, (_, index) => `Group ${index}`).flatMap(
    (name) => [
      { ...group, name, side: 'okta', members: [] },
      { ...group, name, side: 'opti', members: [{ comes_back: true, is_collaborator: false }] },
    ],
  );
  return sketch(sketches);
}

function work(patch: Partial<WorkStep> & Pick<WorkStep, 'step' | 'action'>): WorkStep {
  const { step, action } = patch;
  return {
    key: `${step}`,
    phase: 'fix Okta',
    who: 'Okta admin',
    kind: action,
    subject: `subject ${step}`,
    people: [],
    hits: [],
    waiting: [],
    how: 'Do it.',
    each: '',
    requires: '',
    depends_on: [],
    resolves: [],
    irreversible: false,
    verify: 'It is done.',
    proof: 'applied',
    effects: [],
    ...patch,
  };
}

describe('a plan of which not everything was read', () => {
  const { state, findings } = replaced(3);
  const whole = assemblePlan(planFor(state, findings), null, ABOUT);
  const half = assemblePlan(planFor(state, findings), null, { ...ABOUT, complete: false, unread: [UNREAD] });

  test('is not applicable, and has no step that cannot be undone and no push', () => {
    expect(whole).toMatchObject({ complete: true, applicable: true, withheld: [] });
    expect(whole.steps.some(({ irreversible }) => irreversible)).toBe(true);
    expect(half).toMatchObject({ complete: false, applicable: false, unread: [UNREAD], proof: null });
    expect(half.steps.filter(({ irreversible }) => irreversible)).toEqual([]);
    expect(half.steps.flatMap(({ effects }) => effects)).toEqual([]);
    expect(half.head.point_of_no_return).toBeNull();
  });

  test('lists what is withheld, each with what must be read first', () => {
    expect(half.withheld.map(({ action }) => action)).toEqual(
      expect.arrayContaining([
        'Delete the group',
        'Switch the organization from JIT to SCIM',
        'Push the group',
      ]),
    );
    for (const { first } of half.withheld) expect(first).toEqual([UNREAD]);
    const pushes = half.withheld.filter(({ action }) => /^Push (?:one group first|the group)$/u.test(action));
    expect(pushes.map(({ subjects }) => subjects.length)).toEqual([1, 2]);
  });

  test('says so first in every file, and nowhere that no blocker is left', () => {
    const text = renderPlan(half);
    expect(text.indexOf('DO NOT FOLLOW THIS PLAN')).toBeLessThan(text.indexOf('| Organization'));
    expect(text).toContain('HTTP 403');
    expect(planRows(half)[0]).toMatchObject({ step: 0, action: expect.stringMatching(/^DO NOT FOLLOW/u) });
    for (const said of [text, JSON.stringify(half), JSON.stringify(planRows(half))]) {
      expect(said).not.toMatch(/\b0 blockers/u);
    }
    expect(renderPlan(whole)).not.toMatch(/DO NOT FOLLOW|Withheld/u);
  });
});

describe('the steps of a plan', () => {
  test('are one per kind of work, with a row per subject, in the phases of the day', () => {
    const { state, findings } = replaced(180);
    const plan = assemblePlan(planFor(state, findings), null, ABOUT);
    const all = inOrder(plan);
    expect(all.length).toBeLessThan(12);
    expect(all.map(({ step }) => step)).toEqual(all.map((_, index) => index + 1));
    const phases = all.map(({ phase }) => PLAN_PHASES.indexOf(phase));
    expect(phases).toEqual([...phases].sort((a, b) => a - b));
    const countOf = (action: string) => all.find((each) => each.action === action)?.subjects.length;
    expect(['Record the group', 'Delete the group'].map(countOf)).toEqual([180, 180]);
    // What stands for all of them is said once.
    const deletion = all.find(({ action }) => action === 'Delete the group');
    expect(deletion?.requires.match(/SCIM is not on yet/gu)).toHaveLength(1);
    // One goes first, and is looked at before the others follow.
    expect(['Push one group first', 'Push the group'].map(countOf)).toEqual([1, 179]);
    // Every group has its line, and all fits sixty pages.
    const lines = renderPlan(plan).split('\n');
    expect(lines.filter((line) => line.startsWith('| ☐ | `Group 17`'))).toHaveLength(4);
    expect(lines.length).toBeLessThan(60 * 40);
    const push = plan.steps.find(({ action }) => action === 'Push the group');
    expect(push?.how).toContain('‹name›');
    for (const { each } of push?.subjects ?? []) {
      expect(each).toBe('is to grant CMS / Website: Editor (from the record)');
    }
  });

  test('name a pushed group of which nobody knows what it is to grant as a decision', () => {
    const { state, findings } = sketch([
      { side: 'okta', name: 'New', type: 'custom', has_mapping: false, gives_admin: false, members: [] },
      { side: 'okta', name: 'Like', type: 'custom', has_mapping: false, gives_admin: false, members: [] },
    ]);
    const grants = [
      {
        opti_instance_id: 'i',
        opti_role_id: 'r',
        product: 'CMS',
        instance: 'Web',
        role: 'Editor',
        is_admin_center_role: false,
      },
    ];
    const namesakes = [{ okta_group_id: '00g1', name: 'like', grants }];
    const plan = assemblePlan(planFor({ ...state, namesakes }, findings), null, ABOUT);
    const pushes = plan.steps.filter(
      ({ phase, action }) => phase === 'the day: after the switch' && action.startsWith('Push '),
    );
    expect(pushes.flatMap(({ subjects }) => subjects.map(({ subject, each }) => [subject, each]))).toEqual([
      ['Like', 'is to grant CMS / Web: Editor (as like does today): decide'],
      ['New', 'is to grant: decide'],
    ]);
    const decision = plan.decisions.find(({ action }) => action === 'Decide what the pushed groups grant');
    expect(decision?.subjects.map(({ subject }) => subject)).toEqual(['Like', 'New']);
  });

  test('are never more than forty, and none comes before what it waits for', () => {
    const many = Array.from({ length: 150 }, (_, index) =>
      work({
        step: index + 1,
        action: `Kind ${index % 75}`,
        proof: index % 3 === 0 ? 'decision' : 'applied',
        depends_on: index >= 75 ? [index - 74] : [],
      }),
    );
    const { steps, decisions, numberOf } = groupWork(many);
    expect(steps.length + decisions.length).toBeLessThanOrEqual(MOST_STEPS);
    expect(steps.concat(decisions).flatMap(({ subjects }) => subjects)).toHaveLength(150);
    for (const each of many) {
      for (const before of each.depends_on) {
        expect(numberOf.get(before)).toBeLessThanOrEqual(numberOf.get(each.step) ?? 0);
      }
    }
    // Where several actions stand in one step, each row says its own.
    expect(steps[0]?.subjects.every(({ action }) => action?.startsWith('Kind '))).toBe(true);
  });

  test('of one kind that wait for one another through another kind are done in two steps', () => {
    const { steps } = groupWork([
      work({ step: 1, action: 'A' }),
      work({ step: 2, action: 'B', depends_on: [1] }),
      work({ step: 3, action: 'A', depends_on: [2] }),
    ]);
    expect(steps.map(({ action, depends_on }) => [action, depends_on])).toEqual([
      ['A', []],
      ['B', [1]],
      ['A', [2]],
    ]);
  });
});

describe('the head of a plan', () => {
  const { state, findings } = replaced(2);
  const lost_access = [
    { opti_user_id: 'a', opti_group_id: 'group-0', comes_back: true },
    { opti_user_id: 'a', opti_group_id: 'group-1', comes_back: true },
    { opti_user_id: 'b', opti_group_id: 'group-1', comes_back: false },
  ];
  const plan = assemblePlan(planFor({ ...state, lost_access }, findings), null, ABOUT);

  test('counts people once, and says from which step to which', () => {
    const numberOf = (action: string) => plan.steps.find((step) => step.action === action)?.step;
    expect(plan.head).toMatchObject({
      interrupted: {
        people: 1,
        from_step: numberOf('Delete the group'),
        to_step: numberOf('Give the pushed group its instances and roles'),
      },
      lost_for_good: { people: 1 },
      deletions: { groups: 2, users: 0 },
      point_of_no_return: { step: numberOf('Delete the group'), action: 'Delete the group' },
      read: { good_until: '2026-11-25T03:20:00.000Z' },
    });
    const roles = plan.head.steps_by_role.reduce((sum, { steps }) => sum + steps, 0);
    expect(roles).toBe(plan.steps.length + plan.decisions.length);
  });

  test('tells the age of its data by the clock of whoever reads it, and when it is too old', () => {
    const summary = { ...plan, steps: 1, decisions: 0, withheld: 0 };
    const rowAt = (now: string) => Object.fromEntries(headRows(summary, new Date(now)))['Data read'];
    expect(rowAt('2026-11-24T06:20:00.000Z')).toContain('3 hours ago');
    expect(oldBanner(plan.head, new Date('2026-11-25T03:20:00.000Z'))).toBeNull();
    expect(oldBanner(plan.head, new Date('2026-11-25T03:21:00.000Z'))).toMatch(/^OLD DATA: .*24 hours ago/u);
    expect(renderPlan(plan, { now: new Date('2026-11-28T03:21:00.000Z') })).toContain('**OLD DATA:');
  });
});

describe('a step that the proof shows to do harm', () => {
  const deletion = work({
    step: 1,
    key: 'delete g',
    action: 'Delete the group',
    effects: [{ kind: 'delete_opti_group', opti_group_id: 'g' }],
  });
  const proof = {
    before: { blockers: 1, errors: 0 },
    after: { blockers: 0, errors: 0 },
    after_without_support: { blockers: 0, errors: 0 },
    steps: [],
    remaining: [],
    expected: [],
    lost_access: [
      {
        email: 'ada@example.com',
        opti_user_id: 'u',
        product: 'CMS',
        instance: 'Web',
        role: 'Editor',
        is_active: true,
        opti_group_ids: ['g'],
      },
    ],
  };
  const known = { state: plainState(), findings: [] };

  test('is named with whom it hits; who is not assigned and active does not count', () => {
    expect(findHarm([deletion], proof, known)).toMatchObject([
      { key: 'delete g', hits: ['ada@example.com'] },
    ]);
    const [lost] = proof.lost_access;
    const gone = { ...proof, lost_access: lost ? [{ ...lost, is_active: false }] : [] };
    expect(findHarm([deletion], gone, known)).toEqual([]);
  });

  test('is a decision in the next try, and what it deletes stays', () => {
    const { state, findings } = replaced(2);
    const braked = [{ key: 'delete group-0', hits: ['ada@example.com'], why: 'It would hit Ada.' }];
    const plan = assemblePlan(planFor(state, findings, { braked }), null, ABOUT);
    const [decision] = plan.decisions.filter(({ hits }) => hits.length > 0);
    expect(decision).toMatchObject({ hits: ['ada@example.com'], effects: [], irreversible: false });
    expect(
      plan.steps.flatMap(({ effects }) => effects).filter(({ kind }) => kind === 'delete_opti_group'),
    ).toEqual([{ kind: 'delete_opti_group', opti_group_id: 'group-1' }]);
    expect(plan.withheld.flatMap(({ subjects }) => subjects)).toEqual(['Group 0', 'Group 0']);
  });
});
