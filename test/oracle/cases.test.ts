import { afterEach, describe, expect, test } from 'vitest';
import type { AppUserRow, ChosenAppRow, LogEventRow } from '../../src/domain/dataset.ts';
import type { Job } from '../../src/domain/rule.ts';
import { EDITOR, organization, pushedInto } from '../support/case-world.ts';
import { LONG_AGO, minutesBefore, type World } from '../support/world.ts';
import { disagreements } from './compare.ts';
import { type ExpectedReport, expectReport } from './oracle.ts';
import type { OrgPair } from './org-pair.ts';

/** The rows of a world, for the oracle. */
function pairOf({ rows, settings, memory }: World, states: OrgPair['states'] = {}): OrgPair {
  return {
    seed: 0,
    scimApp: settings.scim_app,
    ssoApp: settings.sso_app,
    pushGroups: settings.push_groups === null ? null : [...settings.push_groups],
    lagMinutes: settings.lag_minutes ?? 60,
    logDays: settings.log_days ?? 7,
    memory,
    rows,
    states: {
      'okta.appFeatures': 'unread',
      'okta.provisioningConnection': 'unread',
      'okta.ssoApp': 'not_applicable',
      'okta.ssoAppUsers': 'not_applicable',
      'okta.ssoAppGroups': 'not_applicable',
      ...states,
    },
  };
}

/** What a test has looked at: worlds, and the jobs of each. */
const looked = new Map<World, Set<Job>>();

function reportOf(world: World, job: Job): ExpectedReport {
  looked.set(world, (looked.get(world) ?? new Set()).add(job));
  return expectReport(pairOf(world), job);
}

// What the oracle says of a world, the engine says as well: findings, outcomes and situations.
afterEach(async () => {
  const all = [...looked];
  looked.clear();
  for (const [world, jobs] of all) expect(await disagreements(pairOf(world), [...jobs])).toEqual([]);
});

const findingsOf = (world: World, job: Job): string[] =>
  reportOf(world, job)
    .findings.map(({ rule, subject }) => `${rule}: ${subject}`)
    .sort();

/** Somebody assigned whom SCIM manages: both ids of the pair. */
function managed(
  world: World,
  email: string,
  appUser: Partial<AppUserRow> = {},
): [okta: string, opti: string] {
  const opti = world.optiUser({ email });
  const okta = world.person({ email }, { external_id: opti, ...appUser });
  const user = world.rows['optiId.users'].find((row) => row.opti_user_id === opti);
  if (user) user.external_id = okta;
  return [okta, opti];
}

function people(world: World, count: number): { okta: string[]; opti: string[] } {
  const pairs = Array.from({ length: count }, (_, index) => managed(world, `person${index}@example.com`));
  return { okta: pairs.map(([okta]) => okta), opti: pairs.map(([, opti]) => opti) };
}

function anotherScimApp(world: World): ChosenAppRow {
  const app: ChosenAppRow = { ...world.scimApp, okta_app_id: '0oaOld', label: 'Opti ID SCIM (old)' };
  world.settings.scim_app = world.scimApp.okta_app_id;
  world.listApp(app);
  return app;
}

