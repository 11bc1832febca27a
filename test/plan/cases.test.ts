import { describe, expect, test } from 'vitest';
import type { AppUserRow } from '../../src/domain/dataset.ts';
import type { Effect, WorkStep } from '../../src/domain/plan.ts';
import { organization, pushedInto } from '../support/case-world.ts';
import { minutesBefore, type World } from '../support/world.ts';
import { type Planned, planWorld, stepsBefore } from './support/plan-world.ts';

/** Somebody assigned whom SCIM manages: both ids of the pair. */
function managed(
  world: World,
  email: string,
  appUser: Partial<AppUserRow> = {},
): { okta: string; opti: string } {
  const okta = world.oktaUser({ email });
  const opti = world.optiUser({ email, external_id: okta });
  world.assign(okta, { external_id: opti, ...appUser });
  return { okta, opti };
}

function people(world: World, count: number): { okta: string[]; opti: string[] } {
  const pairs = Array.from({ length: count }, (_, index) => managed(world, `person${index}@example.com`));
  return { okta: pairs.map(({ okta }) => okta), opti: pairs.map(({ opti }) => opti) };
}

/** What a plan does beyond looking. */
function effectsOf({ plan }: Planned): Effect[] {
  return plan.steps.flatMap(({ effects }) => effects);
}

function kindsOf(planned: Planned): string[] {
  return [...new Set(effectsOf(planned).map(({ kind }) => kind))].sort();
}

const TAKING = [
  'delete_opti_user',
  'delete_opti_group',
  'support_removes_group',
  'remove_members',
  'revoke',
  'unassign_users',
];

function expectTakesNothing(planned: Planned): void {
  expect(kindsOf(planned).filter((kind) => TAKING.includes(kind))).toEqual([]);
}

/** The last step that settles a finding of a rule. */
function stepOn({ plan, findings }: Planned, rule: string): WorkStep {
  const ids = findings.filter((finding) => finding.rule === rule).map(({ finding_id }) => finding_id);
  const step = plan.steps.findLast(({ resolves }) => resolves.some((id) => ids.includes(id)));
  if (!step) throw new Error(`No step settles ${rule}.`);
  return step;
}

const textOf = ({ plan }: Planned): string =>
  plan.steps
    .map(({ action, subject, how, requires, verify }) => [action, subject, how, requires, verify].join(' '))
    .join('\n');

