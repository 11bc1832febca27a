import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explain } from '../../cli/commands/explain.ts';
import type { Explanation, GroupExplanation } from '../../src/domain/explanation.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { inOrder, type Plan } from '../../src/domain/plan.ts';
import type { RuleDescription } from '../../src/report/text/rule-text.ts';
import { sha256Of } from '../../src/runs/seal.ts';
import { sealAgain } from '../support/leave-run.ts';
import { World } from '../support/world.ts';
import { Desk, expectRefusal, filesBelow } from './support/cli.ts';
import { jsonOf } from './support/json.ts';

/** Moves the cursor up, hides what follows, and pretends to be a heading. */
const HOSTILE = 'Ops\u001b[2A\u202e\n## Approved';

/** Puts other findings into a run, and seals it again. */
async function leaveFindings(
  dir: string,
  findings: readonly Finding[],
  change: Parameters<typeof sealAgain>[1] = () => {},
): Promise<void> {
  writeFileSync(join(dir, 'findings.ndjson'), findings.map((each) => `${JSON.stringify(each)}\n`).join(''));
  await sealAgain(dir, (run) => {
    const state: Record<Finding['state'], number> = { new: 0, known: 0, resolved: 0, waived: 0 };
    for (const finding of findings) state[finding.state] += 1;
    Object.assign(run.counts as object, { state });
    change(run);
  });
}

/** A night with a group pushed in part, one of a hostile name, an event, and more members than are shown. */
function nightWorld(began: string): World {
  const world = new World();
  world.began = new Date(began);
  world.organization({ provisioning_mode: 'scim' });
  const people = Array.from({ length: 15 }, (_, at) => `person${String(at).padStart(2, '0')}@example.com`);
  const inOkta = people.map((email) => world.person({ email }));
  const inStore = people.map((email) => world.optiUser({ email }));
  for (const [name, missing] of [
    ['Editors', 1],
    [HOSTILE, 15],
  ] as const) {
    const group = world.pushedGroup(name, inOkta);
    const storeGroup = world.optiGroup(name, inStore.slice(missing), {
      group_type: 'internal',
      user_count: 99,
    });
    world.mapping(group, { targetExternalId: storeGroup });
    world.grant(storeGroup, 'CMS', 'Website', 'Editor');
  }
  world.setState('okta.appGroups', 'unread', 'the connection broke');
  return world;
}

interface ExplanationAsData extends Omit<Explanation, 'behind'> {
  rule: RuleDescription;
  behind: Explanation['behind'];
  missing: string[];
}