describe('cases from real migrations', () => {
  test('1: somebody who came back as another profile is no finding', () => {
    const world = organization('drift');
    const old = world.oktaUser({ email: 'lena@example.com', status: 'DEPROVISIONED' });
    const opti = world.optiUser({ email: 'lena@example.com', external_id: old });
    const now = world.person({ email: 'lena@example.com' }, { external_id: opti });
    const group = world.oktaGroup('Shop Editors', [old, now]);
    world.mapping(group, { targetExternalId: pushedInto(world, 'Shop Editors', [opti]) });
    expect(findingsOf(world, 'drift')).toEqual([]);
    expect(reportOf(world, 'drift').users).toContainEqual({
      situation: 'MANAGED',
      okta_user_id: now,
      opti_user_id: opti,
    });
  });

  test('2: a second, suspended profile says nothing of the account of the active one', () => {
    const world = organization('precutover');
    const opti = world.optiUser({ email: 'max@example.com' });
    const active = world.person({ email: 'max@example.com' });
    world.oktaUser({ email: 'max@example.com', status: 'SUSPENDED' });
    expect(findingsOf(world, 'precutover')).toEqual([]);
    expect(reportOf(world, 'precutover').users).toContainEqual({
      situation: 'TAKE_OVER',
      okta_user_id: active,
      opti_user_id: opti,
    });
  });

  test('3: what another app manages is neither orphaned nor left behind', () => {
    const world = organization('drift');
    const app = anotherScimApp(world);
    const opti = world.optiUser({ email: 'old@example.com' });
    const okta = world.oktaUser({ email: 'old@example.com' });
    const author = world.optiGroup('Legacy Authors', [opti], { group_type: 'internal' });
    world.grant(author, ...EDITOR);
    const source = world.oktaGroup('Legacy Authors', [okta]);
    const ofApp = { okta_app_id: app.okta_app_id };
    world.rows['okta.otherAppUsers'].push({
      ...ofApp,
      okta_user_id: okta,
      external_id: opti,
      status: 'ACTIVE',
    });
    world.rows['okta.otherPushMappings'].push({
      ...ofApp,
      okta_mapping_id: 'gPmOld',
      source_group_id: source,
      target_group_id: null,
      status: 'ACTIVE',
      created: LONG_AGO,
      last_push: LONG_AGO,
    });
    expect(findingsOf(world, 'drift')).toEqual(['second-scim-app: Opti ID SCIM (old)']);
    const { groups, users } = reportOf(world, 'drift');
    expect(groups).toContainEqual({
      situation: 'MANAGED_ELSEWHERE',
      okta_group_id: null,
      opti_group_id: author,
    });
    expect(users.find((row) => row.opti_user_id === opti)?.situation).toBe('MANAGED_ELSEWHERE');
  });

  test('4: a refused new name is drift, and no group is missing or orphaned', () => {
    const world = organization('drift');
    const { okta, opti } = people(world, 9);
    const created = minutesBefore(5000);
    const group = world.oktaGroup('Brand Nordics', okta);
    world.mapping(group, { created });
    pushedInto(world, 'Brand North', opti, minutesBefore(4998));
    expect(findingsOf(world, 'drift').filter((line) => !line.startsWith('group-push-unconfirmed'))).toEqual([
      'group-name-drifted: Brand Nordics',
    ]);
  });

  test('5: a mapping that never pushed made nothing, and the group of its name is an orphan', () => {
    const world = organization('drift');
    const { okta, opti } = people(world, 3);
    const group = world.oktaGroup('Pricing', okta.slice(0, 1));
    world.mapping(group, { status: 'ERROR', last_push: null });
    pushedInto(world, 'Pricing', opti.slice(1));
    expect(findingsOf(world, 'drift')).toEqual([
      'group-orphaned: Pricing',
      'group-push-failed: Pricing',
      'orphan-keeps-access: person1@example.com',
      'orphan-keeps-access: person2@example.com',
    ]);
  });

  test('6: the old name, taken again, is of the group that bears it now', () => {
    const world = organization('drift');
    const { okta, opti } = people(world, 4);
    const renamed = world.oktaGroup('Desk A', okta.slice(0, 2));
    world.mapping(renamed, { created: minutesBefore(50_000), targetName: 'Desk A' });
    pushedInto(world, 'Desk One', opti.slice(0, 2), minutesBefore(49_999));
    const second = world.oktaGroup('Desk One', okta.slice(2));
    world.mapping(second, { status: 'ERROR', last_push: null });
    world.groupEvent('application.provision.group_push.pushed', 'Desk One', { outcome: 'FAILURE' });
    expect(findingsOf(world, 'drift')).toEqual([
      'group-name-drifted: Desk A',
      'group-push-failed: Desk One',
      'push-event-failed: Desk One',
    ]);
    const event = reportOf(world, 'drift').findings.find(({ rule }) => rule === 'push-event-failed');
    expect(event?.okta_id).toBe(second);
  });

  test('7: an account that only the e-mail ties was never adopted', () => {
    const world = organization('drift');
    world.optiUser({ email: 'kim@example.com' });
    const kim = world.person({ email: 'kim@example.com' }, { created: minutesBefore(21 * 24 * 60) });
    expect(findingsOf(world, 'drift')).toEqual(['user-not-adopted: kim@example.com']);
    const row = world.rows['okta.appUsers'].find(({ okta_user_id }) => okta_user_id === kim);
    if (row) row.created = minutesBefore(30);
    expect(findingsOf(world, 'drift')).toEqual([]);
  });

  test('8: an assigned partner is named, and an assigned admin breaks no glass', () => {
    const world = organization('precutover');
    world.optiUser({ email: 'partner@agency.example', home_organization_id: 'org-agency' });
    world.rows['optiId.ssoConnections'][0]?.domains.push('agency.example');
    world.person({ email: 'partner@agency.example' });
    expect(findingsOf(world, 'precutover')).toEqual(['person-outside-scim-assigned: partner@agency.example']);
    world.person({ email: 'break.glass@example.com' });
    expect(findingsOf(world, 'precutover')).toEqual([
      'break-glass-admin-missing: Example Inc.',
      'person-outside-scim-assigned: break.glass@example.com',
      'person-outside-scim-assigned: partner@agency.example',
    ]);
  });

  test('9: a new e-mail that the store did not take is drift of the e-mail', () => {
    const world = organization('drift');
    const [okta, opti] = managed(world, 'new@example.com');
    const user = world.rows['optiId.users'].find((row) => row.opti_user_id === opti);
    if (user) user.email = 'old@example.com';
    world.userEvent('application.provision.user.push_profile', okta);
    expect(findingsOf(world, 'drift')).toEqual(['user-email-drifted: new@example.com']);
  });

  test('9, next door: the new e-mail is held by another account, or the old one is a colleague’s', () => {
    const world = organization('drift');
    const [, opti] = managed(world, 'new@example.com', { sync_state: 'ERROR' });
    const user = world.rows['optiId.users'].find((row) => row.opti_user_id === opti);
    if (user) user.email = 'old@example.com';
    world.optiUser({ email: 'new@example.com' });
    expect(findingsOf(world, 'drift')).toEqual(['user-address-held: new@example.com']);
    world.rows['optiId.users'].pop();
    world.oktaUser({ email: 'old@example.com' });
    expect(findingsOf(world, 'drift')).toEqual([
      'user-linked-to-another: new@example.com',
      'user-push-failed: new@example.com',
    ]);
  });

  test('10: a group that a trial left is in the way of the push', () => {
    const world = organization('precutover');
    const id = world.optiGroup('Editors', [], { group_type: 'internal' });
    const member = world.person({ email: 'ed@example.com' });
    world.optiUser({ email: 'ed@example.com' });
    const group = world.pushedGroup('Editors', [member]);
    expect(findingsOf(world, 'precutover')).toEqual(['group-name-taken-by-orphan: Editors']);
    expect(reportOf(world, 'precutover').groups).toContainEqual({
      situation: 'DELETE_FIRST',
      okta_group_id: group,
      opti_group_id: id,
    });
  });

  test('11: a refused token counts before the cutover too', () => {
    const world = organization('precutover');
    const refused: Partial<LogEventRow> = { outcome: 'FAILURE', published: minutesBefore(500) };
    world.logEvent('application.integration.authentication_failure', refused);
    expect(findingsOf(world, 'precutover')).toEqual(['scim-credentials-rejected: Opti ID SCIM']);
    world.logEvent('application.provision.user.push_profile', { published: minutesBefore(400) });
    expect(findingsOf(world, 'precutover')).toEqual([]);
  });

  test.each([
    ['${user.email}', 'pass'],
    ['user.email', 'pass'],
    ['${fn:toUpperCase(source.email)}', 'pass'],
    ['String.toLowerCase(user.email)', 'pass'],
    ['${source.login}', 'fail'],
    ['${fn:substringBefore(source.email, "@")}', 'fail'],
  ])('12: the user name format %s: %s', (username_template, outcome) => {
    const world = organization('precutover');
    world.changeScimApp({ username_template, username_template_type: 'CUSTOM' });
    expect(reportOf(world, 'precutover').outcomes['username-format-not-email']).toBe(outcome);
  });

  test('13: a team is no missing group', () => {
    const world = organization('drift');
    const { okta } = people(world, 1);
    world.rows['optiId.productInstances'].push({
      opti_instance_id: '7c1e',
      product: 'Content Marketing Platform',
      nickname: 'Studio',
    });
    const group = world.oktaGroup('Studio::7c1e', okta);
    world.mapping(group);
    expect(findingsOf(world, 'drift')).toEqual(['group-makes-team: Studio::7c1e']);
    expect(reportOf(world, 'drift').groups[0]?.situation).toBe('TEAM');
    world.mapping(world.oktaGroup('Studio::gone', okta));
    expect(findingsOf(world, 'drift')).toContain('group-team-instance-unknown: Studio::gone');
  });

  test('14: a profile that is staged again is not an unexpected member too', () => {
    const world = organization('drift');
    const [okta, opti] = managed(world, 'stu@example.com');
    const [other] = managed(world, 'una@example.com');
    const user = world.rows['okta.users'].find((row) => row.okta_user_id === okta);
    if (user) user.status = 'STAGED';
    const group = world.oktaGroup('Testers', [okta, other]);
    const members = [opti, world.rows['optiId.users'].at(-1)?.opti_user_id ?? ''];
    world.mapping(group, { targetExternalId: pushedInto(world, 'Testers', members) });
    expect(findingsOf(world, 'drift')).toEqual(['member-staged: stu@example.com → Testers']);
  });
});

