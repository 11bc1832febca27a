import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { logEntryText } from '../../cli/terminal/logger.ts';
import { showEvents } from '../../cli/terminal/progress.ts';
import { type AuditRequest, auditRun, PLAIN_AUDIT } from '../../src/audit/audit.ts';
import { loadConfig } from '../../src/config/settings.ts';
import type { RunSummary } from '../../src/domain/run.ts';
import type { LogEntry, RunContext } from '../../src/runtime/run-context.ts';
import { World } from '../support/world.ts';
import { Desk, expectRefusal } from './support/cli.ts';

let folder: string;
let said: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'optiid-audit-history-'));
  said = '';
});
afterEach(() => rmSync(folder, { recursive: true }));

const NIGHT_MS = 86_400_000;

/** A well-kept organization some nights after its cutover. */
class Night extends World {
  constructor(night: number) {
    super();
    this.began = new Date(this.began.getTime() + night * NIGHT_MS);
    this.organization({ provisioning_mode: 'scim' });
    const keys = this.optiUser({ opti_user_id: 'keys', email: 'keys@example.com', local_login: true });
    this.grant(this.optiGroup('Keys', [keys]), 'Admin Center', 'Admin Center', 'Super Admin');
    for (const name of ['Sales', 'Marketing']) {
      const person = this.person(
        { okta_user_id: `00u${name}` },
        { external_id: `store-${name}`, status: 'PROVISIONED', sync_state: 'SYNCHRONIZED' },
      );
      const store = this.optiUser({
        opti_user_id: `store-${name}`,
        email: `00u${name}@example.com`,
        external_id: person,
      });
      this.mapping(this.oktaGroup(name, [person], { okta_group_id: `00g${name}` }), {
        okta_mapping_id: `gPm${name}`,
      });
      const group = this.optiGroup(name, [store], { opti_group_id: `group-${name}`, group_type: 'internal' });
      this.grant(group, 'CMS', 'web', 'Editor');
    }
  }

  /** A group that was left in the target app. */
  orphan(name: string): void {
    this.optiGroup(name, [], { opti_group_id: `orphan-${name}`, group_type: 'internal' });
  }
}

const say = (entry: LogEntry): void => {
  said += logEntryText(entry);
};

const CONTEXT: RunContext = {
  env: {},
  cwd: '.',
  now: () => new Date(),
  stdout: () => {},
  say,
  onEvent: showEvents({ say, show: () => () => {} }, Date.now),
  color: false,
  signal: new AbortController().signal,
  hide: () => {},
  redact: (text) => text,
};

/** Judges a night, as `drift --snapshot` does. */
async function drift(
  night: World,
  over: Partial<AuditRequest> = {},
): Promise<{ dir: string; run: RunSummary; states: Record<string, string> }> {
  const snapshot = await night.seal(mkdtempSync(join(folder, 'sealed-')));
  const { dir, run, findings } = await auditRun(
    {
      ...PLAIN_AUDIT,
      job: 'drift',
      from: { snapshot },
      reportsDir: join(folder, 'reports'),
      failOn: 'error',
      brakes: loadConfig({}, { okta: false, store: false }).brakes,
      ...over,
    },
    CONTEXT,
  );
  return {
    dir,
    run,
    states: Object.fromEntries(findings.map(({ rule, subject, state }) => [`${rule} ${subject}`, state])),
  };
}

function night(number: number, ...troubles: ((world: Night) => void)[]): Night {
  const world = new Night(number);
  for (const trouble of troubles) trouble(world);
  return world;
}

const pilot = (world: Night) => world.orphan('Pilot');
const test2 = (world: Night) => world.orphan('Test');