describe('explain', () => {
  let desk: Desk;
  let run: string;
  let findings: Finding[];
  const ask = (id: string, flags: Parameters<typeof explain>[1] = {}) =>
    desk.within((context) => explain(id, { out: desk.reports, ...flags }, context));
  const asData = async (id: string) =>
    jsonOf('explain', (await ask(id, { json: true })).stdout) as unknown as ExplanationAsData;
  const of = (rule: string, subject: RegExp = /./u): Finding => {
    const found = findings.find((finding) => finding.rule === rule && subject.test(finding.subject));
    if (!found) throw new Error(`The world has no finding of ${rule}.`);
    return found;
  };
  /** A copy of the run, in which a test may damage something. */
  const copyOfRun = async (name: string): Promise<string> => {
    const copy = join(desk.folder, name, 'reports', 'example.okta.com', 'run');
    await cp(run, copy, { recursive: true });
    return copy;
  };

  beforeAll(async () => {
    desk = await Desk.open();
    const snapshot = join(desk.folder, 'night');
    await nightWorld('2026-11-20T03:00:00.000Z').seal(snapshot);
    expect((await desk.audit('drift', {}, { snapshot, quiet: true })).code).toBe(3);
    run = desk.onlyRun();
    const lines = readFileSync(join(run, 'findings.ndjson'), 'utf8').trim().split('\n');
    findings = lines.map((line) => JSON.parse(line) as Finding);
  });

  afterAll(async () => {
    await desk?.close();
  });

  it('says what was found, of whom, since when, why it matters, and who does what', async () => {
    const finding = of('member-missing', /Editors/u);
    const { code, stdout, stderr } = await ask(finding.finding_id);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const text of [
      finding.finding_id,
      finding.subject,
      finding.detail,
      finding.fix,
      finding.okta_id,
      finding.opti_id,
      finding.first_seen,
      'What to do (Okta admin)',
      'the push failed, or somebody took them out in the Admin Center',
      run,
    ]) {
      expect(stdout).toContain(text);
    }
    expect(stdout).toMatch(/^ {2}group_name: Editors\n {6}Name of the pushed group$/mu);
    expect(stdout).toContain("where change = 'gained'");
  });

  it('shows the row of the query and those behind it: of a membership the one side that has it', async () => {
    const finding = of('member-missing', /Editors/u);
    const { behind } = await asData(finding.finding_id);
    expect(behind.row).toMatchObject({
      subject: finding.subject,
      okta_id: finding.okta_id,
      group_name: 'Editors',
    });
    const rows = Object.fromEntries(behind.tables.map((table) => [table.table, table.rows]));
    expect(rows['snapshot.okta_group_members']).toEqual([
      expect.objectContaining({ group_name: 'Editors', email: finding.subject.split(' ')[0] }),
    ]);
    expect(rows.opti_group_member).toEqual([]);
    expect(rows['snapshot.okta_users']).toEqual([expect.objectContaining({ okta_user_id: finding.okta_id })]);
    expect(rows['snapshot.opti_id_users']).toEqual([
      expect.objectContaining({ opti_user_id: finding.opti_id }),
    ]);
    expect(rows.opti_grant).toEqual([expect.objectContaining({ instance: 'Website', role: 'Editor' })]);
    expect((await ask(finding.finding_id)).stdout).toContain(
      'Memberships in Opti ID (opti_group_member): none',
    );
  });

  it('shows a bounded number of rows and counts the others', async () => {
    const { finding_id } = of('group-count-mismatch', /Editors/u);
    const { behind } = await asData(finding_id);
    const members = behind.tables.find(({ table }) => table === 'snapshot.okta_group_members');
    expect([members?.rows.length, members?.more]).toEqual([10, 5]);
    expect((await ask(finding_id)).stdout).toContain('and 5 more');
  });

  it('names the steps of the plan that resolve it', async () => {
    const finding = of('member-missing', /Editors/u);
    const plan = JSON.parse(readFileSync(join(run, 'plan.json'), 'utf8')) as Plan;
    const resolves = (step: { resolves: string[] }) => step.resolves.includes(finding.finding_id);
    expect((await asData(finding.finding_id)).steps).toEqual(inOrder(plan).filter(resolves));
    // This run did not read everything: the push is withheld, with what must be read first.
    const withheld = plan.withheld.filter(resolves);
    expect(withheld.length).toBeGreaterThan(0);
    const { stdout } = await ask(finding.finding_id);
    for (const { action, first } of withheld) {
      expect(stdout).toContain(`withheld: ${action}`);
      expect(stdout).toContain(`First: ${first[0]}`);
    }
    const settled = inOrder(plan).find((step) => step.resolves.length > 0);
    const other = await ask(settled?.resolves[0] ?? '');
    expect(other.stdout).toContain(`${settled?.step}. ${settled?.action}`);
    expect(other.stdout).toContain(`Verify: ${settled?.verify}`);
  });

  it('shows hostile names as text', async () => {
    const finding = of('member-missing', /Approved/u);
    const { stdout } = await ask(finding.finding_id);
    expect(stdout).toContain('Ops\\u{1b}[2A\\u{202e}\\u{a}## Approved');
    for (const hidden of ['\u001b', '\u202e', '\n## Approved']) expect(stdout).not.toContain(hidden);
    expect((await asData(finding.finding_id)).finding).toEqual(finding);
  });

  it('takes the beginning of an id, in any case, and lists what begins alike', async () => {
    const { finding_id } = of('member-missing', /Editors/u);
    const beginning = finding_id.slice(0, 8);
    expect((await ask(` ${beginning.toUpperCase()} `)).stdout).toContain(finding_id);
    const copy = await copyOfRun('alike');
    const [first, second] = findings as [Finding, Finding];
    const alike = [
      first,
      {
        ...second,
        finding_id: `${first.finding_id.slice(0, 15)}${first.finding_id.endsWith('0') ? '1' : '0'}`,
      },
    ];
    await leaveFindings(copy, alike);
    const ending = await ask(first.finding_id.slice(0, 6), { run: copy });
    expectRefusal(ending);
    for (const { finding_id: id, rule } of alike) expect(ending.stderr).toContain(`${id}  ${rule}`);
    expect(ending.stderr).toContain('2 findings of');
  });

  it.each(['resolved', 'waived'] as const)('says of a finding that it is %s', async (state) => {
    const copy = await copyOfRun(state);
    const finding = { ...of('member-missing', /Editors/u), state };
    const gone = { ...finding, finding_id: '0123456789abcdef', okta_id: 'gone', opti_id: null, evidence: {} };
    const rows = state === 'resolved' ? gone : finding;
    await leaveFindings(copy, [rows]);
    const { code, stdout } = await ask(rows.finding_id, { run: copy });
    expect(code).toBe(0);
    expect(stdout).toContain(`State:    ${state}: `);
    if (state === 'resolved')
      expect(stdout).toContain('gives no row for it: as it must be where it is resolved');
  });

  it('explains from what is there where this version knows neither the snapshot nor the rule, and says so', async () => {
    const copy = await copyOfRun('old');
    const finding = { ...of('member-missing', /Editors/u), rule: 'a-rule-of-old' };
    const manifest = join(copy, 'snapshot/manifest.json');
    writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), format: 1 }));
    await leaveFindings(copy, [finding], (sealed) => {
      (sealed.snapshot as { hash: string }).hash = sha256Of(readFileSync(manifest));
    });
    const { code, stdout } = await ask(finding.finding_id, { run: copy });
    expect(code).toBe(0);
    expect(stdout).toContain(finding.detail);
    expect(stdout).toMatch(
      /Not shown here\n {2}- The rule a-rule-of-old.*\n {2}- The rows behind it: .* older version/u,
    );
  });

  it('explains nothing from a damaged run: it is refused where it is named, else passed over and named', async () => {
    const copy = await copyOfRun('damaged');
    const { finding_id } = of('member-missing', /Editors/u);
    rmSync(join(copy, 'access.csv'));
    const refused = await ask(finding_id, { run: copy });
    expectRefusal(refused);
    expect(refused.stderr).toContain(`the run ${copy} is not believed: access.csv is missing.`);
    const home = join(copy, '..');
    await cp(run, join(home, '20261119T030000Z-drift'), { recursive: true });
    const { code, stdout, stderr } = await ask(finding_id, { out: join(home, '..') });
    expect(code).toBe(0);
    expect(stderr).toContain(`Warning: The run ${copy} is not believed: access.csv is missing.`);
    expect(stdout).toContain(join(home, '20261119T030000Z-drift'));
  });

  it('explains a rule: its findings, and what the plan does about them', async () => {
    const own = findings.filter(({ rule }) => rule === 'member-missing');
    const { code, stdout } = await ask(' Member-Missing ');
    expect(code).toBe(0);
    expect(stdout).toContain(`Findings (${own.length})`);
    for (const { finding_id } of own) expect(stdout).toContain(finding_id);
    const data = jsonOf('explain', (await ask('member-missing', { json: true })).stdout);
    expect(data).toMatchObject({ asked: { rule: 'member-missing' }, findings: own });
    const none = await ask('scim-app-missing');
    expectRefusal(none);
    expect(none.stderr).toContain('optiid-audit rules scim-app-missing');
  });

  it('explains a subject by its name, an id of it or one half of a membership, and proposes near names', async () => {
    const finding = of('group-count-mismatch', /Editors/u);
    const { stdout } = await ask('EDITORS');
    expect(stdout).toContain(finding.finding_id);
    expect(stdout).toContain(of('member-missing', /Editors/u).finding_id);
    expect(stdout).not.toContain(of('member-missing', /Approved/u).finding_id);
    expect((await ask(finding.opti_id ?? '')).stdout).toContain(finding.finding_id);
    const wrong = await ask('Editosr');
    expectRefusal(wrong);
    expect(wrong.stderr).toContain('Did you mean Editors?');
  });

  it('says of a group that is replaced the whole way: record, delete, push, give back', async () => {
    const world = new World();
    const ada = world.person({ email: 'ada@example.com' });
    world.pushedGroup('Writers', [ada]);
    const writers = world.optiGroup('Writers', [world.optiUser({ email: 'ada@example.com' })]);
    world.grant(writers, 'CMS', 'Website', 'Editor');
    const door = world.optiUser({ email: 'door@example.com', local_login: true });
    world.grant(world.optiGroup('Keepers', [door]), 'Admin Center', 'Admin Center', 'Super Admin');
    const snapshot = join(desk.folder, 'eve');
    await world.seal(snapshot);
    const out = join(desk.folder, 'eve-reports');
    await desk.audit('precutover', {}, { snapshot, quiet: true, out });
    const { chain, findings: about } = jsonOf(
      'explain',
      (await ask('writers', { out, json: true })).stdout,
    ) as GroupExplanation;
    expect(about.map(({ rule }) => rule)).toContain('group-name-taken');
    const actions = chain.map(({ action }) => action).join(' | ');
    expect(actions).toMatch(/Record the group.*Delete the group.*[Pp]ush the group.*(?:Give|Add)/u);
    const [taken] = about.filter(({ rule }) => rule === 'group-name-taken');
    const text = (await ask(taken?.finding_id ?? '', { out })).stdout;
    expect(text).toContain('All that the plan does about its subject, in order');
    for (const { step, action } of chain) expect(text).toContain(`  ${step}. ${action}`);
  });

  it('says what of the snapshot was not read to its end', async () => {
    const { stdout } = await ask(of('member-missing', /Editors/u).finding_id);
    expect(stdout).toContain('- okta.appGroups was not read: the connection broke');
  });

  it.each([
    ['ffffffffffffffff', 'has a finding ffffffffffffffff', 'optiid-audit runs'],
    ['abc', 'is not a finding', '16 hex digits'],
    ['not-an-id', 'is not a finding', '16 hex digits'],
    ['', 'is not a finding', '16 hex digits'],
  ])('refuses %s', async (id, message, hint) => {
    const ending = await ask(id);
    expectRefusal(ending);
    expect(ending.stderr).toContain(message);
    expect(ending.stderr).toContain(hint);
  });

  it('refuses a folder that is no run', async () => {
    expectRefusal(await ask('ffffffffffffffff', { run: desk.folder }));
    expectRefusal(await ask('ffffffffffffffff', { run }));
  });

  it('is a command of the executable, and changes no file', async () => {
    const before = filesBelow(desk.reports);
    const ending = await desk.run(['explain', of('member-missing').finding_id.slice(0, 10), '--no-color']);
    expect(ending).toMatchObject({ code: 0, stderr: '' });
    expect(ending.stdout).toContain('member-missing: A member of a pushed group');
    expect(filesBelow(desk.reports)).toEqual(before);
  });
});