describe('what has a baseline, an app that is off, a listing with a gap', () => {
  test('a new account without what the old one had is a loss', () => {
    const world = organization('drift');
    const [okta, opti] = managed(world, 'back@example.com');
    const grants = [{ opti_instance_id: 'instance-1', opti_role_id: 'role-1' }];
    const account = { okta_user_id: okta, opti_user_id: 'user-before', grants };
    world.memory = { ...world.memory, baseline: { run: 'before', grants: [], accounts: [account] } };
    expect(findingsOf(world, 'drift')).toEqual(['user-access-lost: back@example.com']);
    world.memory = {
      ...world.memory,
      baseline: { run: 'before', grants: [], accounts: [{ ...account, opti_user_id: opti }] },
    };
    expect(findingsOf(world, 'drift')).toEqual([]);
  });

  test('an inactive app is one finding', () => {
    const world = organization('precutover');
    world.settings.scim_app = world.scimApp.okta_app_id;
    world.changeScimApp({ status: 'INACTIVE' });
    world.optiUser({ email: 'nobody@example.com' });
    expect(findingsOf(world, 'precutover')).toEqual(['scim-app-inactive: Opti ID SCIM']);
  });

  test('who is unassigned is unknown until those whom the listing leaves out were asked for', () => {
    const world = organization('precutover');
    const { outcomes } = expectReport(pairOf(world, { 'okta.assignmentChecks': 'partial' }), 'precutover');
    expect(outcomes['user-unmanaged']).toBe('unknown');
  });

  test('access is interrupted for who is pushed again, and lost for good for all others', () => {
    const world = organization('precutover');
    const opti = ['ann@example.com', 'ben@example.com'].map((email) => world.optiUser({ email }));
    const [ann] = ['ann@example.com', 'ben@example.com'].map((email) => world.person({ email }));
    world.grant(world.optiGroup('Writers', opti), ...EDITOR);
    world.pushedGroup('Writers', [ann ?? '']);
    expect(findingsOf(world, 'precutover')).toEqual([
      'access-interrupted: ann@example.com',
      'access-lost-with-group: ben@example.com',
      'group-name-taken: Writers',
      'member-loses-group: ben@example.com → Writers',
    ]);
  });
});

