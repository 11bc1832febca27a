import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openAnalysis } from '../../src/analysis/analyse.ts';
import type { Database } from '../../src/analysis/engine/database.ts';
import { openTables } from '../../src/analysis/engine/open-tables.ts';
import { type ProveOptions, proveSteps } from '../../src/plan/prove.ts';
import { proveWork } from '../../src/plan/proved-work.ts';
import { readPlanState } from '../../src/plan/state.ts';
import { analyse, withAnalysis } from '../support/analyse.ts';
import { World } from '../support/world.ts';
import { planFor } from './support/plain-state.ts';
import { LIMITS, planWorld } from './support/plan-world.ts';

/** A group to be replaced with one member who stays; returns the ids. */
function replacedGroup(world: World, name: string) {
  const email = `${name.toLowerCase()}@example.com`;
  const okta = world.person({ email });
  const opti = world.optiUser({ email });
  const oktaGroup = world.pushedGroup(name, [okta]);
  const optiGroup = world.optiGroup(name, [opti]);
  world.grant(optiGroup, 'CMS', 'Website', name);
  return { okta, opti, oktaGroup, optiGroup };
}

/** A Super Admin who gets in without SSO, so that those rules stay silent. */
function breakGlass(world: World): void {
  const admin = world.optiUser({ email: 'break-glass@example.com', local_login: true });
  const group = world.optiGroup('Break glass', [admin]);
  world.grant(group, 'Admin Center', 'Admin Center', 'Super Admin');
}