describe('over the nights', () => {
  test('findings are new, then known since the first night, then resolved once', async () => {
    const first = await drift(night(1));
    expect([first.run.exit_code, first.states]).toEqual([0, {}]);
    expect(first.run).toMatchObject({ complete: true, previous: null, baseline: null });

    const second = await drift(night(2, pilot));
    expect([second.run.exit_code, second.states]).toEqual([1, { 'group-orphaned Pilot': 'new' }]);

    const third = await drift(night(3, pilot, test2), { failOnNew: true });
    expect(third.states).toEqual({ 'group-orphaned Pilot': 'known', 'group-orphaned Test': 'new' });
    expect(third.run).toMatchObject({ exit_code: 1, counts: { state: { new: 1, known: 1 } } });
    const known = readFileSync(join(third.dir, 'findings.csv'), 'utf8').split('\r\n')[1];
    expect(known).toContain(`group-orphaned,error,known,group,Pilot`);
    expect(known).toContain(night(2).began.toISOString());

    const fourth = await drift(night(4, pilot, test2), { failOnNew: true });
    expect(fourth.run).toMatchObject({ exit_code: 0, verdict: 'no-go', counts: { state: { known: 2 } } });

    const fifth = await drift(night(5, test2));
    expect(fifth.states).toEqual({ 'group-orphaned Pilot': 'resolved', 'group-orphaned Test': 'known' });
    expect((await drift(night(6, test2))).states).toEqual({ 'group-orphaned Test': 'known' });

    // Judged again later, an old night says what it said: only earlier snapshots are looked at.
    const again = await drift(night(3, pilot, test2), { failOnNew: true });
    for (const file of ['findings.csv', 'run.json', 'plan.json']) {
      expect(readFileSync(join(again.dir, file)).equals(readFileSync(join(third.dir, file))), file).toBe(
        true,
      );
    }
  });

  test('a night that was not read whole resolves nothing and is no measure for the next', async () => {
    await drift(night(1, pilot));
    const blind = await drift(
      night(2, (world) => world.setState('okta.groupPushMappings', 'partial', 'HTTP 500')),
    );
    expect(blind.run).toMatchObject({ exit_code: 3, complete: false });
    expect(blind.states['group-orphaned Pilot']).toBeUndefined();
    expect(blind.run.held).toEqual([]);
    expect(blind.run.notes).toContain(
      '1 known finding of the last complete run is not among the findings; nothing says that anything is resolved.',
    );
    const next = await drift(night(3, pilot));
    expect(next.states).toEqual({ 'group-orphaned Pilot': 'known' });
    expect(next.run.previous?.began).toBe(night(1).began.toISOString());
  });

  test('a dataset that shrank by more than a fifth is suspect until somebody accepts it', async () => {
    await drift(night(1, pilot));
    const lessPeople = (world: Night) => {
      world.rows['optiId.groupInstanceRoles'] = world.rows['optiId.groupInstanceRoles'].slice(0, 2);
    };
    const suspect = await drift(night(2, lessPeople));
    expect(suspect.run).toMatchObject({
      exit_code: 3,
      complete: false,
    });
    // The orphaned group is gone as well: one of four.
    expect(suspect.run.suspect).toEqual([
      { dataset: 'optiId.groups', before: 4, now: 3 },
      { dataset: 'optiId.groupInstanceRoles', before: 3, now: 2 },
    ]);
    expect(suspect.states['group-orphaned Pilot']).toBeUndefined();
    const accepted = await drift(night(3, lessPeople), { acceptShrink: true });
    expect(accepted.run).toMatchObject({ complete: true, shrink_accepted: true });
    expect(accepted.states['group-orphaned Pilot']).toBe('resolved');
    expect((await drift(night(4, lessPeople))).run.suspect).toEqual([]);
  });

  test('what a group granted is compared with the baseline, and a loss stays one until it is given back', async () => {
    const nothing = (world: Night) => {
      const rows = world.rows['optiId.groupInstanceRoles'];
      world.rows['optiId.groupInstanceRoles'] = rows.filter(
        ({ opti_group_id }) => opti_group_id !== 'group-Sales',
      );
    };
    const whole = await drift(night(1));
    expect(whole.run.rules['group-access-lost']).toMatchObject({ outcome: 'skipped' });
    const accept = { acceptShrink: true };
    const lost = await drift(night(2, nothing), accept);
    expect(lost.states).toMatchObject({ 'group-access-lost Sales': 'new' });
    expect(lost.run.baseline).toBe(whole.dir.split('/').at(-1));
    const still = await drift(night(3, nothing), accept);
    expect(still.states).toMatchObject({ 'group-access-lost Sales': 'known' });
    for (const { dir } of [lost, still]) {
      expect(readFileSync(join(dir, 'findings.csv'), 'utf8')).toContain(
        'in the baseline: CMS / web: Editor.',
      );
    }
    expect((await drift(night(4), accept)).states).toMatchObject({ 'group-access-lost Sales': 'resolved' });
    // A baseline that is named serves whatever has happened since.
    const named = await drift(night(5, nothing), { ...accept, baseline: whole.dir });
    expect(named.states).toMatchObject({ 'group-access-lost Sales': 'new' });
  });

  test('the store group that a mapping made is remembered when its name is changed by hand', async () => {
    await drift(night(1));
    const renamed = (world: Night) => {
      for (const group of world.rows['optiId.groups']) if (group.name === 'Sales') group.name = 'Vertrieb';
    };
    const { states } = await drift(night(2, renamed));
    expect(states).toMatchObject({ 'group-name-drifted Sales': 'new' });
    expect(states['group-missing Sales'] ?? states['group-orphaned Vertrieb']).toBeUndefined();
  });

  test('waived findings are listed and do not count, until the waiver ends', async () => {
    const waiver = {
      line: 2,
      finding_id: null,
      rule: 'group-orphaned',
      subject: 'Pilot',
      owner: 'Ada',
      reason: 'ticket 7',
      expires: night(2).began.toISOString().slice(0, 10),
    };
    const waived = await drift(night(2, pilot), { waivers: [waiver] });
    expect([waived.run.exit_code, waived.states]).toEqual([0, { 'group-orphaned Pilot': 'waived' }]);
    expect(waived.run.plan.steps).toBe(0);
    const expired = await drift(night(3, pilot), { waivers: [waiver] });
    expect([expired.run.exit_code, expired.states]).toEqual([1, { 'group-orphaned Pilot': 'known' }]);
    expect(said).toContain('Warning: The waiver of Ada for group-orphaned on Pilot (line 2) expired');
    expect(expired.run.notes[0]).toContain('expired');
  });
});