describe('owners', () => {
  test('two assigned, active people on the strongest tie own nothing; on two ties one owns, and who is who is asked all the same', () => {
    const world = organization('precutover');
    const opti = world.optiUser({ email: 'kim@example.com' });
    const people = [world.person({ email: 'kim@example.com' }), world.person({ email: 'KIM@example.com' })];
    expect(findingsOf(world, 'precutover')).toEqual(['user-match-ambiguous: kim@example.com']);
    const { users } = reportOf(world, 'precutover');
    for (const okta_user_id of people) {
      expect(users).toContainEqual({ situation: 'AMBIGUOUS', okta_user_id, opti_user_id: null });
    }
    const row = world.rows['okta.appUsers'].find(({ okta_user_id }) => okta_user_id === people[1]);
    if (row) row.external_id = opti;
    expect(findingsOf(world, 'precutover')).toContain('user-match-ambiguous: kim@example.com');
    expect(reportOf(world, 'precutover').users).toContainEqual({
      situation: 'AMBIGUOUS',
      okta_user_id: people[1],
      opti_user_id: opti,
    });
  });

  test('the user name goes before the primary e-mail, and the status before both', () => {
    const world = organization('precutover');
    const opti = world.optiUser({ email: 'lee@example.com' });
    const ownerOf = () =>
      reportOf(world, 'precutover').users.find((row) => row.opti_user_id === opti)?.okta_user_id;
    const byEmail = world.person(
      { email: 'lee@example.com', status: 'STAGED' },
      { user_name: 'l@example.com' },
    );
    expect(ownerOf()).toBe(byEmail);
    const byUserName = world.person(
      { email: 'lee.two@example.com', status: 'STAGED' },
      { user_name: 'lee@example.com' },
    );
    expect(ownerOf()).toBe(byUserName);
    const active = world.person({ email: 'lee@example.com' }, { user_name: 'x@example.com' });
    expect(ownerOf()).toBe(active);
  });

  test('an account whose profile Okta no longer knows is left behind in any domain', () => {
    const world = organization('drift');
    const opti = world.optiUser({ email: 'gone@elsewhere.example', external_id: '00uGone' });
    expect(findingsOf(world, 'drift')).toEqual([]);
    const lookup = { opti_user_id: opti, asked_by: 'id', okta_user_id: null } as const;
    world.rows['okta.userLookups'].push(lookup);
    expect(findingsOf(world, 'drift')).toEqual(['user-left-behind: gone@elsewhere.example']);
  });
});