describe('the proof', () => {
  test('gives access back exactly, and finds the world clean but for SCIM being on', async () => {
    const world = new World();
    breakGlass(world);
    replacedGroup(world, 'Editors');
    const { plan } = await planWorld(world);
    expect(plan.proof).toMatchObject({
      before: { blockers: 1, errors: 0 },
      after: { blockers: 0, errors: 0 },
      remaining: [],
      lost_access: [],
      expected: [{ rule: 'scim-already-on' }],
    });
    const credited = plan.steps.flatMap(({ step, phase, resolves }) =>
      resolves.length > 0 ? [[phase, plan.proof.steps[step - 1]?.resolved.length]] : [],
    );
    expect(credited).toEqual([
      ['delete in Opti ID', 1],
      ['give access back', 1],
    ]);
  });

  test('does not take a silent rule for access that is back', async () => {
    const world = new World();
    breakGlass(world);
    replacedGroup(world, 'Editors');
    const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-proof-'));
    try {
      const snapshot = await world.seal(join(folder, 'snapshot'));
      const { findings, planState: state } = await analyse(snapshot, 'precutover');
      const steps = planFor(state, findings).steps.map((step) =>
        step.phase === 'give access back' ? { ...step, effects: [] } : step,
      );
      const prove = (options?: ProveOptions) =>
        withAnalysis([snapshot, 'precutover'], (analysis) =>
          proveSteps(analysis, snapshot.manifest, 'precutover', steps, options),
        );
      const proof = await prove();
      expect(proof.remaining).toMatchObject([
        { rule: 'access-interrupted', reason: 'not resolved by this plan', introduced: false },
      ]);
      expect(proof.lost_access).toMatchObject([{ email: 'editors@example.com', role: 'Editors' }]);
      const waived = new Set(findings.map(({ finding_id }) => finding_id));
      const other = await prove({ waived });
      expect(other).toMatchObject({ before: { blockers: 0, errors: 0 }, remaining: [] });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('lists what the plan brings about: whom it assigns and who has no name', async () => {
    const world = new World();
    breakGlass(world);
    world.pushedGroup('Editors', [world.oktaUser({ email: 'new@example.com', last_name: ' ' })]);
    const { plan } = await planWorld(world);
    expect(plan.proof.remaining).toMatchObject([
      {
        rule: 'user-name-missing',
        subject: 'new@example.com',
        reason: 'the plan causes it',
        introduced: true,
      },
    ]);
    expect(plan.proof.after).toEqual({ blockers: 0, errors: 1 });
  });

  test('leaves the loss of somebody who is not in the Okta group to a person', async () => {
    const world = new World();
    breakGlass(world);
    const { optiGroup } = replacedGroup(world, 'Editors');
    const leaver = world.optiUser({ email: 'leaver@example.com' });
    world.rows['optiId.groupMembers'].push({ opti_group_id: optiGroup, opti_user_id: leaver });
    const { plan } = await planWorld(world);
    const reasons = plan.proof.remaining.map(({ rule, reason }) => [rule, reason]);
    expect(reasons).toEqual([
      ['access-lost-with-group', 'needs a decision'],
      ['member-loses-group', 'needs a decision'],
      ['user-unmanaged', 'needs a decision'],
    ]);
  });

  test('adds a SCIM app where there is none, with the people of the SSO app', async () => {
    const world = new World();
    breakGlass(world);
    world.noScimApp();
    world.ssoApp();
    const okta = world.assignToSso(world.oktaUser({ email: 'ada@example.com' }));
    const opti = world.optiUser({ email: 'ada@example.com' });
    world.pushedGroup('Editors', [okta]);
    world.grant(world.optiGroup('Editors', [opti]), 'CMS', 'Website', 'Editor');
    const { plan } = await planWorld(world);
    expect(plan.proof.before.blockers).toBe(2);
    expect(plan.proof).toMatchObject({ after: { blockers: 0, errors: 0 }, remaining: [], lost_access: [] });
  });

  test('keeps a wrong count wrong and a right one right', async () => {
    const world = new World();
    breakGlass(world);
    const { opti } = replacedGroup(world, 'Editors');
    world.oktaUser({ email: 'suspended@example.com', status: 'SUSPENDED' });
    const gone = world.optiUser({ email: 'suspended@example.com' });
    world.optiGroup('Right', [opti, gone], { user_count: 2 });
    world.optiGroup('Wrong', [opti, gone], { user_count: 5 });
    const { plan, findings } = await planWorld(world);
    const counts = findings.filter(({ rule }) => rule === 'group-count-mismatch');
    expect(counts).toMatchObject([{ subject: 'Wrong' }]);
    expect(plan.proof.remaining).toMatchObject([{ rule: 'group-count-mismatch', subject: 'Wrong' }]);
  });

  test('plans the night too: what Okta can fix is fixed in Okta', async () => {
    const world = new World();
    breakGlass(world);
    world.organization({ provisioning_mode: 'scim' });
    const gone = world.optiUser({ email: 'suspended@example.com' });
    world.assign(world.oktaUser({ email: 'suspended@example.com', status: 'SUSPENDED' }), {
      external_id: gone,
    });
    const { plan } = await planWorld(world, { job: 'drift' });
    expect(plan.steps.map(({ phase }) => phase)).toEqual(['fix Okta', 'verify']);
    expect(plan.proof).toMatchObject({ before: { blockers: 0, errors: 1 }, remaining: [] });
  });

  test('of what is left when a step has become a decision is made on fresh tables, and takes nothing from anybody', async () => {
    const world = new World();
    breakGlass(world);
    const { optiGroup } = replacedGroup(world, 'Editors');
    replacedGroup(world, 'Authors');
    const email = 'stays@example.com';
    world.person({ email });
    const stays = world.optiUser({ email });
    world.rows['optiId.groupMembers'].push({ opti_group_id: optiGroup, opti_user_id: stays });
    const folder = await mkdtemp(join(tmpdir(), 'optiid-audit-proof-'));
    const opened: Pick<Database, 'close'>[] = [];
    try {
      const snapshot = await world.seal(join(folder, 'snapshot'));
      const analysis = await openAnalysis(snapshot, 'precutover');
      opened.push(analysis);
      const reopen = async () => {
        const { database } = await openTables(snapshot, 'precutover');
        opened.push(database);
        return database;
      };
      const state = await readPlanState(analysis.database, snapshot.manifest, analysis.facts);
      // As if the plan's own rules did not see whom the deletion hits: the proof must.
      const request = { findings: analysis.findings, state: { ...state, live_access: [] }, limits: LIMITS };
      const { work, proof } = await proveWork(
        analysis,
        snapshot.manifest,
        { job: 'precutover', ...request },
        { reopen },
      );
      expect(opened.length).toBe(2);
      const braked = work.steps.filter(({ hits }) => hits.length > 0);
      expect(braked).toMatchObject([{ subject: 'Editors', proof: 'decision', hits: [email], effects: [] }]);
      expect(braked[0]?.how).toContain('In the proof it takes CMS / Website: Editors from stays@example.com');
      expect(work.withheld.map(({ work: { action, subject } }) => `${action}: ${subject}`)).toEqual([
        'Push the group: Editors',
        'Give the pushed group its instances and roles: Editors',
      ]);
      // The second proof is of the steps that are left: it loses nobody, and the group stays in the way.
      expect(proof.lost_access).toEqual([]);
      expect(proof.remaining.filter(({ introduced }) => introduced)).toEqual([]);
      expect(
        proof.remaining.flatMap(({ rule, subject, reason }) =>
          rule === 'group-name-taken' ? [[subject, reason]] : [],
        ),
      ).toEqual([['Editors', 'needs a decision']]);
      const settled = new Set(proof.steps.flatMap(({ resolved }) => resolved));
      expect(
        request.findings
          .filter(({ finding_id, rule }) => rule === 'group-name-taken' && settled.has(finding_id))
          .map(({ subject }) => subject),
      ).toEqual(['Authors']);
    } finally {
      for (const each of opened) await each.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('gets through a plan of some hundred steps', async () => {
    const world = new World();
    breakGlass(world);
    for (let number = 0; number < 60; number += 1) replacedGroup(world, `Group ${number}`);
    const { plan } = await planWorld(world);
    expect(plan.steps.length).toBeGreaterThan(240);
    expect(plan.brakes).toMatchObject([{ brake: 'deletes', actual: 60 }]);
    expect(plan.proof).toMatchObject({
      before: { blockers: 60, errors: 0 },
      remaining: [],
      lost_access: [],
    });
  }, 120_000);
});
