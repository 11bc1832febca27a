import { beforeAll, describe, expect, test } from 'vitest';
import { WORK_PHASES, type WorkStep } from '../../src/domain/plan.ts';
import { assemblePlan } from '../../src/plan/assemble-plan.ts';
import { renderPlan } from '../../src/report/files/plan-md.ts';
import { RULES } from '../../src/rules/index.ts';
import { World } from '../support/world.ts';
import { everyHazard } from './support/every-hazard.ts';
import { ABOUT } from './support/plain-state.ts';
import { type Planned, planWorld, recordedId, stepsBefore } from './support/plan-world.ts';

const { world, ids } = everyHazard();
let planned: Planned;
beforeAll(async () => {
  planned = await planWorld(world);
});

function stepsWith(kind: string): WorkStep[] {
  return planned.plan.steps.filter(({ effects }) => effects.some((effect) => effect.kind === kind));
}

function stepOn(kind: string, id: string | undefined): WorkStep {
  const step = stepsWith(kind).find(({ effects }) =>
    effects.some((effect) => effect.kind === kind && Object.values(effect).flat().includes(id)),
  );
  if (!step) throw new Error(`No step does ${kind} to ${id}.`);
  return step;
}

test('a token that was refused before the day is replaced before SCIM is switched on', async () => {
  const refused = new World();
  refused.logEvent('application.integration.authentication_failure', { outcome: 'FAILURE' });
  const { findings, plan } = await planWorld(refused);
  const [finding] = findings.filter(({ rule }) => rule === 'scim-credentials-rejected');
  const step = plan.steps.find(({ resolves }) => resolves.includes(finding?.finding_id ?? ''));
  expect(step).toMatchObject({ phase: 'fix Okta', who: 'Okta admin', proof: 'time' });
});