describe('what the rules leave room for', () => {
  test('a group whose members the store hides is unknown, not missing', () => {
    const world = organization('drift');
    const { okta } = people(world, 3);
    const group = world.oktaGroup('New name', okta);
    world.mapping(group);
    pushedInto(world, 'Old name', []);
    for (const row of world.rows['optiId.groups']) row.user_count = 3;
    world.rows['optiId.groupMembers'] = [];
    expect(reportOf(world, 'drift').groups).toContainEqual({
      situation: 'UNKNOWN',
      okta_group_id: group,
      opti_group_id: null,
    });
  });

  test('the account of the user name goes before one of the primary e-mail', () => {
    const world = organization('precutover');
    const byEmail = world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
    const byName = world.optiUser({ opti_user_id: 'user-b', email: 'ada.b@example.com' });
    const okta = world.person({ email: 'ada@example.com' }, { user_name: 'ada.b@example.com' });
    const { users, findings } = reportOf(world, 'precutover');
    expect(users).toContainEqual({ situation: 'MISMATCH', okta_user_id: okta, opti_user_id: byName });
    expect(users).toContainEqual({ situation: 'TAKE_OVER', okta_user_id: okta, opti_user_id: byEmail });
    expect(findings.find(({ rule }) => rule === 'username-differs-from-email')?.opti_id).toBe(byName);
  });

  test('a user name that is not the e-mail is no mismatch while the app is inactive: its rule is skipped', () => {
    const world = organization('precutover');
    world.scimApp.status = 'INACTIVE';
    world.settings.scim_app = world.scimApp.okta_app_id;
    const opti = world.optiUser({ email: 'ada@example.com' });
    const okta = world.person({ email: 'ada@example.com' }, { user_name: 'ada', external_id: opti });
    const { users, outcomes } = reportOf(world, 'precutover');
    expect(outcomes['username-differs-from-email']).toBe('skipped');
    expect(users).toContainEqual({ situation: 'MANAGED', okta_user_id: okta, opti_user_id: opti });
  });
});