describe('the plan for cases from real migrations', () => {
  test('1: says nothing about somebody who came back as another profile', async () => {
    const world = organization('drift');
    const old = world.oktaUser({ email: 'lena@example.com', status: 'DEPROVISIONED' });
    const opti = world.optiUser({ email: 'lena@example.com', external_id: old });
    const now = world.person({ email: 'lena@example.com' }, { external_id: opti });
    const group = world.oktaGroup('Shop Editors', [old, now]);
    world.mapping(group, { targetExternalId: pushedInto(world, 'Shop Editors', [opti]) });
    const planned = await planWorld(world, { job: 'drift' });
    expect(planned.plan.steps).toEqual([]);
  });

  test('1, next door: asks before it ends an account that somebody else uses', async () => {
    const world = organization('drift');
    // The suspended profile has the id of the account, the active one only its e-mail.
    const opti = world.optiUser({ email: 'lena@example.com' });
    const old = world.oktaUser({ email: 'old.lena@example.com', status: 'SUSPENDED' });
    world.assign(old, { external_id: opti });
    world.person({ email: 'lena@example.com' });
    const planned = await planWorld(world, { job: 'drift' });
    expectTakesNothing(planned);
    const step = stepOn(planned, 'suspended-user-active');
    expect(step).toMatchObject({ action: 'Decide whose account it is', proof: 'decision' });
    expect(step.how).toContain(`lena@example.com (${opti}), used by lena@example.com`);
  });

  test('2, next door: assigns no second active profile to an account that is used', async () => {
    const world = organization('drift');
    const { okta } = managed(world, 'max@example.com');
    const second = world.oktaUser({ email: 'max@example.com' });
    const group = world.oktaGroup('Testers', [okta, second]);
    const [max] = world.rows['optiId.users'].filter(({ email }) => email === 'max@example.com');
    world.mapping(group, { targetExternalId: pushedInto(world, 'Testers', [max?.opti_user_id ?? '']) });
    const planned = await planWorld(world, { job: 'drift' });
    expect(kindsOf(planned)).toEqual([]);
    expect(stepOn(planned, 'member-not-assigned').how).toMatch(/two profiles would claim one account/u);
  });

  test('2: deletes no user for a second, suspended profile', async () => {
    const world = organization('precutover');
    world.optiUser({ email: 'max@example.com' });
    world.person({ email: 'max@example.com' });
    world.oktaUser({ email: 'max@example.com', status: 'SUSPENDED' });
    const planned = await planWorld(world);
    expectTakesNothing(planned);
    expect(textOf(planned)).not.toMatch(/Delete the user/u);
  });

  test('3: deactivates neither of two apps and removes nobody', async () => {
    const world = organization('drift');
    const app = world.otherApp({ label: 'Opti ID SCIM (old)' });
    const opti = world.optiUser({ email: 'old@example.com' });
    const okta = world.oktaUser({ email: 'old@example.com' });
    world.otherAppUser(app, { okta_user_id: okta, external_id: opti });
    const authors = pushedInto(world, 'Legacy Authors', [opti]);
    world.otherMapping(app, world.oktaGroup('Legacy Authors', [okta]), { targetExternalId: authors });
    const planned = await planWorld(world, { job: 'drift' });
    expect(kindsOf(planned)).toEqual([]);
    expect(stepOn(planned, 'second-scim-app')).toMatchObject({
      proof: 'decision',
      subject: 'Opti ID SCIM (old)',
    });
    expect(textOf(planned)).toMatch(/deactivate neither/u);
  });

  test('4: does not remove the group whose new name was refused', async () => {
    const world = organization('drift');
    const { okta, opti } = people(world, 9);
    world.mapping(world.oktaGroup('Brand Nordics', okta), { created: minutesBefore(5000) });
    pushedInto(world, 'Brand North', opti, minutesBefore(4998));
    const planned = await planWorld(world, { job: 'drift' });
    expectTakesNothing(planned);
    const step = stepOn(planned, 'group-name-drifted');
    expect(step.effects.map(({ kind }) => kind)).toEqual(['push_again']);
    expect(step.how).toMatch(/give the group in Okta the name Brand North; do not unlink or delete it/u);
    expect(planned.plan.proof.lost_access).toEqual([]);
  });

  test('5: takes a group left behind from nobody assigned and active without a decision that names them', async () => {
    const world = organization('drift');
    const { okta, opti } = people(world, 3);
    world.mapping(world.oktaGroup('Pricing', okta.slice(0, 1)), { status: 'ERROR', last_push: null });
    const orphan = pushedInto(world, 'Pricing', opti.slice(1));
    const planned = await planWorld(world, { job: 'drift' });
    const taking = planned.plan.steps.filter(({ effects }) =>
      effects.some((effect) => 'opti_group_id' in effect && effect.opti_group_id === orphan),
    );
    expect(taking).toEqual([]);
    const asked = planned.plan.steps.filter(({ hits }) => hits.length > 0);
    expect(asked.map(({ action }) => action)).toEqual([
      'Decide: Take the access of the group that was left behind',
      'Decide: Remove the group that was left behind',
    ]);
    for (const step of asked) {
      expect(step).toMatchObject({ proof: 'decision', subject: 'Pricing', effects: [], irreversible: false });
      expect(step.hits).toEqual(['person1@example.com', 'person2@example.com']);
    }
    // The name stays taken until then, so the group is not pushed anew either.
    expect(planned.plan.withheld.map(({ work }) => work.action)).toContain('Push the group');
    expect(planned.plan.proof.lost_access).toEqual([]);
    const keeps = planned.plan.proof.remaining.filter(({ rule }) => rule === 'orphan-keeps-access');
    expect(keeps.map(({ reason }) => reason)).toEqual(['needs a decision', 'needs a decision']);
  });

  test('6: removes no group for a name that was taken again', async () => {
    const world = organization('drift');
    const { okta, opti } = people(world, 4);
    const renamed = world.oktaGroup('Desk A', okta.slice(0, 2));
    world.mapping(renamed, { created: minutesBefore(50_000), targetName: 'Desk A' });
    pushedInto(world, 'Desk One', opti.slice(0, 2), minutesBefore(49_999));
    world.mapping(world.oktaGroup('Desk One', okta.slice(2)), { status: 'ERROR', last_push: null });
    const planned = await planWorld(world, { job: 'drift' });
    expectTakesNothing(planned);
    expect(planned.plan.proof.lost_access).toEqual([]);
    expect(stepOn(planned, 'group-name-drifted').subject).toBe('Desk A');
  });

  test('7: has whom only the e-mail ties provisioned, and unassigns nobody', async () => {
    const world = organization('drift');
    world.optiUser({ email: 'kim@example.com' });
    const kim = world.person({ email: 'kim@example.com' });
    const planned = await planWorld(world, { job: 'drift' });
    const step = stepOn(planned, 'user-not-adopted');
    expect(step.effects).toEqual([{ kind: 'send_users', okta_user_ids: [kim] }]);
    expect(step.how).toMatch(/Provision User/u);
    expectTakesNothing(planned);
    expect(planned.plan.proof.remaining).toEqual([]);
  });

  test('8: unassigns a partner before SCIM is on, and never one whom an id ties', async () => {
    const world = organization('precutover');
    const partner = { email: 'partner@agency.example', home_organization_id: 'org-agency' };
    world.rows['optiId.ssoConnections'][0]?.domains.push('agency.example');
    world.optiUser(partner);
    const okta = world.person({ email: partner.email });
    const tied = world.optiUser({ email: 'tied@agency.example', home_organization_id: 'org-agency' });
    const tiedOkta = world.person({ email: 'tied@agency.example' }, { external_id: tied });
    const planned = await planWorld(world);
    const unassign = planned.plan.steps.filter(({ effects }) =>
      effects.some(({ kind }) => kind === 'unassign_users'),
    );
    expect(unassign).toMatchObject([
      { phase: 'fix Okta', effects: [{ kind: 'unassign_users', okta_user_ids: [okta] }] },
    ]);
    const support = planned.plan.steps.find(({ action }) => /how to take these people out/u.test(action));
    expect(support).toMatchObject({ who: 'Optimizely Support', subject: 'tied@agency.example', effects: [] });
    const provision = effectsOf(planned).find(({ kind }) => kind === 'provision_users');
    expect(provision).toMatchObject({ except_okta_user_ids: [okta] });
    expect(planned.plan.proof.remaining.map(({ rule, reason }) => [rule, reason])).toEqual([
      ['person-outside-scim-assigned', 'only Optimizely Support can'],
    ]);
    // At night an unassignment deletes: nobody is unassigned.
    for (const row of world.rows['okta.appUsers']) if (row.okta_user_id === tiedOkta) row.external_id = null;
    world.organization({ provisioning_mode: 'scim' });
    expectTakesNothing(await planWorld(world, { job: 'drift' }));
  });

  test('9: does not send an e-mail again that Opti ID has not taken', async () => {
    const world = organization('drift');
    const { okta, opti } = managed(world, 'new@example.com');
    Object.assign(world.rows['optiId.users'].find((row) => row.opti_user_id === opti) ?? {}, {
      email: 'old@example.com',
    });
    const unsent = await planWorld(world, { job: 'drift' });
    expect(stepOn(unsent, 'user-email-drifted')).toMatchObject({
      action: 'Let Okta push the e-mails',
      proof: 'time',
    });
    world.userEvent('application.provision.user.push_profile', okta);
    const planned = await planWorld(world, { job: 'drift' });
    const step = stepOn(planned, 'user-email-drifted');
    expect(step).toMatchObject({ who: 'Optimizely Support', proof: 'support', effects: [] });
    expect(kindsOf(planned)).toEqual([]);
    expect(textOf(planned)).not.toMatch(/send (?:it|them)? ?again|save a change/u);
    expect(planned.plan.proof.remaining.map(({ rule }) => rule)).toEqual(['user-email-drifted']);
  });

  test('9, next door: nothing is sent about two accounts of one person, or one of two people', async () => {
    const world = organization('drift');
    const { opti } = managed(world, 'new@example.com', { sync_state: 'ERROR' });
    Object.assign(world.rows['optiId.users'].find((row) => row.opti_user_id === opti) ?? {}, {
      email: 'old@example.com',
    });
    world.optiUser({ email: 'new@example.com' });
    const held = await planWorld(world, { job: 'drift' });
    expect(stepOn(held, 'user-address-held')).toMatchObject({ who: 'Optimizely Support', proof: 'support' });
    expect(kindsOf(held)).toEqual([]);
    world.rows['optiId.users'].pop();
    world.person({ email: 'old@example.com' });
    const linked = await planWorld(world, { job: 'drift' });
    expect(stepOn(linked, 'user-linked-to-another')).toMatchObject({
      who: 'Optimizely Support',
      proof: 'support',
    });
    expect(kindsOf(linked)).toEqual([]);
  });

  test('10: has the group of a trial removed by Support, and its access given to the pushed group', async () => {
    const world = organization('precutover');
    const opti = world.optiUser({ email: 'ed@example.com' });
    const trial = pushedInto(world, 'Editors', [opti]);
    const group = world.pushedGroup('Editors', [world.person({ email: 'ed@example.com' })]);
    const planned = await planWorld(world);
    const { plan } = planned;
    const [removal, push, give] = (['support_removes_group', 'push_group', 'grant'] as const).map((kind) =>
      plan.steps.find(({ effects }) => effects.some((effect) => effect.kind === kind)),
    );
    expect(removal).toMatchObject({ who: 'Optimizely Support', phase: 'delete in Opti ID' });
    expect(plan.steps.find(({ record }) => record?.kind === 'group')?.record).toMatchObject({
      opti_group_id: trial,
      grants: [{ role: 'Editor' }],
      members: [{ comes_back: true }],
    });
    expect(give?.effects).toMatchObject([
      { opti_group_id: `predicted:${group}`, grants: [{ role: 'Editor' }] },
    ]);
    for (const step of [removal, push]) expect(stepsBefore(plan, give as WorkStep)).toContain(step?.step);
    expect(plan.proof).toMatchObject({ remaining: [], lost_access: [] });
    expect(plan.steps.filter(({ hits }) => hits.length > 0)).toEqual([]);
  });

  test('10, next door: who is not in the Okta group is named before the group goes', async () => {
    const world = organization('precutover');
    const opti = world.optiUser({ email: 'out@example.com' });
    world.person({ email: 'out@example.com' });
    pushedInto(world, 'Editors', [opti]);
    world.pushedGroup('Editors', [world.person({ email: 'ed@example.com' })]);
    const { plan } = await planWorld(world);
    const removal = plan.steps.find(({ effects }) =>
      effects.some(({ kind }) => kind === 'support_removes_group'),
    );
    expect(removal).toBeUndefined();
    const [asked] = plan.steps.filter(({ hits }) => hits.length > 0);
    expect(asked).toMatchObject({ hits: ['out@example.com'], proof: 'decision', effects: [] });
    expect(asked?.how).toContain('out@example.com');
    expect(plan.withheld.map(({ work }) => work.action)).toContain('Push the group');
  });

  test('11: has the refused token replaced before the day', async () => {
    const world = organization('precutover');
    world.logEvent('application.integration.authentication_failure', {
      outcome: 'FAILURE',
      published: minutesBefore(500),
    });
    expect(stepOn(await planWorld(world), 'scim-credentials-rejected').phase).toBe('fix Okta');
  });

  test('12: leaves a format alone that makes the e-mail', async () => {
    const world = organization('precutover');
    world.changeScimApp({ username_template: '${user.email}', username_template_type: 'CUSTOM' });
    expect(kindsOf(await planWorld(world))).not.toContain('set_scim_app');
  });

  test.each(['precutover', 'drift'] as const)('13: pushes a team as a team (%s)', async (job) => {
    const world = organization(job);
    const { okta } = people(world, 1);
    world.rows['optiId.productInstances'].push({
      opti_instance_id: '7c1e',
      product: 'Content Marketing Platform',
      nickname: 'Studio',
    });
    const team = world.pushedGroup('Studio::7c1e', okta);
    world.mapping(team, { status: job === 'drift' ? 'ERROR' : 'ACTIVE' });
    const planned = await planWorld(world, { job });
    const push = planned.plan.steps.find(({ phase }) => phase === 'push');
    expect(push?.effects.map(({ kind }) => kind)).toEqual([job === 'drift' ? 'push_again' : 'push_group']);
    expect(push?.verify).toMatch(/Teams lists the team/u);
    expect(push?.verify).not.toMatch(/internal group/u);
    expect(kindsOf(planned)).not.toContain('remove_push');
    expect(planned.plan.proof.remaining.map(({ rule }) => rule)).toEqual(['group-makes-team']);
  });

  test('14: activates whoever is staged again, and takes nobody out', async () => {
    const world = organization('drift');
    const stu = managed(world, 'stu@example.com');
    const una = managed(world, 'una@example.com');
    Object.assign(world.rows['okta.users'].find((row) => row.okta_user_id === stu.okta) ?? {}, {
      status: 'STAGED',
    });
    const group = world.oktaGroup('Testers', [stu.okta, una.okta]);
    world.mapping(group, { targetExternalId: pushedInto(world, 'Testers', [stu.opti, una.opti]) });
    const planned = await planWorld(world, { job: 'drift' });
    expectTakesNothing(planned);
    expect(stepOn(planned, 'member-staged').effects).toMatchObject([{ kind: 'activate_users' }]);
    expect(planned.plan.proof).toMatchObject({ remaining: [], lost_access: [] });
  });
});