describe('the plan of a world with every hazard', () => {
  test('meets every rule that can speak of one world', () => {
    const fired = new Set(planned.findings.map(({ rule }) => rule));
    const silent = RULES.filter((rule) => rule.when.includes('precutover') && !fired.has(rule.id));
    expect(silent.map(({ id }) => id)).toEqual([
      'scim-already-on',
      'scim-app-ambiguous',
      'scim-app-inactive',
      'scim-app-missing',
      'scim-connection-unclear',
      'break-glass-admin-missing',
      // Nothing but time settles it.
      'scim-credentials-rejected',
    ]);
  });

  test('speaks of every finding, and of no other', () => {
    const claimed = new Set(planned.plan.steps.flatMap(({ resolves }) => resolves));
    expect([...claimed].sort()).toEqual(planned.findings.map(({ finding_id }) => finding_id).sort());
  });

  test('leaves no blocker but those that only Optimizely Support can settle', () => {
    const { proof } = planned.plan;
    expect(proof.before.blockers).toBeGreaterThan(5);
    expect(proof.remaining.filter(({ severity }) => severity === 'blocker')).toMatchObject([
      { rule: 'reserved-group-linked', reason: 'only Optimizely Support can', needs_support: true },
    ]);
    expect(proof.after).toEqual({ blockers: 0, errors: 6 });
    expect(proof.after_without_support.blockers).toBe(1);
    expect(new Set(proof.remaining.map(({ reason }) => reason))).toEqual(
      new Set(['only Optimizely Support can', 'needs a decision']),
    );
    expect(proof.remaining.some(({ introduced }) => introduced)).toBe(false);
  });

  test('does nothing of the day before groups are frozen', () => {
    const { steps } = planned.plan;
    const [freeze] = steps.filter(({ key }) => key === 'freeze');
    const ofTheDay = steps.filter((step) => step.phase === 'delete in Opti ID' && step !== freeze);
    expect(new Set(ofTheDay.map(({ action }) => action)).size).toBeGreaterThan(2);
    for (const step of ofTheDay) expect(step.depends_on, step.action).toContain(freeze?.step);
  });

  test('credits each finding that is gone to a step, and none that remains', () => {
    const { proof } = planned.plan;
    const remaining = new Set(proof.remaining.map(({ finding_id }) => finding_id));
    const resolved = new Set(proof.steps.flatMap((step) => step.resolved));
    for (const { finding_id, rule, subject } of planned.findings) {
      expect([rule, subject, resolved.has(finding_id)]).toEqual([rule, subject, !remaining.has(finding_id)]);
    }
  });

  test('says of each step that changes something how to go back, and which record gives back what is gone', () => {
    const { proof, ...work } = planned.plan;
    const plan = assemblePlan(work, proof, ABOUT);
    const point = plan.head.point_of_no_return?.step ?? 0;
    const undone = plan.undo.flatMap(({ phase, goes_back, steps }) => {
      const numbers = steps.map(({ step }) => step);
      expect([phase, numbers]).toEqual([phase, [...numbers].sort((a, b) => b - a)]);
      for (const { step, how } of steps) {
        expect([step, step < point]).toEqual([step, goes_back]);
        expect(how).toMatch(/\.$/u);
      }
      return steps.map((each) => ({ phase, ...each }));
    });
    const changing = plan.steps.filter(({ effects }) => effects.length > 0);
    expect(undone.map(({ step }) => step).sort((a, b) => a - b)).toEqual(changing.map(({ step }) => step));
    for (const { step, phase, action } of changing)
      expect(undone).toContainEqual(expect.objectContaining({ step, phase, action }));

    const recorded = new Map(
      plan.steps
        .flatMap(({ subjects }) => subjects.flatMap(({ record }) => record ?? []))
        .map((record) => [recordedId(record), record.kind === 'group' ? record.name : record.email]),
    );
    for (const { step, effects } of changing) {
      const gone = effects.flatMap((effect) =>
        effect.kind === 'delete_opti_group' || effect.kind === 'support_removes_group'
          ? [effect.opti_group_id]
          : effect.kind === 'delete_opti_user'
            ? [effect.opti_user_id]
            : [],
      );
      expect(undone.find((each) => each.step === step)?.records).toEqual(
        expect.arrayContaining(gone.map((id) => recorded.get(id))),
      );
    }

    const text = renderPlan(plan);
    expect(text).toContain('### Phase 1, before the day: how to go back');
    expect(text).toContain('past the point of no return, what can still be given back');
    expect(text).toContain('Records: `Admins`');
    const sheet = renderPlan(plan, { phase: 'before the day' });
    expect(sheet).not.toContain('past the point of no return');
  });

  test('says that SCIM is on because it was meant to be, and that an admin is to be made who does without Okta', () => {
    const expected = planned.plan.proof.expected.map(({ rule }) => rule).sort();
    expect(expected).toEqual(['break-glass-admin-missing', 'scim-already-on']);
  });

  test('names the access that is gone: of the one who left and of the one in the group left behind', () => {
    expect(planned.plan.proof.lost_access).toMatchObject([
      { email: 'leaver@example.com', instance: 'Website', role: 'Editor' },
      { email: 'stranded@example.com', instance: 'Campaigns', role: 'Viewer' },
    ]);
  });

  test('records each group and user before it deletes them, with members, instances and roles', () => {
    const deletes = [...stepsWith('delete_opti_group'), ...stepsWith('delete_opti_user')];
    expect(deletes).toHaveLength(4);
    for (const step of deletes) {
      const before = stepsBefore(planned.plan, step);
      const recorded = planned.plan.steps.flatMap(({ step: number, record }) =>
        record && before.has(number) ? [recordedId(record)] : [],
      );
      const targets = step.effects.flatMap((effect) =>
        effect.kind === 'delete_opti_group'
          ? [effect.opti_group_id]
          : effect.kind === 'delete_opti_user'
            ? [effect.opti_user_id]
            : [],
      );
      expect(targets).toHaveLength(1);
      expect(recorded).toEqual(expect.arrayContaining(targets));
    }
    const { record } = planned.plan.steps.find(
      (step) => step.record?.kind === 'group' && step.record.opti_group_id === ids.optiEditors,
    ) as WorkStep;
    expect(record).toMatchObject({
      name: 'editors',
      grants: [{ product: 'CMS', instance: 'Website', role: 'Editor' }],
      members: [
        {
          email: 'ext@agency.example',
          home_organization_id: 'org-2',
          is_collaborator: true,
          comes_back: false,
        },
        { email: 'leaver@example.com', comes_back: false },
        { email: 'local@example.com', local_login: true, comes_back: false },
        { email: 'stays@example.com', comes_back: true },
        { email: 'unassigned@example.com', comes_back: true },
      ],
    });
  });

  test('deletes the group that makes administrators last, with a second one signed in', () => {
    const last = stepOn('delete_opti_group', ids.optiAdmins);
    const before = stepsBefore(planned.plan, last);
    for (const step of planned.plan.steps.filter(({ phase }) => phase === 'delete in Opti ID')) {
      if (step !== last) expect(before).toContain(step.step);
    }
    expect(last.requires).toMatch(/second Super Admin/u);
    // Okta manages the account: with local login it would be somebody whom SCIM should not manage.
    expect(before).toContain(stepOn('create_opti_group', ids.admin).step);
    expect(stepsWith('set_local_login')).toEqual([]);
  });

  test('pushes after every deletion, SCIM, assignment and provisioning, and gives access back after that', () => {
    const earlier = [
      ...planned.plan.steps.filter(({ phase }) => phase === 'delete in Opti ID'),
      ...stepsWith('set_provisioning_mode'),
      ...stepsWith('assign_users'),
      ...stepsWith('provision_users'),
    ];
    const pushes = stepsWith('push_group');
    expect(pushes.length).toBeGreaterThan(3);
    for (const push of pushes) {
      const before = stepsBefore(planned.plan, push);
      for (const { step } of earlier) expect(before).toContain(step);
    }
    const push = stepOn('push_group', ids.editors);
    const give = stepOn('grant', `predicted:${ids.editors}`);
    expect(give.depends_on).toContain(push.step);
  });

  test('neither unlinks, renames, deletes nor pushes what is linked to a reserved group', () => {
    const touching = planned.plan.steps.filter(({ effects }) =>
      effects.some((effect) => Object.values(effect).includes(ids.reservedLinked)),
    );
    expect(touching.map(({ effects }) => effects)).toEqual([
      [{ kind: 'pause_push', okta_group_id: ids.reservedLinked }],
    ]);
    const asks = planned.plan.steps.find(({ action }) => action.startsWith('Say how to separate the group'));
    expect(asks).toMatchObject({ who: 'Optimizely Support', proof: 'support', phase: 'protect' });
    for (const step of planned.plan.steps.filter(({ phase }) => phase === 'delete in Opti ID')) {
      expect(stepsBefore(planned.plan, step)).toContain(asks?.step);
    }
  });

  test('takes the reserved name out of the push and renames what a product, a twin or a look stands against', () => {
    expect(stepOn('leave_out_of_push', ids.reserved).phase).toBe('fix Okta');
    const renames = stepsWith('rename_okta_group').flatMap(({ effects }) => effects);
    expect(renames).toEqual(
      expect.arrayContaining([
        { kind: 'rename_okta_group', okta_group_id: ids.byProduct, name: 'CMS Editors (Okta)' },
        { kind: 'rename_okta_group', okta_group_id: ids.otherTwin, name: 'twins (Okta)' },
        { kind: 'rename_okta_group', okta_group_id: ids.fragile, name: "Ops 'A'" },
        { kind: 'rename_okta_group', okta_group_id: ids.lookalike, name: 'Content - EU (Okta)' },
      ]),
    );
    expect(renames).toHaveLength(4);
  });

  test('moves collaborators and people with local login with what they had', () => {
    expect(stepOn('remove_members', ids.optiEditors).effects).toMatchObject([
      {
        kind: 'create_opti_group',
        name: 'editors (collaborators)',
        opti_user_ids: [ids.collaborator, ids.local].sort(),
        grants: [{ role: 'Editor' }],
      },
      { kind: 'remove_members' },
    ]);
  });

  test('leaves the group left behind to Optimizely Support, with what it grants', () => {
    const step = stepOn('support_removes_group', ids.orphan);
    expect(step).toMatchObject({ who: 'Optimizely Support', irreversible: true, proof: 'applied' });
    expect(step.how).toContain('CMP / Campaigns: Viewer');
  });

  test('keeps the account with the access, hands it the groups of the other, and deletes that', () => {
    expect(stepOn('delete_opti_user', ids.second).effects).toEqual([
      { kind: 'delete_opti_user', opti_user_id: ids.second },
    ]);
    expect(stepOn('add_members', ids.secondGroup).effects).toEqual([
      { kind: 'add_members', opti_group_id: ids.secondGroup, opti_user_ids: [ids.kept] },
    ]);
  });

  test('deletes no account that somebody assigned may use: who is who is asked', () => {
    const step = planned.plan.steps.find(({ action }) => action === 'Decide who is who');
    expect(step).toMatchObject({ proof: 'decision', effects: [] });
    expect(step?.how).toContain(`shared@example.com (Opti ID: ${ids.sharedOpti}; Okta: ${ids.sharer})`);
  });

  test('holds people back who need a decision', () => {
    const [provision] = stepsWith('provision_users');
    const held = provision?.effects[0];
    const { sharer, heir, abroad, known, outside } = ids;
    const expected = [sharer, heir, abroad, known, outside];
    const except = held?.kind === 'provision_users' ? held.except_okta_user_ids : [];
    expect(except).toEqual(expect.arrayContaining(expected));
    // And those known by an alias or in another domain.
    expect(except).toHaveLength(expected.length + 2);
    expect(stepOn('unassign_users', outside).phase).toBe('fix Okta');
  });

  test('has Optimizely Support remove the group of an earlier try, and gives its access to the pushed one', () => {
    const removal = stepOn('support_removes_group', ids.trial);
    expect(removal).toMatchObject({ who: 'Optimizely Support', phase: 'delete in Opti ID' });
    const give = stepOn('grant', `predicted:${ids.tried}`);
    expect(give.effects).toMatchObject([{ grants: [{ instance: 'Campaigns', role: 'Author' }] }]);
    expect(stepsBefore(planned.plan, give)).toContain(removal.step);
  });

  test('goes through the phases in their order and counts on', () => {
    const phases = planned.plan.steps.map(({ phase }) => WORK_PHASES.indexOf(phase));
    expect(phases).toEqual([...phases].sort((a, b) => a - b));
    expect(new Set(phases).size).toBe(WORK_PHASES.length);
    planned.plan.steps.forEach((step, position) => {
      expect(step.step).toBe(position + 1);
      for (const number of step.depends_on) expect(number).toBeLessThan(step.step);
    });
  });

  test('says who, how and how to verify in every step, and never to leave a group or to force a sync', () => {
    for (const step of planned.plan.steps) {
      expect(step.how.length, step.action).toBeGreaterThan(20);
      expect(step.verify.length, step.action).toBeGreaterThan(10);
    }
    const everything =
      renderPlan(assemblePlan(planned.plan, planned.plan.proof, ABOUT)) + JSON.stringify(planned.plan);
    expect(everything).not.toMatch(/leave the group/iu);
    expect(everything).not.toMatch(/force sync/iu);
    expect(everything).toMatch(/Provision User/u);
  });

  test('is the same for shuffled rows', async () => {
    const again = await planWorld(everyHazard().world, { order: (rows) => rows.reverse() });
    expect(JSON.stringify(again.plan)).toBe(JSON.stringify(planned.plan));
  });
});