describe('evidence for what a push made', () => {
  /** A renamed group with its mapping, and what its push may have made. */
  function renamed(world: World, members: readonly string[]): void {
    world.mapping(world.oktaGroup('New name', members), { created: minutesBefore(50_000) });
  }
  const drifted = 'group-name-drifted: New name';

  test.each([
    ['at the moment of the mapping', 50_000, true],
    ['15 minutes later', 49_985, true],
    ['16 minutes later', 49_984, false],
    ['a minute before', 50_001, false],
  ])('made %s with half of the members', (_when, minutes, isFound) => {
    const world = organization('drift');
    const { okta, opti } = people(world, 4);
    renamed(world, okta);
    pushedInto(world, 'Old name', opti.slice(0, 2), minutesBefore(minutes));
    expect(findingsOf(world, 'drift').includes(drifted)).toBe(isFound);
    expect(findingsOf(world, 'drift').includes('group-missing: New name')).toBe(!isFound);
    expect(findingsOf(world, 'drift').includes('group-orphaned: Old name')).toBe(!isFound);
  });

  test.each([
    [4, 5, true],
    [3, 4, false],
    [2, 2, true],
    [1, 1, false],
  ])('made at any time with %i of %i members', (shared, all, isFound) => {
    const world = organization('drift');
    const { okta, opti } = people(world, all);
    renamed(world, okta);
    pushedInto(world, 'Old name', opti.slice(0, shared), minutesBefore(60_000));
    expect(findingsOf(world, 'drift').includes(drifted)).toBe(isFound);
  });

  test('of which two mappings have one alone, or which one mapping has two of, counts for nobody', () => {
    const world = organization('drift');
    const { okta, opti } = people(world, 3);
    renamed(world, okta);
    pushedInto(world, 'Old name', opti, minutesBefore(49_999));
    expect(findingsOf(world, 'drift')).toContain(drifted);
    const other = world.oktaGroup('Other name', okta);
    world.mapping(other, { created: minutesBefore(50_000) });
    expect(findingsOf(world, 'drift')).not.toContain(drifted);
    world.rows['okta.groupPushMappings'].pop();
    pushedInto(world, 'Older name', opti, minutesBefore(49_999));
    expect(findingsOf(world, 'drift')).not.toContain(drifted);
  });

  test('is not looked for where what the push made is known to be gone', () => {
    const world = organization('drift');
    const { okta, opti } = people(world, 3);
    const source = world.oktaGroup('New name', okta);
    world.mapping(source, { created: minutesBefore(50_000), targetExternalId: 'group-gone' });
    pushedInto(world, 'Old name', opti, minutesBefore(49_999));
    expect(findingsOf(world, 'drift')).toContain('group-missing: New name');
  });
});