describe('on the command line', () => {
  test('runs are listed and compared, findings waived, and mistakes refused', async () => {
    const desk = await Desk.open();
    try {
      const seal = async (world: World, name: string) => (await world.seal(join(desk.folder, name))).dir;
      const before = await desk.run(['drift', '--snapshot', await seal(night(1, pilot), 'one'), '--json']);
      expect(before.code).toBe(1);
      const two = await seal(night(2, test2), 'two');
      const after = await desk.run(['drift', '--snapshot', two]);
      expect(after.stdout).toContain('DRIFT: there are findings at or above error.');
      expect(after.stdout).toContain('Findings: 0 blockers, 1 error, 0 warnings, 0 info; 1 new, 0 known');
      expect(after.stdout).toContain('1 resolved');

      // Made again from the run, the plan knows what the run knew: its baseline is the night before.
      const last = join(
        desk.reports,
        'example.okta.com',
        readdirSync(join(desk.reports, 'example.okta.com')).sort().at(-1) ?? '',
      );
      const again = await desk.run(['plan', '--run', last, '--json']);
      expect(again.stdout).toBe(readFileSync(join(last, 'plan.json'), 'utf8'));

      const listed = JSON.parse((await desk.run(['runs', '--json'])).stdout) as {
        name: string;
        job: string;
      }[];
      expect(listed).toMatchObject([
        { job: 'drift', verdict: 'no-go', complete: true, exit_code: 1, state: { new: 1 } },
        { job: 'drift', state: { new: 1, resolved: 1 } },
      ]);
      expect((await desk.run(['runs'])).stdout).toMatch(/^org +run +verdict[\s\S]*-drift +no-go +yes +1/u);

      const [a, b] = listed.map(({ name }) => name) as [string, string];
      const diff = await desk.run(['runs', 'diff', a, b]);
      expect(diff).toMatchObject({ code: 0, stderr: '' });
      expect(diff.stdout).toContain('1 new, 1 gone, 0 not judged, 0 changed, 0 the same');
      expect(diff.stdout).toMatch(/New:\n {2}- error group-orphaned \([0-9a-f]{16}\): Test /u);
      expectRefusal(await desk.run(['runs', 'diff', a, 'nowhere']));

      const id = /group-orphaned \(([0-9a-f]{16})\): Test/u.exec(diff.stdout)?.[1] ?? '';
      const waive = (finding: string, until: string) =>
        desk.run(['waive', finding, '--owner', 'Ada', '--reason', 'ticket 7', '--until', until]);
      expect((await waive(id, '2126-12-31')).stdout).toContain(
        'Waived until 2126-12-31: group-orphaned on Test.',
      );
      expectRefusal(await waive(id, '2126-12-31'));
      expectRefusal(await waive('0123456789abcdef', '2126-12-31'));
      expectRefusal(await waive(id, '2020-01-01'));
      const waived = await desk.run(['drift', '--snapshot', two, '--waivers', 'waivers.csv']);
      expect(waived).toMatchObject({ code: 0 });
      expect(waived.stdout).toContain('CLEAN: nothing at or above error was found.');
      expect(waived.stdout).toContain('1 waived');

      const runsBefore = desk.leftBehind().length;
      expectRefusal(await desk.run(['drift', '--snapshot', two, '--waivers', 'none.csv']));
      expectRefusal(await desk.run(['drift', '--snapshot', two, '--baseline', 'nowhere']));
      expect(desk.leftBehind()).toHaveLength(runsBefore);
    } finally {
      await desk.close();
    }
  });
});
